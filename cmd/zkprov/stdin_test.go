package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/host"
)

// fed runs a command with something on its standard input, until ctx ends.
func fed(t *testing.T, ctx context.Context, in *os.File, args ...string) said {
	t.Helper()
	var out, errs bytes.Buffer
	c := &command{io: stdio{in, &out, &errs}, local: func() provision.Agent { return &host.Machine{Root: bare(t)} }}
	ended := make(chan int, 1)
	go func() { ended <- c.run(ctx, args) }()
	select {
	case code := <-ended:
		return said{out.String(), errs.String(), code}
	case <-time.After(20 * time.Second):
		t.Fatalf("zkprov %s does not end", strings.Join(args, " "))
		return said{}
	}
}

// file is a file to read from the beginning.
func file(t *testing.T, text string) *os.File {
	t.Helper()
	f, err := os.Open(put(t, filepath.Join(t.TempDir(), "in"), text))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestStdin gives commands their inventory on standard input.
func TestStdin(t *testing.T) {
	const found = `stdin:6:1: a [[host]] has no key "nmae"; did you mean "name"? [unknown-key]
stdin:10:33: server id 1 is there twice, first at line 10; every server has an id of its own [duplicate-id]
2 errors, 0 warnings; no host was touched
`
	big := oneLocal + "#" + strings.Repeat("x", 16<<20)
	for line, test := range map[string]struct {
		in   string
		want said
	}{
		"validate -":                {oneLocal, said{Out: "stdin is valid: ensemble zookeeper, ZooKeeper 3.6.3, 1 host, 1 instance (1 participant, 0 observers)\n"}},
		"plan -":                    {broken, said{Err: found, Code: 64}},
		"apply -":                   {broken, said{Err: found, Code: 64}},
		"check -":                   {broken, said{Err: found, Code: 3}},
		"agent -":                   {broken, said{Err: found, Code: 64}},
		"render - x":                {oneLocal, said{Err: "zkprov: stdin has no host \"x\"\nsee: zkprov render --help\n", Code: 64}},
		"validate -q -o json - ":    {oneLocal, said{Out: "{\n  \"command\": \"validate\",\n  \"exit_code\": 0,\n  \"result\": {\n    \"findings\": null\n  }\n}\n"}},
		"plan --limit x -":          {oneLocal, said{Err: "zkprov: --limit names \"x\", and stdin has no host or instance of that name\nsee: zkprov plan --help\n", Code: 64}},
		"apply --ask-become-pass -": {oneLocal + "\n", said{Err: "zkprov: --ask-become-pass needs standard input, and the inventory was read from there; give the inventory as a file\nsee: zkprov apply --help\n", Code: 64}},
		"check --ask-become-pass -": {oneLocal + "\n", said{Err: "zkprov: --ask-become-pass needs standard input, and the inventory was read from there; give the inventory as a file\nsee: zkprov check --help\n", Code: 3}},
		"validate - ":               {big, said{Err: "✘ cannot read the inventory: stdin has more than the 4194304 bytes that are read\n", Code: 64}},
		"validate /dev/null":        {"", said{Err: "✘ cannot read the inventory: /dev/null is no regular file; zkprov reads standard input where the path is -\n", Code: 64}},
	} {
		t.Run(line, func(t *testing.T) {
			if diff := cmp.Diff(test.want, fed(t, t.Context(), file(t, test.in), strings.Fields(line)...)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("local", func(t *testing.T) {
		got := fed(t, t.Context(), file(t, oneLocal), "plan", "-q", "-")
		if got.Code != 1 || !strings.Contains(got.Out, "[no-systemd]") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("user-data", func(t *testing.T) {
		got := fed(t, t.Context(), file(t, oneLocal), "render", "--cloud-init", "--package-url", "https://example.org/zkprov.deb", "--package-sha256", strings.Repeat("0", 64), "-")
		if got.Code != 0 || !strings.Contains(got.Out, `name = "here"`) {
			t.Errorf("%+v", got)
		}
	})
}

// TestNobodyWrites has commands wait for an inventory or a password that nobody
// writes: they end when they are asked to.
func TestNobodyWrites(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "good.toml", oneLocal)
	for _, line := range []string{"validate -", "plan -", "check -", "apply --ask-become-pass good.toml", "check --ask-become-pass good.toml"} {
		t.Run(line, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			defer w.Close()
			ctx, interrupt := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, interrupt)
			if got, want := fed(t, ctx, r, strings.Fields(line)...), (said{Err: "✘ interrupted\n", Code: 130}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// TestPipe gives the path of a pipe that nobody writes to.
func TestPipe(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	const refused = "✘ cannot read the inventory: pipe is no regular file; zkprov reads standard input where the path is -\n"
	for line, code := range map[string]int{"validate pipe": 64, "plan pipe": 64, "check pipe": 3} {
		if got, want := fed(t, t.Context(), file(t, ""), strings.Fields(line)...), (said{Err: refused, Code: code}); got != want {
			t.Errorf("%s: got %+v, want %+v", line, got, want)
		}
	}
}
