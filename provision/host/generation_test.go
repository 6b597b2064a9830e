package host_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

const (
	configs  = "/etc/zookeeper/zookeeper-1"
	unitName = "zookeeper-1.service"
)

var unitPath = units.Path("zookeeper-1")

// flatten gives a host the layout of earlier versions: the configuration lies in the
// folder of the instance itself, and the unit names it there.
func (h *testHost) flatten(t *testing.T) {
	t.Helper()
	generation := h.generation(t)
	folder := filepath.Join(h.root, configs)
	for _, name := range []string{"zoo.cfg", "log4j.properties"} {
		remove(t, filepath.Join(folder, name))
		if err := os.Rename(filepath.Join(folder, generation, name), filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	remove(t, filepath.Join(folder, generation, unitName))
	remove(t, filepath.Join(folder, generation))
	text := h.snapshot(t)[unitPath].Content
	text = strings.ReplaceAll(text, configs+"/"+generation, configs)
	text = strings.ReplaceAll(text, generation, "0123456789abcdef")
	write(t, filepath.Join(h.root, unitPath), text)
	write(t, filepath.Join(h.root, "/var/lib/zkprov/zookeeper/zookeeper-1.hold"), "left over")
	h.systemctl(t, h.systemd.Reload(t.Context()))
	if state, err := h.systemd.State(t.Context(), unitName); err != nil || state.Running() {
		h.systemctl(t, h.systemd.Restart(t.Context(), unitName))
	}
}

func (h *testHost) systemctl(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// runsWith returns the generation of the running process; empty where none runs.
func (h *testHost) runsWith(t *testing.T) string {
	t.Helper()
	state, err := h.systemd.State(t.Context(), unitName)
	if err != nil || !state.Running() {
		return ""
	}
	generation, err := units.RunningGeneration(h.root, state.MainPID)
	if err != nil {
		t.Fatal(err)
	}
	return generation
}

// setHeap changes what the inventory wants of the instance, with a setting of the
// unit's, and of zoo.cfg.
func (h *testHost) setHeap(heap string) {
	in := &h.task.Ensemble.Hosts[0].Instances[0]
	in.JVM.Heap = heap
	in.ZooCfg = append(slices.Clone(in.ZooCfg), inventory.Setting{Key: "maxClientCnxns", Value: strings.TrimSuffix(heap, "m")})
}

// edit adds to a file at a time when the server had not been started yet, or had.
func edit(t *testing.T, path string, before bool) {
	t.Helper()
	if err := add(path, "edited=1\n"); err != nil {
		t.Fatal(err)
	}
	when := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) // the server was started later
	if !before {
		when = when.Add(time.Hour)
	}
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
}

// TestGenerations plans for hosts whose server runs, or does not, with another
// generation than it should. What a running server would be started with again is
// changed in its restart alone.
func TestGenerations(t *testing.T) {
	stop := func(t *testing.T, h *testHost) { h.systemctl(t, h.systemd.Stop(t.Context(), unitName)) }
	for name, test := range map[string]struct {
		change func(t *testing.T, h *testHost)
		// stage, restart and start are the changes of each step.
		stage, restart, start []string
		reasons               []string
		staged                bool
	}{
		"nothing changes": {change: func(*testing.T, *testHost) {}},
		"another heap, runs": {
			change:  func(_ *testing.T, h *testHost) { h.setHeap("300m") },
			stage:   []string{"create dir:NEW", "create file:NEW/log4j.properties", "create file:NEW/zoo.cfg", "create file:NEW/zookeeper-1.service", "try trial:zookeeper"},
			restart: []string{"create attempt:ATTEMPT", "update unit:UNIT", "reload reload:zookeeper-1.service", "update link:DIR/log4j.properties", "update link:DIR/zoo.cfg", "restart restarted:zookeeper-1.service", "create history:zookeeper-1/GENERATION"},
			reasons: []string{"DIR/zoo.cfg", "UNIT"},
		},
		"another heap, does not run": {
			change: func(t *testing.T, h *testHost) { h.setHeap("300m"); stop(t, h) },
			stage:  []string{"create dir:NEW", "create file:NEW/log4j.properties", "create file:NEW/zoo.cfg", "create file:NEW/zookeeper-1.service", "try trial:zookeeper", "update unit:UNIT", "reload reload:systemd", "update link:DIR/log4j.properties", "update link:DIR/zoo.cfg"},
			start:  []string{"start running:zookeeper-1.service", "create history:zookeeper-1/GENERATION"},
		},
		"staged, runs": {
			change: func(t *testing.T, h *testHost) {
				h.setHeap("300m")
				h.systemctl(t, h.Lock(t.Context(), h.task, 0))
				steps := stepsOf(h.plan(t))
				h.systemctl(t, h.Apply(t.Context(), h.task, steps[0].changes, steps[0].others, func(provision.Event) {}))
			},
			restart: []string{"create attempt:ATTEMPT", "update unit:UNIT", "reload reload:zookeeper-1.service", "update link:DIR/log4j.properties", "update link:DIR/zoo.cfg", "restart restarted:zookeeper-1.service", "create history:zookeeper-1/GENERATION"},
			reasons: []string{"DIR/zoo.cfg", "UNIT"},
		},
		"all but restarted": {
			change: func(t *testing.T, h *testHost) {
				text := h.snapshot(t)[unitPath].Content
				write(t, filepath.Join(h.root, unitPath), strings.ReplaceAll(text, "ZKPROV_GENERATION=", "ZKPROV_GENERATION=f"))
				h.systemctl(t, h.systemd.Reload(t.Context()))
				h.systemctl(t, h.systemd.Restart(t.Context(), unitName))
				write(t, filepath.Join(h.root, unitPath), text)
				h.systemctl(t, h.systemd.Reload(t.Context()))
			},
			restart: []string{"create attempt:ATTEMPT", "restart restarted:zookeeper-1.service"},
			reasons: []string{"it was started before its files got their present content"},
			staged:  true,
		},
		"a generation to be restarted with was edited": {
			change: func(t *testing.T, h *testHost) {
				text := h.snapshot(t)[unitPath].Content
				write(t, filepath.Join(h.root, unitPath), strings.ReplaceAll(text, "ZKPROV_GENERATION=", "ZKPROV_GENERATION=f"))
				h.systemctl(t, h.systemd.Reload(t.Context()))
				h.systemctl(t, h.systemd.Restart(t.Context(), unitName))
				write(t, filepath.Join(h.root, unitPath), text)
				h.systemctl(t, h.systemd.Reload(t.Context()))
				write(t, filepath.Join(h.root, configs, h.generation(t), "zoo.cfg"), "# edited\n")
			},
			restart: []string{"update generation:NEW/zoo.cfg", "create attempt:ATTEMPT", "restart restarted:zookeeper-1.service"},
			reasons: []string{"DIR/zoo.cfg"},
		},
		"edited, and seen": {
			change: func(t *testing.T, h *testHost) {
				edit(t, filepath.Join(h.root, configs, h.generation(t), "zoo.cfg"), true)
			},
			stage:   []string{"create file:/var/lib/zkprov/zookeeper/zookeeper-1.outdated"},
			restart: []string{"update generation:NEW/zoo.cfg", "create attempt:ATTEMPT", "restart restarted:zookeeper-1.service"},
			reasons: []string{"DIR/zoo.cfg"},
		},
		"edited, and not seen": {
			change: func(t *testing.T, h *testHost) {
				edit(t, filepath.Join(h.root, configs, h.generation(t), "zoo.cfg"), false)
			},
			stage: []string{"update file:NEW/zoo.cfg"},
		},
		"removed": {
			change: func(t *testing.T, h *testHost) {
				remove(t, filepath.Join(h.root, configs, h.generation(t), "zoo.cfg"))
			},
			stage: []string{"create file:NEW/zoo.cfg"},
		},
		"its unit edited, and seen": {
			change: func(t *testing.T, h *testHost) {
				edit(t, filepath.Join(h.root, unitPath), true)
				h.systemctl(t, h.systemd.Reload(t.Context()))
			},
			stage:   []string{"create file:/var/lib/zkprov/zookeeper/zookeeper-1.outdated"},
			restart: []string{"create attempt:ATTEMPT", "update unit:UNIT", "reload reload:zookeeper-1.service", "restart restarted:zookeeper-1.service"},
			reasons: []string{"UNIT"},
		},
		"its unit edited, and not seen": {
			change: func(t *testing.T, h *testHost) {
				edit(t, filepath.Join(h.root, unitPath), false)
				h.systemctl(t, h.systemd.Reload(t.Context()))
			},
			stage: []string{"update unit:UNIT", "reload reload:systemd"},
		},
		"a link that leads elsewhere": {
			change: func(t *testing.T, h *testHost) {
				remove(t, filepath.Join(h.root, configs, "zoo.cfg"))
				write(t, filepath.Join(h.root, configs, "zoo.cfg"), "# mine\n")
			},
			stage: []string{"update link:DIR/zoo.cfg"},
		},
		"the layout of earlier versions, runs": {
			change:  func(t *testing.T, h *testHost) { h.flatten(t) },
			stage:   []string{"create dir:NEW", "create file:NEW/log4j.properties", "create file:NEW/zoo.cfg", "create file:NEW/zookeeper-1.service", "create history:zookeeper-1/0123456789abcdef"},
			restart: []string{"create attempt:ATTEMPT", "update unit:UNIT", "reload reload:zookeeper-1.service", "update link:DIR/log4j.properties", "update link:DIR/zoo.cfg", "restart restarted:zookeeper-1.service", "create history:zookeeper-1/GENERATION"},
			reasons: []string{"UNIT"},
		},
		"the layout of earlier versions, does not run": {
			change: func(t *testing.T, h *testHost) { stop(t, h); h.flatten(t) },
			stage:  []string{"create dir:NEW", "create file:NEW/log4j.properties", "create file:NEW/zoo.cfg", "create file:NEW/zookeeper-1.service", "update unit:UNIT", "reload reload:systemd", "update link:DIR/log4j.properties", "update link:DIR/zoo.cfg"},
			start:  []string{"start running:zookeeper-1.service"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			test.change(t, h)
			plan := h.plan(t)
			var reasons []string
			for _, r := range plan.Restarts {
				reasons = append(reasons, r.Reasons...)
				if r.Staged != test.staged || r.Shared || r.Instance != "zookeeper-1" {
					t.Errorf("the restart is %+v", r)
				}
			}
			runs := h.runsWith(t)
			generation := ""
			for _, c := range plan.Changes {
				if c.Kind() == provision.KindRestarted {
					generation = strings.TrimPrefix(c.To, "generation ")
				}
			}
			h.systemctl(t, h.Lock(t.Context(), h.task, 0))
			made := make(map[string][]string)
			for _, s := range stepsOf(plan) {
				name := "stage"
				for _, c := range s.changes {
					switch kind := c.Kind(); kind {
					case provision.KindRestarted, provision.KindRunning:
						name = string(kind)
					}
				}
				h.systemctl(t, h.Apply(t.Context(), h.task, s.changes, s.others, func(e provision.Event) {
					if e.Done {
						made[name] = append(made[name], string(e.Change.Action)+" "+e.Change.Resource)
					}
				}))
				if name == "stage" && h.runsWith(t) != runs {
					t.Errorf("after the stage it runs with %s, and before with %s", h.runsWith(t), runs)
				}
			}
			want := map[string][]string{"stage": test.stage, "restarted": test.restart, "running": test.start}
			names := strings.NewReplacer("GENERATION", h.generation(t), "NEW", configs+"/"+h.generation(t), "DIR", configs, "UNIT", unitPath, "ATTEMPT", "/var/lib/zkprov/zookeeper/zookeeper-1.attempt")
			for step, changes := range want {
				for i := range changes {
					changes[i] = names.Replace(changes[i])
				}
				if diff := cmp.Diff(changes, made[step]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", step, diff)
				}
			}
			for i := range test.reasons {
				test.reasons[i] = names.Replace(test.reasons[i])
			}
			if diff := cmp.Diff(test.reasons, reasons); diff != "" {
				t.Errorf("the reasons (-want +got):\n%s", diff)
			}
			if now := h.runsWith(t); now != h.generation(t) || generation != "" && now != generation {
				t.Errorf("it runs with %s, want %s", now, h.generation(t))
			}
			if again := h.plan(t); len(again.Changes) > 0 || len(again.Restarts) > 0 {
				t.Errorf("a second plan has %v, %v", again.Changes, again.Restarts)
			}
			if text, err := os.ReadFile(filepath.Join(h.root, configs, "zoo.cfg")); err != nil || !strings.Contains(string(text), "dataDir=") {
				t.Errorf("through the link one reads %q, %v", text, err)
			}
		})
	}
}

// TestBoot looks at a host at boot, before systemd has started its server: nothing that
// the server will be started with is changed by what stages, and nothing starts it. One
// that is not to start at boot is down, and gets what is new.
func TestBoot(t *testing.T) {
	for name, enabled := range map[string]bool{"enabled": true, "disabled": false} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			before := h.runsWith(t)
			if !enabled {
				h.systemctl(t, h.systemd.Disable(t.Context(), unitName))
			}
			h.setHeap("300m")
			h.systemctl(t, h.systemd.Boot())
			o, err := h.Observe(t.Context(), h.task)
			if err != nil {
				t.Fatal(err)
			}
			plan := h.plan(t)
			h.systemctl(t, h.Lock(t.Context(), h.task, 0))
			restart := len(ofKind(plan, provision.KindRestarted)) > 0
			for _, s := range stepsOf(plan) {
				if restart && slices.ContainsFunc(s.changes, func(c provision.Change) bool { return c.Kind() == provision.KindRestarted }) {
					continue // as an agent does that nobody tells to restart
				}
				h.systemctl(t, h.Apply(t.Context(), h.task, s.changes, s.others, func(provision.Event) {}))
			}
			if starts := len(ofKind(plan, provision.KindRunning)); restart != enabled || len(plan.Restarts) > 0 != enabled || starts > 0 == enabled {
				t.Errorf("it restarts %t (%v), it starts %d, the changes are %v", restart, plan.Restarts, starts, plan.Changes)
			}
			h.systemctl(t, h.systemd.RunJobs())
			if now := h.runsWith(t); now == "" || (now == before) != enabled {
				t.Errorf("it runs with %s, and ran with %s", now, before)
			}
			if seen := o.Instances["zookeeper-1"].Generation; enabled && seen != before || !enabled && seen != "" {
				t.Errorf("about to start, it was seen with generation %q", seen)
			}
			if !enabled {
				return
			}
			// What was planned before systemd had started it holds after.
			for _, s := range stepsOf(plan) {
				h.systemctl(t, h.Apply(t.Context(), h.task, s.changes, s.others, func(provision.Event) {}))
			}
			if now := h.runsWith(t); now != h.generation(t) || now == before {
				t.Errorf("restarted, it runs with %s", now)
			}
		})
	}
}

// TestNeverAMix cuts a change of generation off after each event, and lets the server
// be started again by systemd then, or by a boot: each time it starts with one
// generation, whose configuration it gets.
func TestNeverAMix(t *testing.T) {
	for name, before := range map[string]func(t *testing.T, h *testHost){
		"from a generation":        func(*testing.T, *testHost) {},
		"from the earlier layout":  func(t *testing.T, h *testHost) { h.flatten(t) },
		"of one that does not run": func(t *testing.T, h *testHost) { h.systemctl(t, h.systemd.Stop(t.Context(), unitName)) },
		"of the earlier, is down": func(t *testing.T, h *testHost) {
			h.systemctl(t, h.systemd.Stop(t.Context(), unitName))
			h.flatten(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for n := 0; ; n++ {
				h := newHost(t)
				h.bootstrap(t, h.plan(t))
				before(t, h)
				h.setHeap("300m")
				plan := h.plan(t)
				ctx, cut := context.WithCancel(t.Context())
				seen := 0
				h.systemctl(t, h.Lock(ctx, h.task, 0))
				var err error
				for _, s := range stepsOf(plan) {
					err = errors.Join(err, h.Apply(ctx, h.task, s.changes, s.others, func(provision.Event) {
						if seen++; seen > n {
							cut()
						}
					}))
				}
				cut()
				h.consistent(t, "started again", n)
				h.systemctl(t, h.systemd.Reload(t.Context()))
				h.consistent(t, "booted", n)
				if err == nil {
					return // it came to its end
				}
				h.apply(t, h.plan(t))
				if again := h.plan(t); len(again.Changes) > 0 || h.runsWith(t) != h.generation(t) {
					t.Errorf("cut off after %d events and run again, a plan has %v", n, again.Changes)
				}
			}
		})
	}
}

// consistent starts the server with the unit that systemd has in mind: the zoo.cfg that
// it names is that of the generation that it tells the process.
func (h *testHost) consistent(t *testing.T, how string, n int) {
	t.Helper()
	state, err := h.systemd.State(t.Context(), unitName)
	if err != nil {
		t.Fatal(err)
	}
	if state.LoadState == "not-found" {
		return
	}
	h.systemctl(t, h.systemd.Restart(t.Context(), unitName))
	zooCfg := state.Command[len(state.Command)-1]
	text, err := os.ReadFile(filepath.Join(h.root, zooCfg))
	if err != nil {
		t.Fatalf("%s after %d events: %v", how, n, err)
	}
	changed := strings.Contains(string(text), "maxClientCnxns=300")
	heap := slices.Contains(state.Command, "-Xmx300m")
	if with := h.runsWith(t); changed != heap || !strings.Contains(zooCfg, with) && with != "0123456789abcdef" {
		t.Errorf("%s after %d events it has generation %s, and reads %s, changed: %t, with the heap changed: %t", how, n, with, zooCfg, changed, heap)
	}
}

// TestClockBack gives a server another generation on a host where systemd does not notice
// that its unit was replaced. It reads the units all the same, be it in another run.
func TestClockBack(t *testing.T) {
	for name, running := range map[string]bool{"runs": true, "does not run": false} {
		t.Run(name, func(t *testing.T) {
			for n := 0; ; n++ {
				h := newHost(t)
				h.bootstrap(t, h.plan(t))
				if !running {
					h.systemctl(t, h.systemd.Stop(t.Context(), unitName))
				}
				h.setHeap("300m")
				h.systemd.ClockBack = true
				plan := h.plan(t)
				ctx, cut := context.WithCancel(t.Context())
				seen := 0
				h.systemctl(t, h.Lock(ctx, h.task, 0))
				var err error
				for _, s := range stepsOf(plan) {
					err = errors.Join(err, h.Apply(ctx, h.task, s.changes, s.others, func(provision.Event) {
						if seen++; seen > n {
							cut()
						}
					}))
				}
				cut()
				if err != nil {
					h.apply(t, h.plan(t))
				}
				if now := h.runsWith(t); now != h.generation(t) {
					t.Errorf("cut off after %d events and run again, it runs with %s, not %s", n, now, h.generation(t))
				}
				if again := h.plan(t); len(again.Changes) > 0 {
					t.Errorf("cut off after %d events and run again, a plan has %v", n, again.Changes)
				}
				if err == nil {
					return
				}
			}
		})
	}
}
