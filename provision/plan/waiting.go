package plan

import (
	"fmt"
	"slices"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// flapping is how many automatic restarts of a unit, while it is waited for, end
// the wait.
const flapping = 2

// Stands returns what tells one report of a wait from the next. Why a server of a host
// to come is silent changes all the time, that it is does not.
func (g Gate) Stands(s Scene, lacks string) string {
	if g.Kind == Joined {
		leader := "nobody"
		if s.Verdict.Leader != nil {
			leader = fmt.Sprint(*s.Verdict.Leader)
		}
		return fmt.Sprint(s.Verdict.Serving, leader, s.Missing())
	}
	return lacks
}

// Late returns how the wait for the gate ended when its time was over.
func (g Gate) Late(s Scene) string {
	what := "it is not so that " + g.String()
	if g.Kind == Formed {
		what = "no quorum"
		if s.Verdict.Quorum {
			what = "not all are well"
		}
		if first := FirstOf(s.Unsteady); s.Verdict.FormedBut() && first != "" {
			return fmt.Sprintf("%s, and that has not changed within %s", first, g.Within)
		}
	}
	return fmt.Sprintf("%s within %s", what, g.Within)
}

// waitsFor reports whether the gate waits for a server.
func (g Gate) waitsFor(m inventory.Member) bool {
	named := slices.Contains(g.Instances, m.Instance.Name)
	switch g.Kind {
	case Back, InSync, Agreed:
		return named
	case Spared:
		return !named && m.Instance.Role == inventory.Participant
	case Joined:
		return false // the hosts to come may be what it waits for
	}
	return true
}

// Ended names a server that the gate waits for and that will not come up by waiting.
func (g Gate) Ended(s Scene) string {
	for _, m := range s.Ensemble.Members() {
		if !g.waitsFor(m) {
			continue
		}
		report, ok := s.Reports[m.Instance.ID]
		switch u := report.Unit; {
		case !ok:
		case u.ActiveState == "failed":
			return fmt.Sprintf("%s on %s %s", m.Instance.Name, m.Host.Name, u.Summary()) + because(report.Crash)
		case u.NRestarts >= flapping:
			return fmt.Sprintf("%s on %s does not stay up: systemd has restarted it %d times", m.Instance.Name, m.Host.Name, u.NRestarts) + because(report.Crash)
		case report.Crash != nil && report.Crash.Ending != nil && report.Crash.Ending.Lasting && !report.Crash.Up:
			return fmt.Sprintf("%s on %s does not come up: it %s", m.Instance.Name, m.Host.Name, report.Crash.Exit) + because(report.Crash)
		}
	}
	return ""
}

// because follows on how a server ended, where it is known why.
func because(c *provision.Crash) string {
	if c == nil || c.Ending == nil {
		return ""
	}
	return ": " + c.Ending.Cause + " [" + c.Ending.Name + "]"
}

// Title names the wait for the gate as a part of a run.
func (g Gate) Title() string {
	switch g.Kind {
	case Formed, Joined:
		return "form the quorum"
	case Written:
		if g.Instances == nil {
			return "write and read back through every server"
		}
	}
	return "wait until " + g.String()
}
