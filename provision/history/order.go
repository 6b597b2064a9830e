package history

import (
	"cmp"
	"slices"
	"time"

	"github.com/zkprov/zkprov/provision"
)

// undo is the command of an entry that tells of a way back from a step that failed.
const undo = "undo"

// placed is an entry with where it belongs among those of all hosts: behind begin, and
// what a run only found before what it did.
type placed struct {
	provision.Entry
	begin time.Time
	did   int // 1 for what the run did
	// late counts the runs since begin whose clocks were behind.
	late int
}

func (p placed) compare(o placed) int {
	return cmp.Or(p.begin.Compare(o.begin), cmp.Compare(p.late, o.late), cmp.Compare(p.did, o.did))
}

// inOrder returns the entries of all instances in one order, that of the runs: the clock
// of whoever ran them is one, and those of the hosts are many. Those of one instance stay
// in theirs, whatever the clocks say.
func inOrder(names []string, of map[string]provision.History) []provision.Entry {
	var all []placed
	for _, name := range names {
		var before placed
		for _, one := range of[name].Entries {
			if one.Instance != name {
				continue
			}
			p := placed{Entry: one, begin: one.By.Begin, late: before.late}
			if one.By.Aim != "" {
				p.did = 1
			}
			if p.begin.IsZero() {
				p.begin = one.Time
			}
			switch {
			case p.begin.After(before.begin):
				p.late = 0
			case p.compare(before) < 0:
				p.begin = before.begin
				if one.By.Begin.Equal(before.By.Begin) {
					p.did = before.did
				} else {
					p.late++
				}
			}
			all = append(all, p)
			before = p
		}
	}
	slices.SortStableFunc(all, placed.compare)
	entries := make([]provision.Entry, len(all))
	for i, p := range all {
		entries[i] = p.Entry
	}
	return entries
}

// grouped cuts the entries into changes of the whole ensemble: one after the other with
// the same aim, be they of a run that was cut off and of the one that went on. An instance
// that gets something else than it had by then belongs to the next change, as where a
// Java was replaced.
func grouped(entries []provision.Entry) [][]provision.Entry {
	var all [][]provision.Entry
	wanted := make(map[string]string) // what the present change gives to instances
	for i, one := range entries {
		given, again := wanted[one.Instance]
		undone := one.By.Command == undo
		if i == 0 || one.By.Aim != entries[i-1].By.Aim || again && !undone && given != one.Generation {
			all = append(all, nil)
			clear(wanted)
		}
		if !undone {
			wanted[one.Instance] = one.Generation
		}
		all[len(all)-1] = append(all[len(all)-1], one)
	}
	return all
}
