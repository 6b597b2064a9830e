package history

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Find returns the state of that ID, or of the only one that begins so.
func Find(states []State, id string) (State, error) {
	var found []State
	for _, s := range slices.Backward(states) {
		if !strings.HasPrefix(s.ID, id) || slices.ContainsFunc(found, func(o State) bool { return o.ID == s.ID }) {
			continue
		}
		found = append(found, s)
	}
	switch {
	case id == "" || len(found) == 0:
		return State{}, fmt.Errorf("there is no state %q in the history", id)
	case len(found) > 1:
		return State{}, fmt.Errorf("more than one state begins with %q: %s and %s are two", id, found[0].ID, found[1].ID)
	}
	return found[0], nil
}

// Before returns the state that a rollback leads to where nobody says: the last one that
// the ensemble was in as a whole before the one that it is in. A rollback that was cut off
// is gone on with. runs is what the servers run with. It reports whether there is one.
func Before(states []State, runs map[string]string) (State, bool) {
	if len(states) == 0 {
		return State{}, false
	}
	current := slices.IndexFunc(states, func(s State) bool { return s.Current })
	if current < 0 {
		return between(states, runs)
	}
	if by := states[current].By; by.Command == "rollback" && by.To != states[current].ID {
		if s, err := Find(states[:current], by.To); err == nil {
			return s, true
		}
	}
	return lastWhole(states[:current], runs)
}

// lastWhole returns the last state that is not what runs, and that no step had failed in.
func lastWhole(states []State, runs map[string]string) (State, bool) {
	for _, s := range slices.Backward(states) {
		if !s.Stopped && !agrees(s.Generations, runs) {
			return s, true
		}
	}
	return State{}, false
}

// between returns the state on the way to which a rollback was cut off before it could
// tell: each server runs with what it had last, or with what it had in that state.
func between(states []State, runs map[string]string) (State, bool) {
	last := states[len(states)-1]
	for _, s := range slices.Backward(states[:len(states)-1]) {
		on := false
		off := false
		for name, g := range runs {
			on = on || g == s.Generations[name] && g != last.Generations[name]
			off = off || g != s.Generations[name] && g != last.Generations[name]
		}
		if on && !off && !maps.Equal(s.Generations, last.Generations) {
			return s, true
		}
	}
	return lastWhole(states, runs)
}
