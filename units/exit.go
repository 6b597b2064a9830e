package units

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Exit is one end of a unit's main process.
type Exit struct {
	// Time is when systemd noted it; zero where that is not known.
	Time time.Time `json:"time,omitzero"`
	// Code and Status are as State.ExecMainCode and State.ExecMainStatus.
	Code   int `json:"code"`
	Status int `json:"status"`
	// Invocation is the start that ended, as State.InvocationID.
	Invocation string `json:"invocation,omitempty"`
}

// String returns how the process ended: "exited with 14 (…)".
func (e Exit) String() string {
	switch e.Code {
	case cldExited:
		return fmt.Sprintf("exited with %d%s", e.Status, exitMeaning(e.Status))
	case cldKilled, cldDumped:
		return fmt.Sprintf("was killed by signal %d, %v", e.Status, syscall.Signal(e.Status))
	}
	return "ended"
}

// LastExit returns how the last main process ended; ok is false while one runs, and
// where there was none.
func (s State) LastExit() (e Exit, ok bool) {
	e = Exit{Code: s.ExecMainCode, Status: s.ExecMainStatus, Invocation: s.InvocationID}
	return e, s.ExecMainCode == cldExited || s.ExecMainCode == cldKilled || s.ExecMainCode == cldDumped
}

// WaitsForRestart reports whether the unit's process has ended and systemd is going
// to start it again by itself.
func (s State) WaitsForRestart() bool {
	return s.ActiveState == "activating" && strings.HasPrefix(s.SubState, "auto-restart")
}

// processExit is SD_MESSAGE_UNIT_PROCESS_EXIT of systemd's sd-messages.h, from
// systemd 240 on: the main process of a unit has ended.
const processExit = "98e322203f7a4ed290d09fe03c09fe15"

// Ends implements Systemd.
func (m *Manager) Ends(ctx context.Context, unit string, n int) ([]Exit, error) {
	ctx, stop := context.WithTimeout(ctx, callLimit)
	defer stop()
	out, err := m.journalctl(ctx, "--quiet", "--output=json", "--output-fields=COMMAND,EXIT_CODE,EXIT_STATUS,INVOCATION_ID",
		"--lines="+strconv.Itoa(max(1, min(n, journalLines))), "UNIT="+unit, "MESSAGE_ID="+processExit, "_PID=1")
	if err != nil {
		return nil, fmt.Errorf("cannot read the journal of %s: %w", unit, err)
	}
	return journalExits(string(out))
}

// journalExits reads the ends that systemd noted in the journal's JSON format. An
// entry in another form is passed over: it is another version's.
func journalExits(text string) ([]Exit, error) {
	codes := map[string]int{"exited": cldExited, "killed": cldKilled, "dumped": cldDumped}
	var exits []Exit
	for line := range strings.Lines(text) {
		var entry struct {
			Time       string `json:"__REALTIME_TIMESTAMP"`
			Command    string `json:"COMMAND"`
			Code       string `json:"EXIT_CODE"`
			Status     string `json:"EXIT_STATUS"`
			Invocation string `json:"INVOCATION_ID"`
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			return nil, fmt.Errorf("cannot understand the journal: %w", err)
		}
		us, err := strconv.ParseInt(entry.Time, 10, 64)
		status, err2 := strconv.Atoi(entry.Status)
		if err != nil || err2 != nil || codes[entry.Code] == 0 || entry.Command != "" && entry.Command != "ExecStart" {
			continue
		}
		exits = append(exits, Exit{time.UnixMicro(us).UTC(), codes[entry.Code], status, entry.Invocation})
	}
	return exits, nil
}
