package archive

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLocate looks where the tree of an archive belongs, with these trees among the
// releases already.
func TestLocate(t *testing.T) {
	ours := release(t)
	others := release(t, regular(top+"/docs/x", 0o644, "x"))
	beside := top + "-" + hashOf(ours)[:12]
	unpack := func(b []byte, name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			if err := Unpack(t.Context(), save(t, b), pinnedSource(b), filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	put := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { write(t, filepath.Join(dir, name), "x") }
	}
	mode := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { chmod(t, filepath.Join(dir, name), 0o700) }
	}
	emptyFolder := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	const jar = "/lib/zookeeper-3.6.3.jar"
	for name, tt := range map[string]struct {
		steps []func(*testing.T, string)
		want  string // the folder
		kind  Kind
	}{
		"nothing":                         {nil, top, Absent},
		"an empty folder":                 {[]func(*testing.T, string){emptyFolder(top)}, top, Incomplete},
		"ours":                            {[]func(*testing.T, string){unpack(ours, top)}, top, Complete},
		"ours, with a wrong mode":         {[]func(*testing.T, string){unpack(ours, top), mode(top + "/lib")}, top, WrongModes},
		"ours, damaged":                   {[]func(*testing.T, string){unpack(ours, top), remove(top + jar)}, top, Incomplete},
		"another's":                       {[]func(*testing.T, string){unpack(others, top)}, beside, Absent},
		"another's, with a wrong mode":    {[]func(*testing.T, string){unpack(others, top), mode(top + "/lib")}, beside, Absent},
		"another's, damaged":              {[]func(*testing.T, string){unpack(others, top), remove(top + jar)}, beside, Absent},
		"one that was unpacked by hand":   {[]func(*testing.T, string){put(top + jar)}, beside, Absent},
		"something else":                  {[]func(*testing.T, string){put(top + "/holiday.jpg")}, top, Foreign},
		"another's, and ours beside":      {[]func(*testing.T, string){unpack(others, top), unpack(ours, beside)}, beside, Complete},
		"ours beside, and another's gone": {[]func(*testing.T, string){unpack(ours, beside)}, beside, Complete},
		"ours beside, damaged":            {[]func(*testing.T, string){unpack(ours, beside), remove(beside + jar)}, beside, Incomplete},
		"ours in both":                    {[]func(*testing.T, string){unpack(ours, top), unpack(ours, beside)}, top, Complete},
		"ours in both, this one damaged":  {[]func(*testing.T, string){unpack(ours, top), unpack(ours, beside), remove(top + jar)}, beside, Complete},
		"something else beside another's": {[]func(*testing.T, string){unpack(others, top), put(beside + "/holiday.jpg")}, beside, Foreign},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, step := range tt.steps {
				step(t, dir)
			}
			got, err := Locate(dir, pinnedSource(ours))
			if err != nil || got.Name != tt.want || got.Kind != tt.kind || (got.Taken != "") != (tt.want == beside) {
				t.Fatalf("got %+v, %v; want %s, %s", got, err, tt.want, tt.kind)
			}
			if got.Kind == Foreign {
				return
			}
			// Where it is unpacked it stays, and so does every other whole tree.
			before, err := Inspect(filepath.Join(dir, top), hashOf(others))
			if err != nil {
				t.Fatal(err)
			}
			unpack(ours, got.Name)(t, dir)
			if again, err := Locate(dir, pinnedSource(ours)); err != nil || again.Name != tt.want || again.Kind != Complete {
				t.Errorf("unpacked it is %+v, %v", again, err)
			}
			if after, err := Inspect(filepath.Join(dir, top), hashOf(others)); err != nil || before.whole() && after != before {
				t.Errorf("another archive's tree was %+v and is %+v, %v", before, after, err)
			}
		})
	}
	t.Run("no hash", func(t *testing.T) {
		got, err := Locate(t.TempDir(), Source{Version: "3.9.5"})
		if err != nil || got.Name != "apache-zookeeper-3.9.5-bin" || got.Kind != Absent {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("not to be looked at", func(t *testing.T) {
		if _, err := Locate("/"+strings.Repeat("x", 300), pinnedSource(ours)); err == nil {
			t.Error("no error")
		}
	})
}
