package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// The names of restarts that did not end well.
const (
	restartFailed = "restart-failed"
	rollStopped   = "roll-stopped"
)

// notSpared returns the error of a gate before a restart that did not hold: what the
// other voters lack.
func (r *run) notSpared(u *unmet) error {
	do := "restart"
	if u.gate.Elsewhere {
		do = "stop"
	}
	e := &provision.Error{Kind: provision.Failed, Name: plan.VoterDown, Hint: r.command("check") + " tells how it stands",
		Message: fmt.Sprintf("cannot %s %s: %s: %s", do, strings.Join(u.gate.Instances, ", "), u.why, u.lacks)}
	e.Detail = r.lastWords(u, func(m inventory.Member) bool {
		return m.Instance.Role == inventory.Participant && !slices.Contains(u.gate.Instances, m.Instance.Name)
	})
	return e
}

// notBack returns the error of a gate after a restart that did not hold: how the server
// is, and the end of its journal.
func (r *run) notBack(u *unmet) error {
	e := &provision.Error{Kind: provision.Failed, Name: restartFailed, Message: u.why,
		Hint: "see more of it: journalctl -u " + strings.Join(u.gate.Instances, " -u ")}
	if u.why == u.gate.Late(u.scene) {
		e.Message += ": " + u.lacks
	}
	e.Detail = r.lastWords(u, func(m inventory.Member) bool { return slices.Contains(u.gate.Instances, m.Instance.Name) })
	return e
}

// lastWords returns how those of some servers are that do not serve, or that end by
// themselves, with the end of the journal of each.
func (r *run) lastWords(u *unmet, of func(inventory.Member) bool) []string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var all []string
	for _, m := range r.Ensemble.Members() {
		report := u.scene.Reports[m.Instance.ID]
		if !of(m) || report.Answer.Serving && report.Crash == nil {
			continue
		}
		all = append(all, r.wordsOf(ctx, m, u)...)
	}
	return all
}

// rollFailed returns the error of a restart that failed, once it was undone: why it
// failed, what was restored, what is left, and what to type next. stays is set where it
// was left as it is, as the others have lost the quorum.
func (r *run) rollFailed(o *Outcome, step plan.Step, stays bool, why, undone error) error {
	if step.Reboots() != "" {
		return why // it says what to do, and which hosts are left is known
	}
	who := strings.Join(step.Instances, ", ")
	e := &provision.Error{Kind: provision.Failed, Name: rollStopped}
	var notLost []string
	for _, h := range step.Changes {
		if host := r.Ensemble.Host(h.Host); !r.isLost(host) {
			notLost = append(notLost, h.Host)
		}
	}
	switch {
	case len(notLost) == 0:
		e.Message = fmt.Sprintf("the host of %s was lost in its restart: how it is there is not known, and nothing was undone", who)
	case stays:
		e.Message = fmt.Sprintf("the other servers are no majority any more: %s runs, and is left as it is", who)
	case step.Undo == nil && sameAgain(step):
		e.Message = fmt.Sprintf("%s was restarted with what it ran with before, so that there is nothing else to go back to, and stays as it is", who)
	case step.Undo == nil:
		e.Message = fmt.Sprintf("%s has nothing to go back to that is kept, and stays as it is", who)
	case undone != nil:
		e.Message = fmt.Sprintf("the restart of %s could not be undone", who)
	default:
		e.Message = fmt.Sprintf("%s runs again with what it ran with before%s", who, r.modeOf(step.Instances))
	}
	if left := slices.DeleteFunc(o.Pending(), func(name string) bool { return slices.Contains(step.Instances, name) }); len(left) > 0 {
		e.Message += "; not restarted: " + strings.Join(left, ", ")
	}
	e.Hint = "put right what it failed for; the next run begins with " + who
	if stays {
		e.Hint = "once they are back, it goes on with"
	}
	e.Commands = []finding.Command{{Line: r.command(r.verb())}}
	return errors.Join(why, undone, e)
}

// sameAgain reports whether a step restarts servers with what they run with.
func sameAgain(step plan.Step) bool {
	for _, h := range step.Changes {
		for _, c := range h.Changes {
			if c.Kind() == provision.KindRestarted && c.To != provision.AnotherProcess && !keepsGeneration(c) {
				return false
			}
		}
	}
	return true
}

// rollHeld returns the error of a restart that was not begun, with what is left and what
// to type next.
func (r *run) rollHeld(o *Outcome, step plan.Step, why error) error {
	if step.Reboots() != "" {
		return why
	}
	return errors.Join(why, &provision.Error{Kind: provision.Failed, Name: rollStopped,
		Message:  fmt.Sprintf("the roll stopped before %s; not restarted: %s", strings.Join(step.Instances, ", "), strings.Join(o.Pending(), ", ")),
		Hint:     "once that is put right, it goes on with",
		Commands: []finding.Command{{Line: r.command(r.verb())}}})
}

// unstarted returns the error of a server that was down and did not come up, before those
// that run are restarted.
func (r *run) unstarted(o *Outcome, why error) error {
	if r.shift != nil {
		if m, from := r.shift.moved(r.Ensemble); m.Instance != nil {
			return r.moveHeld(m, from, why)
		}
	}
	left := o.Pending()
	if len(left) == 0 || r.NoRestart {
		return why
	}
	return errors.Join(why, &provision.Error{Kind: provision.Failed, Name: rollStopped,
		Message:  "the roll has not begun; not restarted: " + strings.Join(left, ", "),
		Hint:     "once that is put right, it goes on with",
		Commands: []finding.Command{{Line: r.command(r.verb())}}})
}

// moveHeld adds to the error of a start that a server was stopped on another host for it,
// and the two ways to go on.
func (r *run) moveHeld(m inventory.Member, from string, why error) error {
	return errors.Join(why, &provision.Error{Kind: provision.Failed, Name: rollStopped,
		Message: fmt.Sprintf("%s is stopped on %s, where its data stays, and did not come up on %s; nothing else was restarted", m.Instance.Name, from, m.Host.Name),
		Hint: fmt.Sprintf("put right what it failed for, and the same command goes on; or write %s into the inventory again as the host of server %d: then an apply stops it on %s and starts it on %s",
			from, m.Instance.ID, m.Host.Name, from),
		Commands: []finding.Command{{Line: r.command(r.verb())}}})
}

// isLost reports whether a host was lost, in a change or while it was only looked at.
func (r *run) isLost(h *inventory.Host) bool {
	return lostAny(r.failure(h)) || r.watch != nil && r.watch.lost()[h.Name] != nil
}

// modeOf returns what instances answer as by what was seen last.
func (r *run) modeOf(instances []string) string {
	s, _ := r.watching().scene(time.Now())
	text := ""
	for _, m := range r.Ensemble.Members() {
		if a := s.Reports[m.Instance.ID].Answer; slices.Contains(instances, m.Instance.Name) && a.Serving {
			text += fmt.Sprintf(", and is %s", a.Mode)
		}
	}
	return text
}
