package host

import (
	"context"
	"errors"
	"testing"

	"github.com/zkprov/zkprov/units"
)

// unread is a systemd whose journal nobody can read, as a user without the right to.
type unread struct{ units.Systemd }

func (unread) Ends(context.Context, string, int) ([]units.Exit, error) {
	return nil, errors.New("cannot read the journal")
}

// TestCrashWithoutJournal looks whether a server that ends is told of where its journal
// cannot be read: the whole host would otherwise count as one that cannot be asked.
func TestCrashWithoutJournal(t *testing.T) {
	m := &Machine{Systemd: unread{}}
	state := units.State{ActiveState: "activating", SubState: "auto-restart", InvocationID: "aa", NRestarts: 4, ExecMainCode: 1, ExecMainStatus: 14}
	c, err := m.crash(t.Context(), "zookeeper-1", state)
	if err != nil || c == nil || c.Times != 5 || c.Exit.Status != 14 || c.Ending != nil {
		t.Errorf("got %+v, %v", c, err)
	}
}
