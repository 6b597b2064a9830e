package fleet

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// Roll is how the restarts of a run stand. It is plain data, for whoever watches.
type Roll struct {
	Begun time.Time `json:"begun"`
	// Servers are those that are to be restarted, in their order; this may change before
	// each restart.
	Servers []RollServer `json:"servers"`
	// Up counts the voters that serve in their role, Need is the majority of all Voters.
	Up     int `json:"up"`
	Need   int `json:"need"`
	Voters int `json:"voters"`
	// Unasked is set until the first server was asked: Up is not known then.
	Unasked bool `json:"-"`
	// Writes tells whether writes go through the ensemble.
	Writes Writes `json:"writes"`
	// Leaving is set once the run was interrupted, and only sees a server back.
	Leaving bool `json:"leaving,omitempty"`
	// Over is set at the end.
	Over bool `json:"over,omitempty"`
}

// RollServer is a server in a roll.
type RollServer struct {
	Instance string    `json:"instance"`
	Host     string    `json:"host"`
	State    RollState `json:"state"`
	// Lacks is what the gate that it waits at lacks, in words, since Since; it may for
	// Limit.
	Lacks string        `json:"lacks,omitempty"`
	Since time.Time     `json:"since,omitzero"`
	Limit time.Duration `json:"limit,omitempty"`
	// Mode and Zxid are what it said last; empty where it does not serve.
	Mode ensemble.Mode `json:"mode,omitempty"`
	Zxid ensemble.Zxid `json:"zxid,omitempty"`
}

// RollState is how far a server is in a roll.
type RollState string

// The states, in the order in which a server has them.
const (
	RollWaits     RollState = "waits" // for its turn
	RollNext      RollState = "next"  // its turn has come, and it waits for the others
	RollRestarts  RollState = "restarts"
	RollReturns   RollState = "returns" // until it serves, is in sync, and stays so
	RollDone      RollState = "done"
	RollUndoes    RollState = "undoes" // gets back what it ran with before
	RollFailed    RollState = "failed"
	RollUntouched RollState = "left" // not in this run
)

// Writes is what the writes that a run tries came to.
type Writes struct {
	// State is "ok", "failing" or "not permitted"; empty before the first.
	State string `json:"state,omitempty"`
	// Since is since when they fail, and Error why the last one did.
	Since time.Time `json:"since,omitzero"`
	Error string    `json:"error,omitempty"`
}

// rolling follows the restarts of a run. The methods of a nil one do nothing.
type rolling struct {
	r     *run
	watch *watch
	end   context.CancelFunc
	works sync.WaitGroup

	mu    sync.Mutex
	roll  Roll
	began time.Time // of the present restart; zero before its first change
	back  time.Time // when its servers served again
	heard map[int]heard
	told  Roll
	// failing is since when writes fail; zero while they go through.
	failing time.Time
}

// heard is the last report of a server.
type heard struct {
	provision.Report
	at time.Time
}

// heardFor is how long a report is shown after it was forgotten.
const heardFor = 2 * time.Second

// rollFrame is how often it is looked whether anything in a roll has changed.
const rollFrame = 200 * time.Millisecond

// rolls follows the restarts among steps that are to come, in their order of now; most is
// how many instances this run restarts yet, 0 is all.
func (r *run) rolls(steps []plan.Step, most int) {
	if r.rolling == nil {
		ctx, end := context.WithCancel(r.life)
		g := &rolling{r: r, watch: r.watching(), end: end, heard: make(map[int]heard)}
		g.roll.Begun = time.Now()
		r.rolling = g
		if r.Report != nil {
			g.works.Go(func() { g.tell(ctx) })
			g.works.Go(func() { g.tryWrites(ctx) })
		}
	}
	r.rolling.order(steps, most)
	r.rolling.look(time.Now())
}

// rolled ends what rolls began.
func (r *run) rolled() {
	if g := r.rolling; g != nil {
		r.rolling = nil
		g.end()
		g.works.Wait()
		g.mu.Lock()
		g.roll.Over = true
		g.mu.Unlock()
		g.look(time.Now())
	}
}

// order sets the servers whose turn is to come, behind those that had theirs.
func (g *rolling) order(steps []plan.Step, most int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	servers := slices.DeleteFunc(slices.Clone(g.roll.Servers), func(s RollServer) bool { return s.State == RollWaits || s.State == RollUntouched })
	begun := len(servers)
	for _, step := range steps {
		for _, name := range step.Instances {
			s := RollServer{Instance: name, State: RollWaits}
			if most > 0 && len(servers)-begun >= most {
				s.State = RollUntouched
			}
			for _, m := range g.r.Ensemble.Members() {
				if m.Instance.Name == name {
					s.Host = m.Host.Name
				}
			}
			if !slices.ContainsFunc(servers, func(o RollServer) bool { return o.Instance == name }) {
				servers = append(servers, s)
			}
		}
	}
	g.roll.Servers = servers
}

// each does something to the servers of a step.
func (g *rolling) each(names []string, do func(s *RollServer)) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.roll.Servers {
		if s := &g.roll.Servers[i]; slices.Contains(names, s.Instance) {
			do(s)
		}
	}
}

// leaves notes that the run was interrupted.
func (g *rolling) leaves() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.roll.Leaving = true
}

// enters sets the state of the servers of a step.
func (g *rolling) enters(names []string, state RollState) {
	now := time.Now()
	if g != nil && state == RollRestarts {
		g.mu.Lock()
		g.began, g.back = now, time.Time{}
		g.mu.Unlock()
	}
	g.each(names, func(s *RollServer) { s.State, s.Lacks, s.Since, s.Limit = state, "", now, 0 })
}

// lacks notes what a gate lacks, or with an empty text that it holds.
func (g *rolling) lacks(gate plan.Gate, text string, since time.Time) {
	if g == nil {
		return
	}
	if text == "" && gate.Kind == plan.Back {
		g.mu.Lock()
		g.back = time.Now()
		g.mu.Unlock()
	}
	g.each(gate.Instances, func(s *RollServer) {
		s.Lacks, s.Since, s.Limit = strings.TrimPrefix(text, s.Instance+": "), since, gate.Within
	})
}

// turned ends the turn of a step, and tells of each of its servers how it went.
func (g *rolling) turned(step plan.Step, err error) {
	if g == nil {
		return
	}
	g.mu.Lock()
	began, took := g.began, time.Duration(0)
	if took = time.Since(began); err == nil && g.back.After(began) {
		took = g.back.Sub(began)
	}
	g.began = time.Time{}
	g.mu.Unlock()
	if began.IsZero() {
		g.enters(step.Instances, RollWaits)
		return
	}
	state := RollDone
	if err != nil {
		state = RollFailed
	}
	g.enters(step.Instances, state)
	g.look(time.Now())
	var ended []Event
	g.each(step.Instances, func(s *RollServer) {
		e := Event{Kind: Restarted, Host: s.Host, Text: s.Instance, Done: true, Took: took, Mode: s.Mode}
		if err != nil {
			e.Error = err.Error()
		}
		ended = append(ended, e)
	})
	for _, e := range ended {
		g.r.report(e)
	}
}

// tell reports the roll whenever something in it has changed.
func (g *rolling) tell(ctx context.Context) {
	tick := time.NewTicker(rollFrame)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			g.look(time.Now())
		}
	}
}

// look takes what the servers said last, and reports the roll where it has changed.
func (g *rolling) look(now time.Time) {
	seen, _ := g.watch.scene(now)
	g.mu.Lock()
	g.hear(seen, now)
	roll := g.roll
	roll.Servers = slices.Clone(roll.Servers)
	changed := !reflect.DeepEqual(roll, g.told)
	g.told = roll
	g.mu.Unlock()
	if changed {
		g.r.report(Event{Kind: Rolls, Roll: &roll})
	}
}

// hear counts the voters and takes the servers' modes. What is forgotten after each change
// is shown a little longer.
func (g *rolling) hear(seen plan.Scene, now time.Time) {
	e := g.r.Ensemble
	g.roll.Up, g.roll.Voters, g.roll.Need = 0, e.Participants(), e.Majority()
	for _, m := range e.Members() {
		id := m.Instance.ID
		if r, ok := seen.Reports[id]; ok {
			g.heard[id] = heard{r, now}
		}
		a := g.heard[id].Answer
		if now.Sub(g.heard[id].at) > heardFor || !a.Serving {
			a = ensemble.Answer{}
		}
		if m.Instance.Role == inventory.Participant && (a.Mode == ensemble.Leader || a.Mode == ensemble.Follower) {
			g.roll.Up++
		}
		for i := range g.roll.Servers {
			if s := &g.roll.Servers[i]; s.Instance == m.Instance.Name {
				s.Mode, s.Zxid = a.Mode, a.Zxid
			}
		}
	}
	g.roll.Unasked = len(g.heard) == 0
}
