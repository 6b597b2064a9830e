package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/units"
)

// serveVariable makes the test binary the far side of a session: it serves a
// recorder over its standard streams.
const serveVariable = "ZKPROV_TEST_SERVE"

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) == "" {
		os.Exit(m.Run())
	}
	if err := Serve(new(recorder), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// recorder is an agent that keeps what it is asked and answers with values of
// which every field is set.
type recorder struct {
	// err is the error of every call.
	err error
	// during runs inside of every call.
	during func(ctx context.Context)

	calls  []any // of each call its name and what it was given
	closed int
}

func (r *recorder) note(ctx context.Context, call ...any) error {
	r.calls = append(r.calls, call...)
	if r.during != nil {
		r.during(ctx)
	}
	return r.err
}

func (r *recorder) Observe(ctx context.Context, t provision.Task) (provision.Observation, error) {
	return observation, r.note(ctx, "observe", t)
}

func (r *recorder) Plan(ctx context.Context, t provision.Task) (provision.HostPlan, error) {
	return plan, r.note(ctx, "plan", t)
}

func (r *recorder) AddArchive(ctx context.Context, t provision.Task, pieces io.Reader) error {
	if r.err != nil {
		return r.note(ctx, "archive", t)
	}
	data, err := io.ReadAll(pieces)
	return errors.Join(err, r.note(ctx, "archive", t, data))
}

func (r *recorder) FetchArchive(ctx context.Context, t provision.Task) error {
	return r.note(ctx, "fetch", t)
}

func (r *recorder) Lock(ctx context.Context, t provision.Task, patience time.Duration) error {
	return r.note(ctx, "lock", t, patience)
}

func (r *recorder) Unlock(ctx context.Context) error { return r.note(ctx, "unlock") }

func (r *recorder) Apply(ctx context.Context, t provision.Task, changes, later []provision.Change, report func(provision.Event)) error {
	for _, e := range events3 {
		report(e)
	}
	return r.note(ctx, "apply", t, changes, later)
}

func (r *recorder) Probe(ctx context.Context, t provision.Task, known []provision.Report) ([]provision.Report, error) {
	return reports, r.note(ctx, "probe", t, known)
}

func (r *recorder) Write(ctx context.Context, t provision.Task, id int) (provision.Token, error) {
	return token, r.note(ctx, "write", t, id)
}

func (r *recorder) ReadBack(ctx context.Context, t provision.Task, id int, token provision.Token) error {
	return r.note(ctx, "read back", t, id, token)
}

func (r *recorder) EndWrite(ctx context.Context) error { return r.note(ctx, "end write") }

func (r *recorder) Journal(ctx context.Context, t provision.Task, id, lines int) ([]string, error) {
	return journal, r.note(ctx, "journal", t, id, lines)
}

func (r *recorder) History(ctx context.Context, t provision.Task) (provision.History, error) {
	return history, r.note(ctx, "history", t)
}

func (r *recorder) Close() error {
	r.closed++
	return nil
}

// What the recorder answers.
var (
	unitState = units.State{Unit: "zookeeper-1.service", LoadState: "loaded", ActiveState: "active", SubState: "running", MainPID: 42,
		NRestarts: 3, ExecMainStart: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)}
	history = provision.History{
		Entries: []provision.Entry{{Instance: "zookeeper-1", Generation: "new", Before: "old", Version: "3.6.3", Time: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Found: true,
			By: provision.Caller{User: "ops", Host: "ctl1", Command: "apply", Begin: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Aim: "all"}, Changes: []string{"a -> b"}, Diff: "-a\n+b"}},
		Runs: map[string]string{"zookeeper-1": "new"}, Lost: map[string]map[string]string{"zookeeper-1": {"old": "it is gone"}},
	}
	observation = provision.Observation{
		Facts: facts.Host{
			Now: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Arch: "arm64", Systemd: true,
			Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fe80::1")},
			DataDirs: map[string]facts.DataDir{"zookeeper-1": {Path: "/data", Exists: true, Stamp: []byte(`{"id":1}`),
				Zxid: 1<<63 - 1, History: true}},
		},
		Privileged: true, Formed: true,
		Java:      &java.Result{Home: "/jdk", Java: "/jdk/bin/java", Feature: 17},
		Release:   archive.Place{State: archive.State{Kind: archive.Incomplete, Reason: "a file is missing"}},
		Instances: map[string]provision.InstanceState{"zookeeper-1": {Unit: unitState, Generation: "0123"}},
	}
	change = provision.Change{Resource: "file:/etc/zoo.cfg", Action: provision.Update, Path: "/etc/zoo.cfg",
		Instance: "zookeeper-1", From: "absent", To: "file 0123 root:zookeeper 0640", Summary: "content", Diff: "-a\n+b \u2028 <ü>\n"}
	plan = provision.HostPlan{
		Host: "zk1", Changes: []provision.Change{change}, NeedsArchive: true,
		Findings: finding.Findings{{Name: "port-in-use", Severity: finding.Critical, Host: "zk1", Instance: "zookeeper-1", Message: "m", Hint: "h"}},
		Restarts: []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}},
	}
	events3 = []provision.Event{
		{Change: change},
		{Change: change, Done: true, Took: 5 * time.Millisecond},
		{Change: change, Done: true, Took: time.Second, Error: "no space left on device"},
	}
	reports = []provision.Report{{ID: 1, Unit: unitState, Answer: ensemble.Answer{ID: 1, Serving: true, Running: true, Mode: ensemble.Leader,
		Version: "3.6.3", Zxid: 1<<64 - 1, QuorumSize: 3, SyncedFollowers: 2, SyncedObservers: -1, NoMntr: "no", Took: time.Millisecond}}}
	token   = provision.Token{Path: "/zkprov-check", Data: []byte{0, 1, 255}}
	journal = []string{"first", "last \u00fc\t\x01"}
)

// task returns the plain data of a host as it is on the wire: without the places of its
// parts in a file.
func task(t *testing.T) provision.Task {
	t.Helper()
	return provision.Task{Host: "zk1", Bootstrap: true, Ensemble: &inventory.Ensemble{
		File: "prod.toml", Name: "zookeeper", Version: "3.6.3", Ignore: []string{"zk-eol"},
		Hosts: []inventory.Host{{Name: "zk1", Address: "10.0.0.1", SSH: "root@zk1", Instances: []inventory.Instance{
			{Name: "zookeeper-1", ID: 1, Role: inventory.Participant, ClientPort: 2181, DataDir: "/data",
				ZooCfg: inventory.Settings{{Key: "tickTime", Value: "2000", Kind: "integer"}}},
		}}},
	}}
}
