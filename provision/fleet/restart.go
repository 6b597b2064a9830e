package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
)

// restartNeeded is found where a server runs with something else than its files say.
const restartNeeded = "restart-needed"

// restart is a running instance that would have to be restarted, and how people do
// it, as zkprov does not.
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

// restarts are those of all hosts, each with its commands. leader is the id of the
// server that leads; 0 where none is known to.
func (f *Fleet) restarts(plans []provision.Plan, leader int) []restart {
	var all []restart
	for _, p := range plans {
		h := f.Ensemble.Host(p.Host)
		for _, needed := range p.Restarts {
			r := restart{Restart: needed, host: p.Host, hint: turn(f.Ensemble, h, needed, leader)}
			at := func(line string) finding.Command { return finding.Command{Host: p.Host, Line: line} }
			here := func(limit string) finding.Command {
				return finding.Command{Line: f.command("apply", "--limit", limit)}
			}
			switch {
			case needed.Shared:
				r.commands = []finding.Command{at("systemctl stop " + strings.Join(instanceNames(h), " ")), here(p.Host)}
			case needed.Staged:
				r.commands = []finding.Command{at("systemctl restart " + needed.Instance)}
			default:
				r.commands = []finding.Command{at("systemctl stop " + needed.Instance), here(needed.Instance)}
			}
			all = append(all, r)
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

// dethrone says of servers that would be restarted while one leads that the inventory
// has no more as a voter, that this one goes first: whoever is started with a list of
// voters without the leader does not hear it, and waits in vain to be in sync. It
// reports whether that is so.
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
		if serves, _ := m.Instance.ZooCfg.Get("leaderServes"); leads || serves == "no" {
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

// unfetched takes the commands away from servers of hosts that lack the archive of the
// release, where this machine has none either that may be unpacked, and reports whether
// there are such: who stops a server for an archive that then turns out to be none has
// it down.
func (r *run) unfetched(ctx context.Context, p *Plan) bool {
	lacking := r.needArchive(p)
	if len(p.restarts) == 0 || len(lacking) == 0 {
		return false
	}
	if r.Archives != nil && r.Ensemble.Archive.Fetch != inventory.FetchHost {
		source := archive.Resolve(r.Ensemble)
		path, ok, err := r.Archives.Cache.Lookup(ctx, source.SHA512)
		if err == nil && ok && provision.ExamineArchive(ctx, path, source) == nil {
			return false
		}
	}
	found := false
	for i := range p.restarts {
		one := &p.restarts[i]
		if slices.Contains(lacking, r.Ensemble.Host(one.host)) {
			found = true
			one.hint, one.commands = "let it run until zkprov apply has fetched the release and seen that it is one; it then tells how", nil
		}
	}
	return found
}

// turn says when a server may be taken.
func turn(e *inventory.Ensemble, h *inventory.Host, r provision.Restart, leader int) string {
	if len(e.Members()) == 1 {
		return "it does not serve until it is back"
	}
	each, last := "one server at a time", "the leader last"
	if r.Shared {
		each, last = "one host at a time", "the leader's last"
	}
	for _, m := range e.Members() {
		switch {
		case m.Instance.ID != leader:
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

// restarts are those of a host that nobody coordinates. Its files are staged by its
// agent, and who restarts the server once they are is whoever logs in.
func (a *Alone) restarts(seen provision.Observation, p provision.Plan, leader int, as map[int]ensemble.Answer) finding.Findings {
	var all []restart
	for _, needed := range p.Restarts {
		r := restart{Restart: needed, host: a.Host.Name, hint: turn(a.Ensemble, a.Host, needed, leader)}
		if needed.Staged {
			r.commands = []finding.Command{{Host: a.Host.Name, Line: "systemctl restart " + needed.Instance}}
		} else {
			r.hint = "its files are written by the next run of zkprov agent (systemctl restart zkprov-agent); then restart it, " + r.hint
		}
		all = append(all, r)
	}
	var found finding.Findings
	against, c := a.against(seen, p)
	switch {
	case against != nil:
		found = append(found, *against)
		hinder(all)
	case !dethrone(a.Ensemble, all, c, as):
		spare(a.Ensemble, all, as)
	}
	for _, r := range all {
		found = append(found, r.finding())
	}
	return found
}

// against is what forbids to restart this host's servers with the voters of the
// inventory; nil where nothing does, or none needs it. All that is known of those that
// formed the ensemble is what this host keeps.
func (a *Alone) against(seen provision.Observation, p provision.Plan) (*finding.Finding, provision.Census) {
	c := provision.TakeCensus(a.Ensemble, []*provision.Members{seen.Members}, func(*inventory.Instance) bool { return false })
	if len(p.Restarts) == 0 {
		return nil, c
	}
	if f := refused(a.Ensemble, c); f != nil {
		return f, c
	}
	return parting(c), c
}

func instanceNames(h *inventory.Host) []string {
	var names []string
	for i := range h.Instances {
		names = append(names, h.Instances[i].Name)
	}
	return names
}

// ask asks the servers how they are. Nothing is asked where nobody needs to know.
func (r *run) ask(ctx context.Context, plans []provision.Plan) map[int]ensemble.Answer {
	needed := false
	for _, p := range plans {
		needed = needed || len(p.Restarts) > 0
	}
	if !needed {
		return nil
	}
	w := newWatch(nil)
	// Whoever does not answer is none the worse for it: its host was looked at.
	ask := func(ctx context.Context, h *inventory.Host) error {
		reports, err := look(ctx, r, h, "ask its servers", 0, func(ctx context.Context, agent provision.Agent) ([]provision.Report, error) {
			return agent.Probe(ctx, r.task(h, false), nil)
		})
		w.keep(h, reports, err)
		return nil
	}
	if r.all(ctx, r.connected(), ask) != nil {
		return nil
	}
	return answers(w.now())
}
