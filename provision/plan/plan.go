package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// Plan is what an apply would do to an ensemble, in order. It is plain data: it
// prints, goes through JSON and back, and is what is walked.
type Plan struct {
	Ensemble string            `json:"ensemble"`
	Version  inventory.Version `json:"version"`
	// Inventory is the digest of the inventory that the plan was made for.
	Inventory string `json:"inventory"`
	// Options are those that it was made with.
	Options Options `json:"options,omitzero"`
	// Bootstrap is set where the ensemble does not exist yet: all instances start
	// together, and the voters may start empty. Founding is set where no coordinator
	// decided so.
	Bootstrap bool                `json:"bootstrap"`
	Founding  *provision.Founding `json:"founding,omitempty"`
	// Reset is set where the plan takes away what an apply made.
	Reset *provision.Reset `json:"reset,omitempty"`
	// Transitions are those that the server list has still to go through. The steps make
	// the first of them; the others are only foreseen.
	Transitions []Transition `json:"transitions,omitempty"`
	// Leader is the instance that led when the plan was made, where that was asked.
	Leader string `json:"leader,omitempty"`
	// Steps are all that would be done, in order. No step begins before the one before
	// has ended on all hosts.
	Steps []Step `json:"steps"`
	// Hosts are in the inventory's order; those that could not be reached or are
	// not to be changed are left out.
	Hosts []Part `json:"hosts"`
	// Findings are those of all hosts and of the ensemble, the gravest first,
	// less those that the inventory silenced.
	Findings finding.Findings `json:"findings,omitempty"`
	// Unreachable says why a host is missing, by name, and Failures what that is as an
	// error.
	Unreachable map[string]string `json:"unreachable,omitempty"`
	Failures    []Obstacle        `json:"failures,omitempty"`
	// Obstacles are what an apply stops at before it changes anything.
	Obstacles []Obstacle `json:"obstacles,omitempty"`
}

// Options is what was asked for beside the inventory and decides what is done. How long is
// waited for something does not.
type Options struct {
	// Limit names the hosts and instances that may be changed; empty is all.
	Limit []string `json:"limit,omitempty"`
	// NoRestart leaves what runs as it is, AllowOutage restarts it although the quorum is
	// lost meanwhile, and Settle is how long each must have been in sync before the next;
	// 0 is SettleTime.
	NoRestart   bool          `json:"no_restart,omitempty"`
	AllowOutage bool          `json:"allow_outage,omitempty"`
	Settle      time.Duration `json:"settle,omitempty"`
}

// Part is what a plan says of one host beside its changes.
type Part struct {
	Host string `json:"host"`
	// Restarts are the running instances that would have to be restarted.
	Restarts []provision.Restart `json:"restarts,omitempty"`
	// NeedsArchive is set where the release must be unpacked and the host does not
	// have the archive.
	NeedsArchive bool `json:"needs_archive,omitempty"`
	// NeedsJars are the SHA-512s of the jars that must be put beside the release and that
	// the host does not have.
	NeedsJars []string `json:"needs_jars,omitempty"`
	// Stays lists what a reset leaves.
	Stays []provision.Stay `json:"stays,omitempty"`
}

// Step is a part of a plan between two states that are safe to stay in.
type Step struct {
	// Name is "java", "stage", "start", "restart zookeeper-2", "prove", "record" or "tidy".
	Name string `json:"name"`
	// Instances are those that the step restarts.
	Instances []string `json:"instances,omitempty"`
	// Before are the gates that must hold before the first change, After those that
	// must hold after the last, in their order.
	Before []Gate `json:"before,omitempty"`
	// Changes are those of each host, which works on them while the others do.
	Changes []HostChanges `json:"changes,omitempty"`
	After   []Gate        `json:"after,omitempty"`
	// Undo is the way back from what the step replaces; nil where there is none.
	Undo *Undo `json:"undo,omitempty"`
	// Anew is set where the steps after it are only foreseen: the hosts are planned
	// anew once it is done.
	Anew bool `json:"anew,omitempty"`
}

// Restarts reports whether the step restarts instances.
func (s *Step) Restarts() bool { return len(s.Instances) > 0 }

// HostChanges are changes on one host, in order.
type HostChanges struct {
	Host    string             `json:"host"`
	Changes []provision.Change `json:"changes"`
}

// Stops returns what Apply stops at before it changes anything: *HostError,
// *FindingError and *provision.Error, joined; nil where there is nothing.
func (p *Plan) Stops() error { return AsError(p.Obstacles) }

// Unseen returns the failures of the hosts that could not be looked at, joined
// *HostError; nil where there are none.
func (p *Plan) Unseen() error { return AsError(p.Failures) }

// Changes counts the changes of all hosts.
func (p *Plan) Changes() int {
	n := 0
	for _, h := range p.ByHost() {
		n += len(h.Changes)
	}
	return n
}

// Restarts counts the running instances that would have to be restarted.
func (p *Plan) Restarts() int {
	n := 0
	for _, h := range p.Hosts {
		n += len(h.Restarts)
	}
	return n
}

// Turns returns the instances that would be restarted, in their order; those that go
// together are one.
func (p *Plan) Turns() [][]string {
	var turns [][]string
	for _, s := range p.Steps {
		if s.Restarts() {
			turns = append(turns, s.Instances)
		}
	}
	return turns
}

// LeastUp returns how many voters of an ensemble of which all are up stay up at every
// moment of the restarts.
func (p *Plan) LeastUp(e *inventory.Ensemble) int {
	most := 0
	for _, turn := range p.Turns() {
		away := 0
		for _, m := range e.Members() {
			if m.Instance.Role == inventory.Participant && slices.Contains(turn, m.Instance.Name) {
				away++
			}
		}
		most = max(most, away)
	}
	return e.Participants() - most
}

// ByHost returns the changes of each host of the plan, in the order of the steps.
func (p *Plan) ByHost() []HostChanges {
	all := make([]HostChanges, len(p.Hosts))
	for i, h := range p.Hosts {
		all[i] = HostChanges{Host: h.Host}
		for _, s := range p.Steps {
			all[i].Changes = append(all[i].Changes, s.On(h.Host)...)
		}
	}
	return all
}

// On returns the step's changes on a host.
func (s *Step) On(host string) []provision.Change {
	for _, h := range s.Changes {
		if h.Host == host {
			return h.Changes
		}
	}
	return nil
}

// Left returns the changes on a host that the steps after the n-th make, and those that
// a walk leaves out. A server that was started may end meanwhile: that is for the gates to
// judge, and makes no plan stale.
func (p *Plan) Left(n int, host string, walked func(Step) bool) []provision.Change {
	var left []provision.Change
	for i, s := range p.Steps {
		if i > n || !walked(s) || i < n && s.Name == Start {
			left = append(left, s.On(host)...)
		}
	}
	return left
}

// Of returns the changes on a host of the step of that name.
func (p *Plan) Of(step, host string) []provision.Change {
	for _, s := range p.Steps {
		if s.Name == step {
			return s.On(host)
		}
	}
	return nil
}

// Starts returns the names of the instances that would be started.
func (p *Plan) Starts() []string {
	var names []string
	for _, h := range p.ByHost() {
		for _, c := range h.Changes {
			if c.Kind() == provision.KindRunning && c.Instance != "" && !slices.Contains(names, c.Instance) {
				names = append(names, c.Instance)
			}
		}
	}
	return names
}

// Remarks returns the findings that the obstacles do not say.
func (p *Plan) Remarks() finding.Findings {
	return p.Findings.Without(func(name string) bool {
		return slices.ContainsFunc(p.Obstacles, func(o Obstacle) bool { return o.Error != nil && o.Error.Name == name })
	})
}

// NeedArchive returns the names of the hosts that unpack the release and do not have
// its archive.
func (p *Plan) NeedArchive() []string {
	var names []string
	for _, h := range p.Hosts {
		if h.NeedsArchive {
			names = append(names, h.Host)
		}
	}
	return names
}

// NeedJar returns the names of the hosts that lack the jar of a SHA-512.
func (p *Plan) NeedJar(sha512 string) []string {
	var names []string
	for _, h := range p.Hosts {
		if slices.Contains(h.NeedsJars, sha512) {
			names = append(names, h.Host)
		}
	}
	return names
}

// Digest identifies an inventory by what it says, wherever its file lies.
func Digest(e *inventory.Ensemble) string {
	said := *e
	said.File = ""
	text, err := json.Marshal(said)
	if err != nil {
		panic(err) // plain data
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Undo is the way back from a restart. What has to be changed for it is planned by the
// hosts when it is taken: what the step leaves behind may run, have failed, or end and be
// started again and again.
type Undo struct {
	// Generations are those that instances get again, by name: each ran with it before,
	// and its host has kept it.
	Generations map[string]string `json:"generations"`
}

// Doing returns, for people, what a host is at in a step.
func (s *Step) Doing() string {
	switch s.Name {
	case Java:
		return "installing a Java"
	case Stage:
		return "preparing the host"
	case Start:
		return "starting the servers"
	case Retire:
		return "stopping what has left the ensemble"
	case Record:
		return "recording that the quorum formed"
	case Tidy:
		return "removing what is not kept"
	case Stop:
		return "stopping the servers"
	case TakeAway:
		return "removing what zkprov made"
	case Collect:
		return "removing what nothing names"
	}
	return "working on: " + s.Name
}
