package inventory

import "strings"

// twoHosts returns an inventory with the addresses on lines 3 and 7, other keys on
// lines 4 and 9.
func twoHosts(first, second string) string {
	return "[[host]]\nname = \"zk1\"\n" + first + "\ninstance = [ { id = 1 } ]\n[[host]]\nname = \"zk2\"\n" + second + "\ninstance = [ { id = 2 } ]\n"
}

func hostCases() map[string]readCase {
	const a1, a2 = "address = \"10.0.0.1\"", "address = \"10.0.0.2\""
	return map[string]readCase{
		"empty name": {"[[host]]\nname = \"\"\naddress = \"zk1\"\ninstance = [ { id = 1 } ]\n", []string{
			`zk.toml:2:8: host name "" is no plain name; use letters, digits, dots, hyphens and underscores; user and port belong into ssh = "…" [bad-name]`,
		}},
		"user in name": {"[[host]]\nname = \"root@zk1\"\naddress = \"zk1\"\ninstance = [ { id = 1 } ]\n", []string{
			`zk.toml:2:8: host name "root@zk1" is no plain name: its character 5 is "@"; use letters, digits, dots, hyphens and underscores; user and port belong into ssh = "…" [bad-name]`,
		}},
		"name as option": {"[[host]]\nname = \"-oProxyCommand=x\"\naddress = \"zk1\"\ninstance = [ { id = 1 } ]\n", []string{
			`zk.toml:2:8: host name "-oProxyCommand=x" is no plain name: its character 15 is "="; use letters, digits, dots, hyphens and underscores; user and port belong into ssh = "…" [bad-name]`,
		}},
		"same serial": {twoHosts(a1+"\nmatch = { serial = \"S1\", mac = \"02:00:00:00:00:0A\" }", a2+"\nmatch = { serial = \"S1\", mac = \"02:00:00:00:00:0a\" }"), []string{
			`zk.toml:9:20: serial S1 is there twice, first at line 4; it tells one machine from all others [duplicate-match]`,
			`zk.toml:9:32: mac 02:00:00:00:00:0a is there twice, first at line 4; it tells one machine from all others [duplicate-match]`,
		}},
		"same name": {twoHosts(a1, a2) + "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.3\"\ninstance = [ { id = 3 } ]\n", []string{
			`zk.toml:10:8: host name zk1 is there twice, first at line 2 [duplicate-name]`,
		}},
		"same address": {twoHosts("address = \"10.0.0.1\"", "address = \"::ffff:10.0.0.1\""), []string{
			`zk.toml:7:11: address 10.0.0.1 is there twice, first at line 3; put all instances of one machine into one [[host]] [duplicate-address]`,
		}},
		"same IPv6": {twoHosts("address = \"fd00::1\"", "address = \"FD00:0:0::1\""), []string{
			`zk.toml:7:11: address fd00::1 is there twice, first at line 3; put all instances of one machine into one [[host]] [duplicate-address]`,
		}},
		"same by case": {twoHosts("address = \"zk.example.org\"", "address = \"ZK.example.org.\""), []string{
			`zk.toml:7:11: address zk.example.org is there twice, first at line 3; put all instances of one machine into one [[host]] [duplicate-address]`,
		}},
		"same ssh": {twoHosts("ssh = \"root@a\"\n"+a1, "ssh = \"root@a\"\n"+a2), []string{
			`zk.toml:8:7: SSH destination root@a is there twice, first at line 3; put all instances of one machine into one [[host]] [duplicate-ssh]`,
		}},
		"ssh of another": {twoHosts(a1, "ssh = \"zk1\"\n"+a2), []string{
			`zk.toml:7:7: SSH destination zk1 is there twice, first at line 2; put all instances of one machine into one [[host]] [duplicate-ssh]`,
		}},
		"ssh before it": {twoHosts("ssh = \"zk2\"\n"+a1, a2), []string{
			`zk.toml:7:8: SSH destination zk2 is there twice, first at line 3; put all instances of one machine into one [[host]] [duplicate-ssh]`,
		}},
		"empty ssh": {twoHosts("ssh = \"\"\n"+a1, a2), []string{
			`zk.toml:3:7: ssh is "", which is no destination; write a name of your ssh_config, "user@host" or "ssh://user@host:port" [bad-ssh]`,
		}},
		"ssh option": {twoHosts("ssh = \"-oProxyCommand=x\"\n"+a1, a2), []string{
			`zk.toml:3:7: ssh is "-oProxyCommand=x", which is no destination; write a name of your ssh_config, "user@host" or "ssh://user@host:port" [bad-ssh]`,
		}},
		"ssh command": {twoHosts("ssh = \"zk1 reboot\"\n"+a1, a2), []string{
			`zk.toml:3:7: ssh is "zk1 reboot", which is no destination: its character 4 is a blank; write a name of your ssh_config, "user@host" or "ssh://user@host:port" [bad-ssh]`,
		}},
		"ssh no user": {twoHosts("ssh = \"@zk1\"\n"+a1, a2), []string{
			`zk.toml:3:7: ssh is "@zk1", which is no destination; write a name of your ssh_config, "user@host" or "ssh://user@host:port" [bad-ssh]`,
		}},
		"ssh no host": {twoHosts("ssh = \"root@\"\n"+a1, a2), []string{
			`zk.toml:3:7: ssh is "root@", which is no destination; write a name of your ssh_config, "user@host" or "ssh://user@host:port" [bad-ssh]`,
		}},
		"ssh forms": {supported + strings.Replace(threeHosts, "address", "ssh = \"ssh://admin@bastion:2222\"\naddress", 1), nil},
		"local and ssh": {twoHosts("local = true\nssh = \"zk1\"\n"+a1, a2), []string{
			`zk.toml:4:7: host zk1 is local and has an SSH destination; remove one of the two [local-and-ssh]`,
		}},
		"not local, ssh": {twoHosts("local = false\nssh = \"admin@zk1\"\n"+a1, a2), []string{
			`zk.toml:1:1: warning: ZooKeeper 3.6 is end of life since 2022-12-30; CVE-2024-23944 applies; 3.8.6 and 3.9.5 are supported [zk-eol]`,
			`zk.toml:1:1: warning: two participants survive no failure, as both are needed for a majority; three participants survive one failure [few-voters]`,
		}},
		"several local": {twoHosts("local = true\n"+a1, "local = true\n"+a2), []string{
			`zk.toml:8:9: host zk2 is local, and so is the one at line 3; put all instances of one machine into one [[host]] [several-local]`,
		}},
		"empty address": {twoHosts("address = \"\"", a2), []string{
			`zk.toml:3:11: address "" is neither an IP address nor a host name [bad-address]`,
		}},
		"port": {twoHosts("address = \"zk1:2888\"", a2), []string{
			`zk.toml:3:11: address "zk1:2888" must be an address or a name, without a port or brackets; ports belong to an instance: quorum_port, election_port [bad-address]`,
		}},
		"brackets": {twoHosts("address = \"[fd00::1]\"", a2), []string{
			`zk.toml:3:11: address "[fd00::1]" must be an address or a name, without a port or brackets; ports belong to an instance: quorum_port, election_port [bad-address]`,
		}},
		"zone": {twoHosts("address = \"fe80::1%eth0\"", a2), []string{
			`zk.toml:3:11: address "fe80::1%eth0" has a zone, which means something on one host only; use an address that is valid on every host [bad-address]`,
		}},
		"not a name": {twoHosts("address = \"zk 1\"", "address = \"zk1/24\""), []string{
			`zk.toml:3:11: address "zk 1" is neither an IP address nor a host name: its character 3 is a blank [bad-address]`,
			`zk.toml:7:11: address "zk1/24" is neither an IP address nor a host name: its character 4 is "/" [bad-address]`,
		}},
		"not IPv4": {twoHosts("address = \"10.0.0.256\"", "address = \"10.0.1\""), []string{
			`zk.toml:3:11: address "10.0.0.256" is neither an IP address nor a host name [bad-address]`,
			`zk.toml:7:11: address "10.0.1" is neither an IP address nor a host name [bad-address]`,
		}},
		"two dots": {twoHosts("address = \"zk..example\"", a2), []string{
			`zk.toml:3:11: address "zk..example" is neither an IP address nor a host name [bad-address]`,
		}},
		"wildcard": {twoHosts("address = \"0.0.0.0\"", "address = \"::\""), []string{
			`zk.toml:3:11: address 0.0.0.0 is every address, and names no host; write the address by which the other servers reach this host [wildcard-address]`,
			`zk.toml:7:11: address :: is every address, and names no host; write the address by which the other servers reach this host [wildcard-address]`,
		}},
		"wildcard in IPv6": {twoHosts("address = \"::ffff:0.0.0.0\"", a2), []string{
			`zk.toml:3:11: address ::ffff:0.0.0.0 is every address, and names no host; write the address by which the other servers reach this host [wildcard-address]`,
		}},
		"loopback": {twoHosts("address = \"127.0.1.1\"", "address = \"::1\""), []string{
			`zk.toml:3:11: address 127.0.1.1 is the host itself to each of 2 hosts; write the address by which the other servers reach this host [loopback-address]`,
			`zk.toml:7:11: address ::1 is the host itself to each of 2 hosts; write the address by which the other servers reach this host [loopback-address]`,
		}},
		"localhost": {twoHosts("address = \"Localhost\"", a2), []string{
			`zk.toml:3:11: address Localhost is the host itself to each of 2 hosts; write the address by which the other servers reach this host [loopback-address]`,
		}},
		"IPv6": {supported + "[[host]]\nname = \"a\"\naddress = \"fd00::1\"\ninstance = [ { id = 1 } ]\n" +
			"[[host]]\nname = \"b\"\naddress = \"2001:db8:0:0:0:0:0:2\"\ninstance = [ { id = 2 } ]\n" +
			"[[host]]\nname = \"c\"\naddress = \"::ffff:10.0.0.3\"\ninstance = [ { id = 3 } ]\n", nil},
		"names": {supported + "[[host]]\nname = \"a\"\naddress = \"zk_1.example.org.\"\ninstance = [ { id = 1 } ]\n" +
			"[[host]]\nname = \"b\"\naddress = \"1.zk\"\ninstance = [ { id = 2 } ]\n" +
			"[[host]]\nname = \"c\"\naddress = \"zk3\"\ninstance = [ { id = 3 } ]\n", nil},
	}
}

func instanceCases() map[string]readCase {
	return map[string]readCase{
		"ids": {supported + "ignore = [\"voters-share-host\"]\n" + oneHost("instance = [ { id = 255 }, { id = 1, client_port = 1, quorum_port = 65535, election_port = 3 },\n { id = 0x10, client_port = 4, quorum_port = 5, election_port = 6 } ]\n"), nil},
		"ids out of range": {oneHost("[[host.instance]]\nid = -7\n[[host.instance]]\nid = 256\nclient_port = 1\nquorum_port = 2\nelection_port = 3\n" +
			"[[host.instance]]\nid = -1\nclient_port = 4\nquorum_port = 5\nelection_port = 6\n[[host.instance]]\nid = 9_999_999_999\nclient_port = 7\nquorum_port = 8\nelection_port = 9\n"), []string{
			`zk.toml:5:6: id is -7, and must be from 0 to 255 [out-of-range]`,
			`zk.toml:7:6: id is 256, and must be from 0 to 255 [out-of-range]`,
			`zk.toml:12:6: id is -1, and must be from 0 to 255 [out-of-range]`,
			`zk.toml:17:6: id is 9_999_999_999, and must be from 0 to 255 [out-of-range]`,
		}},
		"no id twice": {oneHost("[[host.instance]]\nrole = \"participant\"\n[[host.instance]]\nclient_port = 1\nquorum_port = 2\nelection_port = 3\n"), []string{
			`zk.toml:4:8: an instance needs an id [missing-key]`,
			`zk.toml:6:8: an instance needs an id [missing-key]`,
		}},
		"id 0 twice": {oneHost("instance = [ { id = 0 } ]\n[[host]]\nname = \"zk2\"\naddress = \"10.0.0.2\"\ninstance = [ { id = 0 } ]\n"), []string{
			`zk.toml:8:21: server id 0 is there twice, first at line 4; every server has an id of its own [duplicate-id]`,
		}},
		"same id": {oneHost("instance = [ { id = 1 } ]\n[[host]]\nname = \"zk2\"\naddress = \"10.0.0.2\"\ninstance = [ { id = 1 } ]\n"), []string{
			`zk.toml:8:21: server id 1 is there twice, first at line 4; every server has an id of its own [duplicate-id]`,
		}},
		"same id, host": {oneHost("instance = [ { id = 1 },\n  { id = 1, client_port = 1, quorum_port = 2, election_port = 3 } ]\n"), []string{
			`zk.toml:5:10: server id 1 is there twice, first at line 4; every server has an id of its own [duplicate-id]`,
		}},
		"role": {oneHost("instance = [ { id = 1, role = \"observr\" } ]\n"), []string{
			`zk.toml:4:31: role is "observr", and may be "participant" or "observer"; did you mean "observer"? [bad-value]`,
		}},
		"role of another": {oneHost("instance = [ { id = 1, role = \"leader\" } ]\n"), []string{
			`zk.toml:4:31: role is "leader", and may be "participant" or "observer" [bad-value]`,
		}},
		"role in capitals": {oneHost("instance = [ { id = 1, role = \"Observer\" } ]\n"), []string{
			`zk.toml:4:31: role is "Observer", and may be "participant" or "observer"; did you mean "observer"? [bad-value]`,
		}},
		"no participant": {oneHost("instance = [ { id = 1, role = \"observer\" } ]\n"), []string{
			`zk.toml:1:3: no instance is a participant, and observers alone form no quorum; at least one instance must be a participant [no-participant]`,
		}},
		"ports out of range": {oneHost("instance = [ { id = 1, client_port = 65536, quorum_port = 65536, election_port = -1, admin_port = -5 } ]\n"),
			[]string{
				`zk.toml:4:38: client_port is 65536, and must be from 1 to 65535 [out-of-range]`,
				`zk.toml:4:59: quorum_port is 65536, and must be from 1 to 65535 [out-of-range]`,
				`zk.toml:4:82: election_port is -1, and must be from 1 to 65535 [out-of-range]`,
				`zk.toml:4:99: admin_port is -5, and must be from 1 to 65535; 0 turns it off [out-of-range]`,
			}},
		"same port within": {oneHost("instance = [ { id = 1, client_port = 2888, admin_port = 3888 } ]\n"), []string{
			`zk.toml:4:16: on host zk1 port 2888 is quorum_port of zookeeper-1 and already client_port of zookeeper-1, line 4; give zookeeper-1 a quorum_port of its own [duplicate-port]`,
		}},
		"same port on all addresses": {"[zoo_cfg]\nquorumListenOnAllIPs = true\n" + oneHost("instance = [ { id = 1, admin_port = 3888 } ]\n"), []string{
			`zk.toml:6:37: on host zk1 port 3888 is admin_port of zookeeper-1 and already election_port of zookeeper-1, line 6; give zookeeper-1 an admin_port of its own [duplicate-port]`,
		}},
		"same ports": {oneHost("instance = [ { id = 1 },\n  { id = 2 } ]\n"), []string{
			`zk.toml:5:5: on host zk1 port 2181 is client_port of zookeeper-2 and already client_port of zookeeper-1, line 4; give zookeeper-2 a client_port of its own [duplicate-port]`,
			`zk.toml:5:5: on host zk1 port 2888 is quorum_port of zookeeper-2 and already quorum_port of zookeeper-1, line 4; give zookeeper-2 a quorum_port of its own [duplicate-port]`,
			`zk.toml:5:5: on host zk1 port 3888 is election_port of zookeeper-2 and already election_port of zookeeper-1, line 4; give zookeeper-2 an election_port of its own [duplicate-port]`,
		}},
		"same port, no id": {oneHost("instance = [ { id = 1 },\n  { client_port = 2181, quorum_port = 2, election_port = 3 } ]\n"), []string{
			`zk.toml:5:5: an instance needs an id [missing-key]`,
			`zk.toml:5:19: on host zk1 port 2181 is client_port of the instance at line 5 and already client_port of zookeeper-1, line 4; give the instance at line 5 a client_port of its own [duplicate-port]`,
		}},
		"ports of ZooKeeper's keys": {"[zoo_cfg]\nmetricsProvider.className = \"org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider\"\n" +
			oneHost("instance = [ { id = 1, client_port = 7000, zoo_cfg.observerMasterPort = 2888 },\n { id = 2, quorum_port = 2, election_port = 3, admin_port = 4, zoo_cfg.\"metricsProvider.httpPort\" = 7001, zoo_cfg.secureClientPort = 3888 } ]\n"), []string{
			`zk.toml:6:21: on host zk1 port 7000 is metricsProvider.httpPort of zookeeper-1 and already client_port of zookeeper-1, line 6; give zookeeper-1 a metricsProvider.httpPort of its own [duplicate-port]`,
			`zk.toml:6:44: on host zk1 port 2888 is observerMasterPort of zookeeper-1 and already quorum_port of zookeeper-1, line 6; give zookeeper-1 an observerMasterPort of its own [duplicate-port]`,
			`zk.toml:7:107: on host zk1 port 3888 is secureClientPort of zookeeper-2 and already election_port of zookeeper-1, line 6; give zookeeper-2 a secureClientPort of its own [duplicate-port]`,
		}},
		"ports of two hosts": {supported + threeHosts, nil},
	}
}
