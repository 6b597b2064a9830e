package host

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// departs reports whether a host has nothing left of the inventory: what runs there is
// taken out, and nothing is made ready for it.
func departs(h *inventory.Host) bool {
	return !slices.ContainsFunc(h.Instances, func(in inventory.Instance) bool { return !in.Former })
}

// retired is the unit of an instance that has left the ensemble: it does not run, nor
// starts at boot. Its data, its configuration and the unit itself stay.
type retired struct{ instance string }

func (r *retired) key() string {
	return resourceKey(provision.KindRetired, units.FileName(r.instance))
}

func (r *retired) plan(v *view) (*provision.Change, error) {
	state, err := v.unit(r.instance)
	if err != nil || !state.RunsOrStarts() && !state.Enabled() {
		return nil, err
	}
	var is []string
	if state.RunsOrStarts() {
		is = append(is, isRunning)
	}
	if state.Enabled() {
		is = append(is, "enabled")
	}
	return &provision.Change{Instance: r.instance, Action: provision.Stop, From: strings.Join(is, ", "), To: isStopped + ", disabled",
		Summary: units.FileName(r.instance) + " and disable it; its data stays"}, nil
}

func (r *retired) foresee(v *view) {
	state, err := v.unit(r.instance)
	if err != nil {
		return
	}
	state.ActiveState, state.SubState, state.MainPID, state.InvocationID, state.Job, state.UnitFileState = "inactive", "dead", 0, "", "", "disabled"
	v.putUnit(r.instance, state)
	v.generations[r.instance] = ""
}

// apply disables before it stops: were it ended in between, the server would still run,
// and its stop be planned again.
func (r *retired) apply(ctx context.Context, m *Machine) error {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	unit := units.FileName(r.instance)
	if err := systemd.Disable(ctx, unit); err != nil {
		return err
	}
	if err := systemd.Stop(ctx, unit); err != nil {
		return fmt.Errorf("cannot stop %s: %w", unit, err)
	}
	return nil
}
