package remote

import (
	"context"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// Hosts connects to every host of an inventory: to a local one directly, to others by
// SSH.
type Hosts struct {
	SSH *SSH
	// Local makes the agent of the host that this process runs on.
	Local func() provision.Agent
}

// Connect starts an agent on a host; see SSH.Connect.
func (h *Hosts) Connect(ctx context.Context, host *inventory.Host, readOnly bool) (provision.Agent, error) {
	if host.Local {
		return h.Local(), nil
	}
	return h.SSH.Connect(ctx, host, readOnly)
}
