//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestLogins reaches every host as another sort of user: with sudo that asks nothing, with a noisy login shell, with fish.
func TestLogins(t *testing.T) {
	e := threeHosts(t)
	e.edit(`name = "zk1"`, "name = \"zk1\"\nssh = \"zk1.ops\"")
	e.edit(`name = "zk2"`, "name = \"zk2\"\nssh = \"zk2.ops-noisy\"")
	e.edit(`name = "zk3"`, "name = \"zk3\"\nssh = \"zk3.ops-fish\"")
	// What such a user's umask is must not matter: the widest one, and one that keeps the service user out.
	for host, umask := range map[string]string{"zk1": "000", "zk2": "077", "zk3": "000"} {
		e.in(host, "for f in /home/*/.profile /home/*/.bashrc /etc/bash.bashrc; do sed -i '1i umask "+umask+"' $f; done; mkdir -p /etc/fish; echo 'umask "+umask+"' >>/etc/fish/config.fish")
	}
	e.zkprov("plan").exits(0)
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
	for _, h := range e.lab.Hosts() {
		id := strings.TrimPrefix(h.Name, "zk")
		got := e.in(h.Name, strings.ReplaceAll("cd /; stat -Lc '%a %U:%G %n' opt/zookeeper opt/zookeeper/*/lib/zookeeper-3.6.3.jar etc/zookeeper etc/zookeeper/zookeeper-N{,/zoo.cfg,/log4j.properties} "+
			"etc/systemd/system/zookeeper-N.service var/lib/zookeeper var/lib/zookeeper/zookeeper-N{,/myid,/.zkprov.json} var/lib/zkprov{,/bin}", "N", id))
		if diff := cmp.Diff(strings.ReplaceAll(exactModes, "N", id), got); diff != "" {
			t.Errorf("modes and owners on %s (-want +got):\n%s", h.Name, diff)
		}
	}
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
}

const exactModes = `755 root:root opt/zookeeper
644 root:root opt/zookeeper/apache-zookeeper-3.6.3-bin/lib/zookeeper-3.6.3.jar
755 root:root etc/zookeeper
750 root:zookeeper etc/zookeeper/zookeeper-N
640 root:zookeeper etc/zookeeper/zookeeper-N/zoo.cfg
640 root:zookeeper etc/zookeeper/zookeeper-N/log4j.properties
644 root:root etc/systemd/system/zookeeper-N.service
755 root:root var/lib/zookeeper
750 zookeeper:zookeeper var/lib/zookeeper/zookeeper-N
640 zookeeper:zookeeper var/lib/zookeeper/zookeeper-N/myid
640 zookeeper:zookeeper var/lib/zookeeper/zookeeper-N/.zkprov.json
700 root:root var/lib/zkprov
700 root:root var/lib/zkprov/bin`

// TestPassword becomes root with a password that is asked for once.
func TestPassword(t *testing.T) {
	e := threeHosts(t)
	// A host that asks, one that asks noisily not at all, and one where nobody has to become root.
	e.edit(`name = "zk1"`, "name = \"zk1\"\nssh = \"zk1.ops-pw\"")
	e.edit(`name = "zk2"`, "name = \"zk2\"\nssh = \"zk2.ops-noisy\"")
	e.refused(refusal{
		name:     "Wrong",
		commands: []string{"apply --ask-become-pass"},
		stdin:    "wrong\n",
		code:     4,
		says:     []string{"sudo did not accept the password", "sudo-password"},
	})
	// As sudo counts, which tells of all attempts when the session ends.
	var said string
	waitFor(t, func() bool {
		said = e.in("zk1", "journalctl -q -o cat _COMM=sudo")
		return strings.Contains(said, "incorrect password attempt")
	})
	if !strings.Contains(said, " 1 incorrect password attempt ") {
		t.Errorf("the wrong password was tried more than once:\n%s", said)
	}
	seen := watchProcesses(t, lab.Password)
	e.zkprovWith([]byte(lab.Password+"\n"), "apply", "--ask-become-pass").exits(0).says("2/2 followers in sync")
	for process := range seen() {
		t.Errorf("the password can be read by everybody: %s", process)
	}
	for _, h := range e.lab.Hosts() {
		if strings.Contains(e.in(h.Name, "journalctl -q -o cat; cat /var/log/* 2>/dev/null || true"), lab.Password) {
			t.Errorf("the password stands in a log of %s", h.Name)
		}
	}
}

// watchProcesses looks for a text in the arguments and environments of all processes of the machine, those of its hosts among them,
// until the function that it returns is called, which tells where it was.
func watchProcesses(t *testing.T, secret string) (seen func() map[string]bool) {
	t.Helper()
	stop, found := make(chan struct{}), make(chan map[string]bool)
	go func() {
		all := make(map[string]bool)
		for {
			files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, file := range files {
				args, _ := os.ReadFile(file)
				environment, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "environ"))
				if strings.Contains(string(args)+string(environment), secret) {
					all[strings.ReplaceAll(string(args), "\x00", " ")] = true
				}
			}
			select {
			case <-stop:
				found <- all
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() map[string]bool { close(stop); return <-found }
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
