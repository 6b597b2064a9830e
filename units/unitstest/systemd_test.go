package unitstest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/units"
)

const name = "zookeeper-1.service"

// host returns a host with one unit file, the instance's own.
func host(t *testing.T) *Systemd {
	t.Helper()
	s := &Systemd{Root: t.TempDir()}
	write(t, s, "one")
	return s
}

func write(t *testing.T, s *Systemd, generation string) {
	t.Helper()
	text, err := units.Spec{
		Ensemble: "zookeeper", Instance: "zookeeper-1", ID: 1, Java: "/jdk/bin/java", JavaFeature: 17, Version: "3.6.3",
		InstallDir: "/opt/zk", ConfigDir: "/etc/zk", DataDir: "/data", User: "zk", Group: "zk", Heap: "1g",
		Generation: generation,
	}.Text()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.Root, units.Path("zookeeper-1"))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func state(t *testing.T, s *Systemd) units.State {
	t.Helper()
	got, err := s.State(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLife(t *testing.T) {
	s := host(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if st := state(t, s); st.Running() || st.Enabled() || st.LoadState != "loaded" {
		t.Errorf("at first: %+v", st)
	}
	must(s.Enable(t.Context(), name))
	must(s.Start(t.Context(), name))
	first := state(t, s)
	if !first.Running() || !first.Enabled() {
		t.Errorf("started: %+v", first)
	}
	if g, err := units.RunningGeneration(s.Root, first.MainPID); g != "one" || err != nil {
		t.Errorf("generation %q, %v", g, err)
	}
	must(s.Start(t.Context(), name))
	if diff := cmp.Diff(first, state(t, s)); diff != "" {
		t.Errorf("a second start changed it:\n%s", diff)
	}

	write(t, s, "two")
	if !state(t, s).NeedDaemonReload {
		t.Error("a changed file goes unnoticed")
	}
	must(s.Reload(t.Context()))
	if state(t, s).NeedDaemonReload {
		t.Error("a reload did not help")
	}
	must(s.Stop(t.Context(), name))
	if _, err := units.RunningGeneration(s.Root, first.MainPID); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after a stop its process is there: %v", err)
	}
	if st := state(t, s); st.ActiveState != "inactive" || st.Result != "success" {
		t.Errorf("stopped: %+v", st)
	}
	must(s.Start(t.Context(), name))
	second := state(t, s)
	if second.InvocationID == first.InvocationID {
		t.Error("two starts have one invocation")
	}
	if g, err := units.RunningGeneration(s.Root, second.MainPID); g != "two" || err != nil {
		t.Errorf("generation %q, %v", g, err)
	}
	must(s.Restart(t.Context(), name))
	if st := state(t, s); !st.Running() || st.InvocationID == second.InvocationID {
		t.Errorf("restarted: %+v", st)
	}
	must(s.Disable(t.Context(), name))
	if state(t, s).Enabled() {
		t.Error("disabled, but enabled")
	}
	want := []string{"enable " + name, "start " + name, "start " + name, "reload", "stop " + name, "start " + name, "restart " + name, "disable " + name}
	if diff := cmp.Diff(want, s.Calls()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestBoot cuts the power of a host: an enabled unit waits for its start, which is one
// with the unit file as it lies there, and any other is down.
func TestBoot(t *testing.T) {
	for enabled, want := range map[bool]string{true: "two", false: ""} {
		s := host(t)
		err := s.Start(t.Context(), name)
		if enabled {
			err = errors.Join(err, s.Enable(t.Context(), name))
		}
		write(t, s, "two")
		if err := errors.Join(err, s.Boot()); err != nil {
			t.Fatal(err)
		}
		if st := state(t, s); st.Running() || st.RunsOrStarts() != enabled || st.Enabled() != enabled || st.NeedDaemonReload || st.Generation != "two" {
			t.Errorf("enabled %t, booted: %+v", enabled, st)
		}
		if err := s.RunJobs(); err != nil {
			t.Fatal(err)
		}
		st := state(t, s)
		if g, err := units.RunningGeneration(s.Root, st.MainPID); st.Running() != enabled || st.Job != "" || g != want || enabled && err != nil {
			t.Errorf("enabled %t, after its jobs: %+v, generation %q, %v", enabled, st, g, err)
		}
	}
}

func TestFailures(t *testing.T) {
	broken := errors.New("broken")

	s := host(t)
	s.Exits = map[string]int{name: 2}
	if err := s.Start(t.Context(), name); err != nil || state(t, s).ExecMainStatus != 2 || state(t, s).ActiveState != "failed" {
		t.Errorf("exit 2: %v, %+v", err, state(t, s))
	}
	if err := s.ResetFailed(t.Context(), name); err != nil || state(t, s).ActiveState != "inactive" {
		t.Errorf("reset: %v, %+v", err, state(t, s))
	}

	s = host(t)
	dropIn := filepath.Join(s.Root, units.Path("zookeeper-1")+".d")
	if err := errors.Join(os.MkdirAll(dropIn, 0o755), os.WriteFile(filepath.Join(s.Root, "hold"), nil, 0o600),
		os.WriteFile(filepath.Join(dropIn, "hold.conf"), []byte("[Unit]\nConditionPathExists=!/hold\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context(), name); err != nil || !state(t, s).Held() {
		t.Errorf("held: %v, %+v", err, state(t, s))
	}

	s = host(t)
	s.Mask(name)
	if err := s.Start(t.Context(), name); !errors.Is(err, units.ErrMasked) || !state(t, s).Masked() {
		t.Errorf("masked: %v", err)
	}

	s = host(t)
	s.Errors = map[string]error{"start " + name: broken, "reload": broken}
	for verb, err := range map[string]error{"start": s.Start(t.Context(), name), "reload": s.Reload(t.Context())} {
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", verb, err)
		}
	}

	s = &Systemd{Root: t.TempDir()}
	for verb, err := range map[string]error{
		"start": s.Start(t.Context(), name), "stop": s.Stop(t.Context(), name), "enable": s.Enable(t.Context(), name),
	} {
		if err == nil {
			t.Errorf("%s: a missing unit is no error", verb)
		}
	}
	if st := state(t, s); st.LoadState != "not-found" {
		t.Errorf("missing: %+v", st)
	}

	ctx, stop := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer stop()
	if err := host(t).Start(ctx, name); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("late: %v", err)
	}
}

func TestJournal(t *testing.T) {
	s := &Systemd{Lines: map[string][]units.Line{name: {{Text: "a"}, {Text: "b"}, {Text: "c"}}}}
	got, err := s.Journal(t.Context(), name, 2)
	if diff := cmp.Diff([]units.Line{{Text: "b"}, {Text: "c"}}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}
