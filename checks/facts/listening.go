package facts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"syscall"
)

// Listening tells who listens on a port of a server. It is plain data.
type Listening struct {
	Port int `json:"port"`
	// Own is set where a process of the server listens.
	Own bool `json:"own"`
	// By names another process that listens; empty where none does.
	By string `json:"by,omitempty"`
}

// WhoListens finds out who listens on a port: process pid of a unit or another
// one of it, as where a script starts the server, somebody else, or nobody. It looks
// at the descriptors of pid alone unless the port is another's.
// Where those cannot be seen, as without root, a socket of the same user counts
// as the process's.
func WhoListens(root string, port, pid int, unit string) (Listening, error) {
	sockets, err := listening(root, []int{port})
	if err != nil || len(sockets) == 0 {
		return Listening{Port: port}, err
	}
	own, err := holds(root, pid, sockets)
	if err != nil {
		return Listening{}, err
	}
	if own {
		return Listening{Port: port, Own: true}, nil
	}
	findOwners(root, sockets)
	if pid > 0 && slices.ContainsFunc(sockets, func(s socket) bool { return s.Unit != "" && s.Unit == unit }) {
		return Listening{Port: port, Own: true}, nil
	}
	return Listening{Port: port, By: sockets[0].Owner()}, nil
}

// holds reports whether one of the sockets is the process's.
func holds(root string, pid int, sockets []socket) (bool, error) {
	if pid <= 0 {
		return false, nil
	}
	dir := path.Join("/proc", strconv.Itoa(pid))
	fds, err := os.ReadDir(InRoot(root, dir+"/fd"))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH):
		return false, nil // it has ended
	case errors.Is(err, fs.ErrPermission):
		var process syscall.Stat_t
		if err := syscall.Stat(InRoot(root, dir), &process); err != nil {
			return false, nil
		}
		return slices.ContainsFunc(sockets, func(s socket) bool { return s.UID == process.Uid }), nil
	case err != nil:
		return false, fmt.Errorf("cannot look what process %d listens on: %w", pid, err)
	}
	for _, fd := range fds {
		target, err := os.Readlink(InRoot(root, dir+"/fd/"+fd.Name()))
		if err == nil && slices.ContainsFunc(sockets, func(s socket) bool { return target == "socket:["+s.inode+"]" }) {
			return true, nil
		}
	}
	return false, nil
}
