package host

import (
	"context"
	"net"
	"os"
	"testing"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// counted is a systemd whose one unit has that process, and counts how often it was asked.
type counted struct {
	units.Systemd
	asked *int
	pid   int
}

func (c counted) State(context.Context, string) (units.State, error) {
	*c.asked++
	return units.State{MainPID: c.pid}, nil
}

// TestLookElection looks whether systemd is asked anew of a server that listens: only where
// what is known of its unit may be older than its process.
func TestLookElection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	in := &inventory.Instance{Name: "zookeeper-1", ElectionPort: l.Addr().(*net.TCPAddr).Port}
	for name, test := range map[string]struct {
		pid   int
		fresh bool
		asked int
	}{
		"asked just now":                    {os.Getpid(), true, 0},
		"asked just now, and started since": {0, true, 1},
		"asked a while ago":                 {os.Getpid(), false, 1},
	} {
		asked := 0
		m := &Machine{Systemd: counted{asked: &asked, pid: os.Getpid()}}
		r := provision.Report{Unit: units.State{MainPID: test.pid}, Answer: ensemble.Answer{Serving: true, Mode: ensemble.Follower}}
		if err := m.lookElection(t.Context(), in, &r, test.fresh); err != nil || r.Election == nil || !r.Election.Own || asked != test.asked {
			t.Errorf("%s: %v, %+v, asked %d times, want %d", name, err, r.Election, asked, test.asked)
		}
	}

	// A server that somebody started by hand, with the unit down.
	m := &Machine{Systemd: counted{asked: new(int)}}
	r := provision.Report{Answer: ensemble.Answer{Serving: true, Mode: ensemble.Follower}}
	if err := m.lookElection(t.Context(), in, &r, true); err != nil || r.Election != nil {
		t.Errorf("started by hand: %v, %+v", err, r.Election)
	}
}
