package guard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// dropInOverrides is found where a unit starts something else than it says.
const dropInOverrides = "drop-in-overrides"

// Overridden finds the units of which a drop-in replaced the command: systemd
// starts that, and neither the unit file nor its state shows it. What else stands
// in drop-ins is the user's to choose.
func Overridden(on Host, h *inventory.Host, states map[string]provision.InstanceState) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		state := states[in.Name].Unit
		text, err := on.Text(units.Path(in.Name))
		if err != nil || state.NeedDaemonReload || state.FragmentPath != units.Path(in.Name) {
			continue // not there, or not what systemd has read
		}
		said := units.CommandOf(text)
		if len(said) == 0 || len(state.Command) == 0 || slices.Equal(said, state.Command) {
			continue
		}
		by := slices.DeleteFunc(slices.Clone(state.DropIns), func(name string) bool { return !setsCommand(on, name) })
		if len(by) == 0 {
			continue
		}
		what := "starts " + state.Command[0]
		if state.Command[0] == said[0] {
			what += " with other arguments"
		}
		found = append(found, finding.Finding{Name: dropInOverrides, Severity: finding.Warning, Host: h.Name, Instance: in.Name,
			Message: fmt.Sprintf("%s %s, because of ExecStart= in %s", units.FileName(in.Name), what, strings.Join(by, " and ")),
			Hint:    "take ExecStart= out of the drop-in, and put flags for the JVM under [jvm] flags; then systemctl daemon-reload and restart the server"})
	}
	return found
}

// setsCommand reports whether a drop-in has an ExecStart=.
func setsCommand(on Host, name string) bool {
	text, err := on.Text(name)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if key, _, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "ExecStart" {
			return true
		}
	}
	return false
}
