package history

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// State is an ensemble between two changes: what each of its servers was started with.
type State struct {
	// ID identifies what the servers were started with: the ensemble may have been in a
	// state twice.
	ID string `json:"id"`
	// Time is when the last server was started, and By who did it.
	Time time.Time        `json:"time"`
	By   provision.Caller `json:"by,omitzero"`
	// Found is set where the servers ran with it before anything was remembered.
	Found bool `json:"found,omitempty"`
	// Stopped is set where the change ended with a server that got what it had before
	// again.
	Stopped bool `json:"stopped,omitempty"`
	// Generations has what each server is started with, by instance, and Versions the
	// releases of those that were changed.
	Generations map[string]string   `json:"generations"`
	Versions    []inventory.Version `json:"versions,omitempty"`
	// Changed lists the servers that were started with something else, and Changes what
	// that was.
	Changed []string `json:"changed"`
	Changes []Change `json:"changes,omitempty"`
	// Current is set where the servers run with it now.
	Current bool `json:"current,omitempty"`
	// Lost tells why it cannot be gone back to; empty where it can.
	Lost string `json:"lost,omitempty"`
}

// Change is what was changed for some servers alike.
type Change struct {
	Instances []string `json:"instances"`
	// Settings are in a few words each, Diff is the whole.
	Settings []string `json:"settings,omitempty"`
	Diff     string   `json:"diff,omitempty"`
}

// idLength is how many digits an ID has.
const idLength = 7

// identify returns the ID of what servers are started with.
func identify(generations map[string]string) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(generations)) {
		fmt.Fprintf(sum, "%s=%s\n", name, generations[name])
	}
	return hex.EncodeToString(sum.Sum(nil))[:idLength]
}

// States returns the states of an ensemble, the oldest first, by what hosts remember.
func States(e *inventory.Ensemble, hosts map[string]provision.History) []State {
	var names []string
	of := make(map[string]provision.History) // by instance
	for _, m := range e.Members() {
		if h, ok := hosts[m.Host.Name]; ok {
			names = append(names, m.Instance.Name)
			of[m.Instance.Name] = h
		}
	}
	var all []State
	now := make(map[string]string)
	for _, entries := range grouped(inOrder(names, of)) {
		for _, one := range entries {
			now[one.Instance] = one.Generation
		}
		all = append(all, newState(entries, now))
	}
	runs := make(map[string]string)
	for name, h := range of {
		if g := h.Runs[name]; g != "" {
			runs[name] = g
		}
	}
	for i := range all {
		s := &all[i]
		absent, forgotten := s.fill(names, of)
		s.ID = identify(s.Generations)
		s.Lost = lost(s, names, absent, forgotten, of)
	}
	if i := current(all, runs); i >= 0 {
		all[i].Current = true
	}
	return all
}

// current returns the last state that the servers run with, or -1. One that ended with what
// was there before is it only where no other is: what it tried does not run.
func current(states []State, runs map[string]string) int {
	last := -1
	for i, s := range slices.Backward(states) {
		switch {
		case !agrees(s.Generations, runs):
		case !s.Stopped:
			return i
		case last < 0:
			last = i
		}
	}
	return last
}

// agrees reports whether the servers that run do so with these generations.
func agrees(generations, runs map[string]string) bool {
	for name, g := range runs {
		if generations[name] != g {
			return false
		}
	}
	return len(runs) > 0
}

// newState returns the state that a change has led to. now is what each server is started
// with after it, as far as that is known.
func newState(entries []provision.Entry, now map[string]string) State {
	s := State{Generations: maps.Clone(now), Found: true}
	last := make(map[string]provision.Entry)
	for _, one := range entries {
		last[one.Instance] = one
		if one.Time.After(s.Time) {
			s.Time = one.Time
		}
		if one.By.Command != undo {
			s.By = one.By
		}
		s.Found = s.Found && one.Found && one.By.Aim == ""
		if one.Version != "" && !slices.Contains(s.Versions, one.Version) {
			s.Versions = append(s.Versions, one.Version)
		}
		if !slices.Contains(s.Changed, one.Instance) {
			s.Changed = append(s.Changed, one.Instance)
		}
	}
	for _, one := range entries {
		s.Stopped = s.Stopped || last[one.Instance].By.Command == undo
		if one.By.Command == undo {
			continue
		}
		alike := func(c Change) bool {
			return slices.Equal(c.Settings, one.Changes) && c.Diff == one.Diff
		}
		i := slices.IndexFunc(s.Changes, alike)
		if i < 0 {
			i = len(s.Changes)
			s.Changes = append(s.Changes, Change{Settings: one.Changes, Diff: one.Diff})
		}
		if !slices.Contains(s.Changes[i].Instances, one.Instance) {
			s.Changes[i].Instances = append(s.Changes[i].Instances, one.Instance)
		}
	}
	return s
}

// fill adds what servers ran with of which nothing was remembered yet, and returns those
// that were not there, and those that ran with what nobody remembers any more.
func (s *State) fill(names []string, of map[string]provision.History) (absent, forgotten []string) {
	for _, name := range names {
		if s.Generations[name] != "" {
			continue
		}
		entries := of[name].Entries
		i := slices.IndexFunc(entries, func(one provision.Entry) bool { return one.Instance == name })
		switch {
		case i >= 0 && entries[i].Found && entries[i].By.Aim == "":
			s.Generations[name] = entries[i].Generation
		case i < 0 && of[name].Runs[name] != "":
			s.Generations[name] = of[name].Runs[name]
		case i >= 0 && entries[i].Before != "":
			forgotten = append(forgotten, name)
		default:
			absent = append(absent, name)
		}
	}
	return absent, forgotten
}

// lost returns why a state cannot be gone back to; empty where it can.
func lost(s *State, names, absent, forgotten []string, of map[string]provision.History) string {
	if len(forgotten) > 0 {
		return "what " + strings.Join(forgotten, ", ") + " ran with then is forgotten"
	}
	if len(absent) > 0 {
		return strings.Join(absent, ", ") + " was no member then; a change of members goes by the inventory"
	}
	var order []string
	whose := make(map[string][]string)
	for _, name := range names {
		why := of[name].Lost[name][s.Generations[name]]
		if why == "" {
			continue
		}
		if whose[why] == nil {
			order = append(order, why)
		}
		whose[why] = append(whose[why], name)
	}
	for i, why := range order {
		order[i] = strings.Join(whose[why], ", ") + ": " + why
	}
	return strings.Join(order, "; ")
}
