//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestWords runs what only a real host shows of the paths and programs that zkprov is given: a server is started by systemd
// from a Java whose path has a blank, and a java that hangs costs its time once, which is said.
func TestWords(t *testing.T) {
	e := boot(t, lab.Hosts(1)...)
	e.voters(1)
	if err := e.host("zk1").CopyIn(binary, "/usr/local/bin/zkprov", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := e.host("zk1").CopyIn(release.Path, "/root/zookeeper.tar.gz", 0o644); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(e.text, "[[host]]\n", "[[host]]\nlocal = true\n", 1)
	text = text[:strings.Index(text, "[archive]")] + release.SectionFrom("file:///root/zookeeper.tar.gz")
	put := func(text string) {
		if err := e.host("zk1").WriteFile(t.Context(), "/root/zk.toml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(text)
	run := func(line string) string { return e.in("zk1", line+" /root/zk.toml 2>&1 || echo exit $?") }
	const home = "/opt/Java of mine"
	// A bind mount is a place of its own, and no link that would be seen through.
	e.in("zk1", "mkdir '"+home+"' && mount --bind /usr/lib/jvm/java-17-openjdk-amd64 '"+home+"'")

	t.Run("Hangs", func(t *testing.T) {
		e := e.on(t)
		e.in("zk1", `printf '#!/bin/sh\necho run >>/run/java.runs\nexec sleep 600\n' >/usr/local/bin/java; chmod 755 /usr/local/bin/java; touch /run/java.runs; chmod 666 /run/java.runs`)
		out := run("zkprov plan")
		for _, want := range []string{"/usr/local/bin/java gave no answer to -version; every run waits 5s for it, and takes /usr/lib/jvm/java-17-openjdk-amd64/bin/java", "[java-hangs]", "Plan: "} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in\n%s", want, out)
			}
		}
		if runs := e.in("zk1", "cat /run/java.runs; pgrep -x sleep || true"); runs != "run" {
			t.Errorf("a plan ran it so often, or left it behind:\n%s", runs)
		}
	})

	t.Run("Blank", func(t *testing.T) {
		e := e.on(t)
		out := run("JAVA_HOME='" + home + "' zkprov apply")
		if !strings.Contains(out, "quorum formed") || strings.Contains(out, "java-hangs") {
			t.Fatalf("JAVA_HOME with a blank:\n%s", out)
		}
		if got := e.javaOf("zk1", "zookeeper-1"); got != home+"/bin/java" {
			t.Errorf("the server runs %q", got)
		}
		put("[java]\nhome = \"" + home + "\"\n" + text)
		if out := run("zkprov apply"); !strings.Contains(out, "nothing to change on 1 host") {
			t.Errorf("the same in the inventory:\n%s", out)
		}
		if out := run("zkprov check"); strings.Contains(out, "exit") || strings.Contains(out, "drop-in") {
			t.Errorf("check says\n%s", out)
		}
	})

	t.Run("Record", func(t *testing.T) {
		e := e.on(t)
		e.in("zk1", "rm /var/lib/zkprov/zookeeper/formed.json")
		if out := run("zkprov check"); !strings.HasPrefix(out[strings.LastIndex(out, "\nOK")+1:], "OK") || strings.Contains(out, "formed.json") {
			t.Errorf("a record that is missing: %s", out)
		}
		if out := run("zkprov check -v"); !strings.Contains(out, "this host has no record yet that the ensemble formed its quorum") {
			t.Errorf("a record that is missing is not noticed: %s", out)
		}
		if out := run("zkprov apply"); !strings.Contains(out, "applied: 1 change on 1 host") {
			t.Errorf("it is not written: %s", out)
		}
	})
}
