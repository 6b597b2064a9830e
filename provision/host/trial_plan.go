package host

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/access"
	"github.com/zkprov/zkprov/units"
)

// flagsUntried is found where a plan cannot run the Java of the servers.
const flagsUntried = "flags-untried"

// foretell runs the Java of what a plan is to start, with its flags and -version, as the
// service user in the sandbox of its unit, and finds those that do not start. It leaves
// nothing behind, needs no release, and runs none where nothing would be tried. Where the
// user is yet to be made it is nobody, and of what fails then only options count that the
// JVM refuses.
func (l *look) foretell(h *inventory.Host, d *desired, service access.User, installed bool) finding.Findings {
	if d.trial == nil {
		return nil
	}
	left, err := d.trial.left(newView(l))
	if err != nil || len(left) == 0 {
		return nil // the plan of the trial meets the error too
	}
	if !installed {
		return finding.Findings{{Name: flagsUntried, Severity: finding.Notice, Host: h.Name,
			Message: "the heap and the flags were not tried with java, which is yet to be installed", Hint: "apply tries them before it starts a server"}}
	}
	var about []string
	for i := range left {
		about = append(about, left[i].instance+" "+left[i].line(l.stamp(units.JavaOf(left[i].unit))))
		if !service.HasUser {
			left[i].unit = asNobody(left[i].unit)
		}
	}
	failures, err := once(l, "how java starts with "+strings.Join(about, ", "), func() ([]error, error) { return l.m.tryFlags(l.ctx, l, left) })
	if err != nil {
		return finding.Findings{{Name: flagsUntried, Severity: finding.Notice, Host: h.Name,
			Message: fmt.Sprintf("the heap and the flags could not be tried with java: %v", err), Hint: "apply tries them before it starts a server"}}
	}
	var found finding.Findings
	for _, failure := range failures {
		var why *provision.Error
		if !errors.As(failure, &why) || !service.HasUser && why.Name != ensemble.JVMOption {
			continue // what a file or a folder has to do with it is not known of another user
		}
		found = append(found, finding.Finding{Name: why.Name, Severity: finding.Critical, Host: h.Name, Message: why.Message, Hint: why.Hint})
	}
	return found
}

// tryFlags runs each of the JVMs, without a class, and returns why they failed.
func (m *Machine) tryFlags(ctx context.Context, l *look, tries []try) ([]error, error) {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return nil, err
	}
	var runs []trialRun
	for _, one := range tries {
		if runs, err = l.addTry(runs, one, true); err != nil {
			return nil, err
		}
	}
	return tryAll(ctx, systemd, runs), nil
}

var (
	userLine  = regexp.MustCompile(`(?m)^User=.*$`)
	groupLine = regexp.MustCompile(`(?m)^Group=.*\n`)
)

// asNobody returns the text of a unit with the user nobody in the place of one that is not
// there yet.
func asNobody(unit []byte) []byte {
	return groupLine.ReplaceAll(userLine.ReplaceAll(unit, []byte("User=nobody")), nil)
}
