package provision

import (
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// Action is what a change does to its resource.
type Action string

// The actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Remove  Action = "remove"
	Install Action = "install"
	Enable  Action = "enable"
	Disable Action = "disable"
	Run     Action = "start"
	Stop    Action = "stop"
	Again   Action = "restart"
	Reload  Action = "reload"
	Try     Action = "try"
)

// ResourceKind is what sort of resource a change is about.
type ResourceKind string

// The kinds of resources.
const (
	// KindPackage is the distribution's Java.
	KindPackage ResourceKind = "package"
	// KindRelease is the unpacked release.
	KindRelease ResourceKind = "release"
	// KindJar is a jar beside the release.
	KindJar ResourceKind = "jar"
	// KindUser is the system user of the instances, and its group.
	KindUser ResourceKind = "user"
	// KindDir is a folder, KindFile a file.
	KindDir  ResourceKind = "dir"
	KindFile ResourceKind = "file"
	// KindOwner is the owner of what lies in a server's data.
	KindOwner ResourceKind = "owner"
	// KindGeneration is what a running instance would be started with again, beside its
	// unit and its links: it is put right when the instance is restarted. That is a file of
	// the generation that it was started with, which was edited by hand before, or, where
	// the inventory has another user for it, what belongs to that.
	KindGeneration ResourceKind = "generation"
	// KindTrial is what instances would be started with, once it was tried without a
	// server.
	KindTrial ResourceKind = "trial"
	// KindUnit is the unit file of an instance: replacing it is what makes a new
	// generation the one that is started.
	KindUnit ResourceKind = "unit"
	// KindReload makes systemd read units again; of one instance's unit, or of all.
	KindReload ResourceKind = "reload"
	// KindLink is a link to a file of an instance's current generation.
	KindLink ResourceKind = "link"
	// KindCopy is the copy of a server's data from before it is started with a newer
	// release.
	KindCopy ResourceKind = "copy"
	// KindArchive is an archive in the host's cache, KindBinary a zkprov that was brought
	// there.
	KindArchive ResourceKind = "archive"
	KindBinary  ResourceKind = "binary"
	// KindEnabled is a unit's start at boot.
	KindEnabled ResourceKind = "enabled"
	// KindStopped is a blank voter that must not run.
	KindStopped ResourceKind = "stopped"
	// KindRunning is an instance that runs, KindRestarted one that runs with its
	// current generation.
	KindRunning   ResourceKind = "running"
	KindRestarted ResourceKind = "restarted"
	// KindHistory is an entry of a host's history, and KindFormer the folder of a generation
	// that is not kept any longer.
	KindHistory ResourceKind = "history"
	KindFormer  ResourceKind = "former"
	// KindAttempt is the note of the generation that an instance is about to be restarted
	// with: one that runs with another afterwards has failed with that.
	KindAttempt ResourceKind = "attempt"
	// KindRetired is an instance that has left the ensemble: stopped, and not started at
	// boot.
	KindRetired ResourceKind = "retired"
	// KindReboot is a boot of the whole host.
	KindReboot ResourceKind = "reboot"
	// KindRecord is the record that the ensemble formed its quorum.
	KindRecord ResourceKind = "record"
)

// Change is one difference between a host and its desired state, and what apply
// does about it. It is plain data.
type Change struct {
	// Resource names what changes, its kind before a colon, such as
	// "unit:/etc/systemd/system/zookeeper-1.service".
	Resource string `json:"resource"`
	Action   Action `json:"action"`
	// Path is the file or folder, where the resource is one.
	Path string `json:"path,omitempty"`
	// Instance is the instance's name, where the change concerns just one.
	Instance string `json:"instance,omitempty"`
	// From is what lies there and To what will: digests of content, owner, mode or
	// target. A change whose From is not what lies on the host any more, or whose To
	// is not what is wanted, is not the one that was approved.
	From string `json:"from"`
	To   string `json:"to"`
	// Summary tells in a few words what changes, such as "mode 0644 -> 0640".
	Summary string `json:"summary"`
	// Bytes is how many a removal frees, where that is known.
	Bytes int64 `json:"bytes,omitempty"`
	// Diff is a unified diff of a file's content, values that look like secrets
	// left out.
	Diff string `json:"diff,omitempty"`
}

// Same reports whether c and o make the same of the same.
func (c Change) Same(o Change) bool {
	return c.Resource == o.Resource && c.Action == o.Action && c.From == o.From && c.To == o.To
}

// Tried returns how the To of a KindTrial names what was tried, each instance before its
// generation.
func Tried(instancesAndGenerations ...string) string {
	return strings.Join(append([]string{"tried"}, instancesAndGenerations...), " ")
}

// Tries returns the generations that a KindTrial tries, by instance; none of any other
// change.
func (c Change) Tries() map[string]string {
	words := strings.Fields(c.To)
	if c.Kind() != KindTrial || len(words)%2 == 0 {
		return nil
	}
	tries := make(map[string]string)
	for i := 1; i < len(words); i += 2 {
		tries[words[i]] = words[i+1]
	}
	return tries
}

// StartedWith returns how From and To of a KindRestarted name a generation.
func StartedWith(generation string) string { return "generation " + generation }

// AnotherProcess is the To of a KindRestarted whose instance keeps its generation; its
// From is a ProcessOf.
const AnotherProcess = "another process"

// ProcessOf returns how the From of a KindRestarted names a process, by its InvocationID.
func ProcessOf(invocation string) string { return "process " + invocation }

// Kind returns what sort of resource the change is about.
func (c Change) Kind() ResourceKind {
	kind, _, _ := strings.Cut(c.Resource, ":")
	return ResourceKind(kind)
}

// Restart is an instance that runs with something else than its unit says, or will
// say.
type Restart struct {
	Instance string `json:"instance"`
	// Reasons lists what it would pick up, such as a file's path.
	Reasons []string `json:"reasons"`
	// Differences lists in a few words each what it would be started with otherwise; nil
	// where that is not known.
	Differences []string `json:"differences,omitempty"`
	// Staged is set where the unit and what it names are as they should be: all it
	// takes is the restart.
	Staged bool `json:"staged,omitempty"`
	// Shared is set where the release is replaced, which all servers of the host share.
	Shared bool `json:"shared,omitempty"`
}

// HostPlan is all that an apply would change on one host.
type HostPlan struct {
	Host string `json:"host"`
	// Changes are in the order in which they are made.
	Changes []Change `json:"changes,omitempty"`
	// Findings lists what pre-flight found. A critical one forbids to apply.
	Findings finding.Findings `json:"findings,omitempty"`
	// Restarts lists the running instances that would have to be restarted. Each has a
	// change of KindRestarted.
	Restarts []Restart `json:"restarts,omitempty"`
	// NeedsArchive is set where the release must be unpacked and the host does not
	// have the archive.
	NeedsArchive bool `json:"needs_archive,omitempty"`
	// NeedsJars are the SHA-512s of the jars that must be put beside the release and that
	// the host does not have.
	NeedsJars []string `json:"needs_jars,omitempty"`
	// Stays lists what a reset leaves.
	Stays []Stay `json:"stays,omitempty"`
}
