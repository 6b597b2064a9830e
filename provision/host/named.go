package host

import (
	"bytes"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/access"
	"github.com/zkprov/zkprov/provision/guard"
)

// namedFiles finds the files that the inventory tells servers to read and that they cannot,
// but for instances that are to have another generation than the inventory's.
func (l *look) namedFiles(t provision.Task, d *desired, service access.User) (finding.Findings, error) {
	var found finding.Findings
	for _, in := range d.instances {
		if in.instance.Former || t.Generations[in.instance.Name] != "" {
			continue
		}
		state, err := l.unit(in.instance.Name)
		if err != nil {
			return found, err
		}
		unit := guard.Sandbox{HidesHome: bytes.Contains(in.unit.content, []byte("\nProtectHome=yes\n")), Changed: len(state.DropIns) > 0}
		one, err := guard.NamedFiles(l, service, t.Host, in.instance, unit)
		found = append(found, one...)
		if err != nil {
			return found, err
		}
	}
	return found, nil
}
