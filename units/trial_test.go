package units

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/coreos/go-systemd/v22/dbus"
	"github.com/google/go-cmp/cmp"
)

// unitText returns the unit of an instance.
func unitText(t *testing.T) []byte {
	t.Helper()
	text, err := plain().Text()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// shownProperties returns properties as lines, but for the descriptors.
func shownProperties(properties []dbus.Property) string {
	var b strings.Builder
	for _, p := range properties {
		if !strings.HasSuffix(p.Name, "FileDescriptor") {
			fmt.Fprintf(&b, "%s %s %v\n", p.Name, p.Value.Signature(), p.Value.Value())
		}
	}
	return b.String()
}

// TestTrialProperties writes what a program is run with. Every setting of an instance's
// unit is among it, or is known to mean nothing here.
func TestTrialProperties(t *testing.T) {
	trial := Trial{Name: "zookeeper-1", Command: []string{"/jdk/bin/java", "-version"}, Unit: unitText(t), PrivateNetwork: true,
		DropIns: [][]byte{[]byte("[Unit]\nDescription=x\n[Service]\nLimitMEMLOCK=infinity\nSupplementaryGroups=ssl-cert\nCPUQuota=20%\nEnvironment=\"A=b c\"\nPrivateTmp=no\n")}}
	properties, err := trial.properties(trialLimit)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "trial.properties", []byte(shownProperties(properties)))
	for _, p := range properties {
		if slices.Contains([]string{"ReadWritePaths", "BindPaths", "StateDirectory"}, p.Name) {
			t.Errorf("a trial could write: %v", p)
		}
	}
	trial.Unit = []byte(strings.Replace(string(trial.Unit), "PrivateTmp=yes", "PrivateEverything=yes", 1))
	if _, err := trial.properties(trialLimit); err == nil || !strings.Contains(err.Error(), "PrivateEverything=yes is not known") {
		t.Errorf("a setting that is not known is %v", err)
	}
}

func TestTry(t *testing.T) {
	for name, test := range map[string]struct {
		bus  fakeBus
		want Tried
	}{
		"ends well":      {fakeBus{result: "done", output: "openjdk\n"}, Tried{Lines: []string{"openjdk"}}},
		"says nothing":   {fakeBus{result: "done"}, Tried{}},
		"fails":          {fakeBus{result: "failed", output: "no\x1b[2J\r\nnever", ended: map[string]any{"Result": "exit-code", "ExecMainCode": int32(1), "ExecMainStatus": int32(1)}}, Tried{Failed: true, How: "exited with 1 (an error that ZooKeeper did not expect, such as a client port in use)", Lines: []string{"no\uFFFD[2J", "never"}}},
		"takes too long": {fakeBus{result: "failed", ended: map[string]any{"Result": "timeout", "ExecMainCode": int32(2), "ExecMainStatus": int32(15)}}, Tried{Failed: true, How: "did not end in time"}},
		"an old systemd": {fakeBus{result: "done", unknown: "ExecPaths"}, Tried{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := (&Manager{bus: &test.bus}).Try(t.Context(), Trial{Name: "zookeeper-1", Command: []string{"/bin/true"}, Unit: unitText(t)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			last := test.bus.transient[len(test.bus.transient)-1]
			if slices.ContainsFunc(last, func(p dbus.Property) bool { return p.Name == test.bus.unknown }) {
				t.Errorf("it is run with %s", test.bus.unknown)
			}
			if forgotten := slices.ContainsFunc(test.bus.calls, func(c string) bool { return strings.HasPrefix(c, "reset zkprov-trial-zookeeper-1-") }); forgotten != test.want.Failed {
				t.Errorf("the calls are %q", test.bus.calls)
			}
		})
	}
}

// TestTrialVariables gives a trial the variables of a drop-in as systemd reads them, and none
// that it may read otherwise.
func TestTrialVariables(t *testing.T) {
	for line, want := range map[string]string{
		`A=b C=d`: "[A=b C=d]",
		`"JAVA_TOOL_OPTIONS=-javaagent:/a -Xint"`: "[JAVA_TOOL_OPTIONS=-javaagent:/a -Xint]",
		`"A=b c" D=e  "F=g"`:                      "[A=b c D=e F=g]",
		`A="b c"`:                                 "",
		`"A=b\x20c"`:                              "",
		`'A=b c'`:                                 "",
		`"A=50%"`:                                 "",
	} {
		properties, err := transient([]byte("[Service]\nEnvironment="+line+"\n"), true)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range properties {
			got += fmt.Sprint(p.Value.Value())
		}
		if got != want {
			t.Errorf("%s gives %q, want %q", line, got, want)
		}
	}
}

// TestTryRefused runs a program although systemd takes nothing of a drop-in, which it passes
// over in a file; what the unit itself says must be taken.
func TestTryRefused(t *testing.T) {
	trial := Trial{Name: "zookeeper-1", Command: []string{"/bin/true"}, Unit: unitText(t), DropIns: [][]byte{[]byte("[Service]\nInaccessiblePaths=foo\n")}}
	bus := &fakeBus{result: "done", refused: "InaccessiblePaths"}
	if tried, err := (&Manager{bus: bus}).Try(t.Context(), trial); err != nil || tried.Failed || len(bus.transient) != 2 {
		t.Errorf("a drop-in's: %+v, %v, after %d attempts", tried, err, len(bus.transient))
	}
	bus.refused = "User"
	if tried, err := (&Manager{bus: bus}).Try(t.Context(), trial); err == nil {
		t.Errorf("the unit's: %+v", tried)
	}
}

// TestTrySweeps ends the trials of a process that was killed, and no other.
func TestTrySweeps(t *testing.T) {
	own := fmt.Sprintf("zkprov-trial-zookeeper-2-%d-5.service", os.Getpid())
	bus := &fakeBus{result: "done", left: []dbus.UnitStatus{{Name: "zkprov-trial-zookeeper-1-0-17.service"}, {Name: own}}}
	if _, err := (&Manager{bus: bus}).Try(t.Context(), Trial{Name: "zookeeper-1", Command: []string{"/bin/true"}, Unit: unitText(t)}); err != nil {
		t.Fatal(err)
	}
	want := []string{"stop zkprov-trial-zookeeper-1-0-17.service replace", "reset zkprov-trial-zookeeper-1-0-17.service", "run replace"}
	if diff := cmp.Diff(want, bus.calls); diff != "" {
		t.Errorf("the calls (-want +got):\n%s", diff)
	}
}
