package units

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// fakeBus answers what it is told to. A job without a result never ends.
type fakeBus struct {
	props   map[string]map[string]any
	result  string
	err     error
	hang    bool
	calls   []string
	enabled string // UnitFileState after the next reload
	jobs    []dbus.JobStatus
	// after are the properties that units get when the jobs are asked for.
	after map[string]map[string]any
	// transient are the properties of each transient unit, output what it writes, ended
	// its properties then, and unknown is a property that systemd does not know.
	// refused is one of which it does not take any value, and left are the units that lie
	// about.
	transient [][]dbus.Property
	output    string
	ended     map[string]any
	unknown   string
	refused   string
	left      []dbus.UnitStatus
}

func (b *fakeBus) call(ctx context.Context, name string) error {
	b.calls = append(b.calls, name)
	if b.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return b.err
}

func (b *fakeBus) GetAllPropertiesContext(ctx context.Context, unit string) (map[string]any, error) {
	return b.props[unit], b.call(ctx, "properties "+unit)
}

func (b *fakeBus) ListJobsContext(ctx context.Context) ([]dbus.JobStatus, error) {
	if b.after != nil {
		b.props = b.after
	}
	return b.jobs, b.call(ctx, "jobs")
}

func (b *fakeBus) ReloadContext(ctx context.Context) error {
	for _, p := range b.props {
		p["UnitFileState"] = b.enabled
	}
	return b.call(ctx, "reload")
}

func (b *fakeBus) EnableUnitFilesContext(ctx context.Context, files []string, runtime, force bool) (bool, []dbus.EnableUnitFileChange, error) {
	if runtime || force {
		return false, nil, errors.New("neither runtime nor force is wanted")
	}
	return true, nil, b.call(ctx, "enable "+strings.Join(files, " "))
}

func (b *fakeBus) DisableUnitFilesContext(ctx context.Context, files []string, runtime bool) ([]dbus.DisableUnitFileChange, error) {
	if runtime {
		return nil, errors.New("runtime is not wanted")
	}
	return nil, b.call(ctx, "disable "+strings.Join(files, " "))
}

func (b *fakeBus) StartUnitContext(ctx context.Context, name, mode string, done chan<- string) (int, error) {
	return b.queue(ctx, "start "+name+" "+mode, done)
}

func (b *fakeBus) StopUnitContext(ctx context.Context, name, mode string, done chan<- string) (int, error) {
	return b.queue(ctx, "stop "+name+" "+mode, done)
}

func (b *fakeBus) RestartUnitContext(ctx context.Context, name, mode string, done chan<- string) (int, error) {
	return b.queue(ctx, "restart "+name+" "+mode, done)
}

func (b *fakeBus) StartTransientUnitContext(ctx context.Context, name, mode string, properties []dbus.Property, done chan<- string) (int, error) {
	b.transient = append(b.transient, properties)
	if b.unknown != "" && slices.ContainsFunc(properties, func(p dbus.Property) bool { return p.Name == b.unknown }) {
		return 0, godbus.Error{Name: "org.freedesktop.DBus.Error.PropertyReadOnly", Body: []any{"Cannot set property " + b.unknown + ", or unknown property."}}
	}
	if b.refused != "" && slices.ContainsFunc(properties, func(p dbus.Property) bool { return p.Name == b.refused }) {
		return 0, godbus.Error{Name: "org.freedesktop.DBus.Error.InvalidArgs", Body: []any{"Path foo is not absolute."}}
	}
	for _, p := range properties {
		if fd, ok := p.Value.Value().(godbus.UnixFD); ok && p.Name == "StandardOutputFileDescriptor" {
			if _, err := unix.Write(int(fd), []byte(b.output)); err != nil {
				return 0, err
			}
		}
	}
	if b.props == nil {
		b.props = map[string]map[string]any{}
	}
	b.props[name] = b.ended
	return b.queue(ctx, "run "+mode, done)
}

func (b *fakeBus) ListUnitsByPatternsContext(_ context.Context, _, patterns []string) ([]dbus.UnitStatus, error) {
	if !slices.Equal(patterns, []string{"zkprov-trial-*.service"}) {
		return nil, errors.New("trials are wanted")
	}
	return b.left, nil
}

func (b *fakeBus) queue(ctx context.Context, name string, done chan<- string) (int, error) {
	if err := b.call(ctx, name); err != nil {
		return 0, err
	}
	if b.result != "" {
		done <- b.result // blocks for ever where nobody reads and there is no buffer
	}
	return 1, nil
}

func (b *fakeBus) ResetFailedUnitContext(ctx context.Context, name string) error {
	return b.call(ctx, "reset "+name)
}

func TestState(t *testing.T) {
	bus := &fakeBus{props: map[string]map[string]any{"a.service": {
		"LoadState": "loaded", "ActiveState": "active", "SubState": "running", "UnitFileState": "enabled", "Result": "success",
		"MainPID": uint32(42), "ExecMainCode": int32(1), "ExecMainStatus": int32(143), "NRestarts": uint32(3),
		"InvocationID": []byte{0xab, 0x01}, "FragmentPath": "/etc/systemd/system/a.service", "DropInPaths": []string{"/x.conf"},
		"ExecStart":        [][]any{{"/bin/java", []string{"/bin/java", "-Xmx1g"}, false, uint64(0)}},
		"Environment":      []string{"LANG=C.UTF-8", "XZKPROV_GENERATION=no", "ZKPROV_GENERATION=5f=2c"},
		"Job":              []any{uint32(0), godbus.ObjectPath("/")},
		"NeedDaemonReload": true, "ConditionResult": true,
		"ConditionTimestamp": uint64(1_000_000), "ActiveEnterTimestamp": uint64(2_000_001), "ExecMainStartTimestamp": uint64(0),
		"SomethingNew": uint64(1),
	}}}
	got, err := (&Manager{bus: bus}).State(t.Context(), "a.service")
	if err != nil {
		t.Fatal(err)
	}
	want := State{
		Unit: "a.service", LoadState: "loaded", ActiveState: "active", SubState: "running", UnitFileState: "enabled", Result: "success",
		MainPID: 42, ExecMainCode: 1, ExecMainStatus: 143, NRestarts: 3, InvocationID: "ab01",
		FragmentPath: "/etc/systemd/system/a.service", DropIns: []string{"/x.conf"}, Command: []string{"/bin/java", "-Xmx1g"}, Generation: "5f=2c", NeedDaemonReload: true, ConditionResult: true,
		ConditionTimestamp: time.Unix(1, 0).UTC(), ActiveEnter: time.Unix(2, 1000).UTC(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"properties a.service"}, bus.calls); diff != "" {
		t.Errorf("without a job it asks (-want +got):\n%s", diff)
	}

	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var back State
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, back); diff != "" {
		t.Errorf("JSON changed it (-before +after):\n%s", diff)
	}
}

// TestStateJob reads the state of a unit that has a job, as at boot. A job that has ended
// when its kind is asked for has changed the state.
func TestStateJob(t *testing.T) {
	unit := func(state string, job uint32) map[string]map[string]any {
		return map[string]map[string]any{"a.service": {"ActiveState": state, "SubState": "running", "Job": []any{job, godbus.ObjectPath("/job")}}}
	}
	jobs := []dbus.JobStatus{{Id: 7, Unit: "b.service", JobType: "stop"}, {Id: 8, Unit: "a.service", JobType: "start"}, {Id: 9, JobType: "restart"}}
	for name, test := range map[string]struct {
		bus    fakeBus
		job    string
		starts bool
		asked  int
	}{
		"none":                   {fakeBus{props: unit("inactive", 0), jobs: jobs}, "", false, 1},
		"start":                  {fakeBus{props: unit("inactive", 8), jobs: jobs}, "start", true, 2},
		"restart":                {fakeBus{props: unit("deactivating", 9), jobs: jobs}, "restart", true, 2},
		"stop":                   {fakeBus{props: unit("deactivating", 7), jobs: jobs}, "stop", false, 2},
		"stop, still runs":       {fakeBus{props: unit("active", 7), jobs: jobs}, "stop", true, 2},
		"ended, and runs":        {fakeBus{props: unit("inactive", 3), jobs: jobs, after: unit("active", 0)}, "", true, 3},
		"ended, and has another": {fakeBus{props: unit("inactive", 3), jobs: jobs, after: unit("inactive", 8)}, "start", true, 4},
		"ended, and is down":     {fakeBus{props: unit("inactive", 3), jobs: jobs, after: unit("failed", 0)}, "", false, 3},
	} {
		s, err := (&Manager{bus: &test.bus}).State(t.Context(), "a.service")
		if err != nil || s.Job != test.job || s.RunsOrStarts() != test.starts || len(test.bus.calls) != test.asked {
			t.Errorf("%s: %+v, %v, after %q", name, s, err, test.bus.calls)
		}
	}
}

func TestSummary(t *testing.T) {
	then := time.Unix(1, 0)
	tests := map[string]State{
		"has no unit file": {LoadState: "not-found", ActiveState: "inactive"},
		"is masked":        {LoadState: "loaded", UnitFileState: "masked-runtime"},
		"has a unit file that systemd cannot use (bad-setting)": {LoadState: "bad-setting"},
		"runs":                          {LoadState: "loaded", ActiveState: "active", SubState: "running"},
		"waits for systemd to start it": {LoadState: "loaded", ActiveState: "inactive", SubState: "dead", Job: "start", ConditionTimestamp: then},
		"is activating (start-pre)":     {LoadState: "loaded", ActiveState: "activating", SubState: "start-pre", Job: "start"},
		"was not started, as a condition of its unit does not hold": {LoadState: "loaded", ActiveState: "inactive", ConditionTimestamp: then},
		"is inactive": {LoadState: "loaded", ActiveState: "inactive", SubState: "dead", Result: "success"},
		"is failed: its process exited with 2 (ZooKeeper cannot use its configuration)": {LoadState: "loaded", ActiveState: "failed", SubState: "failed", ExecMainCode: 1, ExecMainStatus: 2},
		"is activating (auto-restart): its process exited with 99":                      {LoadState: "loaded", ActiveState: "activating", SubState: "auto-restart", ExecMainCode: 1, ExecMainStatus: 99},
		"is failed: its process was killed by signal 9, killed":                         {LoadState: "loaded", ActiveState: "failed", SubState: "failed", ExecMainCode: 2, ExecMainStatus: 9},
		"is failed: resources": {LoadState: "loaded", ActiveState: "failed", SubState: "failed", Result: "resources"},
	}
	for want, state := range tests {
		if got := state.Summary(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestJobs(t *testing.T) {
	verbs := map[string]func(*Manager, context.Context, string) error{"start": (*Manager).Start, "stop": (*Manager).Stop, "restart": (*Manager).Restart}
	for verb, do := range verbs {
		t.Run(verb, func(t *testing.T) {
			bus := &fakeBus{result: "done"}
			if err := do(&Manager{bus: bus}, t.Context(), "a.service"); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff([]string{verb + " a.service replace"}, bus.calls); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, result := range []string{"canceled", "timeout", "failed", "dependency", "skipped", "new"} {
				err := do(&Manager{bus: &fakeBus{result: result}}, t.Context(), "a.service")
				var job *JobError
				if !errors.As(err, &job) {
					t.Errorf("%s: error is %v", result, err)
				} else if diff := cmp.Diff(JobError{verb, "a.service", result}, *job); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
		})
	}
}

// TestNothingHangs wants every call to end by the caller's deadline, and by its own
// limit where there is none.
func TestNothingHangs(t *testing.T) {
	calls := map[string]func(context.Context, *Manager) error{
		"state":   func(ctx context.Context, m *Manager) error { _, err := m.State(ctx, "a"); return err },
		"reload":  func(ctx context.Context, m *Manager) error { return m.Reload(ctx) },
		"enable":  func(ctx context.Context, m *Manager) error { return m.Enable(ctx, "a") },
		"start":   func(ctx context.Context, m *Manager) error { return m.Start(ctx, "a") },
		"stop":    func(ctx context.Context, m *Manager) error { return m.Stop(ctx, "a") },
		"restart": func(ctx context.Context, m *Manager) error { return m.Restart(ctx, "a") },
		"reset":   func(ctx context.Context, m *Manager) error { return m.ResetFailed(ctx, "a") },
		"journal": func(ctx context.Context, m *Manager) error { _, err := m.Journal(ctx, "a", 1); return err },
	}
	buses := map[string]func() *fakeBus{
		"hangs":          func() *fakeBus { return &fakeBus{hang: true} },
		"job never ends": func() *fakeBus { return &fakeBus{} },
	}
	for kind, bus := range buses {
		for name, call := range calls {
			if kind == "job never ends" && name != "start" && name != "stop" && name != "restart" {
				continue
			}
			t.Run(kind+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := &Manager{bus: bus(), journalctl: func(ctx context.Context, _ ...string) ([]byte, error) {
						<-ctx.Done()
						return nil, ctx.Err()
					}}
					for _, limit := range []time.Duration{time.Second, time.Hour} {
						ctx, stop := context.WithTimeout(t.Context(), limit)
						began := time.Now()
						err := call(ctx, m)
						stop()
						if !errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("error is %v", err)
						}
						if took := time.Since(began); took > min(limit, jobLimit) {
							t.Errorf("took %v of %v", took, limit)
						}
					}
				})
			})
		}
	}
}

func TestEnable(t *testing.T) {
	bus := &fakeBus{props: map[string]map[string]any{"a": {}, "b": {}}, enabled: "enabled"}
	m := &Manager{bus: bus}
	if err := m.Enable(t.Context(), "a", "b"); err != nil {
		t.Error(err)
	}
	bus.enabled = "disabled"
	if err := m.Enable(t.Context(), "b"); err == nil || !strings.Contains(err.Error(), "cannot enable b") {
		t.Errorf("it is still disabled, but the error is %v", err)
	}
	want := []string{
		"enable a b", "reload", "properties a", "properties b",
		"enable b", "reload", "properties b",
	}
	if diff := cmp.Diff(want, bus.calls); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestErrorsOfTheBus(t *testing.T) {
	masked := &Manager{bus: &fakeBus{err: godbus.Error{Name: "org.freedesktop.systemd1.UnitMasked"}}}
	for _, err := range []error{masked.Start(t.Context(), "a"), masked.Enable(t.Context(), "a")} {
		if !errors.Is(err, ErrMasked) {
			t.Errorf("error is %v", err)
		}
	}
	denied := &Manager{bus: &fakeBus{err: godbus.Error{Name: "org.freedesktop.DBus.Error.AccessDenied"}}}
	if err := denied.Stop(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "root") {
		t.Errorf("error is %v", err)
	}
}

func TestConnect(t *testing.T) {
	notDialled := func(context.Context) (*dbus.Conn, error) { return nil, errors.New("dialled") }
	if _, err := connect(t.Context(), t.TempDir(), notDialled); !errors.Is(err, ErrNotSystemd) {
		t.Errorf("without systemd the error is %v", err)
	}

	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "run/systemd/system"), 0o755); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	_, err := connect(t.Context(), root, func(context.Context) (*dbus.Conn, error) { return nil, refused })
	if !errors.Is(err, refused) {
		t.Errorf("error is %v", err)
	}

	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		began := time.Now()
		_, err := connect(ctx, root, func(life context.Context) (*dbus.Conn, error) {
			<-life.Done() // as go-systemd does while systemd says nothing
			return nil, life.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > callLimit {
			t.Errorf("after %v the error is %v", time.Since(began), err)
		}
	})
}
