package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal: what a command has, and the side of the person
// who sits there.
func terminal(t *testing.T) (command, person *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no pseudo-terminals: %v", err)
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
