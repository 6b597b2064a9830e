package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/host"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with the one in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s:\n%s", path, diff)
	}
}

// said is what a command wrote, and its exit code.
type said struct {
	Out, Err string
	Code     int
}

// zkprov runs a command on a machine whose root folder is empty: nothing booted
// it, least of all systemd.
func zkprov(t *testing.T, args ...string) said {
	t.Helper()
	return zkprovOn(t, &host.Machine{Root: bare(t)}, args...)
}

func zkprovOn(t *testing.T, m provision.Agent, args ...string) said {
	t.Helper()
	return zkprovWith(t, t.Context(), m, args...)
}

func zkprovWith(t *testing.T, ctx context.Context, m provision.Agent, args ...string) said {
	t.Helper()
	in, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out, errs bytes.Buffer
	c := &command{io: stdio{in, &out, &errs}, line: typed(append([]string{"bin/zkprov"}, args...), ""), local: func() provision.Agent { return m }}
	code := c.run(ctx, args)
	return said{out.String(), errs.String(), code}
}

// bare is a root folder with what must be there to look at a host at all.
func bare(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"etc/passwd": "root:x:0:0::/root:/bin/sh\n", "etc/group": "root:x:0:\n", "proc/net/tcp": "header\n",
		"etc/os-release": "ID=debian\nVERSION_ID=12\n", "proc/meminfo": "MemTotal: 8000000 kB\nMemAvailable: 8000000 kB\n",
		"proc/self/mountinfo": "1 1 0:1 / / rw - ext4 /dev/sda rw\n",
	} {
		put(t, filepath.Join(root, name), text)
	}
	return root
}

func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
	return path
}

const oneLocal = `[ensemble]
name = "zookeeper"
version = "3.6.3"
ignore = ["zk-eol", "few-voters"]
[[host]]
name = "here"
local = true
address = "127.0.0.1"
instance = [ { id = 1 } ]
`

const broken = `[ensemble]
name = "zookeeper"
version = "3.6.3"
ignore = ["zk-eol", "few-voters"]
[[host]]
nmae = "here"
name = "here"
local = true
address = "127.0.0.1"
instance = [ { id = 1 }, { id = 1, client_port = 2182, quorum_port = 2890, election_port = 3890 } ]
`

// TestUsage looks at everything that can be wrong with a command line.
func TestUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "good.toml", oneLocal)
	put(t, "bad.toml", broken)
	const found = `bad.toml:6:1: a [[host]] has no key "nmae"; did you mean "name"? [unknown-key]
bad.toml:10:33: server id 1 is there twice, first at line 10; every server has an id of its own [duplicate-id]
`
	wants := func(command string) string {
		return "zkprov: give the path of one inventory: zkprov " + command + " INVENTORY\nsee: zkprov " + command + " --help\n"
	}
	const none = "✘ cannot read the inventory: open none.toml: no such file or directory; zkprov init writes one\n"
	tests := map[string]said{
		"frobnicate":          {Err: "zkprov: unknown command \"frobnicate\" for \"zkprov\"\nsee: zkprov --help\n", Code: 64},
		"plam good.toml":      {Err: "zkprov: unknown command \"plam\" for \"zkprov\", did you mean plan?\nsee: zkprov --help\n", Code: 64},
		"help frobnicate":     {Err: "zkprov: unknown command \"frobnicate\" for \"zkprov\"\nsee: zkprov help --help\n", Code: 64},
		"--frobnicate":        {Err: "zkprov: unknown flag: --frobnicate\nsee: zkprov --help\n", Code: 64},
		"version 1":           {Err: "zkprov: unknown command \"1\" for \"zkprov version\"\nsee: zkprov version --help\n", Code: 64},
		"explain a b":         {Err: "zkprov: accepts at most 1 arg(s), received 2\nsee: zkprov explain --help\n", Code: 64},
		"init":                {Err: "zkprov: name at least one host, or give --from zoo.cfg for what is there, or --pseudo N for instances on this machine\nsee: zkprov init --help\n", Code: 64},
		"init --pseudo 4 zk1": {Err: "zkprov: give hosts or --pseudo, not both\nsee: zkprov init --help\n", Code: 64},
		"init --pseudo 10":    {Err: "zkprov: cannot write a pseudo-cluster of 10 instances: there may be 1 to 9\nsee: zkprov init --help\n", Code: 64},

		"validate":                                 {Err: wants("validate"), Code: 64},
		"plan":                                     {Err: wants("plan"), Code: 64},
		"apply good.toml again":                    {Err: wants("apply"), Code: 64},
		"check":                                    {Err: "zkprov: give the path of an inventory: zkprov check INVENTORY; without one it is /etc/zkprov/inventory.toml, and there is none\nsee: zkprov check --help\n", Code: 3},
		"agent --splay x":                          {Err: "zkprov: invalid argument \"x\" for \"--splay\" flag: time: invalid duration \"x\"\nsee: zkprov agent --help\n", Code: 64},
		"apply --timeout -1s good.toml":            {Err: "zkprov: invalid argument \"-1s\" for \"--timeout\" flag: no time is below 0\nsee: zkprov apply --help\n", Code: 64},
		"apply --lock-timeout -1s good.toml":       {Err: "zkprov: invalid argument \"-1s\" for \"--lock-timeout\" flag: no time is below 0\nsee: zkprov apply --help\n", Code: 64},
		"plan --connect-timeout -10s good.toml":    {Err: "zkprov: invalid argument \"-10s\" for \"--connect-timeout\" flag: no time is below 0\nsee: zkprov plan --help\n", Code: 64},
		"check --connect-timeout -1ns good.toml":   {Err: "zkprov: invalid argument \"-1ns\" for \"--connect-timeout\" flag: no time is below 0\nsee: zkprov check --help\n", Code: 3},
		"agent --splay -1s good.toml":              {Err: "zkprov: invalid argument \"-1s\" for \"--splay\" flag: no time is below 0\nsee: zkprov agent --help\n", Code: 64},
		"agent --timeout -1m good.toml":            {Err: "zkprov: invalid argument \"-1m\" for \"--timeout\" flag: no time is below 0\nsee: zkprov agent --help\n", Code: 64},
		"agent --lock-timeout -1s good.toml":       {Err: "zkprov: invalid argument \"-1s\" for \"--lock-timeout\" flag: no time is below 0\nsee: zkprov agent --help\n", Code: 64},
		"init --bootstrap-expires -1h good.toml":   {Err: "zkprov: invalid argument \"-1h\" for \"--bootstrap-expires\" flag: no time is below 0\nsee: zkprov init --help\n", Code: 64},
		"render --bootstrap-expires -1h good.toml": {Err: "zkprov: invalid argument \"-1h\" for \"--bootstrap-expires\" flag: no time is below 0\nsee: zkprov render --help\n", Code: 64},
		"apply --forks -1 good.toml":               {Err: "zkprov: --forks is -1, and must be at least 1\nsee: zkprov apply --help\n", Code: 64},
		"apply --forks 0 good.toml":                {Err: "zkprov: --forks is 0, and must be at least 1\nsee: zkprov apply --help\n", Code: 64},
		"agent none.toml":                          {Err: none, Code: 64},
		"check --output yaml good.toml":            {Err: "zkprov: --output is \"yaml\", and may be text or json\nsee: zkprov check --help\n", Code: 3},
		"check --limit here good.toml":             {Err: "zkprov: unknown flag: --limit\nsee: zkprov check --help\n", Code: 3},
		"check --forks 0 good.toml":                {Err: "zkprov: --forks is 0, and must be at least 1\nsee: zkprov check --help\n", Code: 3},
		"plan --output yaml good.toml":             {Err: "zkprov: --output is \"yaml\", and may be text or json\nsee: zkprov plan --help\n", Code: 64},
		"plan --progress bar good.toml":            {Err: "zkprov: --progress is \"bar\", and may be auto, tty, plain or none\nsee: zkprov plan --help\n", Code: 64},
		"plan --forks many good.toml":              {Err: "zkprov: invalid argument \"many\" for \"--forks\" flag: strconv.ParseInt: parsing \"many\": invalid syntax\nsee: zkprov plan --help\n", Code: 64},
		"apply --limit her good.toml":              {Err: "zkprov: --limit names \"her\", and good.toml has no host or instance of that name, did you mean here?\nsee: zkprov apply --help\n", Code: 64},
		"apply --limit= good.toml":                 {Err: "zkprov: invalid argument \"\" for \"--limit\" flag: it names no host; without --limit all hosts are changed\nsee: zkprov apply --help\n", Code: 64},
		"plan --limit here, good.toml":             {Err: "zkprov: invalid argument \"here,\" for \"--limit\" flag: a name in it is empty\nsee: zkprov plan --help\n", Code: 64},
		"plan --limit , good.toml":                 {Err: "zkprov: invalid argument \",\" for \"--limit\" flag: a name in it is empty\nsee: zkprov plan --help\n", Code: 64},
		"plan --limit here --limit= good.toml":     {Err: "zkprov: invalid argument \"\" for \"--limit\" flag: it names no host; without --limit all hosts are changed\nsee: zkprov plan --help\n", Code: 64},
		"plan --limit here,x good.toml":            {Err: "zkprov: --limit names \"x\", and good.toml has no host or instance of that name\nsee: zkprov plan --help\n", Code: 64},
		"plan --ask-become-pass good.toml":         {Err: "zkprov: cannot read the password for sudo from stdin: it is empty\n", Code: 1},

		"validate bad.toml":      {Err: found + "2 errors, 0 warnings; no host was touched\n", Code: 64},
		"plan bad.toml":          {Err: found + "2 errors, 0 warnings; no host was touched\n", Code: 64},
		"apply -q bad.toml":      {Err: found + "2 errors, 0 warnings; no host was touched\n", Code: 64},
		"check bad.toml":         {Err: found + "2 errors, 0 warnings; no host was touched\n", Code: 3},
		"validate none.toml":     {Err: none, Code: 64},
		"plan none.toml":         {Err: none, Code: 64},
		"check none.toml":        {Err: none, Code: 3},
		"validate good.toml":     {Out: "good.toml is valid: ensemble zookeeper, ZooKeeper 3.6.3, 1 host, 1 instance (1 participant, 0 observers)\n"},
		"explain port-in-us":     {Err: "zkprov: there is no finding named \"port-in-us\", did you mean port-in-use? (zkprov explain lists all)\nsee: zkprov explain --help\n", Code: 64},
		"explain qwertyuiop":     {Err: "zkprov: there is no finding named \"qwertyuiop\" (zkprov explain lists all)\nsee: zkprov explain --help\n", Code: 64},
		"explain restart-needed": {Out: "restart-needed\n\nA server runs with another release, configuration or unit than its files have or will have.\n\nRun zkprov apply: it restarts such servers one after the other, each when all others are in sync, the leader last. The agent of a host by itself leaves them as they are. Without a control machine, and where the list of voters changes, which this version does not take on: one server at a time, each when the one before is in sync again (zkprov check), the leader last: systemctl stop the server, then zkprov apply --limit SERVER, which writes its files and starts it. Where its files are as they should be already, and only the process is older, systemctl restart does it.\n"},
	}
	for line, want := range tests {
		t.Run(line, func(t *testing.T) {
			if diff := cmp.Diff(want, zkprov(t, strings.Fields(line)...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestHelp shows the help of every command.
func TestHelp(t *testing.T) {
	lines := []string{"", "help", "help plan"}
	for _, cmd := range new(command).root().Commands() {
		lines = append(lines, cmd.Name()+" --help")
	}
	if len(lines) < 10 {
		t.Fatalf("only %v", lines)
	}
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			got := zkprov(t, strings.Fields(line)...)
			if got.Code != 0 || got.Err != "" {
				t.Errorf("exit code %d, stderr %q", got.Code, got.Err)
			}
			name := strings.ReplaceAll(strings.TrimSuffix(line, " --help"), " ", "-")
			golden(t, filepath.Join("help", strings.TrimSuffix("zkprov-"+name, "-")+".txt"), got.Out)
			for _, l := range strings.Split(got.Out, "\n") {
				if n := len([]rune(l)); n > 140 {
					t.Errorf("a line of %d characters: %s", n, l)
				}
			}
		})
	}
}

// TestInit looks whether every inventory that init writes is valid.
func TestInit(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, line := range []string{"zk1", "zk1 zk2 zk3", "zk1=10.0.0.1 root@zk2=10.0.0.2 zk3 zk4 zk5", "zk[1-3]", "zk1,zk2,zk[3-5]", "zk[01-03]=10.0.0.[11-13]", "--pseudo 1", "--pseudo 4", "--pseudo 9"} {
		got := zkprov(t, append([]string{"init"}, strings.Fields(line)...)...)
		if got.Code != 0 || got.Err != "" {
			t.Fatalf("init %s: %d %s", line, got.Code, got.Err)
		}
		put(t, "inventory.toml", got.Out)
		if valid := zkprov(t, "validate", "inventory.toml"); valid.Code != 0 || !strings.Contains(valid.Out, "inventory.toml is valid") {
			t.Errorf("init %s: %+v", line, valid)
		}
	}
	bad := zkprov(t, "init", "zk1", "zk1", "-x")
	if bad.Code != 64 || bad.Out != "" {
		t.Errorf("bad names: %+v", bad)
	}
	put(t, "pseudo.toml", zkprov(t, "init", "--pseudo", "4").Out)
	if got := zkprov(t, "validate", "pseudo.toml"); got.Out != "pseudo.toml is valid: ensemble zookeeper, ZooKeeper 3.6.3, 1 host, 4 instances (3 participants, 1 observer)\n" {
		t.Errorf("%+v", got)
	}
}

// TestJSON looks whether stdout is one JSON document and nothing else, whatever
// goes wrong.
func TestJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "good.toml", oneLocal)
	put(t, "bad.toml", broken)
	for line, want := range map[string]struct {
		code   int
		result []string // texts in the result
		errors []string // messages
	}{
		"validate good.toml": {},
		"validate bad.toml":  {code: 64, result: []string{"unknown-key", "duplicate-id", `"line":6`}},
		"validate none.toml": {code: 64, errors: []string{"cannot read the inventory"}},
		"plan bad.toml":      {code: 64, result: []string{"unknown-key"}},
		"apply none.toml":    {code: 64, errors: []string{"cannot read the inventory"}},
		"check bad.toml":     {code: 3, result: []string{"unknown-key"}},
		"check none.toml":    {code: 3, errors: []string{"cannot read the inventory"}},
		"plan good.toml":     {code: 1, result: []string{"no-systemd"}, errors: []string{"systemd is not running"}},
		"apply good.toml":    {code: 1, result: []string{"no-systemd"}, errors: []string{"systemd is not running"}},
		"check good.toml":    {code: 2, result: []string{"no-systemd", "no-quorum"}},
	} {
		t.Run(line, func(t *testing.T) {
			got := zkprov(t, append(strings.Fields(line), "-o", "json", "-q")...)
			var d struct {
				Command  string          `json:"command"`
				ExitCode int             `json:"exit_code"`
				Result   json.RawMessage `json:"result"`
				Errors   []struct {
					Message string `json:"message"`
				} `json:"errors"`
			}
			if err := json.Unmarshal([]byte(got.Out), &d); err != nil {
				t.Fatalf("%v:\n%s", err, got.Out)
			}
			name, _, _ := strings.Cut(line, " ")
			if d.Command != name || d.ExitCode != want.code || got.Code != want.code || got.Err != "" {
				t.Errorf("command %q, exit code %d in %d, want %d, stderr %q", d.Command, d.ExitCode, got.Code, want.code, got.Err)
			}
			var result bytes.Buffer
			if len(d.Result) > 0 {
				if err := json.Compact(&result, d.Result); err != nil {
					t.Fatal(err)
				}
			}
			for _, text := range want.result {
				if !strings.Contains(result.String(), text) {
					t.Errorf("the result lacks %s: %s", text, result.String())
				}
			}
			var messages []string
			for _, e := range d.Errors {
				messages = append(messages, e.Message)
			}
			for _, text := range want.errors {
				if !strings.Contains(strings.Join(messages, "\n"), text) {
					t.Errorf("errors %q, want %q", messages, text)
				}
			}
			if len(want.errors) == 0 && len(messages) > 0 {
				t.Errorf("errors %q", messages)
			}
		})
	}
}

// fullDisk is a stream that takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestUnwritable looks whether a result that did not arrive passes for one.
func TestUnwritable(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "good.toml", oneLocal)
	for line, code := range map[string]int{
		"version": 1, "init zk1": 1, "explain": 1, "explain locked": 1, "plan --help": 1, "validate good.toml": 1, "validate -o json good.toml": 1, "check -o json good.toml": 3,
	} {
		var errs strings.Builder
		c := &command{io: stdio{os.Stdin, fullDisk{}, &errs}, local: func() provision.Agent { return &host.Machine{Root: bare(t)} }}
		if got := c.run(t.Context(), strings.Fields(line)); got != code {
			t.Errorf("%s: exit code %d, want %d", line, got, code)
		}
		if !strings.Contains(errs.String(), "zkprov: cannot write the result: no space left on device\n") {
			t.Errorf("%s: stderr %q", line, errs.String())
		}
	}
}

// TestDefaultsAreApart wants no command to bring its defaults into another's: all
// are made before one is chosen.
func TestDefaultsAreApart(t *testing.T) {
	c := new(command)
	c.root()
	if c.reach.timeout != 0 || c.reach.lockTimeout != 0 {
		t.Errorf("an apply waits %s for the quorum and %s for the lock", c.reach.timeout, c.reach.lockTimeout)
	}
}
