package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/skip"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/host"
)

// unwatched is a machine where nothing is to be changed, and what was kept of its
// runs.
type unwatched struct {
	provision.Agent
	which, lock error
	plan        provision.HostPlan
	// during runs at the n-th planning, from 1.
	during func(n int)

	plans    int
	statuses []host.Status
}

func (u *unwatched) WhichHost(_ context.Context, e *inventory.Ensemble, _ string) (*inventory.Host, error) {
	return &e.Hosts[0], u.which
}

func (u *unwatched) WriteStatus(_ context.Context, s host.Status) error {
	u.statuses = append(u.statuses, s)
	return nil
}

func (u *unwatched) LastStatus(context.Context) (host.Status, error) {
	if len(u.statuses) == 0 {
		return host.Status{}, nil
	}
	return u.statuses[len(u.statuses)-1], nil
}

func (u *unwatched) Plan(ctx context.Context, t provision.Task) (provision.HostPlan, error) {
	u.plans++
	if u.during != nil {
		u.during(u.plans)
	}
	p := u.plan
	p.Host = t.Host
	return p, ctx.Err()
}

func (u *unwatched) Observe(context.Context, provision.Task) (provision.Observation, error) {
	data := facts.DataDir{Exists: true, IsDir: true, SnapshotPresent: true, History: true}
	return provision.Observation{Formed: true, Facts: facts.Host{DataDirs: map[string]facts.DataDir{"zookeeper-1": data}}}, nil
}

func (u *unwatched) Probe(ctx context.Context, t provision.Task, _ []provision.Report) ([]provision.Report, error) {
	in := t.Target().Instances[0]
	time.Sleep(time.Millisecond)
	return []provision.Report{{ID: in.ID, Answer: ensemble.Probe(ctx, ensemble.Target{ID: in.ID, Addr: in.ClientAddr("127.0.0.1")})}}, nil
}

func (u *unwatched) Unlock(context.Context) error { return nil }

func (u *unwatched) Lock(context.Context, provision.Task, time.Duration) error { return u.lock }

func (u *unwatched) Apply(context.Context, provision.Task, []provision.Change, []provision.Change, func(provision.Event)) error {
	return nil
}

func (u *unwatched) Close() error { return nil }

// alonePort is a port of this machine that nothing listens to.
func alonePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// leader serves as the one server of oneLocal.
func leader(t *testing.T, port int) {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	context.AfterFunc(t.Context(), func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			word := make([]byte, 4)
			if _, err := bufio.NewReader(conn).Read(word); err == nil && string(word) == "srvr" {
				_, _ = fmt.Fprint(conn, "Zookeeper version: 3.6.3-6401e4ad2087061bc6b9f80dec2d69f2e3c8660a, built on 04/08/2021 16:35 GMT\nZxid: 0x1\nMode: leader\nNode count: 5\n")
			}
			conn.Close()
		}
	}()
}

func TestAgentResult(t *testing.T) {
	restarts := provision.HostPlan{Restarts: []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}}}
	refused := &provision.Error{Kind: provision.Refused, Name: "other-host-data", Message: "another host's data", Hint: "move it"}
	held := &provision.Error{Kind: provision.Locked, Message: "another run holds this host", Hint: "wait"}
	for name, test := range map[string]struct {
		machine  unwatched
		serves   bool
		want     host.Status
		out, err string
	}{
		"formed":  {serves: true, want: host.Status{Result: "formed"}, out: "the ensemble is formed\n"},
		"pending": {machine: unwatched{plan: restarts}, serves: true, want: host.Status{Result: "formed", RestartPending: []string{"zookeeper-1"}}, out: "the ensemble is formed; restart pending: zookeeper-1\n"},
		"waiting": {
			want: host.Status{Result: "waiting", ExitCode: 75, Missing: []string{"zookeeper-1"},
				Reason: "this host has done its part, and there is no quorum yet: waiting for zookeeper-1; no voter here is without data", Hint: "boot them; it goes on by itself"},
			err: "no quorum yet",
		},
		"locked": {machine: unwatched{lock: held}, want: host.Status{Result: "waiting", ExitCode: 75, Reason: held.Message, Hint: held.Hint}, err: held.Message},
		"refused": {machine: unwatched{which: refused}, want: host.Status{Result: "refused", ExitCode: 78, Reason: refused.Message, Hint: refused.Hint},
			err: "other-host-data"},
		"failed": {machine: unwatched{lock: errors.New("no disk")}, want: host.Status{Result: "failed", ExitCode: 1, Failures: 1, Reason: "no disk"}, err: "no disk"},
	} {
		t.Run(name, func(t *testing.T) {
			port := alonePort(t)
			path := put(t, t.TempDir()+"/one.toml", strings.Replace(oneLocal, "{ id = 1 }", fmt.Sprintf("{ id = 1, client_port = %d }", port), 1))
			if test.serves {
				leader(t, port)
			}
			m := test.machine
			got := zkprovOn(t, &m, "agent", "--once", "-q", "--splay", "0s", "--timeout", "300ms", path)
			if got.Code != test.want.ExitCode || !strings.Contains(got.Out, test.out) || !strings.Contains(got.Err, test.err) {
				t.Errorf("it ends with %+v", got)
			}
			test.want.Ensemble, test.want.Host = "zookeeper", "here"
			if m.which != nil {
				test.want.Host = ""
			}
			if diff := cmp.Diff([]host.Status{test.want}, m.statuses, cmpopts.IgnoreFields(host.Status{}, "Time")); diff != "" {
				t.Error(diff)
			}
			if len(m.statuses) > 0 && time.Since(m.statuses[0].Time) > time.Minute {
				t.Errorf("it is of %s", m.statuses[0].Time)
			}
		})
	}
}

// TestAgentInventory keeps the result of a run that came no further than its
// inventory: what was kept of the run before would be a lie.
func TestAgentInventory(t *testing.T) {
	path := put(t, t.TempDir()+"/bad.toml", broken)
	m := new(unwatched)
	if got := zkprovOn(t, m, "agent", "--once", path); got.Code != 64 {
		t.Errorf("it ends with %+v", got)
	}
	want := []host.Status{{Result: "failed", ExitCode: 64, Failures: 1, Reason: "the inventory " + path + " cannot be used", Hint: "zkprov validate " + path + " says why"}}
	if diff := cmp.Diff(want, m.statuses, cmpopts.IgnoreFields(host.Status{}, "Time")); diff != "" {
		t.Error(diff)
	}
}

// TestAgentTrust lets an inventory belong to others than root, or be theirs to write:
// they would decide what is run as root.
func TestAgentTrust(t *testing.T) {
	const nobody = 65534
	bootstrap := "[bootstrap]\nid = \"0123456789abcdef\"\nexpires = " + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + "\n"
	warning := "everybody on this host can read the id under [bootstrap]"
	for name, test := range map[string]struct {
		mode          fs.FileMode
		owner         int
		text, ignore  string
		refused, says string
	}{
		"its own":                  {mode: 0o600},
		"readable":                 {mode: 0o644},
		"its own, with a secret":   {mode: 0o640, text: bootstrap},
		"readable, with a secret":  {mode: 0o644, text: bootstrap, says: "warning: " + warning},
		"readable, and silenced":   {mode: 0o644, text: bootstrap, ignore: `"secret-readable", `},
		"somebody's":               {mode: 0o600, owner: nobody, refused: "it belongs to nobody"},
		"everybody may write":      {mode: 0o646, refused: "everybody can write to it"},
		"the group may write":      {mode: 0o664, refused: "its group can write to it"},
		"somebody's and no secret": {mode: 0o666, owner: nobody, text: bootstrap, refused: "it belongs to nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			port := alonePort(t)
			leader(t, port)
			text := strings.NewReplacer("{ id = 1 }", fmt.Sprintf("{ id = 1, client_port = %d }", port), "ignore = [", "ignore = ["+test.ignore, "[[host]]", test.text+"[[host]]").Replace(oneLocal)
			path := put(t, t.TempDir()+"/one.toml", text)
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			if test.owner != 0 {
				if os.Geteuid() != 0 {
					skip.OutsideCI(t, "only root can give a file away")
				}
				if err := os.Chown(path, test.owner, 0); err != nil {
					t.Fatal(err)
				}
			}
			m := new(unwatched)
			got := zkprovOn(t, m, "agent", "--once", "--splay", "0s", "--timeout", "10s", path)
			if test.refused == "" {
				if got.Code != 0 || strings.Contains(got.Err, warning) != (test.says != "") || !strings.Contains(got.Err, test.says) {
					t.Errorf("it ends with %+v", got)
				}
				return
			}
			if got.Code != 78 || !strings.Contains(got.Err, test.refused) || !strings.Contains(got.Err, "unsafe-inventory") || m.plans > 0 {
				t.Errorf("it ends with %+v", got)
			}
			if len(m.statuses) != 1 || m.statuses[0].Result != "refused" || m.statuses[0].ExitCode != 78 || !strings.Contains(m.statuses[0].Reason, test.refused) {
				t.Errorf("the status is %+v", m.statuses)
			}
			// A control machine does what its user's own file says.
			if got := zkprov(t, "validate", path); got.Code != 0 {
				t.Errorf("validate ends with %+v", got)
			}
		})
	}
}

// TestAgentTriesAgain wants a run without --once to go on until all is well, or
// until it fails.
func TestAgentTriesAgain(t *testing.T) {
	port := alonePort(t)
	path := put(t, t.TempDir()+"/one.toml", strings.Replace(oneLocal, "{ id = 1 }", fmt.Sprintf("{ id = 1, client_port = %d }", port), 1))
	results := func(m *unwatched) (all []string) {
		for _, s := range m.statuses {
			all = append(all, s.Result)
		}
		return all
	}
	bounded, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	args := []string{"agent", "-q", "--splay", "1ms", "--timeout", "20ms", path}

	const plansOfTry = 2 // one to stage, and one to start
	failing := &unwatched{}
	failing.during = func(n int) {
		if n == 2*plansOfTry+1 {
			failing.lock = errors.New("no disk")
		}
	}
	if got := zkprovWith(t, bounded, failing, args...); got.Code != 1 {
		t.Errorf("it ends with %+v", got)
	}
	if diff := cmp.Diff([]string{"waiting", "waiting", "failed"}, results(failing)); diff != "" {
		t.Error(diff)
	}

	ctx, interrupt := context.WithCancel(bounded)
	defer interrupt()
	interrupted := &unwatched{during: func(n int) {
		if n == plansOfTry+1 {
			interrupt()
		}
	}}
	if got := zkprovWith(t, ctx, interrupted, args...); got.Code != 130 {
		t.Errorf("interrupted, it ends with %+v", got)
	}

	if diff := cmp.Diff([]string{"waiting", "stopped"}, results(interrupted)); diff != "" {
		t.Error(diff)
	}

	forming := &unwatched{during: func(n int) {
		if n == plansOfTry+1 {
			leader(t, port)
		}
	}}
	if got := zkprovWith(t, bounded, forming, args...); got.Code != 0 {
		t.Errorf("it ends with %+v", got)
	}
	if diff := cmp.Diff([]string{"waiting", "formed"}, results(forming)); diff != "" {
		t.Error(diff)
	}
}

// TestAgentBacksOff wants failures in a row to be waited for, longer after each, and
// anything else to end that.
func TestAgentBacksOff(t *testing.T) {
	for _, test := range []struct {
		failures       int
		limit, at, max time.Duration
	}{
		{0, 10 * time.Minute, 0, 0},
		{1, 10 * time.Minute, 0, 0},
		{2, 10 * time.Minute, 5 * time.Second, 10 * time.Second},
		{3, 10 * time.Minute, 10 * time.Second, 20 * time.Second},
		{5, 10 * time.Minute, 40 * time.Second, 80 * time.Second},
		{9, 10 * time.Minute, 5 * time.Minute, 10 * time.Minute},
		{1 << 40, 10 * time.Minute, 5 * time.Minute, 10 * time.Minute},
		{9, 0, 0, 0},
	} {
		for range 20 {
			if got := backoff(test.failures, test.limit); got < test.at || got > test.max {
				t.Errorf("after %d failures it waits %s, want %s to %s", test.failures, got, test.at, test.max)
			}
		}
	}

	port := alonePort(t)
	path := put(t, t.TempDir()+"/one.toml", strings.Replace(oneLocal, "{ id = 1 }", fmt.Sprintf("{ id = 1, client_port = %d }", port), 1))
	m := &unwatched{lock: errors.New("no disk")}
	const limit = 400 * time.Millisecond
	run := func(want int) (took time.Duration) {
		began := time.Now()
		zkprovOn(t, m, "agent", "--once", "-q", "--splay", "0s", "--timeout", "10ms", "--backoff", limit.String(), path)
		if got := m.statuses[len(m.statuses)-1].Failures; got != want {
			t.Errorf("%d failures are counted, want %d", got, want)
		}
		return time.Since(began)
	}
	run(1)
	if took := run(2); took < limit/2 {
		t.Errorf("a second failure ends after %s", took)
	}
	m.lock = nil
	run(0) // waiting
	m.lock = errors.New("no disk")
	run(1)
}

// TestAgentQuorum is the one result that takes more than one host.
func TestAgentQuorum(t *testing.T) {
	var got host.Status
	err := &provision.Error{Kind: provision.Waiting, Message: "the quorum stands; missing: zookeeper-3", Hint: "boot it"}
	s := &fleet.Standing{Verdict: ensemble.Verdict{Quorum: true}, Missing: []string{"zookeeper-3"}, Changes: 4}
	conclude(&got, s, err, exitCode(err))
	want := host.Status{Result: "quorum", ExitCode: 75, Reason: err.Message, Hint: err.Hint, Missing: s.Missing, Changes: 4}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if line := statusLine(got); line != err.Message {
		t.Errorf("it says %q", line)
	}
}
