package zoocfg

import (
	"fmt"
	"strings"
	"testing"
)

func uncheckedCases() map[string]lintCase {
	unchecked := func(settings string) string { return "[zoo_cfg_unchecked]\n" + settings + "\n" + threeHosts }
	many, names := "", ""
	for i := range 15 {
		many += fmt.Sprintf("k%02d = 1\n", i)
		if i < 12 {
			names += fmt.Sprintf(", k%02d", i)
		}
	}
	return map[string]lintCase{
		"unchecked": {unchecked("com.example.plugin = \"x\"\ntickTime = \"a\"\nclientPortAdress = 1\nzookeeper.a = 1"), []string{
			`zk.toml:2:1: notice: keys under zoo_cfg_unchecked are written as they stand, without being judged: clientPortAdress, com.example.plugin, tickTime, zookeeper.a [zoo-cfg-unchecked]`,
		}},
		"unchecked on one host": {onHosts("", "zoo_cfg_unchecked.a = 1", ""), []string{
			`zk.toml:9:1: notice: keys under zoo_cfg_unchecked are written as they stand, without being judged: a [zoo-cfg-unchecked]`,
		}},
		"much unchecked": {unchecked(many), []string{
			`zk.toml:2:1: notice: keys under zoo_cfg_unchecked are written as they stand, without being judged: ` + strings.TrimPrefix(names, ", ") + ` and 3 more [zoo-cfg-unchecked]`,
		}},
		"unchecked and zkprov's": {unchecked("dataDir = \"/x\"\n\"server.4\" = \"a:1:2\"\nweight.1 = 2\n\" clientPort\" = 1\n\"tickTime \" = 1\n\" \" = 1\n4lw.commands.whitelist = \"srvr\""), []string{
			`zk.toml:2:1: dataDir is written by zkprov; it follows from data_dir of the instance, or paths.data [zoo-cfg-reserved-key]`,
			`zk.toml:2:1: notice: keys under zoo_cfg_unchecked are written as they stand, without being judged:  ,  clientPort, 4lw.commands.whitelist, dataDir, server.4, tickTime , weight.1 [zoo-cfg-unchecked]`,
			`zk.toml:3:1: server.4 is written by zkprov, from the hosts and instances of the inventory; describe the member as an instance of a [[host]] [zoo-cfg-reserved-key]`,
			`zk.toml:4:1: weight.1 makes a hierarchical quorum, of groups or with weights, and zkprov restarts servers by the majority of all voters alone, which may be none there; remove it [zoo-cfg-hierarchical]`,
			`zk.toml:5:1: clientPort is written by zkprov; it follows from client_port of the instance [zoo-cfg-reserved-key]`,
			`zk.toml:6:1: the key "tickTime " has blanks around it, which ZooKeeper leaves out; write tickTime [zoo-cfg-blanks]`,
			`zk.toml:7:1: the key " " has blanks around it, which ZooKeeper leaves out; remove it [zoo-cfg-blanks]`,
			`zk.toml:8:1: 4lw.commands.whitelist lacks mntr, by which zkprov tells whether the followers are in sync; add mntr [whitelist-closed]`,
		}},
		"unchecked twice": {"zoo_cfg.maxCnxns = 5\n" + onHosts("zoo_cfg_unchecked.maxCnxns = 6", "", ""), []string{
			`zk.toml:5:1: notice: keys under zoo_cfg_unchecked are written as they stand, without being judged: maxCnxns [zoo-cfg-unchecked]`,
			`zk.toml:5:1: maxCnxns stands under zoo_cfg as well, line 1, and a server has one value; remove one of them [zoo-cfg-twice]`,
		}},
		// What is set there counts, and is no fault by itself.
		"unchecked in combinations": {"zoo_cfg_unchecked.minSessionTimeout = 60000\n" + threeHosts, []string{
			`zk.toml:1:1: notice: keys under zoo_cfg_unchecked are written as they stand, without being judged: minSessionTimeout [zoo-cfg-unchecked]`,
		}},
		"unchecked for another": {"zoo_cfg_unchecked.maxSessionTimeout = 90000\nzoo_cfg.minSessionTimeout = 60000\n" + threeHosts, []string{
			`zk.toml:1:1: notice: keys under zoo_cfg_unchecked are written as they stand, without being judged: maxSessionTimeout [zoo-cfg-unchecked]`,
		}},
	}
}

// TestUncheckedIsSilenced wants the notice to go where it is ignored.
func TestUncheckedIsSilenced(t *testing.T) {
	if found := judged("[ensemble]\nignore = [\"zoo-cfg-unchecked\", \"zk-eol\"]\n[zoo_cfg_unchecked]\na = 1\n" + threeHosts); len(found) != 0 {
		t.Error(found)
	}
}
