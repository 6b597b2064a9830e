package fleet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// restartNeeded is found where a server runs with something else than its unit says.
const restartNeeded = "restart-needed"

// restart is a running instance that people have to restart, as zkprov does not: the
// agent of a host by itself never does, and where the list of voters changes nobody.
type restart struct {
	provision.Restart
	host     string
	hint     string
	commands []finding.Command
}

func (r restart) finding() finding.Finding {
	return finding.Finding{Name: restartNeeded, Severity: finding.Warning, Host: r.host, Instance: r.Instance,
		Message: "the running server would have to be restarted for: " + strings.Join(r.Reasons, ", "),
		Hint:    r.hint, Commands: r.commands}
}

func (r restart) refusal() *provision.Error {
	return &provision.Error{Kind: provision.Refused, Name: restartNeeded,
		Message: fmt.Sprintf("cannot restart %s, which runs: %s", r.Instance, strings.Join(r.Reasons, ", ")),
		Hint:    r.hint, Commands: r.commands}
}

// restarts returns those of all hosts, each with its commands. v tells which
// server leads.
func (r *run) restarts(parts []provision.HostPlan, v ensemble.Verdict) []restart {
	var all []restart
	for _, p := range parts {
		for _, needed := range p.Restarts {
			one := restart{Restart: needed, host: p.Host, hint: turn(r.Ensemble, r.Ensemble.Host(p.Host), needed, v)}
			before, commands := r.way.byHand(p, needed)
			one.hint, one.commands = before+one.hint, commands
			all = append(all, one)
		}
	}
	return all
}

// hinder takes the commands away: a server that was stopped for an apply that is
// refused stays down.
func hinder(all []restart) {
	for i := range all {
		all[i].hint, all[i].commands = "let it run until nothing else stands against an apply; then "+all[i].hint, nil
	}
}

// spare takes the commands away from servers on which the quorum hangs while others are
// down: who types them loses it.
func spare(e *inventory.Ensemble, all []restart, as map[int]ensemble.Answer) {
	for i := range all {
		r := &all[i]
		serves, others := false, 0
		var down []string
		for _, m := range e.Members() {
			if m.Instance.Role != inventory.Participant {
				continue
			}
			a := as[m.Instance.ID]
			up := a.Serving && a.Mode != ensemble.ReadOnly
			switch stops := m.Instance.Name == r.Instance || r.Shared && m.Host.Name == r.host; {
			case stops:
				serves = serves || up
			case up:
				others++
			default:
				down = append(down, m.Instance.Name)
			}
		}
		if serves && down != nil && others < e.Majority() {
			r.hint = fmt.Sprintf("let it run, as the quorum hangs on it, until %s %s in sync again; then %s", strings.Join(down, ", "), plural(len(down), "is"), r.hint)
			r.commands = nil
		}
	}
}

// dethrone reports whether a server leads that is no voter in the inventory any more, and
// tells in each restart that this one goes first: a server that is started with a list of
// voters without the leader does not hear it, and waits in vain to be in sync.
func dethrone(e *inventory.Ensemble, all []restart, c provision.Census, as map[int]ensemble.Answer) bool {
	follows, running := false, 0
	demoted := ""
	var down []string
	for _, m := range e.Members() {
		a := as[m.Instance.ID]
		leads := a.Serving && a.Mode == ensemble.Leader
		if m.Instance.Role != inventory.Participant {
			if leads && slices.Contains(c.Gone, m.Instance.ID) {
				demoted = m.Instance.Name
			}
			continue
		}
		// One that serves no clients does not say that it leads.
		if serves, _ := m.Instance.Written("leaderServes"); leads || serves.Value == "no" {
			return false
		}
		follows = follows || a.Serving && a.Mode == ensemble.Follower
		switch {
		case !slices.Contains(c.Formed, m.Instance.ID):
		case a.Running:
			running++
		default:
			down = append(down, m.Instance.Name)
		}
	}
	if len(c.Gone) == 0 || !follows {
		return false
	}
	first := "stop and disable " + stray(e, c.Gone) + " first, which the inventory has no more and which leads: a server that is started without it in its list does not find its leader"
	if demoted != "" {
		first = "restart " + demoted + " first, which leads and is to be an observer: a server that is started without it among the voters does not find its leader"
	}
	majority := running > len(c.Formed)/2
	if !majority {
		first = "once " + strings.Join(down, ", ") + " " + plural(len(down), "is") + " up again, " + first
	}
	for i := range all {
		r := &all[i]
		if r.Instance == demoted && !r.Shared && majority {
			r.hint = "before all others, as it leads and is to be an observer"
			continue
		}
		r.hint, r.commands = "let it run until another server leads; "+first, nil
	}
	return true
}

// stray names the one of some servers that the inventory has no more that may lead.
func stray(e *inventory.Ensemble, gone []int) string {
	var names []string
	for _, id := range gone {
		names = append(names, fmt.Sprintf("%s-%d", e.Name, id))
	}
	if len(names) == 1 {
		return names[0]
	}
	return "that of " + strings.Join(names, ", ")
}

// turn returns in words when a server may be restarted among the others.
func turn(e *inventory.Ensemble, h *inventory.Host, r provision.Restart, v ensemble.Verdict) string {
	if len(e.Members()) == 1 {
		return "it does not serve until it is back"
	}
	each, last := "one server at a time", "the leader last"
	if r.Shared {
		each, last = "one host at a time", "the leader's last"
	}
	for _, m := range e.Members() {
		switch {
		case !v.Leads(m.Instance.ID):
		case m.Instance.Name == r.Instance || r.Shared && m.Host == h:
			last = fmt.Sprintf("and this one last, as %s leads", m.Instance.Name)
		case r.Shared:
			last = fmt.Sprintf("that of the leader, %s on %s, last", m.Instance.Name, m.Host.Name)
		default:
			last = fmt.Sprintf("the leader, %s on %s, last", m.Instance.Name, m.Host.Name)
		}
	}
	return each + ", " + last
}
