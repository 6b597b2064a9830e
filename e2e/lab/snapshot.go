package lab

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/zkprov/zkprov/internal/hostpath"
)

// ownLife lists the places of a host's disk that change without anybody's doing: the journal, the log of logins, systemd's own notes.
var ownLife = []string{"/var/log", "/var/lib/systemd", "/var/lib/private", "/etc/.pwd.lock", "/run", "/tmp", "/var/tmp"}

// Snapshot describes everything on the host's disk that differs from the image, one entry a path: type, mode, owner, size, time of the
// last change and, of regular files, a hash of the content. It reads the disk from outside, so that looking leaves no trace. What lies
// at or below one of the ignored paths is left out.
func (h *Host) Snapshot(ignore ...string) (map[string]string, error) {
	seen := make(map[string]string)
	root := h.path("upper")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := "/" + strings.TrimPrefix(strings.TrimPrefix(path, root), "/")
		for _, skipped := range append(ignore, ownLife...) {
			if hostpath.Within(name, skipped) {
				if entry.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		text := fmt.Sprintf("%s %d:%d", info.Mode(), stat.Uid, stat.Gid)
		if !info.IsDir() {
			// A folder's time changes with what is in it, which is listed by itself.
			text += fmt.Sprintf(" %d %s", info.Size(), info.ModTime().UTC().Format("2006-01-02T15:04:05.000000000"))
		}
		if info.Mode().IsRegular() {
			hash, err := hashFile(path)
			if err != nil {
				return err
			}
			text += " " + hash[:16]
		}
		seen[name] = text
		return nil
	})
	// The folder above one that is left out is there because of it.
	for _, skipped := range ignore {
		delete(seen, filepath.Dir(skipped))
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look at the disk of the host %s: %w", h.Name, err)
	}
	return seen, nil
}

// CopyTree puts a folder of the machine on the host's disk, as root's with the modes that its files have, whether the host runs or not.
func (h *Host) CopyTree(source, target string) error {
	return filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return h.CopyIn(path, filepath.Join(target, strings.TrimPrefix(path, source)), info.Mode().Perm())
	})
}

// CopyIn puts a file of the machine on the host's disk, as root's with this mode, whether the host runs or not.
func (h *Host) CopyIn(source, target string, mode fs.FileMode) error {
	content, err := os.ReadFile(source)
	if err != nil {
		return fmt.Errorf("cannot copy to the host %s: %w", h.Name, err)
	}
	path := h.merged(target)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("cannot copy to the host %s: %w", h.Name, err)
	}
	if err := os.WriteFile(path, content, mode); err != nil {
		return fmt.Errorf("cannot copy to the host %s: %w", h.Name, err)
	}
	return os.Chmod(path, mode)
}
