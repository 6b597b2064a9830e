package provision

import "github.com/zkprov/zkprov/internal/finding"

// Phase is when a change is made. All hosts finish one before any begins the
// next, where that matters.
type Phase string

// The phases, in order.
const (
	// Stage makes everything ready and starts nothing.
	Stage Phase = "stage"
	// Start starts the instances that do not run.
	Start Phase = "start"
	// Record keeps what was reached, once the quorum has been proven.
	Record Phase = "record"
)

// Phases are all phases in their order.
func Phases() []Phase { return []Phase{Stage, Start, Record} }

// Doing says to people what a host is at in a phase.
func (p Phase) Doing() string {
	switch p {
	case Stage:
		return "preparing the host"
	case Start:
		return "starting the servers"
	case Record:
		return "recording that the quorum formed"
	}
	return string(p)
}

// Action is what a change does to its resource.
type Action string

// The actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Remove  Action = "remove"
	Install Action = "install"
	Enable  Action = "enable"
	Run     Action = "start"
	Stop    Action = "stop"
	Reload  Action = "reload"
)

// Change is one difference between a host and its desired state, and what apply
// does about it. It is plain data.
type Change struct {
	// Resource names what changes, such as "file:/etc/zookeeper/zookeeper-1/zoo.cfg".
	Resource string `json:"resource"`
	Phase    Phase  `json:"phase"`
	Action   Action `json:"action"`
	// Path is the file or folder, where the resource is one.
	Path string `json:"path,omitempty"`
	// Instance is the instance's name, where the change concerns just one.
	Instance string `json:"instance,omitempty"`
	// Summary says in a few words what changes, such as "mode 0644 -> 0640".
	Summary string `json:"summary"`
	// Diff is a unified diff of a file's content, values that look like secrets
	// left out.
	Diff string `json:"diff,omitempty"`
}

// Restart is an instance that runs with something else than its files say, or
// will say.
type Restart struct {
	Instance string `json:"instance"`
	// Reasons are what it would pick up, such as a file's path.
	Reasons []string `json:"reasons"`
	// Staged says that its files are as they should be: all it takes is the restart.
	Staged bool `json:"staged,omitempty"`
	// Shared says that the release is replaced, which all servers of the host share.
	Shared bool `json:"shared,omitempty"`
}

// Plan is all that an apply would change on one host.
type Plan struct {
	Host    string   `json:"host"`
	Changes []Change `json:"changes,omitempty"`
	// Findings are what pre-flight found. A critical one forbids to apply.
	Findings finding.Findings `json:"findings,omitempty"`
	// Restarts are the running instances that would have to be restarted.
	Restarts []Restart `json:"restarts,omitempty"`
	// NeedsArchive says that the release must be unpacked and that the host does
	// not have the archive.
	NeedsArchive bool `json:"needs_archive,omitempty"`
}

// In returns the changes of one phase.
func (p Plan) In(phase Phase) []Change {
	var cs []Change
	for _, c := range p.Changes {
		if c.Phase == phase {
			cs = append(cs, c)
		}
	}
	return cs
}
