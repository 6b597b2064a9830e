package java

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// hanging is a java that answers when the test is over, and notes that it was run.
const hanging = `echo run >> "$0.runs"; sleep 600`

// TestHangingJava looks what programs cost that give no answer: the time of one, however
// many there are, once, and a warning that says so.
func TestHangingJava(t *testing.T) {
	tr := newTree(t)
	tr.script("/usr/local", hanging)
	tr.script("/opt/jdk-1", hanging)
	tr.script("/opt/jdk-2", hanging)
	tr.script("/opt/jdk-11", `echo 'openjdk version "11.0.13" 2021-10-19' >&2`)
	for _, name := range []string{"/usr/local/bin", "/opt/jdk-1/bin", "/opt/jdk-2/bin"} {
		if err := os.Chmod(tr.path(name), 0o777); err != nil { // so that nobody can note it there
			t.Fatal(err)
		}
	}
	const patience = 500 * time.Millisecond
	o := Options{Root: tr.root, Version: "3.6.3", Env: env("PATH=/usr/local/bin"), Asked: new(Asked), Patience: patience}
	for range 3 {
		begin := time.Now()
		r, err := Find(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took > 2*patience {
			t.Errorf("three that hang cost %s, and one may cost %s", took, patience)
		}
		if r.Java != "/opt/jdk-11/bin/java" || strings.Join(r.Hung, " ") != "/usr/local/bin/java /opt/jdk-1/bin/java /opt/jdk-2/bin/java" {
			t.Errorf("found %s, and that these hang: %q", r.Java, r.Hung)
		}
		want := "zk1: warning: /usr/local/bin/java gave no answer to -version; every run waits 5s for it, and takes /opt/jdk-11/bin/java; see what it is: timeout 9 /usr/local/bin/java -version; repair it, take it off the PATH, or name a Java under [java] home in the inventory [java-hangs]"
		if fs := r.Findings("zk1"); len(fs) != 3 || fs[0].String() != want {
			t.Errorf("got %v, want\n%s", fs, want)
		}
	}
	if runs, err := os.ReadFile(tr.path("/usr/local/bin/java.runs")); err != nil || string(runs) != "run\n" {
		t.Errorf("it was run: %q, %v", runs, err)
	}

	// Another file of the same name is asked anew.
	tr.script("/usr/local", `echo 'openjdk version "17.0.15" 2025-04-15' >&2`)
	if r, err := Find(t.Context(), o); err != nil || r.Java != "/usr/local/bin/java" || r.Hung != nil {
		t.Errorf("after it was repaired: %+v, %v", r, err)
	}
}

// TestHungHint looks at the command that shows what hangs: it names the program, as a
// shell takes it.
func TestHungHint(t *testing.T) {
	r := Result{Hung: []string{"/opt/my jdk/bin/java"}}
	if fs := r.Findings("zk1"); len(fs) != 1 || !strings.Contains(fs[0].Hint, "timeout 9 '/opt/my jdk/bin/java' -version;") {
		t.Errorf("got %v", fs)
	}
}

// TestHangingJavaIsNotRun looks whether one is left alone where a better one is known to do.
func TestHangingJavaIsNotRun(t *testing.T) {
	tr := newTree(t)
	tr.script("/usr/local", hanging)
	if err := os.Chmod(tr.path("/usr/local/bin"), 0o777); err != nil {
		t.Fatal(err)
	}
	tr.jdk("/opt/jdk", "17.0.15", "")
	for name, o := range map[string]Options{
		"java.home": {Home: "/opt/jdk"}, "JAVA_HOME": {Env: env("JAVA_HOME=/opt/jdk", "PATH=/usr/local/bin")},
		"unit": {Env: env("PATH=/usr/local/bin"), Current: "/opt/jdk/bin/java"},
	} {
		o.Root, o.Version = tr.root, "3.6.3"
		r, err := Find(t.Context(), o)
		if err != nil || r.Java != "/opt/jdk/bin/java" || r.Hung != nil {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if _, err := os.Stat(tr.path("/usr/local/bin/java.runs")); err == nil {
		t.Error("it was run")
	}
}

// TestOnlyHangingJava looks whether the reason is given where there is no other.
func TestOnlyHangingJava(t *testing.T) {
	tr := newTree(t)
	tr.script("/opt/jdk", "sleep 600")
	_, err := Find(t.Context(), Options{Root: tr.root, Home: "/opt/jdk", Version: "3.6.3", Patience: 50 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "/opt/jdk (java.home in the inventory): java -version gave no answer within 50ms") {
		t.Errorf("got %v", err)
	}
}

// TestInterruptedIsNotRemembered ends a search while a program is asked: that says nothing
// about the program.
func TestInterruptedIsNotRemembered(t *testing.T) {
	tr := newTree(t)
	tr.script("/opt/jdk", `while [ -e "$0.wait" ]; do sleep 0.01; done; echo 'java version "1.8.0_402"' >&2`)
	tr.file("/opt/jdk/bin/java.wait", "", 0o644)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	o := Options{Root: tr.root, Home: "/opt/jdk", Version: "3.6.3", Asked: new(Asked)}
	if _, err := Find(ctx, o); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	if err := os.Remove(tr.path("/opt/jdk/bin/java.wait")); err != nil {
		t.Fatal(err)
	}
	if r, err := Find(t.Context(), o); err != nil || r.Feature != 8 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestOneRuleForPaths looks whether a path with a blank, or with what systemd cannot
// start, is judged in the same way whoever names it.
func TestOneRuleForPaths(t *testing.T) {
	for home, reason := range map[string]string{
		"/opt/jdk of mine": "", "/opt/jdk 50%": "", "/opt/jdk-é": "",
		`/opt/jdk "x"`: `no systemd unit can start a program at such a path: its character 10 is "\""`,
		"/opt/jdk'x":   `no systemd unit can start a program at such a path: its character 9 is "'"`,
		"/opt/jdk$x":   `no systemd unit can start a program at such a path: its character 9 is "$"`,
		`/opt/jdk\x`:   `no systemd unit can start a program at such a path: its character 9 is "\\"`,
		"/opt/jdk\nx":  "no systemd unit can start a program at such a path: its character 9 is U+000A LINE FEED",
	} {
		for source, o := range map[string]Options{
			FromInventory: {Home: home}, FromJavaHome: {Env: env("JAVA_HOME=" + home)}, FromCurrent: {Current: home + "/bin/java"},
			FromPath: {Env: env("PATH=" + home + "/bin")}, FromFolder: {},
		} {
			tr := newTree(t)
			tr.jdk(home, "17.0.15", "")
			o.Root, o.Version = tr.root, "3.6.3"
			r, err := Find(t.Context(), o)
			var none *NotFoundError
			switch {
			case reason == "" && (err != nil || r.Java != home+"/bin/java"):
				t.Errorf("%s from %s: %+v, %v", home, source, r, err)
			case reason != "" && (!errors.As(err, &none) || none.Rejected[0].Reason != reason):
				t.Errorf("%s from %s: %+v, %v", home, source, r, err)
			}
		}
	}
}
