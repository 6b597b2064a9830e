package host_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// trials returns the changes of a plan that try something, as From and To.
func trials(p provision.HostPlan) (all []string) {
	for _, c := range ofKind(p, provision.KindTrial) {
		all = append(all, c.From+" -> "+c.To)
	}
	return all
}

// flags gives the instance flags for its JVM.
func (h *testHost) flags(flags ...string) {
	h.task.Ensemble.Hosts[0].Instances[0].JVM.Flags = flags
}

// TestTrialOnce tries a generation before a server is started with it, and again only
// where the generation or the Java is another one.
func TestTrialOnce(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	if got := len(h.systemd.Trials()); got != 1 {
		t.Fatalf("at first it was tried %d times", got)
	}
	if calls := h.systemd.Calls(); !slices.Contains(calls, "start zookeeper-1.service") {
		t.Fatalf("the calls are %q", calls)
	}
	nothing := func(when string) {
		t.Helper()
		if got := trials(h.plan(t)); got != nil {
			t.Errorf("%s it tries %q", when, got)
		}
	}
	nothing("once it was tried and runs,")
	remove(t, filepath.Join(h.root, "/var/lib/zkprov/zookeeper/zookeeper-1.trial"))
	nothing("as the server runs with it,")

	first := h.generation(t)
	h.setHeap("300m")
	plan := h.plan(t)
	if got := trials(plan); len(got) != 1 || !strings.HasPrefix(got[0], "untried -> tried zookeeper-1 ") || strings.Contains(got[0], first) {
		t.Errorf("a new generation is tried as %q", got)
	}
	h.apply(t, plan)
	if got := len(h.systemd.Trials()); got != 2 {
		t.Errorf("with a new generation it was tried %d times", got)
	}
	h.systemctl(t, h.systemd.Stop(t.Context(), unitName))
	nothing("down, and tried before,")
	java := filepath.Join(h.root, "/usr/lib/jvm/java/bin/java")
	write(t, java, "#!/bin/sh\n# of the next release\n")
	if got := trials(h.plan(t)); len(got) != 1 {
		t.Errorf("with another Java it tries %q", got)
	}
	h.apply(t, h.plan(t))
	nothing("with a Java that was tried,")
}

// TestTrialCommand looks at what is run for a generation: the command of its unit, but
// for what must not touch a server that runs.
func TestTrialCommand(t *testing.T) {
	h := newHost(t)
	const data = "/var/lib/zookeeper/zookeeper-1/"
	h.flags("-XX:+AlwaysPreTouch", "-Xlog:gc*:file="+data+"gc.log:time:filecount=5", "-Xlog:safepoint:stdout", "-Xloggc:"+data+"gc.log", "-Xlog:gc:/data/other.log", "-Xlog:gc:"+data+"none/gc.log",
		"-XX:StartFlightRecording=delay=5s,filename="+data+"a.jfr,maxage=1h", "-XX:FlightRecorderOptions:repository="+data+"jfr", "-XX:StartFlightRecording:filename=/data/b.jfr",
		"-Djava.io.tmpdir="+data+"tmp", "-Dwith=a$b", `-Dquoted=a "b c" \d 50% ;`, "-Dcom.sun.management.jmxremote.port=9010")
	h.apply(t, h.plan(t))
	tried := h.systemd.Trials()
	if len(tried) != 1 || !tried[0].PrivateNetwork {
		t.Fatalf("the trials are %+v", tried)
	}
	folder := "/etc/zookeeper/zookeeper-1/" + h.generation(t)
	want := []string{"/usr/lib/jvm/java/bin/java", "-Xmx2000m", "-XX:+ExitOnOutOfMemoryError", "-XX:+PerfDisableSharedMem", "-XX:+ErrorFileToStderr",
		"-Dlog4j.configuration=file:/run/zkprov-trial/log4j.properties", "-cp", folder + ":/opt/zookeeper/apache-zookeeper-3.6.3-bin/lib/*:/run/zkprov-trial",
		"-XX:+AlwaysPreTouch", "-Xlog:gc*:file=/tmp/gc.log:time:filecount=5", "-Xlog:safepoint:stdout", "-Xloggc:/tmp/gc.log", "-Xlog:gc:/data/other.log", "-Xlog:gc:" + data + "none/gc.log",
		"-XX:StartFlightRecording=delay=5s,filename=/tmp/a.jfr,maxage=1h", "-XX:FlightRecorderOptions:repository=/tmp/jfr", "-XX:StartFlightRecording:filename=/data/b.jfr",
		"-Djava.io.tmpdir=" + data + "tmp", "-Dwith=a$$b", `-Dquoted=a "b c" \d 50% ;`, "-Dcom.sun.management.jmxremote.port=9010",
		"-XX:-AlwaysPreTouch", "-Djava.io.tmpdir=/tmp", "ZkprovTrial", folder + "/zoo.cfg"}
	want[1] = tried[0].Command[1] // the heap is that of the host's memory
	if diff := cmp.Diff(want, tried[0].Command); diff != "" {
		t.Errorf("it runs (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(h.root, "/run/zkprov-trial")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the class is left behind: %v", err)
	}
}

// TestTrialPlain tries a JVM without flags of its own with one compiler, and once more
// without that where it fails.
func TestTrialPlain(t *testing.T) {
	const flag = "-XX:TieredStopAtLevel=1"
	for name, test := range map[string]struct {
		flags []string
		fails bool
		want  []bool // whether each trial has the flag
	}{
		"plain":                  {nil, false, []bool{true}},
		"properties":             {[]string{"-Da=b"}, false, []bool{true}},
		"plain, and it fails":    {nil, true, []bool{true, false}},
		"a flag":                 {[]string{"-XX:CICompilerCount=1"}, false, []bool{false}},
		"a flag, and it fails":   {[]string{"-Xint"}, true, []bool{false}},
		"another one of its own": {[]string{"-XX:-PerfDisableSharedMem"}, false, []bool{false}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.flags(test.flags...)
			h.systemd.Trial = func(tried units.Trial) units.Tried {
				return units.Tried{Failed: test.fails && (test.flags != nil || slices.Contains(tried.Command, flag)), How: "exited with 1"}
			}
			plan := h.plan(t)
			h.systemctl(t, h.Lock(t.Context(), h.task, 0))
			err := h.Apply(t.Context(), h.task, plan.Changes, nil, func(provision.Event) {})
			if (err != nil) != (test.fails && test.flags != nil) {
				t.Errorf("it says %v", err)
			}
			var got []bool
			for _, tried := range h.systemd.Trials() {
				got = append(got, tried.Command[1] == flag)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("the trials have the flag: %v, want %v", got, test.want)
			}
		})
	}
}

// TestTrialDropIn gives a trial a network of its own where a drop-in's variables open a
// port, and its own logs wherever the drop-in may let the server write.
func TestTrialDropIn(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	write(t, h.root+unitPath+".d/jmx.conf", "[Service]\nEnvironment=JAVA_TOOL_OPTIONS=-javaagent:/opt/jmx.jar=9404:/etc/jmx.yml\nLogsDirectory=zookeeper\n")
	h.systemctl(t, h.systemd.Reload(t.Context()))
	h.flags("-Xlog:gc:/var/log/zookeeper/gc.log")
	h.apply(t, h.plan(t))
	tried := h.systemd.Trials()
	if last := tried[len(tried)-1]; len(tried) != 2 || !last.PrivateNetwork || !slices.Contains(last.Command, "-Xlog:gc:/tmp/gc.log") {
		t.Errorf("the last of %d trials is %+v", len(tried), last)
	}
}

// TestTrialVariable gives a trial a network of its own where a variable of the unit's opens a
// port.
func TestTrialVariable(t *testing.T) {
	h := newHost(t)
	h.task.Ensemble.Hosts[0].Instances[0].Unit.Environment = inventory.Settings{{Key: "JAVA_TOOL_OPTIONS", Value: "-javaagent:/opt/jmx.jar=9404:/etc/jmx.yml"}}
	h.bootstrap(t, h.plan(t))
	if tried := h.systemd.Trials(); len(tried) != 1 || !tried[0].PrivateNetwork {
		t.Errorf("the trials are %+v", tried)
	}
}

// TestTrialTogether tries instances that differ in their folders alone with one JVM, and
// others with one each.
func TestTrialTogether(t *testing.T) {
	const second = "{ id = 2, client_port = 2182, quorum_port = 2889, election_port = 3889, admin_port = 8081"
	for instances, want := range map[string][]int{
		"instance = [ { id = 1 }, " + second + " } ]":                                   {2},
		"instance = [ { id = 1 }, " + second + ", jvm.heap = \"3g\" } ]":                {1, 1},
		"instance = [ { id = 1 }, " + second + ", unit.environment = { A = \"1\" } } ]": {1, 1},
		"instance = [ { id = 1 }, " + second + ", unit.memory_max = \"3g\" } ]":         {1, 1},
	} {
		h := newHost(t)
		text := strings.NewReplacer("HASH", h.task.Ensemble.Archive.SHA512, "instance = [ { id = 1 } ]", instances).Replace(oneHost)
		e, found := inventory.Read("test.toml", []byte(text))
		if found.Failed() {
			t.Fatal(found)
		}
		h.task.Ensemble = e
		plan := h.plan(t)
		if got := ofKind(plan, provision.KindTrial); len(got) != 1 || !strings.HasPrefix(got[0].Summary, "zookeeper-1, zookeeper-2: ") {
			t.Errorf("%s: the trials are %+v", instances, got)
		}
		h.apply(t, plan)
		var files []int
		for _, tried := range h.systemd.Trials() {
			files = append(files, len(tried.Command)-1-slices.Index(tried.Command, "ZkprovTrial"))
		}
		if diff := cmp.Diff(want, files); diff != "" {
			t.Errorf("%s: the files of each JVM (-want +got):\n%s", instances, diff)
		}
	}
}

// TestTrialFails lets a JVM fail. No server is stopped or started, no unit is replaced,
// and it is tried again by the next apply.
func TestTrialFails(t *testing.T) {
	for name, test := range map[string]struct {
		lines      []string
		how        string
		ports      bool
		want       string // in the message; empty where it does not fail
		wantName   string
		wantDetail []string
	}{
		"a flag that the JVM does not know": {
			lines: []string{"Unrecognized VM option 'UseMagicGC'", "Error: Could not create the Java Virtual Machine."}, how: "exited with 1",
			want: "zookeeper-1 would not start: the JVM refuses an option: Unrecognized VM option 'UseMagicGC'; it was tried beforehand, and no server was stopped or started", wantName: "jvm-option",
			wantDetail: []string{"Unrecognized VM option 'UseMagicGC'", "Error: Could not create the Java Virtual Machine."}},
		"a zoo.cfg that ZooKeeper refuses": {
			lines:    []string{"INFO reading", "zkprov-trial: FOLDER/zoo.cfg: org.apache.zookeeper.server.quorum.QuorumPeerConfig$ConfigException: Error processing FOLDER/zoo.cfg: java.lang.NumberFormatException: For input string: \"x\""},
			how:      "exited with 2",
			want:     "zookeeper-1 would not start: ZooKeeper cannot use its new zoo.cfg: For input string: \"x\"",
			wantName: "trial-failed"},
		"it says something else":                {lines: []string{"", "so what"}, how: "was killed by signal 9, killed", want: "java was killed by signal 9, killed: so what", wantName: "trial-failed"},
		"it says nothing":                       {how: "did not end in time", want: "java did not end in time; it was tried", wantName: "trial-failed"},
		"an address that its own network lacks": {lines: []string{"java.net.BindException: Cannot assign requested address"}, how: "exited with 1", ports: true},
		"an address that the host lacks":        {lines: []string{"java.net.BindException: Cannot assign requested address"}, how: "exited with 1", want: "Cannot assign", wantName: "trial-failed"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			h.setHeap("300m")
			if test.ports {
				h.flags("-javaagent:/opt/agent.jar=10.0.0.1:9404")
			}
			var folder string
			h.systemd.Trial = func(tried units.Trial) units.Tried {
				folder = filepath.Dir(tried.Command[len(tried.Command)-1])
				var lines []string
				for _, l := range test.lines {
					lines = append(lines, strings.ReplaceAll(l, "FOLDER", folder))
				}
				return units.Tried{Failed: true, How: test.how, Lines: lines}
			}
			plan, calls, unit := h.plan(t), h.systemd.Calls(), h.snapshot(t)[unitPath]
			step := stepsOf(plan)[0]
			err := h.Apply(t.Context(), h.task, step.changes, step.others, func(provision.Event) {})
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var failure *provision.Error
			if !errors.As(err, &failure) || failure.Kind != provision.Failed || failure.Name != test.wantName || !strings.Contains(failure.Message, test.want) {
				t.Fatalf("it fails with %+v, want %q [%s]", err, test.want, test.wantName)
			}
			if test.wantDetail != nil && !cmp.Equal(failure.Detail, test.wantDetail) {
				t.Errorf("the details are %q", failure.Detail)
			}
			if diff := cmp.Diff(calls, h.systemd.Calls()); diff != "" {
				t.Errorf("systemd was used:\n%s", diff)
			}
			if diff := cmp.Diff(unit, h.snapshot(t)[unitPath]); diff != "" {
				t.Errorf("the unit was changed:\n%s", diff)
			}
			if got := trials(h.plan(t)); len(got) != 1 {
				t.Errorf("then it tries %q", got)
			}
		})
	}
}

// TestTrialBeforeUnit keeps a server that is down from a unit with which it cannot start:
// the next boot starts what was there before.
func TestTrialBeforeUnit(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	h.systemctl(t, h.systemd.Stop(t.Context(), unitName))
	unit := h.snapshot(t)[unitPath]
	h.setHeap("300m")
	h.systemd.Trial = func(units.Trial) units.Tried { return units.Tried{Failed: true, How: "exited with 1"} }
	step := stepsOf(h.plan(t))[0]
	if err := h.Apply(t.Context(), h.task, step.changes, step.others, func(provision.Event) {}); err == nil {
		t.Error("it does not fail")
	}
	if diff := cmp.Diff(unit, h.snapshot(t)[unitPath]); diff != "" {
		t.Errorf("the unit was changed:\n%s", diff)
	}
}

// Source and class that were made together, by the javac of Java 17.
const (
	trialSource = "3da07726ee241fc5fff7f1d5cd2b0dde1da67be43cbcdd2499f7ef781c6ba647"
	trialClass  = "41ff84da389e8eb6aee2d21df7b96bbfe9d6fec75b5afefd4a333493b4566134"
)

// TestTrialClass keeps the class and its source together. Where there is the compiler
// that made it, it is made anew and compared.
func TestTrialClass(t *testing.T) {
	const folder = "trial/ZkprovTrial"
	kept := make(map[string][]byte)
	for suffix, want := range map[string]string{".java": trialSource, ".class": trialClass} {
		text, err := os.ReadFile(folder + suffix)
		if err != nil {
			t.Fatal(err)
		}
		kept[suffix] = text
		if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != want {
			t.Errorf("%s%s has the SHA-256 %s: compile it anew, and note both here", folder, suffix, got)
		}
	}
	const java8 = "\xca\xfe\xba\xbe\x00\x00\x00\x34"
	if !strings.HasPrefix(string(kept[".class"]), java8) {
		t.Errorf("it is not compiled for Java 8: % x", kept[".class"][:8])
	}
	if version, err := exec.Command("javac", "-version").CombinedOutput(); err != nil || !strings.HasPrefix(string(version), "javac 17.") {
		return
	}
	out := t.TempDir()
	if text, err := exec.Command("javac", "--release", "8", "-g:none", "-d", out, folder+".java").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	made, err := os.ReadFile(filepath.Join(out, "ZkprovTrial.class"))
	if err != nil {
		t.Fatal(err)
	}
	if string(made) != string(kept[".class"]) {
		t.Errorf("%s.class is not what javac makes of its source", folder)
	}
}
