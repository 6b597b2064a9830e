package host_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/units"
)

// foretold returns what a plan that tries finds of flags.
func (h *testHost) foretold(t *testing.T) (found []string) {
	t.Helper()
	h.task.Try = true
	defer func() { h.task.Try = false }()
	for _, f := range h.plan(t).Findings {
		if slices.Contains([]string{"jvm-option", "trial-failed", "flags-untried"}, f.Name) {
			found = append(found, f.Name+" "+string(f.Severity)+": "+f.Message)
		}
	}
	return found
}

// TestForetold lets a plan run java with the flags of what would be started, once, and of
// what is as it should be not at all.
func TestForetold(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	tried := len(h.systemd.Trials())
	if found := h.foretold(t); found != nil || len(h.systemd.Trials()) != tried {
		t.Errorf("with nothing to change it tries something: %q", found)
	}
	h.flags("-XX:+UseMagicGC")
	h.systemd.Trial = func(units.Trial) units.Tried {
		return units.Tried{Failed: true, How: "exited with 1", Lines: []string{"Unrecognized VM option 'UseMagicGC'", "Error: Could not create the Java Virtual Machine."}}
	}
	if h.plan(t); len(h.systemd.Trials()) != tried {
		t.Error("a plan of an apply tries something")
	}
	before := h.snapshot(t)
	want := []string{"jvm-option critical: zookeeper-1 would not start: the JVM refuses an option: Unrecognized VM option 'UseMagicGC'; it was tried beforehand, and no server was stopped or started"}
	if diff := cmp.Diff(want, h.foretold(t)); diff != "" {
		t.Error(diff)
	}
	all := h.systemd.Trials()
	if len(all) != tried+1 || !slices.Contains(all[tried].Command, "-XX:+UseMagicGC") || all[tried].Command[len(all[tried].Command)-1] != "-version" || !strings.Contains(string(all[tried].Unit), "\nUser=zookeeper\n") {
		t.Errorf("it tries %+v", all[tried:])
	}
	if diff := cmp.Diff(before, h.snapshot(t)); diff != "" {
		t.Errorf("the plan leaves something behind:\n%s", diff)
	}
}

// TestForetoldAsNobody tries the flags before there is the service user: options that the JVM
// refuses count, and what another user may not read does not.
func TestForetoldAsNobody(t *testing.T) {
	for line, want := range map[string]int{"Unrecognized VM option 'UseMagicGC'": 1, "java.io.FileNotFoundException: /etc/x (Permission denied)": 0} {
		h := newHost(t)
		h.flags("-XX:+UseMagicGC", "-Xlog:gc:/var/lib/zookeeper/zookeeper-1/gc.log")
		h.systemd.Trial = func(units.Trial) units.Tried {
			return units.Tried{Failed: true, How: "exited with 1", Lines: []string{line}}
		}
		found := h.foretold(t)
		all := h.systemd.Trials()
		if len(found) != want || len(all) != 1 {
			t.Fatalf("%s: found %q by %d trials", line, found, len(all))
		}
		unit := string(all[0].Unit)
		if !strings.Contains(unit, "\nUser=nobody\n") || strings.Contains(unit, "\nGroup=") || !slices.Contains(all[0].Command, "-Xlog:gc:/tmp/gc.log") {
			t.Errorf("it tries %+v as\n%s", all[0].Command, unit)
		}
	}
}

// TestNamedFileMissing refuses a server that would end for want of a file.
func TestNamedFileMissing(t *testing.T) {
	h := newHost(t)
	h.flags("-Djava.security.auth.login.config=/etc/zookeeper-jaas.conf", "-Xmx1g", "-XX:+UseConcMarkSweepGC")
	var names []string
	for _, f := range h.plan(t).Findings {
		if f.Severity == "critical" {
			names = append(names, f.Name)
		}
	}
	if diff := cmp.Diff([]string{"flag-of-other-java", "named-file-unusable"}, names); diff != "" {
		t.Error(diff)
	}
}
