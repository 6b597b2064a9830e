package inventory

import (
	"fmt"
	"strings"
)

// voters returns hosts with that many participants on each.
func voters(counts ...int) string {
	var b strings.Builder
	id := 0
	for i, n := range counts {
		fmt.Fprintf(&b, "[[host]]\nname = \"zk%d\"\naddress = \"10.0.0.%d\"\n", i+1, i+1)
		for range n {
			id++
			fmt.Fprintf(&b, "[[host.instance]]\nid = %d\nclient_port = %d\nquorum_port = %d\nelection_port = %d\n", id, 2000+id, 3000+id, 4000+id)
		}
	}
	return b.String()
}

func adviceCases() map[string]readCase {
	version := func(v, more string) string {
		return "[ensemble]\nversion = \"" + v + "\"\n" + more + threeHosts
	}
	const sasl = "[zoo_cfg]\nquorum.auth.enableSasl = true\n"
	return map[string]readCase{
		"one voter": {supported + voters(1), []string{
			`zk.toml:1:1: warning: one participant survives no failure, and cannot be changed without an outage; three participants survive one failure [few-voters]`,
		}},
		"two voters": {supported + voters(1, 1), []string{
			`zk.toml:1:1: warning: two participants survive no failure, as both are needed for a majority; three participants survive one failure [few-voters]`,
		}},
		"three voters": {supported + voters(1, 1, 1), nil},
		"four voters": {supported + voters(1, 1, 1, 1), []string{
			`zk.toml:1:1: warning: 4 participants survive no more failures than 3; 3 would do as well, or make one an observer [even-voters]`,
		}},
		"three on one": {supported + voters(3), []string{
			`zk.toml:4:8: warning: host zk1 has 3 of 3 participants: without it there is no quorum; spread the participants over at least three hosts [voters-share-host]`,
		}},
		"two of three": {supported + voters(2, 1), []string{
			`zk.toml:4:8: warning: host zk1 has 2 of 3 participants: without it there is no quorum; spread the participants over at least three hosts [voters-share-host]`,
		}},
		"two of five": {supported + voters(2, 2, 1), nil},
		"three of five": {supported + voters(1, 3, 1), []string{
			`zk.toml:12:8: warning: host zk2 has 3 of 5 participants: without it there is no quorum; spread the participants over at least three hosts [voters-share-host]`,
		}},
		"two of four": {supported + voters(2, 1, 1), []string{
			`zk.toml:1:1: warning: 4 participants survive no more failures than 3; 3 would do as well, or make one an observer [even-voters]`,
			`zk.toml:4:8: warning: host zk1 has 2 of 4 participants: without it there is no quorum; spread the participants over at least three hosts [voters-share-host]`,
		}},
		"observers do not count": {supported + strings.Replace(voters(1, 1, 1, 1), "id = 4\n", "id = 4\nrole = \"observer\"\n", 1), nil},
		"silenced":               {supported + "ignore = [\"few-voters\", \"voters-share-host\"]\n" + voters(1, 1), nil},
		"no advice beside errors": {strings.Replace(voters(1), "id = 1", "id = 256", 1), []string{
			`zk.toml:5:6: id is 256, and must be from 0 to 255 [out-of-range]`,
		}},
		"id zero": {supported + strings.Replace(voters(1, 1, 1), "id = 2", "id = 0", 1), []string{
			`zk.toml:15:6: warning: the server zookeeper-0 has the id 0, which works, and which ZooKeeper's documentation does not allow: scripts and tools may take it for no id at all; keep it where the ensemble has it already; give a new server an id from 1 on [id-zero]`,
		}},
		"3.4": {version("3.4.14", ""), []string{
			`zk.toml:1:1: warning: ZooKeeper 3.4 is end of life since 2020-06-01; 3.8.6 and 3.9.5 are supported [zk-eol]`,
		}},
		"3.5": {version("3.5.10", sasl), []string{
			`zk.toml:1:1: warning: ZooKeeper 3.5 is end of life since 2022-06-01; CVE-2023-44981 applies; 3.8.6 and 3.9.5 are supported [zk-eol]`,
		}},
		"3.6": {version("3.6.3", ""), []string{
			`zk.toml:1:1: warning: ZooKeeper 3.6 is end of life since 2022-12-30; CVE-2024-23944 applies; 3.8.6 and 3.9.5 are supported [zk-eol]`,
		}},
		"3.6 and SASL": {version("3.6.3", sasl), []string{
			`zk.toml:1:1: warning: ZooKeeper 3.6 is end of life since 2022-12-30; CVE-2024-23944, CVE-2023-44981 apply; 3.8.6 and 3.9.5 are supported [zk-eol]`,
		}},
		"3.7.1": {version("3.7.1", sasl), []string{
			`zk.toml:1:1: warning: ZooKeeper 3.7 is end of life since 2024-02-02; CVE-2024-23944, CVE-2023-44981 apply; 3.8.6 and 3.9.5 are supported [zk-eol]`,
		}},
		"3.7.2": {version("3.7.2", sasl), []string{
			`zk.toml:1:1: warning: ZooKeeper 3.7 is end of life since 2024-02-02; CVE-2024-23944 applies; 3.8.6 and 3.9.5 are supported [zk-eol]`,
		}},
		"3.7.3": {version("3.7.3", sasl), []string{
			`zk.toml:1:1: warning: ZooKeeper 3.7 is end of life since 2024-02-02; 3.8.6 and 3.9.5 are supported [zk-eol]`,
		}},
		"3.8.2": {version("3.8.2", sasl), []string{
			`zk.toml:1:1: warning: CVE-2024-23944, CVE-2023-44981 apply to ZooKeeper 3.8.2; 3.8.6 and 3.9.5 are supported [zk-advisory]`,
		}},
		"3.9.1": {version("3.9.1", sasl), []string{
			`zk.toml:1:1: warning: CVE-2024-23944 applies to ZooKeeper 3.9.1; 3.8.6 and 3.9.5 are supported [zk-advisory]`,
		}},
		"3.8": {version("3.8.6", sasl), nil},
		"3.9.2 and AdminServer": {strings.Replace(version("3.9.2", ""), "id = 1 }", "id = 1, admin_port = 8080 }", 1), []string{
			`zk.toml:1:1: warning: CVE-2024-51504, CVE-2025-58457 apply to ZooKeeper 3.9.2; 3.8.6 and 3.9.5 are supported [zk-advisory]`,
		}},
		"3.9":          {version("3.9.5", ""), nil},
		"3.60":         {version("3.60.1", ""), nil},
		"silenced 3.6": {version("3.6.3", "ignore = [\"zk-eol\"]\n"), nil},
	}
}
