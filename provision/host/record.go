package host

import (
	"encoding/json"
	"os"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// members reads the record of a host. formed says that there is one, be it one that
// cannot be read.
func (m *Machine) members(e *inventory.Ensemble) (r *provision.Members, formed bool) {
	if !m.exists(formedPath(e)) {
		return nil, false
	}
	text, err := os.ReadFile(m.path(formedPath(e)))
	if err != nil || json.Unmarshal(text, &r) != nil || r == nil || len(r.Members) == 0 {
		return nil, true
	}
	return r, true
}
