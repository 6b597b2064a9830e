//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestLogins reaches every host as another sort of user: with sudo that asks nothing, with a noisy login shell, with fish.
func TestLogins(t *testing.T) {
	e := threeHosts(t)
	e.edit(`name = "zk1"`, "name = \"zk1\"\nssh = \"zk1.ops\"")
	e.edit(`name = "zk2"`, "name = \"zk2\"\nssh = \"zk2.ops-noisy\"")
	e.edit(`name = "zk3"`, "name = \"zk3\"\nssh = \"zk3.ops-fish\"")
	// What such a user's umask is must not matter.
	for _, h := range e.lab.Hosts() {
		e.in(h.Name, "for d in /home/*; do echo 'umask 000' >>$d/.profile; echo 'umask 000' >>$d/.bashrc; done")
	}
	e.zkprov("plan").exits(0)
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
	for _, h := range e.lab.Hosts() {
		wide := e.in(h.Name, "find /opt/zookeeper /etc/zookeeper /var/lib/zookeeper /var/lib/zkprov /etc/systemd/system/zookeeper-*.service -perm /022 ! -type l")
		if wide != "" {
			t.Errorf("on %s others may write to\n%s", h.Name, wide)
		}
	}
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
}

// TestPassword becomes root with a password that is asked for once.
func TestPassword(t *testing.T) {
	e := threeHosts(t)
	for _, name := range []string{"zk1", "zk2", "zk3"} {
		e.edit(`name = "`+name+`"`, `name = "`+name+"\"\nssh = \""+name+`.ops-pw"`)
	}
	e.zkprovWith([]byte("wrong\n"), "apply", "--ask-become-pass").exits(4).says("sudo did not accept the password", "sudo-password")
	for _, h := range e.lab.Hosts() {
		if tries := strings.Count(e.in(h.Name, "journalctl -q -o cat _COMM=sudo"), "authentication failure"); tries > 1 {
			t.Errorf("on %s the wrong password was tried %d times", h.Name, tries)
		}
	}
	e.zkprovWith([]byte(lab.Password+"\n"), "apply", "--ask-become-pass").exits(0).says("2/2 followers in sync")
	for _, h := range e.lab.Hosts() {
		if strings.Contains(e.in(h.Name, "journalctl -q -o cat; cat /var/log/* 2>/dev/null || true"), lab.Password) {
			t.Errorf("the password stands in a log of %s", h.Name)
		}
	}
}

// TestJumpHost reaches one host by way of another, as the user's configuration says.
func TestJumpHost(t *testing.T) {
	e := threeHosts(t)
	config, err := os.ReadFile(e.lab.SSHConfig())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ssh_config")
	if err := os.WriteFile(path, append([]byte("Host zk2\n\tProxyCommand ssh -F "+e.lab.SSHConfig()+" -W %h:%p zk1\n\n"), config...), 0o644); err != nil {
		t.Fatal(err)
	}
	// Nobody but zk1 may come in.
	e.in("zk2", "nft add table inet lab; nft add chain inet lab in '{ type filter hook input priority 0; }'; nft add rule inet lab in tcp dport 22 ip saddr "+e.lab.Subnet.Machine().String()+" drop")
	e.zkprov("plan", "--connect-timeout", "2s").exits(4).says("zk2", "host-unreachable")
	e.args = []string{"--ssh-config", path}
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
}
