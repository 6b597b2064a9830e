package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Every host has cgroups of its own. Without them all containers would share the one below which systemd-nspawn was started, and
// a host's systemd would see, wait for and kill other hosts' processes.

// cgroupRoots returns where systemd's hierarchies are mounted: the unified one, and on an older layout the one named systemd.
func cgroupRoots(mountinfo string) []string {
	var roots []string
	for line := range strings.Lines(mountinfo) {
		mount, super, found := strings.Cut(line, " - ")
		fields, kind := strings.Fields(mount), strings.Fields(super)
		if !found || len(fields) < 5 || len(kind) < 3 {
			continue
		}
		named := kind[0] == "cgroup" && slices.Contains(strings.Split(kind[2], ","), "name=systemd")
		if (kind[0] == "cgroup2" || named) && !slices.Contains(roots, fields[4]) {
			roots = append(roots, fields[4])
		}
	}
	return roots
}

// makeCgroups makes one cgroup of this name in each of systemd's hierarchies.
func makeCgroups(name string) (dirs []string, err error) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	for _, root := range cgroupRoots(string(mountinfo)) {
		dir := filepath.Join(root, name)
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("cannot make a cgroup: %w", err)
		}
		dirs = append(dirs, dir)
	}
	if len(dirs) == 0 {
		return nil, errors.New("cannot make a cgroup: neither cgroup2 nor a hierarchy named systemd is mounted")
	}
	return dirs, nil
}

// removeCgroups removes what makeCgroups made and what the host made below it. A process that is left there is the host's, whose
// systemd-nspawn ended before it, as where it failed to boot: it is ended, since nobody else would.
func removeCgroups(ctx context.Context, name string) error {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, root := range cgroupRoots(string(mountinfo)) {
		dir := filepath.Join(root, name)
		for {
			err := removeCgroup(dir)
			if err == nil {
				break
			}
			if !errors.Is(err, unix.EBUSY) {
				return err
			}
			killCgroup(dir)
			select {
			case <-ctx.Done():
				return err
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

// killCgroup ends the processes in a cgroup and below it, as well as it goes.
func killCgroup(dir string) {
	_ = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "cgroup.procs" {
			return nil
		}
		pids, _ := os.ReadFile(name)
		for line := range strings.Lines(string(pids)) {
			if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && pid > 1 {
				_ = unix.Kill(pid, unix.SIGKILL)
			}
		}
		return nil
	})
}

func removeCgroup(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := removeCgroup(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot remove a cgroup: %w", err)
	}
	return nil
}
