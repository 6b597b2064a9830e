package host_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// histories is where the entries lie.
const histories = "/var/lib/zkprov/zookeeper/history"

func (h *testHost) history(t *testing.T) provision.History {
	t.Helper()
	all, err := h.History(t.Context(), h.task)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// told returns the entries in short: each generation by how many came before it.
func told(all provision.History) []string {
	var names, told []string
	number := func(generation string) string {
		if generation == "" {
			return "-"
		}
		if !slices.Contains(names, generation) {
			names = append(names, generation)
		}
		return fmt.Sprint(slices.Index(names, generation))
	}
	for _, e := range all.Entries {
		was := number(e.Before)
		line := was + " > " + number(e.Generation) + " by " + e.By.Command
		if e.Found {
			line += ", found"
		}
		if e.By.Aim == "" {
			line += ", not wanted"
		}
		told = append(told, line+": "+strings.Join(e.Changes, "; "))
	}
	return told
}

// TestHistory changes a server and goes back, and looks what its host remembers of it.
func TestHistory(t *testing.T) {
	h := newHost(t)
	by := func(command string) {
		h.task.By = provision.Caller{User: "ops", Host: "ctl1", Command: command, Aim: command}
	}
	by("apply")
	h.bootstrap(t, h.plan(t))
	first := h.runsWith(t)
	in := &h.task.Ensemble.Hosts[0].Instances[0]
	in.ZooCfg = append(in.ZooCfg, inventory.Setting{Key: "ssl.keyStore.password", Value: "geheim1"})
	h.setHeap("300m")
	h.apply(t, h.plan(t))
	in.ZooCfg[0].Value = "geheim2"
	h.apply(t, h.plan(t))
	by("rollback")
	h.task.Generations = map[string]string{"zookeeper-1": first}
	h.apply(t, h.plan(t))

	all := h.history(t)
	want := []string{
		"- > 0 by apply: ",
		"0 > 1 by apply: zoo.cfg: ssl.keyStore.password (not shown); zoo.cfg: + maxClientCnxns=300; unit: -Xmx1g -> -Xmx300m",
		"1 > 2 by apply: zoo.cfg: ssl.keyStore.password (not shown)",
		"2 > 0 by rollback: zoo.cfg: ssl.keyStore.password (not shown); zoo.cfg: - maxClientCnxns=300; unit: -Xmx300m -> -Xmx1g",
	}
	if diff := cmp.Diff(want, told(all)); diff != "" {
		t.Errorf("the history (-want +got):\n%s", diff)
	}
	if e := all.Entries[1]; e.Version != "3.6.3" || e.Time.IsZero() || e.By.String() != "ops on ctl1" || !strings.Contains(e.Diff, "+maxClientCnxns=300") || !strings.Contains(e.Diff, "-Xmx300m") {
		t.Errorf("the second entry is %+v", e)
	}
	if all.Runs["zookeeper-1"] != first || len(all.Lost["zookeeper-1"]) > 0 {
		t.Errorf("it runs with %v, and there is lost %v", all.Runs, all.Lost)
	}
	for name, e := range h.snapshot(t) {
		if strings.HasPrefix(name, histories) && (strings.Contains(e.Content, "geheim") || e.Mode.Perm()&0o077 != 0) {
			t.Errorf("%s is %v:\n%s", name, e.Mode, e.Content)
		}
	}
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("a second plan has %v", again.Changes)
	}
}

// TestHistoryCutOff kills a change of generation after each event. The next run notes what
// the server was started with, once.
func TestHistoryCutOff(t *testing.T) {
	for n := 0; ; n++ {
		h := newHost(t)
		h.bootstrap(t, h.plan(t))
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
		h.apply(t, h.plan(t))
		all := h.history(t)
		if len(all.Entries) != 2 || all.Entries[1].Generation != h.runsWith(t) || all.Entries[1].Before != all.Entries[0].Generation {
			t.Errorf("cut off after %d events, the history is %v", n, told(all))
		}
		if again := h.plan(t); len(again.Changes) > 0 {
			t.Errorf("cut off after %d events and run again, a plan has %v", n, again.Changes)
		}
		if err == nil {
			return
		}
	}
}

// TestHistoryFound looks at a host of an earlier version, which kept none: what its server
// runs with is noted before it is replaced, and by itself where nothing is.
func TestHistoryFound(t *testing.T) {
	for name, test := range map[string]struct {
		change func(h *testHost)
		want   []string
	}{
		"nothing else changes": {func(*testHost) {}, []string{"- > 0 by apply, found: "}},
		"another heap": {func(h *testHost) { h.setHeap("300m") }, []string{
			"- > 0 by apply, found, not wanted: ", "0 > 1 by apply: zoo.cfg: + maxClientCnxns=300; unit: -Xmx1g -> -Xmx300m"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			if err := os.RemoveAll(filepath.Join(h.root, histories)); err != nil {
				t.Fatal(err)
			}
			h.task.By = provision.Caller{Command: "apply", Aim: "this"}
			test.change(h)
			h.apply(t, h.plan(t))
			if diff := cmp.Diff(test.want, told(h.history(t))); diff != "" {
				t.Errorf("the history (-want +got):\n%s", diff)
			}
			if again := h.plan(t); len(again.Changes) > 0 {
				t.Errorf("a second plan has %v", again.Changes)
			}
		})
	}
}

// TestHistoryEnds goes back and forth more often than is remembered. What is forgotten is
// the oldest, and no generation that is kept is among it.
func TestHistoryEnds(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	for n := range provision.GenerationsKept - 1 {
		h.setHeap(fmt.Sprintf("%dm", 300+n))
		h.apply(t, h.plan(t))
	}
	folder := filepath.Join(h.root, histories)
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != provision.GenerationsKept {
		t.Fatal(entries, err)
	}
	var ran []string
	for _, e := range entries {
		ran = append(ran, strings.Split(e.Name(), ".")[2])
	}
	for n := len(entries) + 1; n <= 180; n++ { // as rollbacks to and fro leave it
		write(t, filepath.Join(folder, fmt.Sprintf("zookeeper-1.%06d.%s.json", n, ran[3+n%2])), "{}")
	}
	h.setHeap("298m")
	h.apply(t, h.plan(t))
	entries, err = os.ReadDir(folder)
	if want := 100 + provision.GenerationsKept - 3; err != nil || len(entries) != want {
		t.Errorf("%d entries are left, %v, want %d", len(entries), err, want)
	}
	want := append(ran[1:], h.runsWith(t))
	slices.Sort(want)
	if diff := cmp.Diff(want, h.generations(t)); diff != "" {
		t.Errorf("the generations (-want +got):\n%s", diff)
	}
	if all := h.history(t).Entries; len(all) != 100 || !slices.Contains(want, all[0].Generation) {
		t.Errorf("it tells of %d, and first of %+v", len(all), all[0])
	}
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("a second plan has %v", again.Changes)
	}
}

// generations lists the folders of generations of the instance.
func (h *testHost) generations(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(h.root, configs))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// stage makes all of a plan but what starts or restarts a server and what comes after.
func (h *testHost) stage(t *testing.T) {
	t.Helper()
	h.systemctl(t, h.Lock(t.Context(), h.task, 0))
	steps := stepsOf(h.plan(t))
	h.systemctl(t, h.Apply(t.Context(), h.task, steps[0].changes, steps[0].others, func(provision.Event) {}))
}

// TestFormer changes a server again and again. The generations that it was started with last
// are kept, and what it was never started with is not.
func TestFormer(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	ran := []string{h.runsWith(t)}
	for n := range 7 {
		h.setHeap(fmt.Sprintf("%dm", 300+n))
		if n == 4 {
			h.stage(t) // which nobody wants any more by the next
			continue
		}
		before := h.generations(t)
		plan := h.plan(t)
		for _, s := range stepsOf(plan) {
			if c := s.changes[0]; c.Kind() == provision.KindFormer {
				for _, name := range before {
					if !slices.Contains(h.generations(t), name) {
						t.Errorf("%s went before the end", name)
					}
				}
			}
			h.systemctl(t, h.Lock(t.Context(), h.task, 0))
			h.systemctl(t, h.Apply(t.Context(), h.task, s.changes, s.others, func(provision.Event) {}))
		}
		ran = append(ran, h.runsWith(t))
		want := slices.Clone(ran[max(0, len(ran)-provision.GenerationsKept):])
		slices.Sort(want)
		if diff := cmp.Diff(want, h.generations(t)); diff != "" {
			t.Errorf("after %d changes there are (-want +got):\n%s", n, diff)
		}
		if again := h.plan(t); len(again.Changes) > 0 {
			t.Errorf("after %d changes a second plan has %v", n, again.Changes)
		}
	}
	// What was used lately again is not the oldest.
	back := ran[len(ran)-provision.GenerationsKept]
	h.task.Generations = map[string]string{"zookeeper-1": back}
	h.apply(t, h.plan(t))
	h.task.Generations = nil
	h.setHeap("700m")
	h.apply(t, h.plan(t))
	if now := h.generations(t); !slices.Contains(now, back) || slices.Contains(now, ran[len(ran)-provision.GenerationsKept+1]) || len(now) != provision.GenerationsKept {
		t.Errorf("gone back to %s and changed again, there are %v of %v", back, now, ran)
	}
	lost := h.history(t).Lost["zookeeper-1"]
	if lost[ran[0]] == "" || lost[back] != "" {
		t.Errorf("of %s there is lost %v", back, lost)
	}
}

// TestFormerStays has folders beside the generations that look like them, and one in which
// somebody has put a file: they stay.
func TestFormerStays(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	for _, name := range []string{"0123456789abcdef/zoo.cfg", "0123456789abcdef/mine.jks", "0123456789ABCDEF/zoo.cfg", "backup/zoo.cfg", "0123456789abcde/zoo.cfg"} {
		write(t, filepath.Join(h.root, configs, name), "")
	}
	if plan := h.plan(t); len(plan.Changes) > 0 {
		t.Errorf("the plan has %v", plan.Changes)
	}
	write(t, filepath.Join(h.root, configs, "fedcba9876543210/zoo.cfg"), "")
	write(t, filepath.Join(h.root, configs, "fedcba9876543210/.zoo.cfg123"), "")
	plan := h.plan(t)
	if len(plan.Changes) != 1 || plan.Changes[0].Path != configs+"/fedcba9876543210" || plan.Changes[0].Action != provision.Remove {
		t.Fatalf("the plan has %v", plan.Changes)
	}
	h.apply(t, plan)
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("a second plan has %v", again.Changes)
	}
}

// TestFormerRuns lets a server be started with what was to be removed before that is.
func TestFormerRuns(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	old := h.runsWith(t)
	for n := range provision.GenerationsKept {
		h.setHeap(fmt.Sprintf("%dm", 300+n))
		steps := stepsOf(h.plan(t))
		for _, s := range steps {
			last := s.changes[0].Kind() == provision.KindFormer
			if last { // somebody restarts it by hand
				text := h.snapshot(t)[configs+"/"+old+"/"+unitName].Content
				write(t, filepath.Join(h.root, unitPath), text)
				h.systemctl(t, h.systemd.Reload(t.Context()))
				h.systemctl(t, h.systemd.Restart(t.Context(), unitName))
			}
			h.systemctl(t, h.Lock(t.Context(), h.task, 0))
			err := h.Apply(t.Context(), h.task, s.changes, s.others, func(provision.Event) {})
			if stale := (*provision.Error)(nil); last != (errors.As(err, &stale) && stale.Kind == provision.Stale) {
				t.Errorf("%v: %v", s.changes, err)
			}
		}
	}
	if h.runsWith(t) != old || !slices.Contains(h.generations(t), old) {
		t.Errorf("it runs with %s, not %s, of %v", h.runsWith(t), old, h.generations(t))
	}
}

// TestLost asks why a generation cannot be given again.
func TestLost(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, h *testHost, folder string)
		want   string
	}{
		"it is kept":      {func(*testing.T, *testHost, string) {}, ""},
		"it was removed":  {func(t *testing.T, h *testHost, folder string) { h.systemctl(t, os.RemoveAll(folder)) }, "the host has not kept it"},
		"it was edited":   {func(t *testing.T, _ *testHost, folder string) { write(t, folder+"/zoo.cfg", "# mine\n") }, "is not what that name is the digest of"},
		"a file is gone":  {func(t *testing.T, _ *testHost, folder string) { remove(t, folder+"/zoo.cfg") }, "has no file zoo.cfg"},
		"its data moved":  {func(_ *testing.T, h *testHost, _ string) { h.task.Ensemble.Hosts[0].Instances[0].DataDir = "/data" }, `its data was moved: dataDir was "/var/lib/zookeeper/zookeeper-1", and the inventory says "/data"`},
		"its port is new": {func(_ *testing.T, h *testHost, _ string) { h.task.Ensemble.Hosts[0].Instances[0].ClientPort = 2182 }, `clientPort was "2181"`},
		"there are others": {func(_ *testing.T, h *testHost, _ string) {
			h.task.Ensemble.Hosts = append(h.task.Ensemble.Hosts, inventory.Host{Name: "zk2", Address: "10.0.0.2", Instances: []inventory.Instance{{ID: 2, Name: "zookeeper-2", Role: inventory.Observer}}})
		}, "(then: none beside; in the inventory: server.2=10.0.0.2:0:0:observer)"},
	} {
		t.Run(name, func(t *testing.T) {
			h, before := renewed(t)
			test.change(t, h, filepath.Join(h.root, configs, before))
			got := h.history(t).Lost["zookeeper-1"][before]
			if !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
				t.Errorf("it says %q, want %q", got, test.want)
			}
		})
	}
}
