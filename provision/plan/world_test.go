package plan

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// spot is a server on a machine; two machines may have had a server of one id.
type spot struct {
	id      int
	machine string
}

// process is a server that was started at a spot.
type process struct {
	runs, data bool
	list       provision.Servers
	// listened holds the addresses that it listens on, or did while others knew them.
	listened []string
}

// start lets a process run with a list.
func (p *process) start(id int, list provision.Servers) {
	p.runs, p.data, p.list = true, true, list
	p.listened = append(p.listened, inventory.SplitAddresses(list.Get(id).Address)...)
}

// machineOf returns the machine of a server: each has some addresses, which begin with its
// name.
func machineOf(s provision.Server) string {
	name, _, _ := strings.Cut(s.Address, ".")
	return name
}

// world is an ensemble whose servers are started and stopped as a transition says.
type world struct {
	random   *rand.Rand
	at       map[spot]*process
	recorded provision.Servers  // by every host, at the end of a transition
	noted    []provision.Server // when the last was begun; a server may be at several spots
	left     int                // steps until the run is killed; negative is never
	leader   int
	err      func(format string, args ...any)
	did      []string
}

var errKilled = errors.New("killed")

func (w *world) process(id int, machine string) *process {
	s := spot{id, machine}
	if w.at[s] == nil {
		w.at[s] = new(process)
	}
	return w.at[s]
}

// did one step: all that must hold at every moment is looked at.
func (w *world) step(format string, args ...any) error {
	w.did = append(w.did, fmt.Sprintf(format, args...))
	var running []spot
	for s, p := range w.at {
		if p.runs {
			running = append(running, s)
		}
	}
	slices.SortFunc(running, func(a, b spot) int { return a.id - b.id })
	for i, a := range running {
		w.reached(running, a)
		for _, b := range running[:i] {
			if a.id == b.id {
				w.err("server %d runs on two machines", a.id)
			}
			if ofA, ofB, two := Disjoint(w.at[a].list, w.at[b].list); two {
				w.err("servers %d and %d have %s and %s: %v and %v", a.id, b.id, w.at[a].list, w.at[b].list, ofA, ofB)
			}
		}
	}
	if w.left == 0 {
		return errKilled
	}
	w.left--
	return nil
}

// reached looks at what the others know of a server that runs: no address on its machine
// that it never listened on.
func (w *world) reached(running []spot, a spot) {
	p := w.at[a]
	own := p.list.Get(a.id)
	known := inventory.SplitAddresses(own.Address)
	for _, b := range running {
		of := w.at[b].list.Get(a.id)
		if of == nil || machineOf(*of) != a.machine {
			continue
		}
		for _, address := range inventory.SplitAddresses(of.Address) {
			// One that observes may be new, and know what its inventory has.
			if w.at[b].list.Votes(b.id) && inventory.Meet(of.Address, own.Address) && of.ElectionPort == own.ElectionPort && !slices.Contains(p.listened, address) {
				w.err("server %d knows %s of %d, which listens on %s", b.id, of.Address, a.id, own.Address)
			}
			known = append(known, address)
		}
	}
	p.listened = slices.DeleteFunc(p.listened, func(address string) bool { return !slices.Contains(known, address) })
}

// known returns what a run for an inventory sees, and the spots of servers that the
// inventory does not have.
func (w *world) known(to provision.Servers) (Membership, []provision.Server) {
	m := Membership{To: to, Running: make(map[int]provision.Servers), Known: w.recorded}
	look := func(id int, machine string) {
		if p := w.process(id, machine); p.runs {
			m.Running[id] = p.list
		} else if !p.data && !slices.Contains(m.Blank, id) {
			m.Blank = append(m.Blank, id)
		}
	}
	for _, s := range to {
		look(s.ID, machineOf(s))
	}
	spots := slices.Concat([]provision.Server(w.recorded), w.noted)
	listed := make(map[int]bool)
	ids := make(map[int]bool)
	for _, s := range spots {
		ids[s.ID] = true
	}
	for _, l := range m.Running {
		for _, s := range l {
			listed[s.ID], ids[s.ID] = true, true
		}
	}
	var former []provision.Server
	for _, id := range sortedKeys(ids) {
		s, placed := to.Get(id), false
		for _, p := range spots {
			if p.ID != id {
				continue
			}
			placed = true
			if s != nil && machineOf(*s) == machineOf(p) || slices.ContainsFunc(former, func(o provision.Server) bool { return o.ID == id && machineOf(o) == machineOf(p) }) {
				continue
			}
			former = append(former, p)
			if s != nil {
				m.Moved = append(m.Moved, id)
			} else if !listed[id] {
				m.Left = append(m.Left, id)
			}
		}
		if !placed && s == nil {
			w.err("nothing places server %d", id)
		}
	}
	for _, p := range former {
		look(p.ID, machineOf(p))
	}
	var voters []int
	for _, l := range m.Running {
		voters = append(voters, l.Voters()...)
	}
	slices.Sort(voters)
	for _, id := range slices.Compact(voters) {
		if m.Running[id] == nil {
			m.Down = append(m.Down, id)
		}
	}
	if m.Running[w.leader].Votes(w.leader) {
		m.Leader = &w.leader
	}
	return m, former
}

// elect lets another server lead than the one that is stopped.
func (w *world) elect(stopped int) {
	if stopped != w.leader {
		return
	}
	var ids []int
	for s, p := range w.at {
		if p.runs && s.id != stopped && p.list.Votes(s.id) {
			ids = append(ids, s.id)
		}
	}
	slices.Sort(ids)
	if w.leader = stopped; len(ids) > 0 {
		w.leader = ids[w.random.IntN(len(ids))]
	}
}

// transit does what the steps of a transition do.
func (w *world) transit(t Transition, to provision.Servers, former []provision.Server) error {
	machine := func(id int) string { return machineOf(*t.List.Get(id)) }
	retire := func(first bool) error {
		spots := slices.Clone(former)
		for _, s := range to {
			if t.List.Get(s.ID) != nil || slices.Contains(t.Retire, s.ID) {
				spots = append(spots, s)
			}
		}
		for _, p := range spots {
			in := t.List.Get(p.ID)
			if in != nil && machineOf(*in) == machineOf(p) || (in != nil) != first || in == nil && t.Limited {
				continue
			}
			if one := w.process(p.ID, machineOf(p)); one.runs {
				one.runs = false
				w.elect(p.ID)
				if err := w.step("stop %d on %s", p.ID, machineOf(p)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	noted := slices.Clone(t.List)
	w.noted = slices.Concat(noted, former, []provision.Server(to))
	if err := w.step("note"); err != nil {
		return err
	}
	if err := retire(true); err != nil {
		return err
	}
	var restarts []int
	for _, s := range t.List {
		if t.Limited && !slices.Contains(t.Only, s.ID) {
			continue
		}
		p := w.process(s.ID, machine(s.ID))
		in := to.Get(s.ID)
		switch {
		case !p.runs && (in == nil || machineOf(*in) != machineOf(s)):
			// A host starts nothing that the inventory does not have there.
		case !p.runs:
			p.start(s.ID, t.List)
			if err := w.step("start %d on %s with %s", s.ID, machine(s.ID), t.List); err != nil {
				return err
			}
		case !p.list.Same(t.List):
			restarts = append(restarts, s.ID)
		}
	}
	w.random.Shuffle(len(restarts), func(i, j int) { restarts[i], restarts[j] = restarts[j], restarts[i] })
	slices.SortStableFunc(restarts, func(a, b int) int {
		rank := func(id int) int {
			switch {
			case is(t.First, id), slices.Contains(t.Together, id):
				return 0
			case is(t.Last, id):
				return 2
			}
			return 1
		}
		return rank(a) - rank(b)
	})
	if t.Kind == Handover {
		w.elect(*t.Server)
	}
	for _, id := range restarts {
		w.elect(id)
		w.process(id, machine(id)).start(id, t.List)
		if err := w.step("restart %d with %s", id, t.List); err != nil {
			return err
		}
	}
	if err := retire(false); err != nil {
		return err
	}
	w.recorded = slices.Clone(t.List)
	if err := w.step("record"); err != nil {
		return err
	}
	w.noted = nil
	return w.step("forget the note")
}

// apply does what an apply of an inventory does.
func (w *world) apply(to provision.Servers) error {
	made := make(map[string]bool)
	for {
		m, former := w.known(to)
		path, err := m.Path()
		if err != nil {
			return err
		}
		if len(path) == 0 {
			return w.transit(Transition{List: to}, to, former)
		}
		if made[fmt.Sprint(path[0])+fmt.Sprint([]provision.Server(path[0].List))] {
			return fmt.Errorf("nothing came of it: %s", path[0])
		}
		made[fmt.Sprint(path[0])+fmt.Sprint([]provision.Server(path[0].List))] = true
		w.did = append(w.did, "- "+told(path[0]))
		if err := w.transit(path[0], to, former); err != nil {
			return err
		}
		if len(path) == 1 {
			return nil
		}
	}
}

// someList returns a list of some of six servers on two machines each, with one or two of
// three addresses.
func someList(random *rand.Rand) provision.Servers {
	for {
		var l provision.Servers
		for id := range 6 {
			s := provision.Server{ID: id, Role: inventory.Participant, QuorumPort: 2888, ElectionPort: 3888, Address: fmt.Sprint("a", id)}
			switch random.IntN(8) {
			case 0, 1, 2:
				continue
			case 3:
				s.Role = inventory.Observer
			case 4:
				s.Address = fmt.Sprint("b", id)
			case 5:
				s.ElectionPort = 3889
			}
			switch random.IntN(6) {
			case 0:
				s.Address += ".2"
			case 1:
				s.Address = inventory.JoinAddresses([]string{s.Address + ".1", s.Address + ".2"})
			case 2:
				s.Address = inventory.JoinAddresses([]string{s.Address + ".3", s.Address + ".1"})
			default:
				s.Address += ".1"
			}
			l = l.With(s)
		}
		if len(l.Voters()) > 0 {
			return l
		}
	}
}

// TestWorld kills applies of random lists at random steps, and goes on with the same list,
// with that of before, or with yet another.
func TestWorld(t *testing.T) {
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := &world{random: random, at: make(map[spot]*process)}
		begin := someList(random)
		failed := false
		w.err = func(format string, args ...any) {
			if !failed {
				failed = true
				t.Errorf("seed %d: %s\nfrom %s\n%s", seed, fmt.Sprintf(format, args...), begin, strings.Join(w.did, "\n"))
			}
		}
		for _, s := range begin {
			w.process(s.ID, machineOf(s)).start(s.ID, begin)
		}
		w.recorded, w.leader = begin, begin.Voters()[random.IntN(len(begin.Voters()))]
		last, under, to, begun := begin, begin, someList(random), false
		try := func(kill int) error {
			w.did, w.left = append(w.did, fmt.Sprintf("apply %+v", []provision.Server(to))), kill
			err := w.apply(to)
			var refusal *Refusal
			switch {
			case err == nil:
				last = to
			case errors.As(err, &refusal) && strings.Contains(err.Error(), "cannot move to another host") && !begun:
				w.did = append(w.did, err.Error())
				to, begun = under, true
				return nil
			case !errors.Is(err, errKilled):
				w.err("%v", err)
			}
			under, begun = to, true
			return err
		}
		for range 8 {
			if _ = try(random.IntN(12)); failed {
				break
			}
			switch random.IntN(3) {
			case 0:
				to, begun = last, false
			case 1:
				to, begun = someList(random), false
			}
		}
		for range 4 {
			if !failed {
				_ = try(-1)
			}
		}
		for s, p := range w.at {
			if in := to.Get(s.id); p.runs != (in != nil && machineOf(*in) == s.machine) || p.runs && !p.list.Same(to) {
				w.err("in the end %d on %s runs %t with %s", s.id, s.machine, p.runs, p.list)
			}
		}
	}
}
