package existing_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/properties"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/existing"
	"github.com/zkprov/zkprov/provision/zoocfg"
	"github.com/zkprov/zkprov/units"
)

// TestRoundTrip makes inventories of what zkprov itself writes on hosts: they come to the
// same zoo.cfg, with the same heap and flags, for every server.
func TestRoundTrip(t *testing.T) {
	inventories, err := filepath.Glob("../../examples/*.toml")
	if err != nil || len(inventories) == 0 {
		t.Fatal(inventories, err)
	}
	more, _ := filepath.Glob("testdata/corpus/*/inventory.toml")
	for _, file := range append(inventories, more...) {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			before, found := inventory.Read(file, text, rules()...)
			if found.Failed() {
				t.Fatal(found)
			}
			after := again(t, before)
			for i, m := range before.Members() {
				got := after.Members()[i]
				want, have := effective(before, m.Instance), effective(after, got.Instance)
				maps.DeleteFunc(want, func(key, _ string) bool { return secret(key) })
				if diff := cmp.Diff(want, have); diff != "" {
					t.Errorf("server %d (-before +after):\n%s", m.Instance.ID, diff)
				}
				if h, w := heap(got.Instance), heap(m.Instance); h != w {
					t.Errorf("server %d: the heap was %s and is %s", m.Instance.ID, w, h)
				}
				if diff := cmp.Diff(m.Instance.JVM.Flags, got.Instance.JVM.Flags); diff != "" {
					t.Errorf("server %d (-before +after):\n%s", m.Instance.ID, diff)
				}
				if !slices.Equal(got.ListedAddresses(), m.ListedAddresses()) || got.Host.Local != m.Host.Local {
					t.Errorf("server %d was on %+v and is on %+v", m.Instance.ID, m.Host, got.Host)
				}
			}
			if after.Service != before.Service {
				t.Errorf("the user was %v and is %v", before.Service, after.Service)
			}
		})
	}
}

// heap returns the heap in a form that can be compared.
func heap(in *inventory.Instance) string {
	h, _ := inventory.ParseHeap(in.JVM.Heap)
	return fmt.Sprint(h)
}

// effective returns what a server is configured with.
func effective(e *inventory.Ensemble, in *inventory.Instance) map[string]string {
	all := make(map[string]string)
	for _, p := range properties.Read(string(zoocfg.Render(e, in))) {
		all[p.Key] = p.Value
	}
	return all
}

// again makes an inventory of what another one comes to on its hosts.
func again(t *testing.T, e *inventory.Ensemble) *inventory.Ensemble {
	t.Helper()
	var servers []*existing.Server
	var found finding.Findings
	for _, m := range e.Members() {
		s, bad := existing.ReadConfig(fmt.Sprintf("/etc/zookeeper/%s/zoo.cfg", m.Instance.Name), zoocfg.Render(e, m.Instance), func(string) ([]byte, error) { return nil, os.ErrNotExist })
		found = append(found, bad...)
		s.ID = &m.Instance.ID
		text, err := units.Spec{Ensemble: e.Name, Instance: m.Instance.Name, ID: m.Instance.ID, Java: "/usr/bin/java", JavaFeature: 17, Version: e.Version, InstallDir: "/opt/zookeeper/r",
			ConfigDir: "/etc/zookeeper/" + m.Instance.Name, DataDir: m.Instance.DataDir, DataLogDir: m.Instance.DataLogDir, User: e.Service.User, Group: e.Service.Group,
			Heap: m.Instance.JVM.Heap, Flags: m.Instance.JVM.Flags, Limits: m.Instance.Unit, Generation: "0123456789abcdef"}.Text()
		if err != nil {
			t.Fatal(err)
		}
		s.Process, bad = existing.ReadProcess(&existing.Input{Name: units.FileName(m.Instance.Name), Text: text}, nil)
		found = append(found, bad...)
		servers = append(servers, s)
	}
	if found.Failed() {
		t.Fatal(found)
	}
	w, found := existing.Write(e.Version, true, servers, rules()...)
	if w == nil {
		t.Fatal(found)
	}
	made, found := inventory.Read("inventory.toml", w.Text, rules()...)
	if found.Failed() {
		t.Fatal(found)
	}
	if len(made.Members()) != len(e.Members()) {
		t.Fatal("servers are lost")
	}
	if slices.Contains(os.Args, "-test.v=true") {
		t.Logf("%s", w.Text)
	}
	return made
}

// secret reports whether a key's value is not copied.
func secret(key string) bool { return filepath.Ext(key) == ".password" }
