package fleet

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/plan"
)

// Connector reaches hosts; package remote has one.
type Connector interface {
	// Connect starts an agent on a host; a reader promises to change nothing.
	Connect(ctx context.Context, h *inventory.Host, readOnly bool) (provision.Agent, error)
}

// Fleet is an ensemble and the means to reach its hosts.
type Fleet struct {
	Ensemble  *inventory.Ensemble
	Connector Connector
	// Archives fetches the release on this machine.
	Archives *archive.Fetcher
	// By tells who uses the fleet, with which command; a run adds when it began and what
	// for.
	By provision.Caller
	// Forks is how many hosts are worked on at once; 0 is 16.
	Forks int
	// Limit names the hosts and instances that may be changed; empty is all. All
	// are looked at in any case.
	Limit []string
	// Generations names those that instances are to have in the place of the inventory's,
	// by instance; nil is none.
	Generations map[string]string
	// LockTimeout is how long another run on a host is waited for; 0 is not at all.
	LockTimeout time.Duration
	// Timeout bounds the wait for the quorum; 0 is FormLimit.
	Timeout time.Duration
	// Anew restarts everything that runs within the limit, although nothing changes.
	Anew bool
	// NoRestart stages what is to be changed and restarts nothing.
	NoRestart bool
	// AllowOutage restarts, or stops, servers although the quorum is lost meanwhile.
	AllowOutage bool
	// Settle is how long a server that was restarted must have been in sync before the
	// next is; 0 is plan.SettleTime.
	Settle time.Duration
	// StopAfter ends a run well once it has restarted that many instances; 0 is all.
	StopAfter int
	// Silence is how long a host may give no sign of life in the middle of a change
	// before it is given up, and twice what it may while it is only looked at; 0 is
	// SilenceLimit.
	Silence time.Duration
	// Clock goes on while this process is stopped and while its machine sleeps; nil is
	// the machine's. Only its differences count.
	Clock func() time.Duration
	// Report is told of everything that a user would want to watch; nil is nobody.
	Report func(Event)
	// Command renders a zkprov command on this inventory as it can be typed where
	// this one was, such as Command("apply", "--limit", "zk2"); nil knows no flags.
	Command func(words ...string) string
}

// options returns what a plan of the fleet is made with.
func (f *Fleet) options() plan.Options {
	return plan.Options{Limit: f.Limit, NoRestart: f.NoRestart, AllowOutage: f.AllowOutage, Settle: f.Settle}
}

// with returns the fleet with the options of a plan.
func (f *Fleet) with(o plan.Options) *Fleet {
	set := *f
	set.Limit, set.NoRestart, set.AllowOutage, set.Settle = o.Limit, o.NoRestart, o.AllowOutage, o.Settle
	return &set
}

// command renders what is to be typed next.
func (f *Fleet) command(words ...string) string {
	if f.Command != nil {
		return f.Command(words...)
	}
	return strings.Join(append(append([]string{"zkprov"}, words...), f.Ensemble.File), " ")
}

// limited reports whether a host may be changed, and which of its instances alone;
// none is all.
func (f *Fleet) limited(h *inventory.Host) (only []string, may bool) {
	if len(f.Limit) == 0 || slices.Contains(f.Limit, h.Name) {
		return nil, true
	}
	for _, in := range h.Instances {
		if slices.Contains(f.Limit, in.Name) {
			only = append(only, in.Name)
		}
	}
	return only, len(only) > 0
}
