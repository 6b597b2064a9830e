package existing_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/properties"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/existing"
	"github.com/zkprov/zkprov/provision/jvm"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

var update = flag.Bool("update", false, "write the golden files")

func rules() []inventory.Rule { return []inventory.Rule{zoocfg.Lint, jvm.Lint, archive.Rule} }

// corpus is a folder of testdata/corpus: every *.cfg is given as --from, a file with
// variables as --java-env, and a *.service as --unit; release has the version.
type corpus struct {
	servers []*existing.Server
	version inventory.Version
	given   bool
}

func readCorpus(t *testing.T, dir string) corpus {
	t.Helper()
	c := corpus{version: "3.6.3"}
	read := func(name string) []byte {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	t.Chdir(dir)
	names, _ := filepath.Glob("*")
	var service *existing.Input
	var javaEnvs []existing.Input
	var found finding.Findings
	for _, name := range names {
		switch {
		case filepath.Ext(name) == ".cfg":
			s, bad := existing.ReadConfig(name, read(name), os.ReadFile)
			c.servers, found = append(c.servers, s), append(found, bad...)
		case filepath.Ext(name) == ".service":
			service = &existing.Input{Name: name, Text: read(name)}
		case name == "environment" || filepath.Ext(name) == ".env" || filepath.Ext(name) == ".sh":
			javaEnvs = append(javaEnvs, existing.Input{Name: name, Text: read(name)})
		case name == "release":
			c.version, c.given = inventory.Version(strings.TrimSpace(string(read(name)))), true
		}
	}
	process, bad := existing.ReadProcess(service, javaEnvs)
	for _, f := range append(found, bad...) {
		t.Fatal(f)
	}
	for _, s := range c.servers {
		s.Process = process
	}
	return c
}

// TestCorpus makes inventories of what people have, which must be valid, and loses
// nothing: each effective key of a file is in the zoo.cfg that zkprov would write, or a
// comment of the inventory names it.
func TestCorpus(t *testing.T) {
	dirs, err := filepath.Glob("testdata/corpus/*")
	if err != nil || len(dirs) < 10 {
		t.Fatal(dirs, err)
	}
	golden, err := filepath.Abs("testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			c := readCorpus(t, dir)
			w, found := existing.Write(c.version, c.given, c.servers, rules()...)
			if w == nil {
				t.Fatal(found)
			}
			file := filepath.Join(golden, filepath.Base(dir), "inventory.toml")
			if *update {
				if err := os.WriteFile(file, w.Text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(w.Text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			e, found := inventory.Read("inventory.toml", w.Text, rules()...)
			if found.Failed() {
				t.Fatal(found)
			}
			for _, s := range c.servers {
				loses(t, e, s, string(w.Text))
			}
			for _, secret := range []string{"kappa", "lambda", "mumu", "nu-nu", "xQJm", "omicron", "pi-pi", "rho-rho"} {
				if strings.Contains(string(w.Text), secret) {
					t.Errorf("the inventory has the secret %q", secret)
				}
			}
		})
	}
}

// loses looks whether every key of a server is in what is rendered for some instance, or
// named by a comment.
func loses(t *testing.T, e *inventory.Ensemble, s *existing.Server, text string) {
	t.Helper()
	var rendered [][]properties.Property
	for _, m := range e.Members() {
		rendered = append(rendered, properties.Read(string(zoocfg.Render(e, m.Instance))))
	}
	var comments strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			comments.WriteString(line)
		}
	}
	has := func(key, value string) bool {
		return slices.ContainsFunc(rendered, func(ps []properties.Property) bool {
			return slices.ContainsFunc(ps, func(p properties.Property) bool { return p.Key == key && p.Value == value })
		})
	}
	for _, set := range s.Settings {
		if set.Key == "dataLogDir" && slices.ContainsFunc(s.Settings, func(o existing.Setting) bool { return o.Key == "dataDir" && o.Value == set.Value }) {
			continue // as without it
		}
		if !has(set.Key, set.Value) && !has(set.Key, filepath.Clean(set.Value)) && !strings.Contains(comments.String(), set.Key) {
			t.Errorf("%s=%s of %s is neither kept nor named", set.Key, set.Value, s.Source)
		}
	}
	for _, m := range s.Members {
		i := slices.IndexFunc(e.Members(), func(o inventory.Member) bool { return o.Instance.ID == m.ID })
		if i < 0 {
			t.Errorf("server %d is lost", m.ID)
			continue
		}
		got := e.Members()[i]
		if got.Instance.Role != m.Role || got.Instance.QuorumPort != m.Addresses[0].QuorumPort || got.Instance.ElectionPort != m.Addresses[0].ElectionPort ||
			m.ClientPort != 0 && got.Instance.ClientPort != m.ClientPort {
			t.Errorf("server %d: %+v became %+v", m.ID, m, got.Instance)
		}
	}
}
