package inventory

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
)

func TestReadOfFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zk.toml")
	if err := os.WriteFile(path, []byte(supported+"nmae = 1"+threeHosts), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := 0
	text, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e, found := Read(path, text, func(*Ensemble) finding.Findings { asked++; return nil })
	if e == nil || e.File != path || len(e.Hosts) != 3 || asked != 1 {
		t.Errorf("ensemble %+v, asked %d times", e, asked)
	}
	if want := path + `:3:1: [ensemble] has no key "nmae"; did you mean "name"? [unknown-key]`; len(found) != 1 || found[0].String() != want {
		t.Errorf("found %v, want %s", found, want)
	}
}

func TestReadFileCannot(t *testing.T) {
	dir := t.TempDir()
	missing, big, pipe := filepath.Join(dir, "missing.toml"), filepath.Join(dir, "big.toml"), filepath.Join(dir, "pipe.toml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(big, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, maxSize+1); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		missing: "zkprov init writes one",
		dir:     dir + " is a folder",
		pipe:    pipe + " is no regular file; zkprov reads standard input where the path is -",
		big:     "has more than the 4194304 bytes that are read",
	} {
		text, err := ReadFile(path)
		if err == nil || !strings.HasPrefix(err.Error(), "cannot read the inventory: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", path, err, want)
		}
		if text != nil {
			t.Errorf("%s: %d bytes", path, len(text))
		}
	}
	if _, err := ReadFile(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v does not wrap that the file is not there", err)
	}
}

// TestReadFileGreatest wants an inventory of the greatest size to be read.
func TestReadFileGreatest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zk.toml")
	text := supported + threeHosts + "#"
	if err := os.WriteFile(path, []byte(text+strings.Repeat("x", maxSize-len(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	whole, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, found := Read(path, whole); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}
