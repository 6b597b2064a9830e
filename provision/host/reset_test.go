package host_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// accounts makes users as systemd-sysusers does, and removes them as userdel and groupdel
// do.
type accounts struct{ sysusers }

func (a accounts) Run(ctx context.Context, env []string, argv ...string) (string, error) {
	file := map[string]string{"userdel": "/etc/passwd", "groupdel": "/etc/group"}[argv[0]]
	if file == "" {
		out, err := a.sysusers.Run(ctx, env, argv...)
		if err == nil && argv[0] == "systemd-sysusers" {
			// The test's own user is told from root by its number only.
			err = replaceIn(filepath.Join(a.root, "/etc/passwd"), "::/:/bin/false", ":Apache ZooKeeper:/:/bin/false")
		}
		return out, err
	}
	text, err := os.ReadFile(filepath.Join(a.root, file))
	if err != nil {
		return "", err
	}
	lines := slices.DeleteFunc(strings.SplitAfter(string(text), "\n"), func(line string) bool { return strings.HasPrefix(line, argv[len(argv)-1]+":") })
	return "", os.WriteFile(filepath.Join(a.root, file), []byte(strings.Join(lines, "")), 0o644)
}

func replaceIn(path, old, new string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o644)
}

// newResetHost returns a host that serves, with data, and what was on it before.
func newResetHost(t *testing.T) (h *testHost, before map[string]entry) {
	t.Helper()
	h = newHost(t)
	h.Runner = accounts{sysusers{h.root}}
	for _, dir := range []string{"/opt", "/var/lib", "/etc/sysusers.d"} {
		if err := os.MkdirAll(filepath.Join(h.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	before = h.snapshot(t)
	h.bootstrap(t, h.plan(t))
	for _, name := range []string{"log.1", "snapshot.0"} {
		write(t, filepath.Join(h.root, "/var/lib/zookeeper/zookeeper-1/version-2", name), "data")
	}
	return h, before
}

// reset plans and carries out a reset.
func (h *testHost) reset(t *testing.T, what provision.Reset) provision.HostPlan {
	t.Helper()
	h.task.Reset, h.task.Bootstrap = &what, false
	defer func() { h.task.Reset = nil }()
	p := h.plan(t)
	if p.Findings.Worst() == finding.Critical {
		t.Fatal(p.Findings)
	}
	if err := h.Lock(t.Context(), h.task, 0); err != nil {
		t.Fatal(err)
	}
	if err := h.Apply(t.Context(), h.task, p.Changes, nil, func(provision.Event) {}); err != nil {
		t.Fatal(err)
	}
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("a second reset would change %v", again.Changes)
	}
	return p
}

// left returns what lies on the host that did not before.
func (h *testHost) left(t *testing.T, before map[string]entry) []string {
	t.Helper()
	var names []string
	for name, e := range h.snapshot(t) {
		if b, ok := before[name]; ok && (e.Mode.IsDir() || b.Content == e.Content) || strings.HasPrefix(name, "/run/") || strings.HasPrefix(name, "/proc/") {
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func stays(p provision.HostPlan) []string {
	var all []string
	for _, s := range p.Stays {
		all = append(all, s.Path+": "+s.Why)
	}
	return all
}

// TestReset takes a host's part away: with its data nothing is left of it, without it the
// data and who owns it.
func TestReset(t *testing.T) {
	h, before := newResetHost(t)
	write(t, filepath.Join(h.root, copyDir, "version-2/snapshot.0"), "a copy")
	write(t, filepath.Join(h.root, copyDir, "copy.json"), `{"from":"3.6.3","to":"3.8.4"}`)
	h.reset(t, provision.Reset{DeleteData: true})
	if diff := cmp.Diff([]string{"/var/lib/zkprov"}, h.left(t, before)); diff != "" {
		t.Error(diff)
	}
	if state, err := h.systemd.State(t.Context(), "zookeeper-1.service"); err != nil || state.LoadState != "not-found" || state.ActiveState != "inactive" {
		t.Errorf("the unit is %+v, %v", state, err)
	}

	h, before = newResetHost(t)
	p := h.reset(t, provision.Reset{})
	data := []string{"/etc/passwd", "/etc/group", "/etc/sysusers.d/zkprov-zookeeper.conf", "/var/lib/zkprov", "/var/lib/zookeeper",
		"/var/lib/zookeeper/zookeeper-1", "/var/lib/zookeeper/zookeeper-1/.zkprov.json", "/var/lib/zookeeper/zookeeper-1/myid", "/var/lib/zookeeper/zookeeper-1/version-2", "/var/lib/zookeeper/zookeeper-1/version-2/log.1", "/var/lib/zookeeper/zookeeper-1/version-2/snapshot.0"}
	slices.Sort(data)
	if diff := cmp.Diff(data, h.left(t, before)); diff != "" {
		t.Error(diff)
	}
	if got := stays(p); !slices.Contains(got, "/var/lib/zookeeper/zookeeper-1: the data of zookeeper-1") || !slices.Contains(got, "user zookeeper: its data stays") {
		t.Errorf("what stays is %v", got)
	}
	// The data is known for the instance's own, and serves again.
	again := h.plan(t)
	if again.Findings.Worst() == finding.Critical {
		t.Error(again.Findings)
	}
	h.apply(t, again)
	if state, err := h.systemd.State(t.Context(), "zookeeper-1.service"); err != nil || !state.Running() {
		t.Errorf("the unit is %+v, %v", state, err)
	}
}

// TestLogsBelowData makes a folder for the logs below the data, and takes both away again.
func TestLogsBelowData(t *testing.T) {
	const data, logs = "/var/lib/zookeeper/zookeeper-1", "/var/lib/zookeeper/zookeeper-1/tx/log"
	h := newHost(t)
	h.Runner = accounts{sysusers{h.root}}
	for _, dir := range []string{"/opt", "/var/lib", "/etc/sysusers.d"} {
		if err := os.MkdirAll(filepath.Join(h.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	h.task.Ensemble.Hosts[0].Instances[0].DataLogDir = logs
	before := h.snapshot(t)
	found := func() {
		h.task.Bootstrap = true
		h.apply(t, h.plan(t))
		remove(t, filepath.Join(h.root, logs, "initialize"))
		h.task.Bootstrap = false
	}
	found()
	after := h.snapshot(t)
	for name, mode := range map[string]os.FileMode{data: 0o750, data + "/tx": 0o750, logs: 0o750, logs + "/.zkprov.json": 0o640, data + "/.zkprov.json": 0o640} {
		if e, there := after[name]; !there || e.Mode.Perm() != mode {
			t.Errorf("%s is %v, want %v", name, e.Mode, mode)
		}
	}
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("a second apply would change %v", again.Changes)
	}
	write(t, filepath.Join(h.root, data, "version-2/snapshot.0"), "data")
	write(t, filepath.Join(h.root, logs, "version-2/log.1"), "data")

	write(t, filepath.Join(h.root, data, "tx/mine"), "mine")
	p := h.reset(t, provision.Reset{DeleteData: true})
	var rest []string
	for _, name := range h.left(t, before) {
		if strings.HasPrefix(name, data) {
			rest = append(rest, name)
		}
	}
	if diff := cmp.Diff([]string{data, data + "/tx", data + "/tx/mine"}, rest); diff != "" {
		t.Errorf("beside what is another's (-want +got):\n%s", diff)
	}
	if !slices.Contains(stays(p), data+"/tx/mine: zkprov did not put it there") {
		t.Errorf("what stays is %v", stays(p))
	}
	remove(t, filepath.Join(h.root, data, "tx/mine"))
	remove(t, filepath.Join(h.root, data, "tx"))
	remove(t, filepath.Join(h.root, data))

	found()
	h.reset(t, provision.Reset{DeleteData: true})
	if diff := cmp.Diff([]string{"/var/lib/zkprov"}, h.left(t, before)); diff != "" {
		t.Error(diff)
	}
}

// TestLogsBelowLink puts a link in the way to the logs below the data: root does not give
// away what it leads to.
func TestLogsBelowLink(t *testing.T) {
	const data = "/var/lib/zookeeper/zookeeper-1"
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	write(t, filepath.Join(h.root, "secret/log/x"), "x")
	if err := os.Symlink(filepath.Join(h.root, "secret"), filepath.Join(h.root, data, "tx")); err != nil {
		t.Fatal(err)
	}
	h.task.Ensemble.Hosts[0].Instances[0].DataLogDir = data + "/tx/log"
	p, err := h.Plan(t.Context(), h.task)
	if err == nil || !strings.Contains(err.Error(), "a link is in its place") {
		t.Errorf("it says %v, and would change %v", err, p.Changes)
	}
}

// TestResetLeaves puts things of others into zkprov's folders: none of them goes.
func TestResetLeaves(t *testing.T) {
	h, _ := newResetHost(t)
	generation := h.generation(t)
	mine := []string{
		"/etc/systemd/system/zookeeper-1.service.d/mine.conf", "/etc/zookeeper/zookeeper-1/mine.cfg", "/etc/zookeeper/zookeeper-1/" + generation + "/mine",
		"/opt/zookeeper/apache-zookeeper-3.6.3-bin/conf/mine.cfg", "/opt/zookeeper/mine", "/var/lib/zookeeper/zookeeper-1/mine", copyDir + "/mine", "/var/lib/zkprov/zookeeper/mine", "/etc/systemd/system/mine.service",
		"/var/lib/zookeeper/zookeeper-1/.mine2", "/etc/zookeeper/zookeeper-1/.mine2024", "/etc/zookeeper/zookeeper-1/" + generation + "/.zoo.cfg", "/var/lib/zkprov/zookeeper/.mine1",
	}
	for _, name := range mine {
		write(t, filepath.Join(h.root, name), "mine")
	}
	p := h.reset(t, provision.Reset{DeleteData: true})
	after := h.snapshot(t)
	for _, name := range mine {
		if after[name].Content != "mine" {
			t.Errorf("%s is gone", name)
		}
		if name != "/opt/zookeeper/mine" && name != "/etc/systemd/system/mine.service" && !slices.ContainsFunc(p.Stays, func(s provision.Stay) bool { return s.Path == name || s.Path == filepath.Dir(name) }) {
			t.Errorf("that %s stays is not said: %v", name, stays(p))
		}
	}
	for name := range after {
		if strings.HasPrefix(name, "/opt/zookeeper/apache-zookeeper-3.6.3-bin/lib") || strings.HasSuffix(name, "/zoo.cfg") || strings.HasSuffix(name, "/version-2") || name == units.Path("zookeeper-1") {
			t.Errorf("%s is left", name)
		}
	}
}

// TestResetShared lets what another unit uses where it is.
func TestResetShared(t *testing.T) {
	h, _ := newResetHost(t)
	write(t, filepath.Join(h.root, "/etc/systemd/system/other.service"), "[Service]\nUser=zookeeper\nExecStart=/opt/zookeeper/apache-zookeeper-3.6.3-bin/bin/zkServer.sh\n")
	p := h.reset(t, provision.Reset{DeleteData: true})
	for _, want := range []string{"/opt/zookeeper/apache-zookeeper-3.6.3-bin: /etc/systemd/system/other.service names it", "user zookeeper: other.service runs as it"} {
		if !slices.Contains(stays(p), want) {
			t.Errorf("%q is not among %v", want, stays(p))
		}
	}
	after := h.snapshot(t)
	if after["/opt/zookeeper/apache-zookeeper-3.6.3-bin/lib/zookeeper-3.6.3.jar"].Content == "" || !strings.Contains(after["/etc/passwd"].Content, "zookeeper:") {
		t.Error("the release or the user is gone")
	}
}

// TestResetUsed lets the release where it is that somebody uses in another way, or may use.
func TestResetUsed(t *testing.T) {
	link := func(to, from string) func(*testing.T, *testHost) {
		return func(t *testing.T, h *testHost) {
			if err := errors.Join(os.MkdirAll(filepath.Dir(h.root+from), 0o755), os.Symlink(to, h.root+from)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for want, use := range map[string]func(*testing.T, *testHost){
		"": func(t *testing.T, h *testHost) {
			state, err := h.systemd.State(t.Context(), unitName)
			if err != nil {
				t.Fatal(err)
			}
			link(oldRelease+"/lib/zookeeper-3.6.3.jar", "/proc/"+id(state.MainPID)+"/fd/7")(t, h)
			write(t, h.root+unitPath+".d/mine.conf", "[Service]\nReadOnlyPaths="+oldRelease+"\n")
		},
		"process 78 uses it":                     link(oldRelease+"/lib/zookeeper-3.6.3.jar", "/proc/78/fd/7"),
		"/opt/zookeeper/current is a link to it": link(oldRelease, "/opt/zookeeper/current"),
		"/usr/lib/systemd/system/their.service names it": func(t *testing.T, h *testHost) {
			write(t, h.root+"/usr/lib/systemd/system/their.service", "WorkingDirectory="+oldRelease+"\n")
		},
		"a generation of other-1 that is kept": func(t *testing.T, h *testHost) {
			write(t, h.root+"/etc/zookeeper/other-1/0123456789abcdef/other-1.service", "-cp /x:"+oldRelease+"/lib/*\n")
		},
		"it cannot be seen whether something uses it: ": link("/proc/self/mem", "/etc/systemd/system/broken.service"),
	} {
		t.Run(want, func(t *testing.T) {
			h, _ := newResetHost(t)
			use(t, h)
			p := h.reset(t, provision.Reset{DeleteData: true})
			told := slices.ContainsFunc(stays(p), func(s string) bool { return strings.HasPrefix(s, oldRelease+": "+want) })
			_, err := os.Stat(h.root + oldRelease + "/lib/zookeeper-3.6.3.jar")
			if told != (want != "") || (err == nil) != (want != "") {
				t.Errorf("the release: %v; what stays is %v", err, stays(p))
			}
		})
	}
}

// TestResetForeign looks at data and units that are somebody else's.
func TestResetForeign(t *testing.T) {
	h, _ := newResetHost(t)
	stamp := filepath.Join(h.root, "/var/lib/zookeeper/zookeeper-1/.zkprov.json")
	write(t, stamp, `{"ensemble":"zookeeper","id":2}`)
	p := h.reset(t, provision.Reset{DeleteData: true})
	if _, err := os.Stat(filepath.Join(filepath.Dir(stamp), "version-2/log.1")); err != nil {
		t.Errorf("another server's data: %v", err)
	}
	if !slices.Contains(stays(p), "/var/lib/zookeeper/zookeeper-1: it has no ownership stamp of zookeeper-1") {
		t.Errorf("what stays is %v", stays(p))
	}

	h, _ = newResetHost(t)
	write(t, filepath.Join(h.root, units.Path("zookeeper-1")), "[Unit]\n")
	h.task.Reset = &provision.Reset{}
	if p := h.plan(t); !slices.ContainsFunc(p.Findings, func(f finding.Finding) bool { return f.Name == "foreign-unit" && f.Refusal }) {
		t.Errorf("a unit that zkprov did not write: %v", p.Findings)
	}
}

// TestResetStray takes away an instance that the inventory has no more, but for its data.
func TestResetStray(t *testing.T) {
	h, _ := newResetHost(t)
	h.task.Ensemble.Hosts[0].Instances[0].ID = 7
	h.task.Ensemble.Hosts[0].Instances[0].Name = "zookeeper-7"
	h.task.Ensemble.Hosts[0].Instances[0].DataDir = "/var/lib/zookeeper/zookeeper-7"
	h.reset(t, provision.Reset{DeleteData: true})
	after := h.snapshot(t)
	for _, name := range []string{units.Path("zookeeper-1"), "/etc/zookeeper/zookeeper-1", "/var/lib/zkprov/zookeeper"} {
		if _, ok := after[name]; ok {
			t.Errorf("%s is left", name)
		}
	}
	if after["/var/lib/zookeeper/zookeeper-1/version-2/log.1"].Content != "data" {
		t.Error("data that the inventory does not name is gone")
	}
}

// TestResetGoesOn begins with what a reset leaves that was killed inside of a change.
func TestResetGoesOn(t *testing.T) {
	h, before := newResetHost(t)
	h.reset(t, provision.Reset{DeleteData: true})
	want := h.left(t, before)
	for name, killed := range map[string][]string{
		"in the data":          {"/var/lib/zookeeper/zookeeper-1/version-2", "/var/lib/zookeeper/zookeeper-1/myid"},
		"after the stamp":      {"/var/lib/zookeeper/zookeeper-1/version-2", "/var/lib/zookeeper/zookeeper-1/myid", "/var/lib/zookeeper/zookeeper-1/.zkprov.json"},
		"in the release":       {"/opt/zookeeper/apache-zookeeper-3.6.3-bin/lib"},
		"after its marker":     {"/opt/zookeeper/apache-zookeeper-3.6.3-bin/lib", "/opt/zookeeper/apache-zookeeper-3.6.3-bin/bin", "/opt/zookeeper/apache-zookeeper-3.6.3-bin/.zkprov-complete"},
		"in the configuration": {"/etc/zookeeper/zookeeper-1/zoo.cfg", units.Path("zookeeper-1")},
		"in what is kept":      {"/var/lib/zkprov/zookeeper/formed.json", "/etc/zookeeper"},
	} {
		t.Run(name, func(t *testing.T) {
			h, before := newResetHost(t)
			if err := h.systemd.Stop(t.Context(), "zookeeper-1.service"); err != nil {
				t.Fatal(err)
			}
			for _, gone := range killed {
				if err := os.RemoveAll(filepath.Join(h.root, gone)); err != nil {
					t.Fatal(err)
				}
			}
			h.reset(t, provision.Reset{DeleteData: true})
			if diff := cmp.Diff(want, h.left(t, before)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestResetCutOff ends a reset before and after every change, and inside of those that
// remove several things; the next one finishes it.
func TestResetCutOff(t *testing.T) {
	what := provision.Reset{DeleteData: true}
	h, before := newResetHost(t)
	h.reset(t, what)
	want := h.left(t, before)
	for n := range 60 {
		h, before := newResetHost(t)
		h.task.Reset = &what
		p := h.plan(t)
		if n > 2*len(p.Changes) {
			break
		}
		ctx, cut := context.WithCancel(t.Context())
		seen := 0
		if err := h.Lock(ctx, h.task, 0); err != nil {
			t.Fatal(err)
		}
		err := h.Apply(ctx, h.task, p.Changes, nil, func(provision.Event) {
			if seen++; seen > n {
				cut()
			}
		})
		cut()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		h.reset(t, what)
		if diff := cmp.Diff(want, h.left(t, before)); diff != "" {
			t.Errorf("cut off after %d events: %s", n, diff)
		}
	}
}
