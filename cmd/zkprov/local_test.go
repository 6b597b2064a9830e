package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/host"
)

// TestNoSystemd works on a machine that systemd did not boot: it must be said
// what is wrong, where to try zkprov instead, and that nothing was done.
func TestNoSystemd(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "local.toml", oneLocal)
	const finding = "✘ here: systemd is not running as the system manager (there is no /run/systemd/system); use a host that systemd booted; to try zkprov on a machine without it, run: make demo [no-systemd]\n"
	tests := map[string]struct {
		code     int
		out, err []string
		never    string // in stdout
	}{
		"plan local.toml":    {code: 1, out: []string{finding, "apply would change nothing: see the "}, err: []string{"✔ plan"}, never: "nothing to change"},
		"plan -q local.toml": {code: 1, out: []string{finding}},
		"apply local.toml":   {code: 1, err: []string{finding, "\nnothing was changed · "}},
		"check local.toml":   {code: 2, out: []string{"CRITICAL  quorum not known · ", finding}, err: []string{"✔ ask the servers"}},
	}
	for line, test := range tests {
		t.Run(line, func(t *testing.T) {
			root := bare(t)
			got := zkprovOn(t, &host.Machine{Root: root}, strings.Fields(line)...)
			if got.Code != test.code {
				t.Errorf("exit code %d, want %d", got.Code, test.code)
			}
			for stream, wants := range map[string][]string{got.Out: test.out, got.Err: test.err} {
				for _, want := range wants {
					if !strings.Contains(stream, want) {
						t.Errorf("%q is missing in\n%s", want, stream)
					}
				}
			}
			if test.never != "" && strings.Contains(got.Out, test.never) {
				t.Errorf("it says %q:\n%s", test.never, got.Out)
			}
			if test.out == nil && got.Out != "" || test.err == nil && got.Err != "" {
				t.Errorf("stdout %q, stderr %q", got.Out, got.Err)
			}
			if _, err := os.Stat(root + "/etc/zookeeper"); err == nil {
				t.Error("something was written")
			}
		})
	}
}

// interrupting is a host that is asked for something when the user interrupts.
type interrupting struct {
	provision.Agent
	interrupt func()
}

func (a interrupting) Lock(ctx context.Context, t provision.Task, wait time.Duration) error {
	a.interrupt()
	return a.Agent.Lock(ctx, t, wait)
}

func (a interrupting) Observe(ctx context.Context, t provision.Task) (provision.Observation, error) {
	a.interrupt()
	return a.Agent.Observe(ctx, t)
}

// tookTime is how long a run took, which depends on the machine.
var tookTime = regexp.MustCompile(`· \d+\.\d s`)

func TestInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "local.toml", oneLocal)
	for line, want := range map[string]said{
		"plan -q local.toml":  {Err: "✘ interrupted\n", Code: 130},
		"check -q local.toml": {Err: "✘ interrupted\n", Code: 130},
		"apply -q local.toml": {Err: "✘ interrupted\nevery change that had begun was finished; run it again to go on: bin/zkprov apply -q local.toml\nnothing was changed · 0.0 s\n", Code: 130},
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		host := interrupting{&host.Machine{Root: bare(t)}, interrupt}
		got := zkprovWith(t, ctx, host, strings.Fields(line)...)
		got.Err = tookTime.ReplaceAllString(got.Err, "· 0.0 s")
		if got != want {
			t.Errorf("%s: got %+v, want %+v", line, got, want)
		}
	}
}

func TestPassword(t *testing.T) {
	for text, want := range map[string]string{"secret\n": "secret", "with blanks \r\n": "with blanks ", "no newline": "no newline", "two\nlines\n": "two", "\n": "", "": ""} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.WriteString(text); err != nil {
			t.Fatal(err)
		}
		w.Close()
		var asked strings.Builder
		c := &command{io: stdio{in: r, err: &asked}}
		got, err := c.password(t.Context())
		r.Close()
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
		if asked.Len() > 0 {
			t.Errorf("a question was asked of nobody: %q", asked.String())
		}
	}
}
