package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/history"
)

// past shows the states of an ensemble, the newest first, and how to go back.
func (s *styled) past(e *inventory.Ensemble, p *fleet.Past, showDiff bool, back string) {
	can := 0
	for i := len(p.States) - 1; i >= 0; i-- {
		s.stateOf(e, p.States[i], showDiff)
		if p.States[i].Lost == "" && !p.States[i].Current {
			can++
		}
	}
	switch {
	case len(p.States) == 0:
		s.printf("the hosts remember nothing yet: the next zkprov apply notes what the servers are started with\n")
	case can > 0:
		s.printf("* is what runs now; to go back to another:\n")
		s.verbatim("      $ %s\n", back)
	default:
		s.printf("* is what runs now\n")
	}
}

// stateOf shows one state: which, since when, who made it, and what that changed.
func (s *styled) stateOf(e *inventory.Ensemble, st history.State, showDiff bool) {
	mark := " "
	if st.Current {
		mark = s.paint(green, "*")
	}
	s.printf("%s %s  %s  %s\n", mark, s.paint(bold, st.ID), st.Time.UTC().Format(time.DateTime+"Z"), made(st))
	for _, c := range st.Changes {
		who := foldInstances(e, c.Instances)
		switch {
		case len(c.Settings) == 0 && st.Found:
			s.printf("      %s: as they ran when this was first noted\n", who)
		case len(c.Settings) == 0:
			s.printf("      %s: started\n", who)
		}
		for _, text := range c.Settings {
			s.printf("      %s: %s\n", who, printable(text))
		}
		if showDiff {
			s.diff(c.Diff)
		}
	}
	if st.Stopped {
		s.printf("      %s\n", s.paint(yellow, "stopped: a server did not come back and got what it had before"))
	}
	if st.Lost != "" && !st.Current {
		s.printf("      cannot be gone back to: %s\n", printable(st.Lost))
	}
}

// made returns in words who made a state.
func made(st history.State) string {
	text := st.By.Command
	switch {
	case st.Found:
		text = "found"
	case text == "rollback" && st.By.To != "":
		text += " to " + st.By.To
	case text == "":
		text = "started"
	}
	if who := st.By.String(); who != "" {
		text += " by " + who
	}
	return printable(text)
}

// printable returns a text of which no rune moves a terminal's cursor.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// foldInstances writes zookeeper-1, zookeeper-2 as zookeeper-{1,2}.
func foldInstances(e *inventory.Ensemble, names []string) string {
	var ids []int
	for _, m := range e.Members() {
		for _, name := range names {
			if m.Instance.Name == name {
				ids = append(ids, m.Instance.ID)
			}
		}
	}
	if len(ids) != len(names) {
		return strings.Join(names, ", ")
	}
	return e.Name + "-" + foldIDs(ids)
}

// differences shows what servers would be started with otherwise, those alike together.
func (s *styled) differences(e *inventory.Ensemble, restarts []provision.Restart, indent string) {
	var order []string
	whose := make(map[string][]string)
	for _, r := range restarts {
		for _, text := range r.Differences {
			if whose[text] == nil {
				order = append(order, text)
			}
			whose[text] = append(whose[text], r.Instance)
		}
	}
	for _, text := range order {
		s.printf("%s%s\n", indent, fmt.Sprintf("%s: %s", foldInstances(e, whose[text]), printable(text)))
	}
}
