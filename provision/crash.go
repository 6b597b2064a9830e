package provision

import (
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/units"
)

// Crash is how a server has been ending by itself. It is plain data.
type Crash struct {
	// Times is how often it has, since somebody started it.
	Times int `json:"times"`
	// Since is when it first did, as far as the journal reaches back; Exit is how it
	// last did.
	Since time.Time  `json:"since,omitzero"`
	Exit  units.Exit `json:"exit"`
	// Up is set where its process runs again.
	Up bool `json:"up,omitempty"`
	// Ending is why, where that is known; nil where it is not.
	Ending *ensemble.Ending `json:"ending,omitempty"`
	// Words lists the lines of the server's journal that tell most of that end.
	Words []string `json:"words,omitempty"`
}
