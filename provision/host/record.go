package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// members reads the record of a host. formed reports whether there is one, be it one
// that cannot be read.
func (l *look) members(e *inventory.Ensemble) (r *provision.Members, formed bool) {
	record, err := l.entry(formedPath(e))
	if err == nil && record == nil {
		return nil, false
	}
	if err != nil || json.Unmarshal(record.content, &r) != nil || r == nil || len(r.Members) == 0 {
		return nil, true
	}
	return r, true
}

// places reads where servers were noted to be while the server list changed.
func (l *look) places(e *inventory.Ensemble) []provision.Placed {
	note, err := l.entry(placesPath(e))
	if err != nil || note == nil {
		return nil
	}
	var r provision.Members
	if json.Unmarshal(note.content, &r) != nil {
		return nil
	}
	return r.Servers
}

// founding reads with whom the host founds, or has founded, the ensemble; nil where it
// did not. Who may not look there hears of none: only root changes a host.
func (l *look) founding(e *inventory.Ensemble) (*provision.Founding, error) {
	record, err := l.entry(foundersPath(e))
	if errors.Is(err, fs.ErrPermission) && !l.observation.Privileged {
		return nil, nil // that it takes root is found, and nothing is decided
	}
	if err != nil || record == nil {
		return nil, err
	}
	var f *provision.Founding
	if err := json.Unmarshal(record.content, &f); err != nil || f == nil || f.Bootstrap == "" {
		return nil, fmt.Errorf("cannot read %s: it does not say under which bootstrap id it was founded: %v", foundersPath(e), err)
	}
	return f, nil
}
