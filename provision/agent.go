package provision

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/units"
)

// Agent does the work on one host. Machine is the one that does it where it
// runs; package remote has one that hands every call to a Machine elsewhere.
// The calls of one Agent may overlap. Errors that a user should act on are
// *Error.
type Agent interface {
	// Observe looks at everything that a decision about the whole ensemble needs, and
	// remembers what Plan needs beside it. It changes nothing.
	Observe(ctx context.Context, t Task) (Observation, error)
	// Plan lists what Apply would change, for the host as the last Observe saw it; it
	// looks first where there was none for this inventory and these Generations, or
	// where something was changed since. It changes nothing and reads nothing.
	Plan(ctx context.Context, t Task) (HostPlan, error)
	// AddArchive keeps the release archive, or the task's Jar, read from r to its end, in
	// the host's cache once its SHA-512 matched the inventory's.
	AddArchive(ctx context.Context, t Task, r io.Reader) error
	// FetchArchive lets the host fetch the release archive, or the task's Jar, for itself.
	FetchArchive(ctx context.Context, t Task) error
	// Lock keeps every other run off this host until Unlock, or until the Agent
	// is closed. It waits up to patience for another holder to finish.
	Lock(ctx context.Context, t Task, patience time.Duration) error
	Unlock(ctx context.Context) error
	// Apply looks at the host and carries changes of its plan out, in their order.
	// later are those that other steps of the plan make here. What needs changing and
	// is in neither, from what and to what they say, is an *Error of kind Stale,
	// before the first change. A change that is made already is left out. report is
	// told of every change as it begins and as it ends.
	Apply(ctx context.Context, t Task, changes, later []Change, report func(Event)) error
	// Probe asks every instance of this host how it is. Where the caller has known
	// reports, those of the call before, it asks until one of them has changed, for
	// ProbePatience at most; without them it asks once.
	Probe(ctx context.Context, t Task, known []Report) ([]Report, error)
	// Write writes a value through the instance of that id; it is there until
	// EndWrite. ReadBack reads it through another instance, be it one of another host,
	// which is asked over the network.
	Write(ctx context.Context, t Task, id int) (Token, error)
	ReadBack(ctx context.Context, t Task, id int, token Token) error
	EndWrite(ctx context.Context) error
	// Journal is what tells most of what an instance wrote in its last start, its
	// end above all, oldest line first; where systemd has only just started it again,
	// in the start before.
	Journal(ctx context.Context, t Task, id, lines int) ([]string, error)
	// Close ends the connection; a lock that is held is given back.
	Close() error
}

// Token is what Write has written, for ReadBack.
type Token struct {
	Path string `json:"path"`
	Data []byte `json:"data"`
}

// Task is what a host is asked about or to do. It is plain data.
type Task struct {
	Ensemble *inventory.Ensemble `json:"ensemble"`
	// Host is the name of the host whose part this is.
	Host string `json:"host"`
	// Only names the instances of the host that may be changed; empty is all. What
	// they share is changed all the same.
	Only []string `json:"only,omitempty"`
	// Bootstrap is set where the ensemble has never existed, so that its voters may
	// start empty. Only somebody who looked at every voter may say so.
	Bootstrap bool `json:"bootstrap,omitempty"`
	// Founding is set for a bootstrap without a coordinator.
	Founding *Founding `json:"founding,omitempty"`
	// Generations names those that instances are to have in the place of the inventory's,
	// by instance. One that the host has not kept whole is an *Error, before the first
	// change.
	Generations map[string]string `json:"generations,omitempty"`
	// Anew names instances that are restarted although nothing of them changes, each with
	// the InvocationID of the process that is to go.
	Anew map[string]string `json:"anew,omitempty"`
	// Underway is set while the server list changes: where every server is, those that are
	// only about to come among them, is noted before any of them is started.
	Underway bool `json:"underway,omitempty"`
	// Elsewhere are other places at which servers were, or were to be, and may still run:
	// they are noted too.
	Elsewhere []Placed `json:"elsewhere,omitempty"`
	// Retire names instances of this host that no server list has any more: they are
	// stopped and disabled, and nothing of them is removed.
	Retire []string `json:"retire,omitempty"`
	// Try is set where the Java of what would be started is run with its flags as the host is
	// looked at, for a plan that nobody carries out: an apply tries it by itself.
	Try bool `json:"try,omitempty"`
	// By tells who asks.
	By Caller `json:"by,omitzero"`
	// Reset is set where the host's part is to be taken away; nil is an apply.
	Reset *Reset `json:"reset,omitempty"`
	// Collect is set where what nothing names any more is to go; nil is an apply.
	Collect *Collect `json:"collect,omitempty"`
	// Pending is set where nothing is restarted that runs, or that systemd is about to
	// start again after its end: what needs it is staged.
	Pending bool `json:"pending,omitempty"`
	// Jar is the SHA-512 of the jar that AddArchive and FetchArchive are about; empty is the
	// release archive.
	Jar string `json:"jar,omitempty"`
	// Undoing is set where the Generations undo a restart that failed: what an instance
	// failed with stays noted.
	Undoing bool `json:"undoing,omitempty"`
	// Reboot is set where the host is to be booted, and nothing else.
	Reboot *Reboot `json:"reboot,omitempty"`
}

// Founding is a bootstrap without a coordinator.
type Founding struct {
	// Bootstrap is the id of the inventory's [bootstrap].
	Bootstrap string `json:"bootstrap"`
	// Founders holds the hosts that found together, with their incarnations.
	Founders map[string]string `json:"founders"`
}

// Concerns reports whether an instance of the host may be changed.
func (t Task) Concerns(in *inventory.Instance) bool {
	return len(t.Only) == 0 || slices.Contains(t.Only, in.Name)
}

// Narrows reports whether the inventory takes voters out of a record, while instances of
// the host are left alone that may run with them: the record is all that tells of those.
func (t Task) Narrows(r *Members) bool {
	h := t.Target()
	left := slices.ContainsFunc(h.Instances, func(in inventory.Instance) bool { return !t.Concerns(&in) })
	return left && TakeCensus(t.Ensemble, []*Members{r}, func(*inventory.Instance) bool { return false }).Gone != nil
}

// Target returns the task's host; nil where the inventory has none of that name.
func (t Task) Target() *inventory.Host { return t.Ensemble.Host(t.Host) }

// Observation is what was seen on one host.
type Observation struct {
	Facts facts.Host `json:"facts"`
	// Boot tells this boot of the host from any other.
	Boot string `json:"boot,omitempty"`
	// Privileged is set where the agent runs as root.
	Privileged bool `json:"privileged"`
	// Java is what the instances would run on, or NoJava says why nothing will do.
	Java   *java.Result        `json:"java,omitempty"`
	NoJava *java.NotFoundError `json:"no_java,omitempty"`
	// Release is where the release is or should be unpacked, and what lies there.
	Release archive.Place `json:"release"`
	// Instances are by name.
	Instances map[string]InstanceState `json:"instances,omitempty"`
	// Formed is set where this host has seen the ensemble form its quorum, Members which
	// servers did; nil where the record cannot be read.
	Formed  bool     `json:"formed"`
	Members *Members `json:"members,omitempty"`
	// Places is what was noted when a change of the server list was begun that has not
	// ended yet. A server may be in several places.
	Places []Placed `json:"places,omitempty"`
	// Incarnation tells the host from what it was before it was installed anew;
	// empty before the first apply.
	Incarnation string `json:"incarnation,omitempty"`
	// Founding is what this host founds, or has founded, the ensemble with; nil where
	// it did not.
	Founding *Founding `json:"founding,omitempty"`
}

// InstanceState is what systemd and the process itself tell of an instance.
type InstanceState struct {
	Unit units.State `json:"unit"`
	// Generation is what the process was started with or, where systemd has still to
	// start it, will be; empty where none runs, or where its unit is not zkprov's.
	Generation string `json:"generation,omitempty"`
	// Kept is set where that generation lies on the host whole, so that the instance
	// can be given it again.
	Kept bool `json:"kept,omitempty"`
	// Version is the ZooKeeper release that the process was started with or, where none
	// runs, will be; empty where there is no unit of zkprov's that tells.
	Version inventory.Version `json:"version,omitempty"`
	// Failed is set where the last restart was to give it another generation than it
	// runs with: that was undone, or cut off.
	Failed bool `json:"failed,omitempty"`
	// Servers is the server list of that generation; nil where it is not known.
	Servers Servers `json:"servers,omitempty"`
}

// Report is one instance as a probe found it.
type Report struct {
	ID     int             `json:"id"`
	Unit   units.State     `json:"unit"`
	Answer ensemble.Answer `json:"answer"`
	// Election is who listens on the election port of a server that serves in an
	// ensemble; nil where it was not looked at.
	Election *facts.Listening `json:"election,omitempty"`
	// Crash is how the server has been ending by itself; nil where it stays up.
	Crash *Crash `json:"crash,omitempty"`
}

// ProbePatience is how long a Probe waits for a change.
const ProbePatience = time.Second

// Event tells of a change as it begins and as it ends.
type Event struct {
	// Change is the one that begins or ended.
	Change Change `json:"change"`
	Done   bool   `json:"done"`
	// Took is how long it took, once Done.
	Took time.Duration `json:"took,omitempty"`
	// Error tells why it failed; empty where it did not.
	Error string `json:"error,omitempty"`
}
