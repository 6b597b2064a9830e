package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/zkprov/zkprov/inventory"
)

// Status is what a run that nobody watched came to; see Machine.WriteStatus.
type Status struct {
	Time     time.Time `json:"time"`
	Ensemble string    `json:"ensemble"`
	Host     string    `json:"host,omitempty"`
	// Result is "formed", "quorum" (some are missing), "waiting", "stopped" by a
	// signal, "refused" or "failed".
	Result   string `json:"result"`
	ExitCode int    `json:"exit_code"`
	// Failures counts the runs in a row, with this one, whose Result is "failed".
	Failures int `json:"failures,omitempty"`
	// Reason and Hint say why, and what to do.
	Reason string `json:"reason,omitempty"`
	Hint   string `json:"hint,omitempty"`
	// Missing lists the instances that do not serve.
	Missing []string `json:"missing,omitempty"`
	// RestartPending lists the running instances whose files have changed.
	RestartPending []string `json:"restart_pending,omitempty"`
	Changes        int      `json:"changes"`
}

// statusPath is the last status of a run.
const statusPath = inventory.StateDir + "/status.json"

// WriteStatus keeps the status of a run for whoever looks later.
func (m *Machine) WriteStatus(_ context.Context, s Status) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("cannot keep the status of this run: %w", err)
	}
	uid, gid := m.rootIDs()
	if err := m.makeDir(inventory.StateDir, uid, gid, 0o700); err != nil {
		return err
	}
	return m.writeFile(statusPath, append(text, '\n'), uid, gid, 0o600)
}

// LastStatus returns the status that the run before kept; the zero Status where there was
// none.
func (m *Machine) LastStatus(context.Context) (Status, error) {
	var s Status
	text, err := os.ReadFile(m.path(statusPath))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return Status{}, fmt.Errorf("cannot read the status of the run before: %w", err)
	}
	return s, nil
}
