package archive

import (
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/skip"
)

// damages has what may befall a complete tree, and what Inspect finds then.
var damages = map[string]struct {
	do   func(t *testing.T, dest string)
	want string
}{
	"edited":      {func(t *testing.T, dest string) { write(t, dest+"/LICENSE.txt", "mine") }, "LICENSE.txt has 4 bytes, not 15"},
	"missing":     {func(t *testing.T, dest string) { remove(t, dest+"/conf/zoo_sample.cfg") }, "conf/zoo_sample.cfg is missing"},
	"added":       {func(t *testing.T, dest string) { write(t, dest+"/lib/evil.jar", "PK") }, "lib/evil.jar was added"},
	"file's mode": {func(t *testing.T, dest string) { chmod(t, dest+"/bin/zkServer.sh", 0o775) }, "bin/zkServer.sh has mode 0775, not 0755"},
	"modes and content": {func(t *testing.T, dest string) {
		chmod(t, dest+"/bin", 0o700)
		write(t, dest+"/lib/evil.jar", "PK")
	}, "lib/evil.jar was added"},
	"folder's mode": {func(t *testing.T, dest string) { chmod(t, dest+"/lib", 0o777) }, "lib has mode 0777, not 0755"},
	"top's mode":    {func(t *testing.T, dest string) { chmod(t, dest, 0o707) }, "the folder has mode 0707, not 0755"},
	"symlink": {func(t *testing.T, dest string) {
		remove(t, dest+"/LICENSE.txt")
		if err := os.Symlink("/etc/passwd", dest+"/LICENSE.txt"); err != nil {
			t.Fatal(err)
		}
	}, "LICENSE.txt is not a regular file"},
	"pipe": {func(t *testing.T, dest string) {
		if err := syscall.Mkfifo(dest+"/lib/pipe", 0o644); err != nil {
			t.Fatal(err)
		}
	}, "lib/pipe is not a regular file"},
	"a folder for a file": {func(t *testing.T, dest string) {
		remove(t, dest+"/LICENSE.txt")
		write(t, dest+"/LICENSE.txt/x", "")
		remove(t, dest+"/LICENSE.txt/x")
	}, "LICENSE.txt is a folder, not a file"},
	"marker gone": {func(t *testing.T, dest string) { remove(t, dest+"/"+MarkerName) },
		"it was not unpacked by zkprov, or not to its end: .zkprov-complete is missing"},
	"marker empty":     {func(t *testing.T, dest string) { write(t, dest+"/"+MarkerName, "") }, ".zkprov-complete: it is not a marker: unexpected end of JSON input"},
	"marker's mode":    {func(t *testing.T, dest string) { chmod(t, dest+"/"+MarkerName, 0o666) }, ".zkprov-complete has mode 0666, not 0644"},
	"marker cut short": {func(t *testing.T, dest string) { edit(t, dest, func(s string) string { return s[:len(s)/2] }) }, ".zkprov-complete: it is not a marker: "},
	"marker's list": {func(t *testing.T, dest string) {
		write(t, dest+"/LICENSE.txt", "mine")
		edit(t, dest, func(s string) string { return strings.Replace(s, `"size": 15`, `"size": 4`, 1) })
	}, ".zkprov-complete: it is not as it was written"},
	"marker's version": {func(t *testing.T, dest string) {
		edit(t, dest, func(s string) string { return strings.Replace(s, `"version": "3.6.3"`, `"version": "3.6.4"`, 1) })
	}, ".zkprov-complete: it is not as it was written"},
	"marker's hash": {func(t *testing.T, dest string) {
		edit(t, dest, func(s string) string {
			return strings.Replace(s, `"sha512": "`+markerOf(t, dest).SHA512, `"sha512": "`+strings.Repeat("a", 128), 1)
		})
	}, ".zkprov-complete: it is not as it was written"},
	"marker without hash": {func(t *testing.T, dest string) {
		edit(t, dest, func(s string) string { return strings.Replace(s, markerOf(t, dest).SHA512, "", 1) })
	}, ".zkprov-complete: it names no archive"},
	"marker of the future": {func(t *testing.T, dest string) {
		edit(t, dest, func(s string) string { return strings.Replace(s, `"format": 1`, `"format": 2`, 1) })
	}, ".zkprov-complete: it has format 2, this zkprov knows 1"},
	"marker is a link": {func(t *testing.T, dest string) {
		if err := os.Rename(dest+"/"+MarkerName, dest+"/m"); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("m", dest+"/"+MarkerName); err != nil {
			t.Fatal(err)
		}
	}, ".zkprov-complete: it is not a marker: unexpected end of JSON input"},
	"marker is a folder": {func(t *testing.T, dest string) {
		remove(t, dest+"/"+MarkerName)
		write(t, dest+"/"+MarkerName+"/x", "")
	}, ".zkprov-complete: it is not a marker: unexpected end of JSON input"},
	"marker without end": {func(t *testing.T, dest string) {
		if err := os.Truncate(dest+"/"+MarkerName, maxMarker+1); err != nil {
			t.Fatal(err)
		}
	}, ".zkprov-complete: it is not a marker: unexpected end of JSON input"},
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// edit changes the text of the marker, which must then be another one.
func edit(t *testing.T, dest string, change func(string) string) {
	t.Helper()
	path := dest + "/" + MarkerName
	before := read(t, path)
	after := change(before)
	if after == before {
		t.Fatal("nothing was edited")
	}
	write(t, path, after)
}

func markerOf(t *testing.T, dest string) marker {
	t.Helper()
	m, err := parseMarker([]byte(read(t, dest+"/"+MarkerName)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestInspectDamage(t *testing.T) {
	b := release(t)
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			dest := unpacked(t, b)
			damage.do(t, dest)
			before := names(t, dest)
			state, err := Inspect(dest, hashOf(b))
			if err != nil {
				t.Fatal(err)
			}
			if state.Kind != Incomplete || !strings.HasPrefix(state.Reason, damage.want) {
				t.Errorf("got %+v, want %q", state, damage.want)
			}
			if diff := cmp.Diff(before, names(t, dest)); diff != "" {
				t.Errorf("looking changed something (-before +after):\n%s", diff)
			}
		})
	}
}

func TestInspect(t *testing.T) {
	b := release(t)
	complete := unpacked(t, b)
	other := strings.Repeat("ab", 64)
	empty, byHand, byHand34, foreign := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	write(t, byHand+"/lib/zookeeper-3.6.3.jar", "PK")
	write(t, byHand34+"/[x]/zookeeper-3.4.14.jar", "PK")
	write(t, foreign+"/lib/tomcat.jar", "PK")
	tests := map[string]struct {
		dest, hash string
		want       State
	}{
		"absent":        {complete + "-none", hashOf(b), State{Kind: Absent}},
		"complete":      {complete + "/", hashOf(b), State{Kind: Complete, Version: "3.6.3", SHA512: hashOf(b)}},
		"other":         {complete, other, State{Kind: Other, Version: "3.6.3", SHA512: hashOf(b)}},
		"nothing known": {complete, "", State{Kind: Other, Version: "3.6.3", SHA512: hashOf(b)}},
		"empty":         {empty, hashOf(b), State{Kind: Incomplete, Reason: "it is empty"}},
		"by hand": {byHand, hashOf(b), State{Kind: Incomplete,
			Reason: "it was not unpacked by zkprov, or not to its end: .zkprov-complete is missing"}},
		"by hand, in a strange folder": {byHand34 + "/[x]", hashOf(b), State{Kind: Incomplete,
			Reason: "it was not unpacked by zkprov, or not to its end: .zkprov-complete is missing"}},
		"foreign": {foreign, hashOf(b), State{Kind: Foreign, Reason: "it holds lib and no sign of ZooKeeper"}},
		"a file":  {complete + "/LICENSE.txt", hashOf(b), State{Kind: Foreign, Reason: "it is not a folder"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Inspect(test.dest, test.hash)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	_, err := Inspect(complete+"/LICENSE.txt/x", hashOf(b))
	wantError(t, err, "cannot inspect the release: ", "not a directory")
}

// TestWrongModes repairs modes by which only root could have written: the files
// are those that were unpacked.
func TestWrongModes(t *testing.T) {
	b := release(t)
	for name, test := range map[string]struct {
		modes map[string]os.FileMode
		want  string
	}{
		"file":    {map[string]os.FileMode{"bin/zkServer.sh": 0o700}, "bin/zkServer.sh has mode 0700, not 0755"},
		"set-uid": {map[string]os.FileMode{"bin/zkServer.sh": 0o755 | os.ModeSetuid}, "bin/zkServer.sh has mode 04755, not 0755"},
		"folder":  {map[string]os.FileMode{"lib": 0o700}, "lib has mode 0700, not 0755"},
		"top":     {map[string]os.FileMode{".": 0o700}, "the folder has mode 0700, not 0755"},
		"marker":  {map[string]os.FileMode{MarkerName: 0o600}, ".zkprov-complete has mode 0600, not 0644"},
		"several": {map[string]os.FileMode{"bin": 0o700, "LICENSE.txt": 0o600, "lib": 0o711}, "LICENSE.txt has mode 0600, not 0644, and 2 more"},
	} {
		t.Run(name, func(t *testing.T) {
			dest := unpacked(t, b)
			kept, err := os.Stat(dest)
			if err != nil {
				t.Fatal(err)
			}
			before := names(t, dest)
			for name, mode := range test.modes {
				chmod(t, dest+"/"+name, mode)
			}
			state, err := Inspect(dest, hashOf(b))
			if err != nil || state.Kind != WrongModes || state.Reason != test.want {
				t.Fatalf("got %+v, %v", state, err)
			}
			if state, err := Inspect(dest, strings.Repeat("ab", 64)); err != nil || state.Kind != Other {
				t.Errorf("of another archive it is %+v, %v", state, err)
			}
			if err := RepairModes(dest); err != nil {
				t.Fatal(err)
			}
			if state, err = Inspect(dest, hashOf(b)); err != nil || state.Kind != Complete {
				t.Errorf("repaired it is %+v, %v", state, err)
			}
			if now, err := os.Stat(dest); err != nil || !os.SameFile(kept, now) {
				t.Errorf("it is another folder now (%v)", err)
			}
			if diff := cmp.Diff(before, names(t, dest)); diff != "" {
				t.Errorf("the repair changed the names (-before +after):\n%s", diff)
			}
		})
	}
	dest := unpacked(t, b)
	chmod(t, dest+"/bin", 0o700)
	write(t, dest+"/lib/evil.jar", "PK")
	wantError(t, RepairModes(dest), "cannot repair the release: lib/evil.jar was added")
}

// TestInspectOwner wants a tree that belongs to somebody else, who could change it, to
// be incomplete.
func TestInspectOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		skip.OutsideCI(t, "only root can give files away")
	}
	b := release(t)
	dest := unpacked(t, b)
	if err := os.Chown(dest+"/lib", 1234, 0); err != nil {
		t.Fatal(err)
	}
	state, err := Inspect(dest, hashOf(b))
	if err != nil || state.Kind != Incomplete || state.Reason != "lib belongs to user 1234, not to root" {
		t.Errorf("got %+v, %v", state, err)
	}
}

// FuzzParseMarker wants every marker that is believed to be one that newMarker writes.
func FuzzParseMarker(f *testing.F) {
	s := Source{Version: "3.6.3", SHA512: strings.Repeat("ab", 64)}
	for _, files := range [][]treeEntry{nil, {{"lib/b", "0644", 3, "aa"}, {"a", "0755", 0, ""}}} {
		b, err := newMarker(s, files).encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, text := range []string{"", "null", "{}", "[]", `{"format":1}`, `{"format":1e0,"files":[{}]}`, "\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseMarker(b)
		if err != nil {
			if m.Format != 0 || m.Files != nil {
				t.Errorf("error %q with %+v", err, m)
			}
			return
		}
		if m.Format != markerFormat || checkHash(m.SHA512) != nil || m.Digest != m.digest() {
			t.Errorf("believed: %s", b)
		}
		text, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := parseMarker(text)
		if err != nil || !cmp.Equal(m, back) {
			t.Errorf("%s became %s: %v", b, text, err)
		}
		// One changed byte of the list is noticed.
		if len(m.Files) > 0 {
			m.Files[0].Size++
			text, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parseMarker(text); err == nil {
				t.Errorf("an edited marker is believed: %s", text)
			}
		}
	})
}
