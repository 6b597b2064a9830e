package provision

import "time"

// Caller tells who asked for a run, from where and for what. It is plain data and for
// people: nothing is decided by it.
type Caller struct {
	// User is who typed the command, be it before sudo(8), and Host the machine that it
	// was typed on.
	User string `json:"user,omitempty"`
	Host string `json:"host,omitempty"`
	// Command is what was typed, such as "apply"; "agent" where the host works by itself,
	// and "undo" where a step that failed is taken back.
	Command string `json:"command,omitempty"`
	// Step is the part of the run that is under way, such as "restart zookeeper-2".
	Step string `json:"step,omitempty"`
	// Begin is when the run began, by the clock of Host.
	Begin time.Time `json:"begin,omitzero"`
	// Aim identifies what the run wants of the whole ensemble. A run that was cut off and
	// the one that goes on have the same.
	Aim string `json:"aim,omitempty"`
	// To is the ID of the state that a rollback leads to.
	To string `json:"to,omitempty"`
}

// String returns who it was and where, such as "ops on ctl1"; empty where nothing is known.
func (c Caller) String() string {
	who := c.User
	if c.Command == "agent" {
		who = "zkprov agent"
	}
	switch {
	case c.Host == "":
		return who
	case who == "":
		return "somebody on " + c.Host
	}
	return who + " on " + c.Host
}
