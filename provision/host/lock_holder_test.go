package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// TestHeldBy looks at what is said of whoever holds a lock.
func TestHeldBy(t *testing.T) {
	const held = `another run holds this host: process 42, ensemble "zookeeper", since 2026-01-02T03:04:05Z by "root from 10.0.0.9"`
	tests := map[string]struct {
		stat    string // of process 42; empty is none
		at      string // of its run
		step    string
		since   time.Duration
		message string // after held
		hint    string // a part of it
	}{
		"at work":                {stat: "42 (zkprov) S 1", step: "file:/etc/x", since: time.Second, message: "; it is in file:/etc/x", hint: "--lock-timeout"},
		"in a roll":              {stat: "42 (zkprov) S 1", at: "restart zookeeper-2", message: ", at restart zookeeper-2", hint: "--lock-timeout"},
		"in its step of a roll":  {stat: "42 (zkprov) S 1", at: "restart zookeeper-2", step: "unit", since: time.Second, message: ", at restart zookeeper-2; it is in unit", hint: "--lock-timeout"},
		"stopped in a roll":      {stat: "42 (zkprov) T 1", at: "restart zookeeper-2", message: ", at restart zookeeper-2; that process is stopped (state T)", hint: "kill -CONT"},
		"between steps":          {stat: "42 (zkprov) S 1", hint: "--lock-timeout"},
		"stopped":                {stat: "42 (zkprov) T 1", message: "; that process is stopped (state T)", hint: "on zk1, kill -CONT 42 "},
		"stopped in a step":      {stat: "42 (zkprov) T 1", step: "file:/etc/x", since: 200 * time.Second, message: "; that process is stopped (state T) in file:/etc/x, begun 3 min 20 s ago", hint: "kill -CONT 42 "},
		"traced":                 {stat: "42 (zkprov) t 1", message: "; a debugger holds that process (state t)", hint: "end the debugger"},
		"a name like no other":   {stat: "42 (a) S (b) T 1", message: "; that process is stopped (state T)", hint: "kill -CONT"},
		"in one step for long":   {stat: "42 (zkprov) S 1", step: "java:17", since: 12*time.Minute + time.Second, message: "; it has been in java:17 for 12 min", hint: "kill -9 42 on zk1"},
		"waits for a disk":       {stat: "42 (zkprov) D 1", step: "release", since: 2 * time.Hour, message: "; it has been in release for 2 h 0 min and waits for a disk or a network file system (state D)", hint: "df, dmesg"},
		"a disk for a moment":    {stat: "42 (zkprov) D 1", step: "release", since: time.Second, message: "; it is in release", hint: "--lock-timeout"},
		"gone, its child is not": {message: "; that process has ended, and one that it started holds the lock still", hint: "fuser /run/zkprov/lock"},
		"unreadable":             {stat: "nonsense", hint: "--lock-timeout"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := &Machine{Root: t.TempDir()}
			if test.stat != "" {
				dir := filepath.Join(m.Root, "proc", "42")
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "stat"), []byte(test.stat), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			h := holder{PID: 42, Ensemble: "zookeeper", Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), By: "root from 10.0.0.9", At: test.at}
			if test.step != "" {
				h.Step, h.StepSince = test.step, time.Now().Add(-test.since)
			}
			b, err := json.Marshal(h)
			if err != nil {
				t.Fatal(err)
			}
			e := m.heldBy("zk1", bytes.NewReader(b))
			if e.Kind != provision.Locked || e.Message != held+test.message {
				t.Errorf("got  %s\nwant %s", e.Message, held+test.message)
			}
			if !strings.Contains(e.Hint, test.hint) {
				t.Errorf("the hint is %q, want %q in it", e.Hint, test.hint)
			}
		})
	}
}

// TestHeldByNobodyKnown is a lock whose file says nothing.
func TestHeldByNobodyKnown(t *testing.T) {
	for _, text := range []string{"", "{", `{"pid":0}`} {
		if e := new(Machine).heldBy("zk1", strings.NewReader(text)); e.Message != "another run holds this host" || e.Hint == "" {
			t.Errorf("%q: %v", text, e)
		}
	}
}

// slow is a resource that is changed while a test looks.
type slow struct{ during func(context.Context) error }

func (s *slow) key() string   { return "thing:slow" }
func (s *slow) foresee(*view) {}
func (s *slow) plan(*view) (*provision.Change, error) {
	return &provision.Change{Action: provision.Create, Summary: "a slow thing"}, nil
}
func (s *slow) apply(ctx context.Context, _ *Machine) error { return s.during(ctx) }

// TestLockTells looks whether the lock names the step that is being made, and
// whether what is said of it is whole at any moment.
func TestLockTells(t *testing.T) {
	m := &Machine{Root: t.TempDir()}
	task := provision.Task{Ensemble: &inventory.Ensemble{Name: "zookeeper"}, Host: "zk1"}
	if err := m.Lock(t.Context(), task, 0); err != nil {
		t.Fatal(err)
	}
	step := func() string {
		b, err := os.ReadFile(m.path(lockPath))
		if err != nil {
			t.Fatal(err)
		}
		var h holder
		if err := json.Unmarshal(b, &h); err != nil || h.PID != os.Getpid() {
			t.Fatalf("%q: %v", b, err)
		}
		if (h.Step == "") != h.StepSince.IsZero() {
			t.Errorf("%q has a step or its begin alone", b)
		}
		return h.Step
	}
	r := &slow{during: func(context.Context) error {
		if got := step(); got != "a slow thing" {
			t.Errorf("in the step it says %q", got)
		}
		return errors.New("no space")
	}}
	c, _ := planChange(newView(m.newLook(t.Context())), r)
	if err := m.change(t.Context(), r, []provision.Change{*c}, func(provision.Event) {}); err == nil {
		t.Error("no error")
	}
	if got := step(); got != "" {
		t.Errorf("after the step it says %q", got)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// TestStepHangs gives up a step that hears nobody, and keeps the lock: what hangs may
// change the host yet.
func TestStepHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &Machine{Root: t.TempDir()}
		task := provision.Task{Ensemble: &inventory.Ensemble{Name: "zookeeper"}, Host: "zk1"}
		if err := m.Lock(t.Context(), task, 0); err != nil {
			t.Fatal(err)
		}
		release := make(chan struct{})
		defer close(release)
		r := &slow{during: func(context.Context) error { <-release; return nil }}
		c, _ := planChange(newView(m.newLook(t.Context())), r)
		begin := time.Now()
		var ended []provision.Event
		err := m.change(t.Context(), r, []provision.Change{*c}, func(e provision.Event) {
			if e.Done {
				ended = append(ended, e)
			}
		})
		var e *provision.Error
		if !errors.As(err, &e) || e.Kind != provision.Unknown || e.Name != stepHangs || !strings.Contains(e.Message, "a slow thing has not ended within 15 min") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begin); took < stepLimit || took > stepLimit+time.Minute {
			t.Errorf("it took %s", took)
		}
		if len(ended) != 1 || ended[0].Error == "" {
			t.Errorf("told was %+v", ended)
		}
		if err := m.Close(); err == nil || !strings.Contains(err.Error(), "cannot give the lock back: a slow thing hangs") {
			t.Errorf("the lock was given back: %v", err)
		}
		if err := (&Machine{Root: m.Root}).Lock(t.Context(), task, 0); fmt.Sprint(err) == "<nil>" || !strings.Contains(err.Error(), "another run") {
			t.Errorf("the next: %v", err)
		}
	})
}
