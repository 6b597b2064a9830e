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
// starts that, and neither the unit file nor its state shows it. It finds those too
// whose environment a drop-in emptied. What else stands in drop-ins is the user's to
// choose.
func Overridden(on Host, h *inventory.Host, states map[string]provision.InstanceState) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		state := states[in.Name].Unit
		text, err := on.Text(units.Path(in.Name))
		if err != nil || state.NeedDaemonReload || state.FragmentPath != units.Path(in.Name) {
			continue // not there, or not what systemd has read
		}
		if f := unnamed(on, state, text); f != nil {
			f.Host, f.Instance = h.Name, in.Name
			found = append(found, *f)
		}
		said := units.CommandOf(text)
		if len(said) == 0 || len(state.Command) == 0 || slices.Equal(said, state.Command) {
			continue
		}
		by := setBy(on, state, "ExecStart")
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

// unnamed finds a drop-in that takes the variable out of a unit's environment by which a
// process tells what it was started with; nil where there is none.
func unnamed(on Host, state units.State, text []byte) *finding.Finding {
	if state.Generation != "" || units.GenerationOf(text) == "" {
		return nil
	}
	by := setBy(on, state, "Environment")
	if len(by) == 0 {
		return nil
	}
	return &finding.Finding{Name: dropInOverrides, Severity: finding.Warning,
		Message: fmt.Sprintf("%s does not tell its server %s, because of Environment= in %s: whatever the server runs with, it would have to be restarted", state.Unit, units.GenerationVariable, strings.Join(by, " and ")),
		Hint:    "take the line with an empty Environment= out of the drop-in; then systemctl daemon-reload and restart the server"}
}

// setBy returns the drop-ins of a unit that have a setting.
func setBy(on Host, state units.State, key string) []string {
	return slices.DeleteFunc(slices.Clone(state.DropIns), func(name string) bool { return !sets(on, name, key) })
}

// sets reports whether a drop-in has a setting.
func sets(on Host, name, key string) bool {
	text, err := on.Text(name)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if is, _, ok := strings.Cut(line, "="); ok && strings.TrimSpace(is) == key {
			return true
		}
	}
	return false
}
