package existing_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/existing"
)

// seeds adds the files of the corpus with one of these endings.
func seeds(f *testing.F, add func(text []byte), endings ...string) {
	for _, ending := range endings {
		names, _ := filepath.Glob("testdata/corpus/*/*" + ending)
		if len(names) == 0 {
			f.Fatal("no file ends with " + ending)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			add(text)
		}
	}
}

// FuzzConfig looks whether what can be read is written as an inventory that is valid, or
// refused with a reason.
func FuzzConfig(f *testing.F) {
	seeds(f, func(text []byte) { f.Add(text) }, ".cfg")
	f.Fuzz(func(t *testing.T, text []byte) {
		s, found := existing.ReadConfig("zoo.cfg", text, func(string) ([]byte, error) { return nil, fs.ErrNotExist })
		if found.Failed() {
			return
		}
		w, found := existing.Write("3.6.3", false, []*existing.Server{s}, rules()...)
		if w == nil {
			if !found.Failed() {
				t.Error("refused without a reason")
			}
			return
		}
		if _, found := inventory.Read("inventory.toml", w.Text, rules()...); found.Failed() {
			t.Errorf("%v\n%s", found, w.Text)
		}
	})
}

// FuzzProcess does the same with what starts a server.
func FuzzProcess(f *testing.F) {
	seeds(f, func(text []byte) { f.Add(text, text) }, ".env", ".sh", ".service", "environment")
	config := []byte(basic + three)
	f.Fuzz(func(t *testing.T, env, unit []byte) {
		p, found := existing.ReadProcess(&existing.Input{Name: "u", Text: unit}, []existing.Input{{Name: "e", Text: env}})
		if found.Failed() {
			return
		}
		s, _ := existing.ReadConfig("zoo.cfg", config, os.ReadFile)
		s.Process = p
		w, found := existing.Write("3.6.3", false, []*existing.Server{s}, rules()...)
		if w == nil {
			t.Fatal(found)
		}
		if _, found := inventory.Read("inventory.toml", w.Text, rules()...); found.Failed() {
			t.Errorf("%v\n%s", found, w.Text)
		}
	})
}
