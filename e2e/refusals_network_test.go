//go:build e2e

package e2e

// networkRefusals are about names, and about hosts that are not reached.
func networkRefusals() []refusal {
	return []refusal{
		{
			name: "OwnNameOnLoopback",
			hosts: map[string]fixture{"zk1": {files: []file{
				{path: "/etc/hosts", content: "127.0.1.1 zk1\n127.0.0.1 localhost\n10.77.0.12 zk2\n10.77.0.13 zk3\n"},
			}}},
			edits: []edit{{`address = "10.77.0.11"`, `address = "zk1"`}},
			code:  1,
			says:  []string{"zk1 resolves to 127.0.1.1 here", "/etc/hosts:1: 127.0.1.1 zk1", "own-name-loopback"},
		},
		{
			name:  "NameUnresolvable",
			edits: []edit{{`address = "10.77.0.12"`, `address = "nowhere.invalid"`}},
			code:  1,
			says:  []string{"cannot resolve nowhere.invalid, the address of host zk2", "peer-unresolvable"},
		},
		{
			name:  "Unreachable",
			hosts: map[string]fixture{"zk2": {off: true}},
			code:  4,
			says:  []string{"zk2", "host-unreachable"},
		},
		{
			name:  "HostKeyUnknown",
			hosts: map[string]fixture{"zk2": {key: keyUnknown}},
			code:  4,
			says:  []string{"zk2", "host's key is not known", "host-key-unknown"},
		},
		{
			name:  "HostKeyChanged",
			hosts: map[string]fixture{"zk2": {key: keyReplaced}},
			code:  4,
			says:  []string{"zk2", "host's key is not the one in known_hosts", "host-key-changed"},
		},
		{
			name:  "SudoPassword",
			edits: []edit{{`name = "zk2"`, "name = \"zk2\"\nssh = \"zk2.ops-pw\""}},
			code:  4,
			says:  []string{"zk2", "sudo wants a password on this host", "--ask-become-pass", "sudo-password"},
		},
		{
			name:  "SudoTTY",
			edits: []edit{{`name = "zk2"`, "name = \"zk2\"\nssh = \"zk2.ops-tty\""}},
			code:  4,
			says:  []string{"zk2", "sudo wants a terminal on this host", "sudo-tty"},
		},
	}
}
