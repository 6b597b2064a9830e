package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// The names of steps. That of a restart has the instances behind it.
const (
	Java    = "java"
	Stage   = "stage"
	Start   = "start"
	Restart = "restart"
	Prove   = "prove"
	Record  = "record"
	Tidy    = "tidy"
)

// SettleTime is how long a server that was restarted must have been in sync before the
// next is taken.
const SettleTime = 5 * time.Second

// Sorting is what the steps are made of: what was planned and what was seen.
type Sorting struct {
	Ensemble *inventory.Ensemble
	Parts    []provision.HostPlan
	// Answers are what the servers said, by id; generations what the running instances
	// were started with and can be given again, by name.
	Answers     map[int]ensemble.Answer
	Generations map[string]string
	// Failed are the instances whose last restart did not end well, by name.
	Failed []string
	// Settle is how long an instance that was restarted must have been in sync; 0 is
	// SettleTime.
	Settle time.Duration
	// AllowOutage is set where restarts may lose the quorum, and Pending where they are left
	// for later.
	AllowOutage, Pending bool
	// Formed bounds the wait for the quorum.
	Formed time.Duration
	// Proof are the gates at the end.
	Proof []Gate
	// Transition is the one that the steps make; nil where the server list stays.
	// Foreseen is set where others follow it.
	Transition *Transition
	Foreseen   bool
}

// Steps sorts the changes of all hosts into steps. It is pure, and the only place that
// decides what is done together and what after what:
//
//   - A Java is installed first, as all else depends on where it lies.
//   - Staged is what no running server is started with.
//   - Instances that are down start together, and serve before any other is restarted.
//   - Instances that run with something else are restarted one at a time, what is
//     broken first, then observers, followers, the leader.
//   - The ensemble is proven, and recorded.
//   - What is not kept any longer goes, once nobody may need it for a way back.
//
// What an instance was started with is noted behind its start.
func (s Sorting) Steps() []Step {
	restarts := s.restarts()
	stepOf := make(map[string]int, len(restarts)) // by instance
	for i, r := range restarts {
		for _, name := range r.Instances {
			stepOf[name] = i
		}
	}
	java, stage, start, record, tidy := Step{Name: Java, Anew: true}, Step{Name: Stage}, Step{Name: Start}, Step{Name: Record}, Step{Name: Tidy}
	for _, p := range s.Parts {
		begun := make(map[string]*Step) // the step in which an instance is started, by name
		shared := slices.ContainsFunc(p.Restarts, func(r provision.Restart) bool { return r.Shared })
		for _, c := range p.Changes {
			to := &stage
			i, restarted := stepOf[c.Instance]
			switch kind := c.Kind(); {
			case kind == provision.KindPackage:
				to = &java
			case kind == provision.KindRunning:
				to = &start
			case kind == provision.KindRecord:
				to = &record
			case kind == provision.KindFormer:
				to = &tidy
			case kind == provision.KindHistory:
				if begun[c.Instance] != nil {
					to = begun[c.Instance]
				}
			case restarted && seenAtStart(c):
				to = &restarts[i]
			case kind == provision.KindRelease && shared:
				// What runs from it must not lose it before its own restart.
				if i := slices.IndexFunc(restarts, func(r Step) bool { return onHost(s.Ensemble, r, p.Host) }); i >= 0 {
					to = &restarts[i]
				}
			}
			if kind := c.Kind(); kind == provision.KindRunning || kind == provision.KindRestarted {
				begun[c.Instance] = to
			}
			to.Add(p.Host, c)
		}
	}
	for i := range restarts {
		restarts[i].Undo = s.undo(restarts[i])
	}
	first, _ := s.Transition.Lists(s.Ensemble) // has its own gates
	down := slices.DeleteFunc(start.runs(), func(name string) bool { return slices.Contains(first, name) })
	if len(down) > 0 && restarts != nil && !s.Pending && !s.AllowOutage {
		// What they are started with may be what ended them: no healthy one is to meet it.
		start.After = []Gate{{Kind: Back, Instances: down, Within: s.Formed}}
	}
	var all []Step
	for _, step := range slices.Concat([]Step{java, stage, start}, restarts, []Step{{Name: Prove, After: s.Proof}, record, tidy}) {
		if len(step.Changes)+len(step.After) > 0 {
			all = append(all, step)
		}
	}
	return s.transit(all)
}

// runs returns the instances that the step starts, by name.
func (s *Step) runs() []string {
	var names []string
	for _, h := range s.Changes {
		for _, c := range h.Changes {
			if c.Kind() == provision.KindRunning {
				names = append(names, c.Instance)
			}
		}
	}
	return names
}

func (s *Step) Add(host string, c provision.Change) {
	if n := len(s.Changes); n == 0 || s.Changes[n-1].Host != host {
		s.Changes = append(s.Changes, HostChanges{Host: host})
	}
	last := &s.Changes[len(s.Changes)-1]
	last.Changes = append(last.Changes, c)
}

// seenAtStart reports whether the change is to something that its instance would be
// started with, should its process end now, has to be done when it is about to, or
// notes that it is. A generation that the unit does not name yet is created, and nobody
// sees it.
func seenAtStart(c provision.Change) bool {
	switch c.Kind() {
	case provision.KindAttempt, provision.KindUnit, provision.KindReload, provision.KindLink, provision.KindGeneration, provision.KindCopy, provision.KindRestarted:
		return true
	}
	return false
}

// restarts returns the empty steps of the instances that are restarted, in their order.
// Instances of a host whose release is replaced under them go together.
func (s Sorting) restarts() []Step {
	type one struct{ host, name string }
	var all []one
	shared := make(map[string]bool)
	for _, p := range s.Parts {
		for _, r := range p.Restarts {
			shared[p.Host] = shared[p.Host] || r.Shared
		}
		for _, c := range p.Changes {
			if c.Kind() == provision.KindRestarted {
				all = append(all, one{p.Host, c.Instance})
			}
		}
	}
	var steps []Step
	of := make(map[string]int) // the step of a host whose release is replaced
	for _, r := range all {
		if i, together := of[r.host]; together {
			steps[i].Instances = append(steps[i].Instances, r.name)
			continue
		}
		if shared[r.host] {
			of[r.host] = len(steps)
		}
		steps = append(steps, Step{Instances: []string{r.name}})
	}
	first, last := s.Transition.Lists(s.Ensemble)
	steps = Ranks{Ensemble: s.Ensemble, Answers: s.Answers, Failed: s.Failed, First: first, Last: last}.Order(steps)
	outage := false
	if s.AllowOutage {
		v := s.voters(steps)
		if !v.quorum && len(v.started) == 0 {
			steps = together(steps, v.all) // one alone would wait for the others in vain
		}
		outage = !v.quorum || len(v.down()) > 0 || len(v.outages(steps)) > 0
	}
	for i := range steps {
		step := &steps[i]
		step.Name = Restart + " " + strings.Join(step.Instances, ", ")
		step.Before = []Gate{{Kind: Spared, Instances: step.Instances, Within: s.Formed, Outage: outage}}
		step.After = []Gate{
			{Kind: Back, Instances: step.Instances, Within: s.Formed},
			{Kind: InSync, Instances: step.Instances, Within: s.Formed, Settle: cmp.Or(s.Settle, SettleTime)},
			{Kind: Written, Instances: step.Instances, Within: ProveLimit},
		}
	}
	return steps
}

func onHost(e *inventory.Ensemble, step Step, host string) bool {
	return slices.ContainsFunc(e.Host(host).Instances, func(in inventory.Instance) bool { return slices.Contains(step.Instances, in.Name) })
}

// undo returns the way back from a restart; nil where a host has not kept what an
// instance of it runs with, or where that is what it is restarted with.
func (s Sorting) undo(step Step) *Undo {
	u := &Undo{Generations: make(map[string]string)}
	for _, name := range step.Instances {
		generation := s.Generations[name]
		if generation == "" {
			return nil
		}
		u.Generations[name] = generation
	}
	for _, h := range step.Changes {
		for _, c := range h.Changes {
			if c.Kind() == provision.KindRestarted && (c.To == provision.AnotherProcess || c.To == provision.StartedWith(u.Generations[c.Instance])) {
				return nil
			}
		}
	}
	return u
}

// Proof returns the gates at the end of a plan: formed or, for a host by itself, joined
// and, where anything is changed or was never proven, a write that every server knows of.
func Proof(stands Gate, fresh bool) []Gate {
	if !fresh {
		return []Gate{stands}
	}
	return []Gate{stands, {Kind: Written, Within: ProveLimit}}
}
