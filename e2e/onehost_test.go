//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestOneHost looks at what zkprov finds on a host with one server, and what of it restarts that server.
func TestOneHost(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(1)...)
	e.in("zk1", copyRuntime+"; cp -a /opt/runtime /opt/runtime.next")
	for _, part := range []struct {
		name string
		run  func(t *testing.T)
	}{{"Trial", e.trial}, {"Drift", e.drift}, {"Full", e.full}, {"RunsWithAnother", e.runsWithAnother}, {"JavaReplaced", e.javaReplaced}, {"Unit", e.unit}} {
		if !t.Run(part.name, part.run) {
			return
		}
	}
}

// copyRuntime makes a Java of the server's own.
const copyRuntime = "cp -aL /usr/lib/jvm/java-17-openjdk-amd64 /opt/runtime 2>/dev/null || [ -x /opt/runtime/bin/java ]"

// oneServer writes an inventory of one host with one server, with these lines before the host.
func (e *ensemble) oneServer(lines ...string) {
	e.t.Helper()
	e.write("[ensemble]\nname = \"zookeeper\"\nignore = [\"few-voters\"]\n[java]\nhome = \"/opt/runtime\"\n" + strings.Join(lines, "\n") + "\n" + e.lab.Voters(1))
}

// opening returns flags with which a JVM opens a port and a file as it starts: a second one would find the port taken, and would
// empty the file.
func opening(more string) string {
	return `flags = ["-Dcom.sun.management.jmxremote.port=9010", "-Dcom.sun.management.jmxremote.ssl=false", ` +
		`"-Dcom.sun.management.jmxremote.authenticate=false", "-Xlog:gc*:file=/var/lib/zookeeper/zookeeper-1/gc.log:time"` + more + "]"
}

// trial applies what a server cannot start with, to a fresh host and to one whose server runs. It is found before anything is
// stopped or started, in the words of the JVM or of ZooKeeper.
func (e *ensemble) trial(t *testing.T) {
	e = e.on(t)
	const badFlag, badAgent, badConfig = "[jvm]\nflags = [\"-XX:+UseMagicGC\"]", "[jvm]\nflags = [\"-javaagent:/opt/agent.jar=9404\"]",
		"[zoo_cfg]\nmetricsProvider.className = \"org.example.Metrics\""
	e.oneServer(badFlag)
	e.zkprov("plan").exits(1).says("try zookeeper-1: Java starts with the flags, and ZooKeeper reads the zoo.cfg", "the JVM refuses an option: Unrecognized VM option 'UseMagicGC'", "jvm-option")
	if out := e.in("zk1", "getent passwd zookeeper || true; ls -d /run/zkprov-trial* /var/lib/zkprov/zookeeper 2>/dev/null || true; systemctl list-units --all --plain --no-legend 'zkprov-trial*'"); out != "" {
		t.Errorf("the plan has left behind:\n%s", out)
	}
	e.zkprov("apply").exits(1).says("zookeeper-1 would not start: the JVM refuses an option: Unrecognized VM option 'UseMagicGC'", "jvm-option")
	if out := e.in("zk1", "ls /etc/systemd/system/zookeeper-1.service 2>&1 || true; systemctl list-units --all --plain --no-legend 'zookeeper*' 'zkprov-trial*'; ls -d /run/zkprov-trial* 2>/dev/null || true"); !strings.Contains(out, "No such file") || strings.Contains(out, "trial") {
		t.Errorf("after a trial that failed the host has:\n%s", out)
	}

	e.oneServer("[jvm]", opening(""))
	r := e.zkprov("apply", "-v", "--progress", "plain").exits(0).says("try zookeeper-1")
	t.Logf("the first apply took %s:\n%s", r.took, r.stderr)
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	invocation := e.invocation("zk1", "zookeeper-1")
	const logs = "stat -c '%i' /var/lib/zookeeper/zookeeper-1/gc.log*"
	log := e.in("zk1", logs)

	e.oneServer(badAgent)
	e.zkprov("plan", "--allow-outage").exits(1).says("-javaagent names /opt/agent.jar, which is not there", "named-file-unusable")
	e.in("zk1", "echo x >/opt/agent.jar")
	for _, test := range []struct {
		lines string
		says  []string
	}{
		{badFlag, []string{"the JVM refuses an option: Unrecognized VM option 'UseMagicGC'", "jvm-option"}},
		{badAgent, []string{"the JVM refuses an option: Error opening zip file or JAR manifest missing : /opt/agent.jar", "jvm-option"}}, // a file that is no jar
		{"[jvm]\n" + opening(`, "-XX:+UseMagicGC"`), []string{"the JVM refuses an option: Unrecognized VM option 'UseMagicGC'"}},
		{badConfig, []string{"ZooKeeper cannot use its new zoo.cfg: ", "org.example.Metrics", "trial-failed"}},
	} {
		e.oneServer(test.lines)
		e.zkprov("apply", "--allow-outage").exits(1).says(append(test.says, "zookeeper-1 would not start", "no server was stopped or started")...)
	}
	if now := e.invocation("zk1", "zookeeper-1"); now != invocation {
		t.Errorf("the server runs as %s, and before as %s", now, invocation)
	}
	if diff := cmp.Diff(log, e.in("zk1", logs)); diff != "" {
		t.Errorf("its log is another file (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff("", e.in("zk1", "systemctl --failed --plain --no-legend")); diff != "" {
		t.Errorf("units failed:\n%s", diff)
	}
	// A new heap with the same files and ports is tried beside the server, and the server is restarted.
	e.oneServer("[jvm]", `heap = "200m"`, opening(""))
	e.zkprov("apply", "--allow-outage", "--settle", "1s").exits(0)
	if now := e.invocation("zk1", "zookeeper-1"); now == invocation {
		t.Error("the server was not restarted")
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}

// full changes the configuration of a server that runs while the disk of what zkprov remembers, and then that of the configuration, has no
// room, or no inode, left. The server runs on with the old one, and with room again the same command goes on.
func (e *ensemble) full(t *testing.T) {
	e = e.on(t)
	invocation := e.invocation("zk1", "zookeeper-1")
	e.oneServer("[jvm]", `heap = "210m"`, opening(""))
	const state, config = "/var/lib/zkprov/zookeeper", "/etc/zookeeper"
	const bytes, inodes = "cat /dev/zero >fill 2>/dev/null || true", "for i in $(seq 100); do : >fill-$i || break; done 2>/dev/null"
	mounted := func(folder, options, fill, says string) {
		t.Helper()
		e.in("zk1", "cp -a "+folder+" /root/full; mount -t tmpfs -o mode=$(stat -c %a "+folder+"),"+options+" tmpfs "+folder+"; cp -a /root/full/. "+folder+"; cd "+folder+"; "+fill)
		e.zkprov("apply", "--allow-outage").exits(1).says("zk1: ", folder, says)
		if now := e.invocation("zk1", "zookeeper-1"); now != invocation {
			t.Errorf("with %s at %s the server runs as %s, and before as %s", options, folder, now, invocation)
		}
		e.in("zk1", "umount "+folder+"; rm -r /root/full")
	}
	mounted(state, "size=128k", bytes, "no space left on device")
	mounted(state, "nr_inodes=60", inodes, "no space left on device")
	// This one is seen before anything is changed.
	mounted(config, "size=128k", bytes, "[disk-space]")
	mounted(config, "nr_inodes=60", inodes, "[inodes]")
	e.zkprov("apply", "--allow-outage", "--settle", "1s").exits(0)
	if now := e.invocation("zk1", "zookeeper-1"); now == invocation {
		t.Error("it was not restarted")
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}
