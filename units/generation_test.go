package units

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestRunningGeneration(t *testing.T) {
	root := t.TempDir()
	for pid, environ := range map[string]string{
		"1": "PATH=/bin\x00XZKPROV_GENERATION=no\x00ZKPROV_GENERATION=5f=2c\x00LANG=C\x00",
		"2": "PATH=/bin\x00",
		"3": "",
	} {
		if err := os.MkdirAll(filepath.Join(root, "proc", pid), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "proc", pid, "environ"), []byte(environ), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for pid, want := range map[int]string{1: "5f=2c", 2: "", 3: ""} {
		got, err := RunningGeneration(root, pid)
		if err != nil || got != want {
			t.Errorf("process %d: got %q, %v, want %q", pid, got, err, want)
		}
	}
	// The real root is the empty one.
	if got, err := RunningGeneration("", os.Getpid()); err != nil || got != "" {
		t.Errorf("this process: got %q, %v", got, err)
	}
	for _, pid := range []int{-1, 0, 4} {
		if got, err := RunningGeneration(root, pid); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("process %d: got %q, %v", pid, got, err)
		}
	}
}
