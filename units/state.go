package units

import (
	"encoding/hex"
	"strings"
	"time"
)

// State is systemd's view of a unit, in its own words; the names are those of
// org.freedesktop.systemd1(5). It is plain data and survives JSON unchanged.
type State struct {
	Unit string `json:"unit"`
	// LoadState is "loaded", "not-found", "bad-setting", "error" or "masked".
	LoadState string `json:"loadState"`
	// ActiveState is "active", "reloading", "inactive", "failed", "activating" or
	// "deactivating"; SubState says it in more detail, such as "running" or
	// "auto-restart".
	ActiveState string `json:"activeState"`
	SubState    string `json:"subState"`
	// UnitFileState is "enabled", "disabled", "masked", "masked-runtime" … and
	// empty where there is no file.
	UnitFileState string `json:"unitFileState,omitempty"`
	// Result is "success", or why the last run failed: "exit-code", "signal",
	// "timeout", "oom-kill", "resources" …
	Result string `json:"result,omitempty"`
	// Job is what systemd has queued for the unit or is at, such as "start", "stop" or
	// "restart"; empty where there is nothing.
	Job string `json:"job,omitempty"`

	// MainPID is the running process, 0 where there is none.
	MainPID int `json:"mainPID,omitempty"`
	// ExecMainCode tells how the last main process ended, as si_code of
	// sigaction(2) does: 0 it runs or never ran, 1 exited, 2 killed, 3 dumped core.
	// ExecMainStatus is its exit status or the number of the signal.
	ExecMainCode   int `json:"execMainCode,omitempty"`
	ExecMainStatus int `json:"execMainStatus,omitempty"`
	// NRestarts counts the automatic restarts since the last start by somebody.
	NRestarts int `json:"nRestarts,omitempty"`
	// InvocationID, 32 hex digits, is another one after every start.
	InvocationID string `json:"invocationID,omitempty"`

	FragmentPath string   `json:"fragmentPath,omitempty"`
	DropIns      []string `json:"dropIns,omitempty"`
	// Command is the command line that systemd starts, before variables are expanded.
	Command []string `json:"command,omitempty"`
	// Generation is the GenerationVariable of a process that systemd starts now; empty
	// where the unit sets none.
	Generation string `json:"generation,omitempty"`
	// NeedDaemonReload is set where a file changed after systemd read it.
	NeedDaemonReload bool `json:"needDaemonReload,omitempty"`

	// ConditionResult is whether the unit's conditions held when systemd last looked at
	// them, at ConditionTimestamp; the zero time is never.
	ConditionResult    bool      `json:"conditionResult,omitempty"`
	ConditionTimestamp time.Time `json:"conditionTimestamp,omitzero"`
	// ActiveEnter is when the unit last became active, ExecMainStart when its last
	// main process was started.
	ActiveEnter   time.Time `json:"activeEnter,omitzero"`
	ExecMainStart time.Time `json:"execMainStart,omitzero"`
}

// Running reports whether the unit's main process is up, as far as systemd knows.
func (s State) Running() bool { return s.ActiveState == "active" && s.SubState == "running" }

// RunsOrStarts reports whether the unit's main process is up, or comes up without
// anybody asking again, as that of an enabled unit does at boot while its job waits for
// the network. It is then started with the unit that systemd has read.
func (s State) RunsOrStarts() bool { return s.Running() || s.Job == "start" || s.Job == "restart" }

// Enabled reports whether the unit starts at boot.
func (s State) Enabled() bool { return s.UnitFileState == "enabled" }

// Masked reports whether somebody forbade the unit to start.
func (s State) Masked() bool {
	return s.LoadState == "masked" || s.UnitFileState == "masked" || s.UnitFileState == "masked-runtime"
}

// Held reports whether systemd last left the unit alone because a condition of it,
// such as one that a drop-in adds, did not hold.
func (s State) Held() bool { return !s.ConditionResult && !s.ConditionTimestamp.IsZero() }

// Summary returns the unit's state in a few words, to follow the unit's name, and how
// its last process ended where it does not run.
func (s State) Summary() string {
	switch {
	case s.LoadState == "not-found":
		return "has no unit file"
	case s.Masked():
		return "is masked"
	case s.LoadState != "loaded":
		return "has a unit file that systemd cannot use (" + s.LoadState + ")"
	case s.Running():
		return "runs"
	case s.RunsOrStarts() && s.ActiveState == "inactive":
		return "waits for systemd to start it"
	case s.Held() && s.ActiveState == "inactive":
		return "was not started, as a condition of its unit does not hold"
	}
	is := "is " + s.ActiveState
	if s.SubState != s.ActiveState && s.SubState != "dead" {
		is += " (" + s.SubState + ")"
	}
	if last, ok := s.LastExit(); ok {
		return is + ": its process " + last.String()
	}
	if s.Result != "" && s.Result != "success" {
		is += ": " + s.Result
	}
	return is
}

// CLD_EXITED, CLD_KILLED and CLD_DUMPED of sigaction(2).
const (
	cldExited = 1
	cldKilled = 2
	cldDumped = 3
)

// exitMeaning explains the exit codes of ZooKeeper (its class ExitCode), of the
// JVM, and of systemd itself (systemd.exec(5), "Process Exit Codes").
func exitMeaning(status int) string {
	meaning := map[int]string{
		1:   "an error that ZooKeeper did not expect, such as a client port in use",
		2:   "ZooKeeper cannot use its configuration",
		3:   "ZooKeeper cannot use its data directory, or the JVM ran out of memory",
		10:  "ZooKeeper could not take a snapshot",
		14:  "the election port could not be bound",
		143: "on SIGTERM",
		200: "systemd could not change to the working directory",
		203: "systemd could not run java",
		216: "the group does not exist",
		217: "the user does not exist",
		226: "a folder that the unit needs is missing",
		228: "systemd could not install the system call filter",
	}[status]
	if meaning == "" {
		return ""
	}
	return " (" + meaning + ")"
}

// stateOf reads a State, but for its Job, from the properties of a unit's object on the
// bus.
func stateOf(unit string, props map[string]any) State {
	return State{
		Unit:               unit,
		LoadState:          property[string](props, "LoadState"),
		ActiveState:        property[string](props, "ActiveState"),
		SubState:           property[string](props, "SubState"),
		UnitFileState:      property[string](props, "UnitFileState"),
		Result:             property[string](props, "Result"),
		MainPID:            int(property[uint32](props, "MainPID")),
		ExecMainCode:       int(property[int32](props, "ExecMainCode")),
		ExecMainStatus:     int(property[int32](props, "ExecMainStatus")),
		NRestarts:          int(property[uint32](props, "NRestarts")),
		InvocationID:       hex.EncodeToString(property[[]byte](props, "InvocationID")),
		FragmentPath:       property[string](props, "FragmentPath"),
		DropIns:            property[[]string](props, "DropInPaths"),
		Command:            command(props),
		Generation:         generation(props),
		NeedDaemonReload:   property[bool](props, "NeedDaemonReload"),
		ConditionResult:    property[bool](props, "ConditionResult"),
		ConditionTimestamp: timestamp(props, "ConditionTimestamp"),
		ActiveEnter:        timestamp(props, "ActiveEnterTimestamp"),
		ExecMainStart:      timestamp(props, "ExecMainStartTimestamp"),
	}
}

// property returns the value of that name, or zero where it is missing or of another
// type, as in a systemd that is older or newer than those zkprov knows.
func property[T any](props map[string]any, name string) T {
	v, _ := props[name].(T)
	return v
}

// command reads ExecStart, an array of structures: a path, the arguments from the
// program's name on, and how it went.
func command(props map[string]any) []string {
	var argv []string
	for _, start := range property[[][]any](props, "ExecStart") {
		if len(start) > 1 {
			args, _ := start[1].([]string)
			argv = append(argv, args...)
		}
	}
	return argv
}

// generation reads the GenerationVariable of the variables that the unit sets.
func generation(props map[string]any) string {
	for _, variable := range property[[]string](props, "Environment") {
		if value, ok := strings.CutPrefix(variable, GenerationVariable+"="); ok {
			return value
		}
	}
	return ""
}

// jobOf reads the number of the unit's job, a structure of that and of its object's
// path; 0 where there is none.
func jobOf(props map[string]any) uint32 {
	job := property[[]any](props, "Job")
	if len(job) == 0 {
		return 0
	}
	id, _ := job[0].(uint32)
	return id
}

// timestamp reads microseconds of the wall clock, where 0 is never.
func timestamp(props map[string]any, name string) time.Time {
	us := property[uint64](props, name)
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(us)).UTC()
}
