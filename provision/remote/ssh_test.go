package remote

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// fakeSSH stands for ssh: it keeps its arguments, finds the nonce in the command
// that it is to run, and then does what a test says.
const fakeSSH = `#!/bin/sh
printf '%s\n' "$@" > "$0.args"
for command; do :; done
nonce=$(printf '%s' "$command" | sed 's/.*echo "zkprov-\([0-9a-f]*\) need.*/\1/')
greet() { echo "zkprov-$nonce $1 Linux-x86_64"; }
ask() { printf 'zkprov-password-%s:' "$nonce" >&2; IFS= read -r password; }
serve() { GORACE=atexit_sleep_ms=0 ZKPROV_TEST_SERVE=1 exec "$ZKPROV_TEST_BINARY"; }
`

// sshTo returns an SSH whose ssh runs the shell text, with builds for two architectures
// at hand.
func sshTo(t *testing.T, does string) *SSH {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("ZKPROV_TEST_BINARY", self)
	dir := t.TempDir()
	put(t, dir+"/ssh", fakeSSH+does)
	put(t, dir+"/zkprov", "the build of "+runtime.GOARCH)
	put(t, filepath.Join(dir, FileFor(other())), "the build of "+other())
	return &SSH{Program: dir + "/ssh", Binaries: &Binaries{Executable: dir + "/zkprov"}}
}

var zk1 = &inventory.Host{Name: "zk1", SSH: "root@zk1"}

func TestConnect(t *testing.T) {
	const secret = "pass word'\"$é"
	tests := map[string]struct {
		does     string
		password string
		// want is the error; nil is an agent that answers.
		want *provision.Error
		says string // in the message
	}{
		"have":              {does: "greet have; serve"},
		"have, noise":       {does: "echo Welcome; printf prompt; echo motd >&2; greet have; serve"},
		"need":              {does: `greet need; read -r word; [ "$word" = ship ] && head -c 18 > "$0.got" && serve`},
		"sudo asks once":    {does: `ask; [ "$password" = "$WANT" ] || exit 3; greet have; serve`, password: secret},
		"sudo asks late":    {does: `echo motd; ask; [ "$password" = "$WANT" ] || exit 3; greet need; read -r word; head -c 18 >/dev/null; serve`, password: secret},
		"sudo does not ask": {does: "greet have; serve", password: secret},

		"none":              {does: "greet none", want: &provision.Error{Name: noBinary}, says: "Linux on x86_64"},
		"sudo asks twice":   {does: "ask; echo 'Sorry, try again.' >&2; ask; exec sleep 60", password: secret, want: &provision.Error{Name: sudoPassword}},
		"sudo wants one":    {does: "echo 'sudo: a password is required' >&2; exit 1", want: &provision.Error{Name: sudoPassword}},
		"255":               {does: "echo 'root@zk1: Permission denied (publickey).' >&2; exit 255", want: &provision.Error{Name: loginRefused}},
		"255, unknown text": {does: "echo 'Bad owner or permissions on /home/op/.ssh/config' >&2; exit 255", want: &provision.Error{Name: hostUnreachable}, says: "Bad owner"},
		"255, no text":      {does: "exit 255", want: &provision.Error{Name: hostUnreachable}},
		"no shell":          {does: "echo 'This account is not available.'", want: &provision.Error{Name: hostUnreachable}},
		"flood":             {does: "exec yes", want: &provision.Error{Name: noGreeting}, says: "64 KiB"},
		"gone as we answer": {does: "ask; exit 1", password: secret, want: &provision.Error{Name: hostUnreachable}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WANT", test.password)
			s := sshTo(t, test.does)
			s.Password = test.password
			a, err := s.Connect(t.Context(), zk1, false)
			if test.want == nil {
				answers(t, a, err)
				if got, err := os.ReadFile(s.Program + ".got"); err == nil && string(got) != "the build of amd64" {
					t.Errorf("another binary was sent: %q", got)
				}
				return
			}
			var e *provision.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Kind != provision.Unreachable || e.Name != test.want.Name || !strings.Contains(e.Message, test.says) {
				t.Errorf("got %+v, want %s and %q", e, test.want.Name, test.says)
			}
			if strings.Contains(e.Error()+strings.Join(e.Detail, ""), "zkprov-password") {
				t.Errorf("shows the prompt: %+v", e)
			}
		})
	}
}

// answers looks whether an agent was connected that answers, and leaves when it
// is closed.
func answers(t *testing.T, a provision.Agent, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Journal(t.Context(), task(t), 1, 3)
	if diff := cmp.Diff(journal, got); err != nil || diff != "" {
		t.Errorf("the agent answers %v\n%s", err, diff)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	x := sessionOf(t, a)
	select {
	case <-x.exited:
		if !x.cmd.ProcessState.Success() {
			t.Errorf("ssh ended with %s: %s", x.cmd.ProcessState, x.err)
		}
	default:
		t.Error("ssh still runs")
	}
}

// sessionOf returns the session that carries an agent's calls.
func sessionOf(t *testing.T, a provision.Agent) *session {
	t.Helper()
	return a.(*client).link.(*session)
}

// TestHang looks whether a host that says nothing is left as soon as nobody
// wants it any more.
func TestHang(t *testing.T) {
	s := sshTo(t, "exec sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := s.Connect(ctx, zk1, false)
	var e *provision.Error
	if !errors.As(err, &e) || e.Name != noGreeting {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}

	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if _, err := s.Connect(ctx, zk1, false); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestLostSession wants the error to have the reason for which an ssh ended by itself.
func TestLostSession(t *testing.T) {
	a, err := sshTo(t, "greet have; head -c 5 >/dev/null; echo 'Timeout, server zk1 not responding.' >&2; exit 255").Connect(t.Context(), zk1, false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Observe(t.Context(), task(t))
	var e *provision.Error
	if !errors.As(err, &e) || e.Name != connectionLost || !strings.Contains(e.Message, "Timeout, server zk1 not responding.") {
		t.Errorf("got %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// TestStuckSession looks whether an agent that does not leave is left after so
// long.
func TestStuckSession(t *testing.T) {
	a, err := sshTo(t, "greet have; exec sleep 60").Connect(t.Context(), zk1, false)
	if err != nil {
		t.Fatal(err)
	}
	x := sessionOf(t, a)
	x.patience = 10 * time.Millisecond
	begin := time.Now()
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestArguments(t *testing.T) {
	s := sshTo(t, "greet have; serve")
	s.ConfigFile, s.ConnectTimeout = "/etc/my ssh_config", 1500*time.Millisecond
	a, err := s.Connect(t.Context(), &inventory.Host{Name: "zk1", SSH: "ssh://op@zk1:2222"}, true)
	answers(t, a, err)
	text, err := os.ReadFile(s.Program + ".args")
	if err != nil {
		t.Fatal(err)
	}
	args := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	n := len(args)
	if diff := cmp.Diff([]string{"--", "ssh://op@zk1:2222"}, args[n-3:n-1]); diff != "" {
		t.Errorf("the destination:\n%s", diff)
	}
	all := " " + strings.Join(args[:n-1], " ") + " "
	for _, want := range []string{" -T ", " -F /etc/my ssh_config ", " -o BatchMode=yes ", " -o ConnectTimeout=1 ", " -o LogLevel=ERROR ", " -o ForwardAgent=no ", " -o ServerAliveInterval=10 "} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not among %s", want, all)
		}
	}
	if strings.Contains(all, "StrictHostKeyChecking") || strings.Contains(all, "UserKnownHosts") {
		t.Error("host keys are not checked as the user wants")
	}
	if !strings.Contains(args[n-1], "--once") {
		t.Error("a reader's binary would stay")
	}
}

func TestNoSSH(t *testing.T) {
	s := sshTo(t, "")
	s.Program = "no-such-program"
	if _, err := s.Connect(t.Context(), zk1, false); err == nil || !strings.Contains(err.Error(), "install the OpenSSH client") {
		t.Errorf("got %v", err)
	}
}

func TestHosts(t *testing.T) {
	local := new(recorder)
	h := &Hosts{SSH: sshTo(t, "greet have; serve"), Local: func() provision.Agent { return local }}
	if a, err := h.Connect(t.Context(), &inventory.Host{Name: "zk1", Local: true}, false); a != local || err != nil {
		t.Errorf("a local host: %v, %v", a, err)
	}
	a, err := h.Connect(t.Context(), zk1, false)
	answers(t, a, err)
}
