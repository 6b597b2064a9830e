package guard

import "github.com/zkprov/zkprov/checks/facts"

// Host answers what is judged beside an Observation. It is the host at one moment: it
// answers the same as often as it is asked.
type Host interface {
	// Text returns the content of the file that a path leads to.
	Text(name string) ([]byte, error)
	// Exists reports whether something lies at a path, a dangling link included.
	Exists(name string) bool
	// Names lists a folder; none where it cannot be read.
	Names(folder string) []string
	// IsDir reports whether a folder lies at a path itself.
	IsDir(name string) bool
	// Follow resolves the links of a path; see facts.Follow.
	Follow(name string) (facts.Followed, error)
	// HasAccessList reports whether a folder has an access list (acl(5)), which may
	// give what the mode denies.
	HasAccessList(folder string) bool
	// Forbids returns the attributes that keep even root from changing what lies at a
	// path; see facts.Forbids.
	Forbids(name string) string
	// UserName returns the name of a user for people.
	UserName(uid uint32) string
	// Root returns the number of the user that changes the host.
	Root() int
}

// Folder is a folder of a host's desired state.
type Folder struct {
	Path     string
	Instance string
	// Ours is set where an apply gives it an owner and a mode, Service where the
	// service user must get there.
	Ours, Service bool
	// Data is the data directory of its own server that it lies below, which is for root to
	// write to then; empty where it lies below none.
	Data string
}
