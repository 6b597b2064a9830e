package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/internal/skip"
	"github.com/zkprov/zkprov/provision/fleet"
)

// terminal is a pseudo-terminal: what a command has, and the side of the person
// who sits there.
func terminal(t *testing.T) (command, person *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		skip.OutsideCI(t, "there are no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	command, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Close() })
	return command, person
}

// echoes says whether a terminal shows what is typed.
func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	settings, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return settings.Lflag&unix.ECHO != 0
}

// silent waits until a terminal does not show what is typed.
func silent(t *testing.T, terminal *os.File) {
	t.Helper()
	for begin := time.Now(); echoes(t, terminal); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Error("the password would be shown")
			return
		}
	}
}

// TestPasswordTyped types a password.
func TestPasswordTyped(t *testing.T) {
	in, person := terminal(t)
	var asked strings.Builder
	c := &command{io: stdio{in: in, err: &asked}}
	var sits sync.WaitGroup
	sits.Go(func() {
		silent(t, in)
		_, _ = person.WriteString("secret\n")
	})
	got, err := c.password(t.Context())
	sits.Wait()
	if got != "secret" || err != nil || !echoes(t, in) || asked.String() != "Password for sudo on the hosts: \n" {
		t.Errorf("got %q, %v, with an echo %v, asked %q", got, err, echoes(t, in), asked.String())
	}
}

// TestPasswordInterrupted interrupts a command that asks for a password: it ends,
// and the terminal shows again what is typed.
func TestPasswordInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "good.toml", oneLocal)
	in, person := terminal(t)
	ctx, interrupt := context.WithCancel(t.Context())
	var sits sync.WaitGroup
	sits.Go(func() {
		silent(t, in)
		interrupt()
	})
	got := fed(t, ctx, in, "plan", "-q", "--ask-become-pass", "good.toml")
	sits.Wait()
	if want := (said{Err: "Password for sudo on the hosts: \n✘ interrupted\n", Code: 130}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !echoes(t, in) {
		t.Error("the terminal was left without an echo")
	}
	_, _ = person.WriteString("\n") // nobody waits for it any longer
}

// TestProgressOnTerminal runs a progress on a terminal of the kernel's, which is made
// narrower in the middle, and looks at what somebody there sees.
func TestProgressOnTerminal(t *testing.T) {
	out, person := terminal(t)
	resize := func(columns uint16) {
		if err := unix.IoctlSetWinsize(int(out.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
			t.Fatal(err)
		}
	}
	resize(60)
	s := newScreen(t, 60, 24, true)
	go func() { _, _ = io.Copy(s, person) }()
	sees := func(what string, is func(text string) bool) {
		t.Helper()
		for begin := time.Now(); !is(s.text()); time.Sleep(time.Millisecond) {
			if time.Since(begin) > 10*time.Second {
				t.Fatalf("%s:\n%s", what, s.text())
			}
		}
	}
	p := newProgress(out, output{progress: "auto", noColor: true})
	now := func(e fleet.Event) fleet.Event { e.Time = time.Now(); return e }
	p.report(now(step("stage")))
	p.report(now(works("zk1")))
	p.report(now(begins("zk1", release())))
	sees("the host is not shown", func(text string) bool {
		return strings.Contains(text, "\n  zk1  apache-zookeeper-3.6.3-bin in /opt/zookeeper/apache…\n")
	})
	s.resize(30)
	resize(30)
	// The terminal is not the one that controls this process, whose kernel would say so.
	if err := unix.Kill(os.Getpid(), unix.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	sees("it was not drawn for the new width", func(text string) bool {
		lines := strings.Split(text, "\n")
		return len(lines) == 3 && strings.HasPrefix(lines[0], "⏵ prepare the hosts") && strings.HasPrefix(lines[1], "  zk1  apache-zookeeper-3.6")
	})
	p.report(now(ends("zk1", release())))
	p.report(now(stepped("stage")))
	p.close()
	sees("something is left", func(text string) bool {
		return strings.Contains(text, "✔ prepare the hosts") && !strings.Contains(text, "⏵") && !strings.Contains(text, "…")
	})
	w := newStyled(out, output{noColor: true})
	w.printf("Plan: 4 changes on 4 hosts; first bootstrap\n")
	sees("the line is not broken at a word", func(text string) bool {
		return strings.HasSuffix(text, "\nPlan: 4 changes on 4 hosts;\n  first bootstrap\n")
	})
}
