package remote

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// ServeCommand is the command line by which zkprov becomes the agent of a
// session; with ServeOnceFlag it removes its own binary first.
const (
	ServeCommand  = "serve"
	ServeOnceFlag = "--once"
)

// maxNoise bounds what a login shell may print before the greeting, in bytes.
const maxNoise = 64 << 10

// greetLimit bounds the time from the start of ssh to the greeting. ssh has a
// shorter limit of its own for the connection.
const greetLimit = 60 * time.Second

// SSH reaches hosts by the system's ssh.
type SSH struct {
	// Program is ssh; empty looks it up in PATH.
	Program string
	// ConfigFile replaces the user's ssh_config; empty leaves it.
	ConfigFile string
	// ConnectTimeout bounds the connection, in whole seconds; 0 is 10 s.
	ConnectTimeout time.Duration
	// Password is given to sudo when it asks; empty means that it must not ask.
	Password string
	Binaries *Binaries
}

// Connect starts an agent on a host. A readOnly one must change nothing there, and
// leaves nothing behind. Errors are *provision.Error of kind Unreachable.
func (s *SSH) Connect(ctx context.Context, h *inventory.Host, readOnly bool) (provision.Agent, error) {
	binaries, err := s.Binaries.list()
	if err != nil {
		return nil, err
	}
	nonce, err := newNonce()
	if err != nil {
		return nil, err
	}
	prompt := ""
	if s.Password != "" {
		prompt = "zkprov-password-" + nonce + ":"
	}
	session, err := s.start(h.SSH, hostPlaces.script(nonce, binaries, sudoArgs(prompt), readOnly), prompt)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, greetLimit)
	defer cancel()
	if err := s.greet(ctx, session, nonce); err != nil {
		session.kill()
		return nil, err
	}
	return newClient(h.Name, session.out, session.in, session), nil
}

// session is one running ssh.
type session struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	pipe   io.Closer // what out reads from
	out    *bufio.Reader
	err    *stderr
	exited chan struct{}
	// patience bounds how long close waits for the far side to leave.
	patience time.Duration
}

// start runs ssh in a session of its own, out of reach of the terminal: a Ctrl-C
// is for zkprov, which ends the sessions when their hosts are in order, and no
// question can be asked by many at once.
func (s *SSH) start(destination, command, prompt string) (*session, error) {
	program := s.Program
	if program == "" {
		program = "ssh"
	}
	timeout := s.ConnectTimeout
	if timeout <= 0 {
		timeout = 10 * time.Second
	}
	args := []string{"-T"}
	if s.ConfigFile != "" {
		args = append(args, "-F", s.ConfigFile)
	}
	for _, option := range []string{
		"BatchMode=yes",
		fmt.Sprintf("ConnectTimeout=%d", max(1, int(timeout.Seconds()))),
		"ServerAliveInterval=10", "ServerAliveCountMax=3",
		"ControlMaster=no", "RequestTTY=no", "RemoteCommand=none", "PermitLocalCommand=no",
		"ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no",
		"EscapeChar=none", "LogLevel=ERROR",
	} {
		args = append(args, "-o", option)
	}
	args = append(args, "--", destination, command)

	x := &session{cmd: exec.Command(program, args...), err: newStderr(prompt), exited: make(chan struct{}), patience: closeLimit}
	x.cmd.Env = append(os.Environ(), "LC_ALL=C")
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	x.cmd.Stderr = x.err
	// A multiplexing master that the user's configuration left behind may hold
	// the pipes open.
	x.cmd.WaitDelay = 2 * time.Second
	in, err := x.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start ssh: %w", err)
	}
	// Not StdoutPipe, which Wait closes while there may be something to read.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start ssh: %w", err)
	}
	x.in, x.pipe, x.out, x.cmd.Stdout = in, r, bufio.NewReaderSize(r, maxNoise), w
	err = x.cmd.Start()
	w.Close()
	if err != nil {
		r.Close()
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New("cannot find ssh; install the OpenSSH client (package openssh-client or openssh-clients)")
		}
		return nil, fmt.Errorf("cannot start ssh: %w", err)
	}
	go func() {
		_ = x.cmd.Wait()
		close(x.exited)
	}()
	return x, nil
}

// greet waits for the greeting, answers sudo's question, and sends the binary
// where it is wanted.
func (s *SSH) greet(ctx context.Context, x *session, nonce string) error {
	type result struct {
		word, machine string
		err           error
	}
	greeted := make(chan result, 1)
	go func() {
		word, machine, err := readGreeting(x.out, nonce)
		greeted <- result{word, machine, err}
	}()
	asked := 0
	for {
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return &provision.Error{Kind: provision.Unreachable, Name: noGreeting,
					Message: fmt.Sprintf("nothing came from the host within %s", greetLimit), Hint: "does its login shell wait for something?", Detail: tail(x.err.String())}
			}
			return ctx.Err()
		case <-x.err.asked:
			if asked++; asked > 1 {
				return classify("Sorry, try again\n" + x.err.String())
			}
			if _, err := io.WriteString(x.in, s.Password+"\n"); err != nil {
				return classify(x.ended())
			}
		case g := <-greeted:
			switch {
			case errors.Is(g.err, errNoise):
				return g.err
			case g.err != nil:
				return classify(x.ended())
			case g.word == greetHave:
				return nil
			case g.word == greetNeed:
				return s.send(x, g.machine)
			}
			return &provision.Error{Kind: provision.Unreachable, Name: noBinary,
				Message: fmt.Sprintf("there is no zkprov for this host, which is %s", strings.Replace(printable(g.machine), "-", " on ", 1)),
				Hint:    "put " + FileFor("arm64") + " or " + FileFor("amd64") + " of the same version beside zkprov (make build makes both)"}
		}
	}
}

// send sends the binary for a machine to the far side.
func (s *SSH) send(x *session, machine string) error {
	_, m, _ := strings.Cut(machine, "-")
	file, err := s.Binaries.open(machines[m])
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err = io.WriteString(x.in, ship+"\n"); err == nil {
		_, err = io.Copy(x.in, file)
	}
	if err != nil {
		return classify(x.ended())
	}
	return nil
}

// errNoise is the error for a login shell that prints too much.
var errNoise = &provision.Error{Kind: provision.Unreachable, Name: noGreeting,
	Message: fmt.Sprintf("the login shell printed more than %d KiB and never ran the command", maxNoise>>10),
	Hint:    "check what ssh HOST true prints"}

// readGreeting reads up to the greeting and skips what a login shell prints before.
func readGreeting(r *bufio.Reader, nonce string) (word, machine string, err error) {
	mark := greeting(nonce)
	for seen := 0; seen < maxNoise; {
		part, err := r.ReadSlice('\n')
		seen += len(part)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return "", "", err
		}
		// Noise may end without a newline.
		if _, rest, found := strings.Cut(string(part), mark); found {
			word, machine, _ = strings.Cut(strings.TrimSpace(rest), " ")
			return word, machine, nil
		}
	}
	return "", "", errNoise
}

// ended waits until ssh has exited, 2 s at most, and returns what it printed to its
// standard error.
func (x *session) ended() string {
	select {
	case <-x.exited:
	case <-time.After(2 * time.Second):
	}
	return x.err.String()
}

// lost returns the last line of ssh as the reason why a session ended by itself.
func (x *session) lost() error {
	lines := tail(x.ended())
	if len(lines) == 0 {
		return nil
	}
	return errors.New(lines[len(lines)-1])
}

// closeLimit is the patience of a session.
const closeLimit = 20 * time.Second

// close ends the session by the end of its input, as the agent expects.
func (x *session) close(signs func() uint64) error {
	_ = x.in.Close()
	awaitEnd(x.exited, signs, x.patience)
	x.kill()
	return nil
}

// kill ends ssh at once. The far side sees the connection end, if need be when it
// goes on: it finishes the step that it is in, and gives its lock back.
func (x *session) kill() {
	_ = x.in.Close()
	_ = x.cmd.Process.Kill()
	<-x.exited
	_ = x.pipe.Close()
}

func newNonce() (string, error) {
	b := make([]byte, 12)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("cannot make a nonce: %w", err)
	}
	return hex.EncodeToString(b), nil
}
