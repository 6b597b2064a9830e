package fleet

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/provision"
)

// pending is an instance whose configuration in the inventory was not applied yet.
type pending struct {
	instance   string
	generation string
}

// pendings returns those of a host, by its changes: what is tried first, and what is
// restarted with another generation.
func pendings(changes []provision.Change) []pending {
	var all []pending
	add := func(instance, generation string) {
		p := pending{instance, generation}
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	var same []string // restarted with what they run with
	for _, c := range changes {
		if c.Kind() != provision.KindRestarted {
			continue
		}
		if keepsGeneration(c) {
			same = append(same, c.Instance)
			continue
		}
		add(c.Instance, strings.TrimPrefix(c.To, provision.StartedWith("")))
	}
	for _, c := range changes {
		tries := c.Tries()
		for _, instance := range slices.Sorted(maps.Keys(tries)) {
			if !slices.Contains(same, instance) {
				add(instance, tries[instance])
			}
		}
	}
	return all
}

// keepsGeneration reports whether a restart is with the generation that the server runs
// with.
func keepsGeneration(c provision.Change) bool { return strings.HasPrefix(c.From, c.To) }

// covers reports whether a change is a part of what is pending.
func (p pending) covers(c provision.Change) bool {
	if c.Instance != p.instance {
		return false
	}
	switch c.Kind() {
	case provision.KindUnit, provision.KindLink, provision.KindReload:
		return true
	}
	return path.Base(c.Path) == p.generation || path.Base(path.Dir(c.Path)) == p.generation
}
