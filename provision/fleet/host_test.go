package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
	"github.com/zkprov/zkprov/provision/remote"
	"github.com/zkprov/zkprov/units"
)

// hosts are those of an ensemble in memory, by name, and what was done on them.
type hosts struct {
	byName map[string]*fakeHost

	mu  sync.Mutex
	log []string // "zk1 lock", in order
}

// fakeHost is an agent without a host: it answers what a test put into it, and fails
// where a test wants it to.
type fakeHost struct {
	all  *hosts
	name string

	seen    provision.Observation
	clock   time.Duration // ahead of this machine's
	changes []provision.Change
	plan    provision.HostPlan
	// reports answers the n-th probe, from 0. Where the host is patient, a probe takes
	// until that changes, as that of a real one does.
	reports func(n int) []provision.Report
	patient bool
	// errs are the errors of calls, by their names in the log.
	errs map[string]error
	// refuses returns the error of a call, by its name in the log; nil refuses nothing.
	refuses func(call string) error
	// asked is told what a plan is for.
	asked func(t provision.Task)
	// probed is told what a probe is for.
	probed func(t provision.Task)
	// during runs inside of a call.
	during func(ctx context.Context, call string)
	// slow is how long one change takes, takes how much longer one of a kind does; stops lets
	// it end between two, as a real one does.
	slow  time.Duration
	takes map[provision.ResourceKind]time.Duration
	stops bool

	// settles lets what was applied be planned no more, and lets Apply refuse what is
	// planned and was not approved.
	settles bool

	// back is what is planned for a task with generations of before, the n-th time, and
	// undone how the n-th apply of that ends, from 0; nil is a restart that succeeds.
	back         func(n int) []provision.Change
	undone       func(n int) error
	backs, undos int

	// founding marks the calls that begin a founding.
	founding bool
	probes   int
	applied  []provision.Change
	works    []work
}

// work is what a host was told to do in one step.
type work struct {
	task           provision.Task
	changes, later []provision.Change
}

// note keeps a call and returns the error that it is to end with.
func (h *fakeHost) note(ctx context.Context, call string) error {
	h.all.mu.Lock()
	h.all.log = append(h.all.log, h.name+" "+call)
	h.all.mu.Unlock()
	if h.during != nil {
		h.during(ctx, call)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if h.refuses != nil {
		if err := h.refuses(call); err != nil {
			return err
		}
	}
	return h.errs[call]
}

// calls are what was done on all hosts but looking.
func (hs *hosts) calls() []string {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(hs.log), func(call string) bool {
		_, what, _ := strings.Cut(call, " ")
		return slices.Contains([]string{"connect", "observe", "plan", "probe", "close", "journal"}, what)
	})
}

func (hs *hosts) count(call string) int {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	n := 0
	for _, c := range hs.log {
		if strings.HasSuffix(c, " "+call) {
			n++
		}
	}
	return n
}

// Connect implements Connector.
func (hs *hosts) Connect(ctx context.Context, h *inventory.Host, _ bool) (provision.Agent, error) {
	agent := hs.byName[h.Name]
	if err := agent.note(ctx, "connect"); err != nil {
		return nil, err
	}
	return remote.Pipe(h.Name, agent), nil
}

func (h *fakeHost) Observe(ctx context.Context, _ provision.Task) (provision.Observation, error) {
	h.all.mu.Lock()
	o := h.seen
	h.all.mu.Unlock()
	o.Facts.Now = time.Now().Add(h.clock)
	return o, h.note(ctx, "observe")
}

func (h *fakeHost) Plan(ctx context.Context, t provision.Task) (provision.HostPlan, error) {
	if h.asked != nil {
		h.all.mu.Lock()
		h.asked(t)
		h.all.mu.Unlock()
	}
	if t.Generations != nil {
		p := provision.HostPlan{Host: h.name}
		switch {
		case h.back != nil:
			p.Changes = h.back(h.backs)
		case h.undos == 0:
			p.Changes = []provision.Change{{Resource: "restarted:" + t.Only[0], Action: provision.Again, Instance: t.Only[0], From: "new", To: "old"}}
		}
		h.backs++
		return p, h.note(ctx, "plan")
	}
	p := h.plan
	p.Host = h.name
	p.Changes = slices.Clone(append(p.Changes, h.changes...))
	if h.settles {
		p.Changes = slices.DeleteFunc(p.Changes, func(c provision.Change) bool { return slices.ContainsFunc(h.applied, c.Same) })
	}
	if t.Bootstrap {
		p.Changes = append(p.Changes, provision.Change{Resource: "file:initialize", Action: provision.Create})
	}
	return p, h.note(ctx, "plan")
}

func (h *fakeHost) AddArchive(ctx context.Context, t provision.Task, r io.Reader) error {
	_, _ = io.Copy(io.Discard, r)
	if t.Jar != "" {
		return h.note(ctx, "jar")
	}
	return h.note(ctx, "archive")
}

func (h *fakeHost) FetchArchive(ctx context.Context, t provision.Task) error {
	if t.Jar != "" {
		return h.note(ctx, "fetch jar")
	}
	return h.note(ctx, "fetch")
}

func (h *fakeHost) Lock(ctx context.Context, _ provision.Task, patience time.Duration) error {
	return h.note(ctx, strings.TrimSpace("lock "+strings.TrimPrefix(patience.String(), "0s")))
}

func (h *fakeHost) Unlock(ctx context.Context) error { return h.note(ctx, "unlock") }

func (h *fakeHost) Apply(ctx context.Context, t provision.Task, changes, later []provision.Change, report func(provision.Event)) error {
	call := stepOf(changes)
	if h.founding {
		call += " founding"
	}
	if t.Generations != nil {
		call = "undo"
	}
	h.works = append(h.works, work{t, changes, later})
	err := h.note(ctx, call)
	if call == "undo" {
		if h.undone != nil {
			err = errors.Join(err, h.undone(h.undos))
		}
		h.undos++
	}
	if h.settles && err == nil && call != "undo" {
		p, _ := h.Plan(ctx, t)
		for _, c := range p.Changes {
			if approved := slices.Concat(changes, later); !slices.ContainsFunc(approved, c.Same) {
				return &provision.Error{Kind: provision.Stale, Message: "changed since: " + c.Resource}
			}
		}
	}
	for _, c := range changes {
		if h.stops && ctx.Err() != nil {
			return fmt.Errorf("stopped between two changes: %w", ctx.Err())
		}
		report(provision.Event{Change: c})
		time.Sleep(h.slow + h.takes[c.Kind()])
		done := provision.Event{Change: c, Done: true}
		if err != nil {
			done.Error = err.Error()
		}
		report(done)
		if err != nil {
			return err
		}
		h.applied = append(h.applied, c)
	}
	return err
}

func (h *fakeHost) Probe(ctx context.Context, t provision.Task, known []provision.Report) ([]provision.Report, error) {
	if h.probed != nil {
		h.probed(t)
	}
	pieces := 1 // something has changed a moment later
	if h.patient {
		pieces = int(provision.ProbePatience / (50 * time.Millisecond))
	}
	for range pieces {
		if known == nil || h.patient && !reflect.DeepEqual(h.report(0), known) {
			break
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	h.all.mu.Lock()
	n := h.probes
	h.probes++
	h.all.mu.Unlock()
	if err := h.note(ctx, "probe"); err != nil {
		return nil, err
	}
	return h.report(n), nil
}

// report is what the n-th probe finds.
func (h *fakeHost) report(n int) []provision.Report {
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	if h.reports == nil {
		return nil
	}
	return h.reports(n)
}

// do changes what hosts are like while they may be asked.
func (hs *hosts) do(change func()) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	change()
}

func (h *fakeHost) Write(ctx context.Context, _ provision.Task, id int) (provision.Token, error) {
	return provision.Token{Path: fmt.Sprintf("/by-%d", id)}, h.note(ctx, fmt.Sprintf("write %d", id))
}

func (h *fakeHost) ReadBack(ctx context.Context, _ provision.Task, id int, token provision.Token) error {
	return h.note(ctx, fmt.Sprintf("read %d %s", id, token.Path))
}

func (h *fakeHost) EndWrite(ctx context.Context) error { return h.note(ctx, "end write") }

func (h *fakeHost) Journal(ctx context.Context, _ provision.Task, id, _ int) ([]string, error) {
	return []string{fmt.Sprintf("last words of %d", id)}, h.note(ctx, "journal")
}

func (h *fakeHost) Close() error {
	_ = h.note(context.Background(), "close")
	return nil
}

// four is an ensemble of three voters and an observer, each on a host.
const four = `
[ensemble]
name = "zookeeper"
version = "3.6.3"
[[host]]
name = "zk1"
address = "10.0.0.1"
instance = [ { id = 1 } ]
[[host]]
name = "zk2"
address = "10.0.0.2"
instance = [ { id = 2 } ]
[[host]]
name = "zk3"
address = "10.0.0.3"
instance = [ { id = 3 } ]
[[host]]
name = "zk4"
address = "10.0.0.4"
instance = [ { id = 4, role = "observer" } ]
`

func read(t *testing.T, text string) *inventory.Ensemble {
	t.Helper()
	e, found := inventory.Read("prod.toml", []byte(text))
	if found.Failed() {
		t.Fatal(found)
	}
	return e
}

// newFleet is the ensemble of four on hosts where nothing is to be changed and
// all is well.
func newFleet(t *testing.T) (*Fleet, *hosts) {
	t.Helper()
	e := read(t, four)
	hs := &hosts{byName: make(map[string]*fakeHost)}
	for _, m := range e.Members() {
		id := m.Instance.ID
		h := &fakeHost{all: hs, name: m.Host.Name, errs: make(map[string]error), seen: sees(m.Instance.Name, formed)}
		h.reports = func(int) []provision.Report { return []provision.Report{well(id)} }
		hs.byName[m.Host.Name] = h
	}
	return &Fleet{Ensemble: e, Connector: hs, Timeout: 10 * time.Second}, hs
}

// What may lie in a data directory.
var (
	nothing    = facts.DataDir{}
	emptyDir   = facts.DataDir{Exists: true, IsDir: true, Empty: true}
	snapshot0  = facts.DataDir{Exists: true, IsDir: true, VersionDir: true, SnapshotPresent: true}
	formed     = facts.DataDir{Exists: true, IsDir: true, VersionDir: true, SnapshotPresent: true, CurrentEpoch: 1, AcceptedEpoch: 1, History: true}
	logged     = facts.DataDir{Exists: true, IsDir: true, VersionDir: true, CurrentEpoch: 1, AcceptedEpoch: 1, History: true}
	unreadable = facts.DataDir{Error: "permission denied"}
)

// sees is a host that was seen, with what lies in its one data directory.
func sees(instance string, data facts.DataDir) provision.Observation {
	return provision.Observation{Privileged: true, Facts: facts.Host{Systemd: true, DataDirs: map[string]facts.DataDir{instance: data}}}
}

// well is the report of a server of the four that is as it should be; 3 leads.
func well(id int) provision.Report {
	a := ensemble.Answer{ID: id, Serving: true, Running: true, Mode: ensemble.Follower, Version: "3.6.3", Zxid: 1 << 32, QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1}
	switch id {
	case 3:
		a.Mode, a.QuorumSize, a.SyncedFollowers, a.SyncedObservers = ensemble.Leader, 3, 2, 1
	case 4:
		a.Mode = ensemble.Observing
	}
	return provision.Report{ID: id, Unit: running(id), Answer: a}
}

func running(id int) units.State {
	return units.State{Unit: fmt.Sprintf("zookeeper-%d.service", id), LoadState: "loaded", ActiveState: "active", SubState: "running", MainPID: 100 + id}
}

// starting is the report of a server that runs and does not serve yet.
func starting(id int) provision.Report {
	return provision.Report{ID: id, Unit: running(id), Answer: ensemble.Answer{ID: id, Running: true, Error: ensemble.ErrNotServing.Error()}}
}

// kinds are the kinds of the changes that change makes, by the step that they are of.
var kinds = map[string]provision.ResourceKind{
	plan.Java: provision.KindPackage, plan.Stage: "thing", plan.Start: provision.KindRunning,
	plan.Restart: provision.KindRestarted, plan.Record: provision.KindRecord,
}

// change returns a change of a step.
func change(step string) provision.Change {
	return provision.Change{Resource: string(kinds[step]) + ":it", Action: provision.Create, Summary: "a thing"}
}

// stepOf returns the step that changes are of.
func stepOf(changes []provision.Change) string {
	if len(changes) > 0 && changes[0].Kind() == provision.KindReboot {
		return plan.Reboot
	}
	if len(changes) > 0 && slices.Contains([]provision.ResourceKind{provision.KindAttempt, provision.KindUnit, provision.KindReload, provision.KindLink, provision.KindGeneration, provision.KindRestarted}, changes[0].Kind()) {
		return plan.Restart
	}
	for step, kind := range kinds {
		if len(changes) > 0 && changes[0].Kind() == kind {
			return step
		}
	}
	return plan.Stage
}

// unreachable is the error of a host that is not there.
func unreachable(name string) *provision.Error {
	return &provision.Error{Kind: provision.Unreachable, Name: "host-unreachable", Message: name + " does not answer", Hint: "is it up?"}
}
