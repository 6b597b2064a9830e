package inventory

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// readScaffold wants what was written to be valid, with no finding but that of the
// release's age.
func readScaffold(t *testing.T, text []byte) *Ensemble {
	t.Helper()
	e, found := Read("zk.toml", text)
	for _, f := range found {
		switch f.Name {
		case "zk-eol", "few-voters":
		default:
			t.Error(f)
		}
	}
	return e
}

func TestScaffold(t *testing.T) {
	tests := map[string][]string{
		"testdata/one-host.toml":      {"zk1"},
		"testdata/three-hosts.toml":   {"root@zk1", "admin@zk2=10.0.0.2", "zk3.example.org=fd00::3"},
		"../examples/four-hosts.toml": {"zk1=10.77.0.11", "zk2=10.77.0.12", "zk3=10.77.0.13", "zk4=10.77.0.14"},
	}
	for path, hosts := range tests {
		t.Run(path, func(t *testing.T) {
			got, err := Scaffold(hosts, nil)
			if err != nil {
				t.Fatal(err)
			}
			readScaffold(t, got)
			golden(t, path, got)
		})
	}
}

func TestScaffoldHosts(t *testing.T) {
	text, err := Scaffold([]string{"root@zk1", "admin@zk2=10.0.0.2", "zk3", "zk4=fd00::4"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range readScaffold(t, text).Members() {
		got = append(got, fmt.Sprintf("%d %s %s %s %s", m.Instance.ID, m.Host.Name, m.Host.SSH, m.Host.Address, m.Instance.Role))
	}
	want := []string{
		"1 zk1 root@zk1 zk1 participant",
		"2 zk2 admin@zk2 10.0.0.2 participant",
		"3 zk3 zk3 zk3 participant",
		"4 zk4 zk4 fd00::4 observer",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestScaffoldParticipants wants the last of an even number of servers to observe, and
// of two both to vote.
func TestScaffoldParticipants(t *testing.T) {
	for n, want := range map[int]int{1: 1, 2: 2, 3: 3, 4: 3, 5: 5, 6: 5, 9: 9, 255: 255} {
		var hosts []string
		for i := range n {
			hosts = append(hosts, fmt.Sprintf("zk%d", i+1))
		}
		text, err := Scaffold(hosts, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := readScaffold(t, text).Participants(); got != want {
			t.Errorf("%d of %d hosts vote, want %d", got, n, want)
		}
		if n > mostPseudo {
			continue
		}
		if text, err = ScaffoldPseudo(n); err != nil {
			t.Fatal(err)
		}
		if got := readScaffold(t, text).Participants(); got != want {
			t.Errorf("%d of %d instances vote, want %d", got, n, want)
		}
	}
}

func TestScaffoldPseudo(t *testing.T) {
	for path, n := range map[string]int{
		"testdata/pseudo-one.toml":        1,
		"testdata/pseudo-nine.toml":       9,
		"../examples/pseudo-cluster.toml": 4,
	} {
		t.Run(path, func(t *testing.T) {
			got, err := ScaffoldPseudo(n)
			if err != nil {
				t.Fatal(err)
			}
			readScaffold(t, got)
			golden(t, path, got)
		})
	}
}

func TestScaffoldRefuses(t *testing.T) {
	many := make([]string, 256)
	for i := range many {
		many[i] = fmt.Sprintf("zk%d", i)
	}
	const hosts = "cannot write an inventory of these hosts:"
	tests := map[string]struct {
		hosts []string
		want  string
	}{
		"none":          {nil, "cannot write an inventory of 0 hosts: there may be 1 to 255"},
		"too many":      {many, "cannot write an inventory of 256 hosts: there may be 1 to 255"},
		"empty":         {[]string{""}, `host name "" is no plain name`},
		"empty address": {[]string{"zk1="}, `address "" is neither an IP address nor a host name`},
		"no user":       {[]string{"@zk1"}, `ssh is "@zk1", which is no destination`},
		"no host":       {[]string{"root@"}, `host name "root@" is no plain name`},
		"blank":         {[]string{"zk 1"}, `host name "zk 1" is no plain name: its character 3 is a blank; use letters`},
		"quote":         {[]string{`zk"1`}, `host name "zk\"1" is no plain name`},
		"line":          {[]string{"zk1\"\nlocal = true"}, `"zk1\"\nlocal = true" holds a control character`},
		"control":       {[]string{"zk\x01"}, "holds a control character"},
		"bell":          {[]string{"zk\a"}, `"zk\a" holds a control character`},
		"same name":     {[]string{"zk1", "zk1=10.0.0.2"}, "host name zk1 is there twice"},
		"same address":  {[]string{"zk1=a", "zk2=a"}, "address a is there twice"},
		"wildcard":      {[]string{"zk1=0.0.0.0"}, "0.0.0.0 is every address"},
		"loopback":      {[]string{"zk1=127.0.0.1", "zk2"}, "127.0.0.1 is the host itself"},
		"port":          {[]string{"zk1:2181"}, "without a port"},
		"option":        {[]string{"-oProxyCommand=x"}, `host name "-oProxyCommand" is no plain name`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Scaffold(test.hosts, nil)
			if err == nil {
				t.Fatalf("no error, but:\n%s", got)
			}
			if !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "cannot write an inventory of ") {
				t.Errorf("error %q does not say %q", err, test.want)
			}
			if len(test.hosts) > 0 && len(test.hosts) < 255 && !strings.HasPrefix(err.Error(), hosts) {
				t.Errorf("error %q does not begin with %q", err, hosts)
			}
		})
	}
	for _, n := range []int{-1, 0, mostPseudo + 1} {
		if got, err := ScaffoldPseudo(n); err == nil || !strings.Contains(err.Error(), "there may be 1 to 9") {
			t.Errorf("%d instances: error %v, and\n%s", n, err, got)
		}
	}
}
