package units

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// environmentBytes bounds what is read of a process's environment.
const environmentBytes = 1 << 20

// RunningGeneration returns the generation that the process was started with, from
// /proc/<pid>/environ below root. It is empty for a process that was not started by a
// unit of zkprov's. Where the process is gone the error is os.ErrNotExist.
func RunningGeneration(root string, pid int) (string, error) {
	if pid <= 0 {
		return "", fmt.Errorf("cannot read the environment of process %d: %w", pid, os.ErrNotExist)
	}
	f, err := os.Open(filepath.Join("/", root, "proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return "", fmt.Errorf("cannot read the environment of process %d: %w", pid, err)
	}
	defer f.Close()
	environ, err := io.ReadAll(io.LimitReader(f, environmentBytes))
	if errors.Is(err, syscall.ESRCH) { // it ended after the file was opened
		err = os.ErrNotExist
	}
	if err != nil {
		return "", fmt.Errorf("cannot read the environment of process %d: %w", pid, err)
	}
	for variable := range bytes.SplitSeq(environ, []byte{0}) {
		if value, ok := bytes.CutPrefix(variable, []byte(GenerationVariable+"=")); ok {
			return string(value), nil
		}
	}
	return "", nil
}
