package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/units"
)

// Machine is the host that this process runs on.
type Machine struct {
	// Root is put before every path of the host; empty is the real root.
	Root string
	// Systemd is the host's; nil connects to the real one when it is first needed.
	Systemd units.Systemd
	// Runner runs the programs of the host; nil runs them for real.
	Runner java.Runner
	// Env looks up a variable of the agent's environment; nil is an empty one.
	Env func(string) string
	// Query may replace how facts are gathered; what it leaves at zero is real.
	Query facts.Query

	asked java.Asked

	mu sync.Mutex
	// seen is the look of the last Observe, where nothing was changed since.
	seen *look
	// changes counts what may have made a look out of date.
	changes int
	manager *units.Manager
	lock    *hostLock
	// hangs is the step that was left alone, as it hangs.
	hangs string
	write *writeTest
	// crashes is the last that was read of each instance's, and listens the processes
	// that were seen to listen on their election ports, by instance.
	crashes map[string]lookedAt
	listens map[string]int
}

var _ provision.Agent = (*Machine)(nil)

// NewMachine returns the host that this process runs on, as it is.
func NewMachine() *Machine { return &Machine{Env: os.Getenv} }

// Close implements Agent.
func (m *Machine) Close() error {
	err := m.Unlock(context.Background())
	m.EndWrite(context.Background())
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.manager != nil {
		m.manager.Close()
		m.manager = nil
	}
	return err
}

// path returns where a path of the host lies for this process.
func (m *Machine) path(name string) string {
	if m.Root == "" {
		return name
	}
	return m.Root + name
}

func (m *Machine) runner() java.Runner {
	if m.Runner == nil {
		return java.Command{}
	}
	return m.Runner
}

func (m *Machine) cache() archive.Cache {
	return archive.Cache{Dir: m.path(inventory.CacheDir)}
}

// systemd connects when it is first needed: a host that is only looked at for
// its lack of systemd must not fail for that lack. units.ErrNotSystemd is
// returned as it is.
func (m *Machine) systemd(ctx context.Context) (units.Systemd, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Systemd != nil {
		return m.Systemd, nil
	}
	if m.manager == nil {
		manager, err := units.Connect(ctx)
		if errors.Is(err, units.ErrNotSystemd) {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("cannot reach systemd: %w", err)
		}
		m.manager = manager
	}
	return m.manager, nil
}
