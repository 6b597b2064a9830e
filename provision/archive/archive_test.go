package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const top = "apache-zookeeper-3.6.3-bin"

// entry is one entry of an archive that a test builds.
type entry struct {
	tar.Header
	content string
}

func folder(name string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o700}}
}

func regular(name string, mode int64, content string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}, content: content}
}

// special returns an entry without content.
func special(kind byte, name, link string) entry {
	return entry{Header: tar.Header{Typeflag: kind, Name: name, Linkname: link, Mode: 0o644}}
}

// release returns a small archive of 3.6.3 as Apache makes them, with the entries in
// addition.
func release(t testing.TB, more ...entry) []byte {
	t.Helper()
	return zipped(t, tarball(t, append([]entry{
		folder(top),
		regular(top+"/LICENSE.txt", 0o644, "Apache License\n"),
		folder(top + "/bin"),
		regular(top+"/bin/zkServer.sh", 0o775, "#!/usr/bin/env bash\n"),
		regular(top+"/conf/zoo_sample.cfg", 0o600, "tickTime=2000\n"),
		regular(top+"/lib/zookeeper-3.6.3.jar", 0o666, "PK\x03\x04"+strings.Repeat("x", 5000)),
		regular(top+"/lib/zookeeper-jute-3.6.3.jar", 0o644, "PK\x03\x04"),
	}, more...)...))
}

func tarball(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		e.Uid, e.Gid, e.Uname = 1001, 1001, "builder"
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

func hashOf(b []byte) string {
	sum := sha512.Sum512(b)
	return hex.EncodeToString(sum[:])
}

func pinnedSource(b []byte, urls ...string) Source {
	return Source{Version: "3.6.3", URLs: urls, SHA512: hashOf(b), FileName: top + ".tar.gz"}
}

// save writes an archive to a file of its own.
func save(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "archive.tar.gz")
	write(t, path, string(b))
	return path
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// names lists what lies below a folder, folders with a slash.
func names(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name := strings.TrimPrefix(path, dir+"/")
		if d.IsDir() {
			name += "/"
		}
		all = append(all, name)
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

// wantError wants a message of which each part occurs.
func wantError(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("got  %v\nwant %q in it", err, part)
		}
	}
}
