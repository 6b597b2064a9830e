package archive

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/skip"
)

// tree are the files of a release, with their modes.
var tree = map[string]fs.FileMode{
	"LICENSE.txt":                  0o644,
	"bin/zkServer.sh":              0o755,
	"conf/zoo_sample.cfg":          0o644,
	"lib/zookeeper-3.6.3.jar":      0o644,
	"lib/zookeeper-jute-3.6.3.jar": 0o644,
	MarkerName:                     0o644,
}

// unpacked unpacks an archive to a new folder.
func unpacked(t *testing.T, b []byte) (dest string) {
	t.Helper()
	dest = filepath.Join(t.TempDir(), "opt", "zk")
	if err := Unpack(t.Context(), save(t, b), pinnedSource(b), dest); err != nil {
		t.Fatal(err)
	}
	return dest
}

// wantTree wants just that release at dest, and nothing beside it.
func wantTree(t *testing.T, dest string, b []byte) {
	t.Helper()
	state, err := Inspect(dest, hashOf(b))
	if want := (State{Kind: Complete, Version: "3.6.3", SHA512: hashOf(b)}); state != want || err != nil {
		t.Errorf("got %+v, %v", state, err)
	}
	got := make(map[string]fs.FileMode)
	for _, name := range names(t, dest) {
		st, err := os.Lstat(filepath.Join(dest, name))
		if err != nil {
			t.Fatal(err)
		}
		if st.IsDir() {
			if st.Mode() != fs.ModeDir|0o755 {
				t.Errorf("%s has mode %v", name, st.Mode())
			}
			continue
		}
		got[name] = st.Mode()
		if sys := st.Sys().(*syscall.Stat_t); int(sys.Uid) != os.Geteuid() || int(sys.Gid) != os.Getegid() {
			t.Errorf("%s belongs to %d:%d", name, sys.Uid, sys.Gid)
		}
	}
	if diff := cmp.Diff(tree, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if st, err := os.Stat(dest); err != nil || st.Mode() != fs.ModeDir|0o755 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	wantNothingBeside(t, dest)
}

func wantNothingBeside(t *testing.T, dest string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(dest))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), stagingPrefix) && e.IsDir() {
			t.Errorf("%s was left", e.Name())
		}
	}
}

func TestUnpack(t *testing.T) {
	b := release(t)
	for name, mask := range map[string]int{"umask 077": 0o077, "umask 000": 0, "umask 022": 0o022} {
		t.Run(name, func(t *testing.T) {
			defer syscall.Umask(syscall.Umask(mask))
			dest := unpacked(t, b)
			wantTree(t, dest, b)
			if got := read(t, filepath.Join(dest, "bin/zkServer.sh")); got != "#!/usr/bin/env bash\n" {
				t.Errorf("content %q", got)
			}
			if st, err := os.Stat(filepath.Dir(dest)); err != nil || st.Mode() != fs.ModeDir|0o755 {
				t.Errorf("the parent has mode %v, %v", st.Mode(), err)
			}
		})
	}
}

// TestUnpackBelongsToRoot wants a tree of root's group below a folder that gives its
// own group to what is made in it.
func TestUnpackBelongsToRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		skip.OutsideCI(t, "only root can give files away")
	}
	b := release(t)
	parent := t.TempDir()
	if err := errors.Join(os.Chown(parent, 0, 1234), os.Chmod(parent, 0o755|fs.ModeSetgid)); err != nil {
		t.Fatal(err)
	}
	dest := filepath.Join(parent, "zk")
	if err := Unpack(t.Context(), save(t, b), pinnedSource(b), dest); err != nil {
		t.Fatal(err)
	}
	wantTree(t, dest, b)
	if st, err := os.Stat(dest); err != nil || st.Sys().(*syscall.Stat_t).Gid != 0 {
		t.Errorf("the folder belongs to group %d, %v", st.Sys().(*syscall.Stat_t).Gid, err)
	}
}

// TestUnpackShapes unpacks entries as other tools than Maven write them.
func TestUnpackShapes(t *testing.T) {
	jar := regular(top+"/lib/zookeeper-3.6.3.jar", 0o644, "PK")
	long := strings.Repeat("x", 200)
	tests := map[string][]entry{
		"no folders":        {jar},
		"dot first":         {folder("."), folder("./" + top), regular("./"+top+"/lib/zookeeper-3.6.3.jar", 0o644, "PK")},
		"a folder twice":    {folder(top), folder(top + "/lib"), folder(top + "/lib"), jar},
		"a set-gid folder":  {{Header: folder(top).Header}, jar, special('5', top+"/docs/", "")},
		"a long name":       {jar, regular(top+"/docs/"+long, 0o644, "")},
		"slashes too many":  {jar, regular(top+"//docs//x", 0o644, "")},
		"dots in a name":    {jar, regular(top+"/docs/a..b", 0o644, "")},
		"a name in Unicode": {jar, regular(top+"/docs/Zoë", 0o644, "")},
	}
	tests["a set-gid folder"][2].Mode = 0o6777
	for name, entries := range tests {
		t.Run(name, func(t *testing.T) {
			b := zipped(t, tarball(t, entries...))
			dest := unpacked(t, b)
			if state, err := Inspect(dest, hashOf(b)); state.Kind != Complete || err != nil {
				t.Errorf("got %+v, %v", state, err)
			}
			if st, err := os.Stat(filepath.Join(dest, "docs")); err == nil && st.Mode() != fs.ModeDir|0o755 {
				t.Errorf("docs has mode %v", st.Mode())
			}
		})
	}
}

// TestUnpackLeavesCompleteAlone wants a complete tree to stay untouched, and its
// archive not even opened.
func TestUnpackLeavesCompleteAlone(t *testing.T) {
	b := release(t)
	dest := unpacked(t, b)
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	for _, name := range append(names(t, dest), "", "..") {
		if err := os.Chtimes(filepath.Join(dest, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := Unpack(t.Context(), "/no/such/archive", pinnedSource(b), dest+"/"); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names(t, dest), "", "..") {
		if st, err := os.Stat(filepath.Join(dest, name)); err != nil || !st.ModTime().Equal(old) {
			t.Errorf("%s was touched: %v, %v", name, st.ModTime(), err)
		}
	}
}

func TestUnpackReplaces(t *testing.T) {
	b := release(t)
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			dest := unpacked(t, b)
			damage.do(t, dest)
			if err := Unpack(t.Context(), save(t, b), pinnedSource(b), dest); err != nil {
				t.Fatal(err)
			}
			wantTree(t, dest, b)
		})
	}
	t.Run("another archive", func(t *testing.T) {
		dest := unpacked(t, release(t, regular(top+"/docs/x", 0o644, "x")))
		if err := Unpack(t.Context(), save(t, b), pinnedSource(b), dest); err != nil {
			t.Fatal(err)
		}
		wantTree(t, dest, b)
	})
	t.Run("an empty folder", func(t *testing.T) {
		dest := t.TempDir()
		if err := Unpack(t.Context(), save(t, b), pinnedSource(b), dest); err != nil {
			t.Fatal(err)
		}
		wantTree(t, dest, b)
	})
}

// TestUnpackKeepsOldUntilNewIsWhole wants the old tree to stay where the new one fails.
func TestUnpackKeepsOldUntilNewIsWhole(t *testing.T) {
	b := release(t)
	dest := unpacked(t, b)
	write(t, dest+"/LICENSE.txt", "edited")
	hostile := release(t, special('2', top+"/x", "/etc/passwd"))
	wantError(t, Unpack(t.Context(), save(t, hostile), pinnedSource(hostile), dest), "is a link")
	if read(t, dest+"/LICENSE.txt") != "edited" || !exists(dest+"/bin/zkServer.sh") {
		t.Error("the old tree is gone")
	}
	wantNothingBeside(t, dest)
}

func TestUnpackRefusesForeign(t *testing.T) {
	b := release(t)
	elsewhere := t.TempDir()
	write(t, elsewhere+"/mine", "")
	tests := map[string]struct {
		lay  func(dest string) error
		want string
	}{
		"a folder": {func(dest string) error { return errors.Join(os.Mkdir(dest, 0o755), os.Mkdir(dest+"/photos", 0o755)) },
			"it holds photos and no sign of ZooKeeper"},
		"a file":    {func(dest string) error { return os.WriteFile(dest, nil, 0o644) }, "it is not a folder"},
		"a symlink": {func(dest string) error { return os.Symlink(elsewhere, dest) }, "it is a symlink"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dest := filepath.Join(t.TempDir(), "zk[1]")
			if err := test.lay(dest); err != nil {
				t.Fatal(err)
			}
			before := names(t, filepath.Dir(dest))
			err := Unpack(t.Context(), save(t, b), pinnedSource(b), dest)
			wantError(t, err, "cannot unpack to "+dest+": "+test.want+"; move it away, or set another [paths] install")
			if diff := cmp.Diff(before, names(t, filepath.Dir(dest))); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
		})
	}
	if !exists(elsewhere + "/mine") {
		t.Error("it went through the symlink")
	}
}

func TestUnpackRemovesLeftovers(t *testing.T) {
	b := release(t)
	parent := t.TempDir()
	write(t, parent+"/"+stagingPrefix+"ABC/bin/zkServer.sh", "")
	write(t, parent+"/"+stagingPrefix+"file", "a file is not ours")
	write(t, parent+"/other/x", "")
	dest := parent + "/zk"
	if err := Unpack(t.Context(), save(t, b), pinnedSource(b), dest); err != nil {
		t.Fatal(err)
	}
	wantTree(t, dest, b)
	if !exists(parent+"/other/x") || !exists(parent+"/"+stagingPrefix+"file") {
		t.Error("it removed more than its own")
	}
}

func TestUnpackWrongArchive(t *testing.T) {
	b := release(t)
	tests := map[string]struct {
		content string
		want    string
	}{
		"truncated": {string(b[:len(b)/2]), "wrong SHA-512 of its copy PATH: want " + hashOf(b)[:16]},
		"web page":  {"<html>", "from 6 bytes; this is an HTML page, not an archive"},
		"empty":     {"", "from 0 bytes; the file is empty"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := save(t, []byte(test.content))
			dest := filepath.Join(t.TempDir(), "opt", "zk")
			err := Unpack(t.Context(), path, pinnedSource(b), dest)
			var wrong *ChecksumError
			wantError(t, err, "cannot unpack apache-zookeeper-3.6.3-bin.tar.gz: ", strings.Replace(test.want, "PATH", path, 1))
			if !errors.As(err, &wrong) {
				t.Errorf("got %T", err)
			}
			if exists(filepath.Dir(dest)) {
				t.Error("it made something before it knew the hash")
			}
		})
	}
	dest := filepath.Join(t.TempDir(), "zk")
	wantError(t, Unpack(t.Context(), "/no/such/archive", pinnedSource(b), dest), "cannot unpack apache-zookeeper-3.6.3-bin.tar.gz: open /no/such/archive: no such file")
	unpinned := pinnedSource(b)
	unpinned.SHA512 = ""
	wantError(t, Unpack(t.Context(), save(t, b), unpinned, dest), `cannot use "" as a SHA-512`)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(save(t, b), link); err != nil {
		t.Fatal(err)
	}
	wantError(t, Unpack(t.Context(), link, pinnedSource(b), dest), "not a regular file")
}

// TestStageHashesAgain wants a file that changes after it was hashed to be refused.
func TestStageHashesAgain(t *testing.T) {
	b := release(t)
	parent, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer parent.Close()
	other := release(t, regular(top+"/x", 0o755, "evil"))
	wantError(t, stage(t.Context(), bytes.NewReader(other), pinnedSource(b), parent, "s"), "it changed while it was read; run the same command again")
}

func TestUnpackIsInterrupted(t *testing.T) {
	b := release(t)
	parent, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer parent.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	wantError(t, stage(ctx, bytes.NewReader(b), pinnedSource(b), parent, "s"), "interrupted")

	dest := filepath.Join(t.TempDir(), "opt", "zk")
	wantError(t, Unpack(ctx, save(t, b), pinnedSource(b), dest), "interrupted")
	if exists(dest) {
		t.Error("there is a tree all the same")
	}
}

func TestUnpackOntoFullDisk(t *testing.T) {
	b := release(t, regular(top+"/docs/large", 0o644, strings.Repeat("x", 500_000)))
	parent := t.TempDir()
	if err := syscall.Mount("zkprov-test", parent, "tmpfs", 0, "size=256k"); err != nil {
		if os.Geteuid() != 0 {
			skip.OutsideCI(t, "only root can mount a small file system")
		}
		t.Fatalf("cannot mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(parent, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	dest := filepath.Join(parent, "zk")
	err := Unpack(t.Context(), save(t, b), pinnedSource(b), dest)
	wantError(t, err, "cannot write docs/large: ", "no space left on device; about 1.", " MB are needed in "+parent+", ", " inodes are free")
	if exists(dest) {
		t.Error("there is a tree all the same")
	}
	wantNothingBeside(t, dest)
}

// TestPlaceReplacesNothing wants a folder that came into being meanwhile to stay.
func TestPlaceReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/staged/x", "")
	write(t, dir+"/name/mine", "")
	parent, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer parent.Close()
	wantError(t, place(parent, "staged", "name", false), "file exists")
	if !exists(dir+"/name/mine") || !exists(dir+"/staged/x") {
		t.Errorf("left are %v", names(t, dir))
	}
	// Nor is the old one lost where the new one cannot come.
	wantError(t, place(parent, "none", "name", true), "no such file")
	if !exists(dir + "/name/mine") {
		t.Errorf("left are %v", names(t, dir))
	}
}
