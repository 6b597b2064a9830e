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

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zk.toml")
	if err := os.WriteFile(path, []byte(supported+"nmae = 1"+threeHosts), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := 0
	e, found, err := Load(path, func(*Ensemble) finding.Findings { asked++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if e == nil || e.File != path || len(e.Hosts) != 3 || asked != 1 {
		t.Errorf("ensemble %+v, asked %d times", e, asked)
	}
	if want := path + `:3:1: [ensemble] has no key "nmae"; did you mean "name"? [unknown-key]`; len(found) != 1 || found[0].String() != want {
		t.Errorf("found %v, want %s", found, want)
	}
}

func TestLoadCannot(t *testing.T) {
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
		e, found, err := Load(path)
		if err == nil || !strings.HasPrefix(err.Error(), "cannot read the inventory: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", path, err, want)
		}
		if e != nil || found != nil {
			t.Errorf("%s: ensemble %v, findings %v", path, e, found)
		}
	}
	if _, _, err := Load(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v does not wrap that the file is not there", err)
	}
}

// TestLoadGreatest wants an inventory of the greatest size to be read.
func TestLoadGreatest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zk.toml")
	text := supported + threeHosts + "#"
	if err := os.WriteFile(path, []byte(text+strings.Repeat("x", maxSize-len(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, found, err := Load(path); err != nil || len(found) > 0 {
		t.Errorf("found %v, error %v", found, err)
	}
}
