package host

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
)

// sourceFile is a file of a server's data that is copied.
type sourceFile struct {
	// folder is the data directory that it lies in, or that of the logs.
	folder, name string
	// bytes is its size or, of a log, of which only a part is written, what it takes on
	// the disk.
	bytes int64
	log   bool
	zxid  uint64
}

// copySource is what of a server's data is copied.
type copySource struct {
	files []sourceFile
	// free is how many bytes are free where the copy is made.
	free int64
}

// bytes returns how many the copy takes at most.
func (s copySource) bytes() int64 {
	var n int64
	for _, f := range s.files {
		n += f.bytes
	}
	return n
}

// newest returns the names of the newest snapshot and the newest log, by which one tells
// that data has changed.
func (s copySource) newest() string {
	var snapshot, log string
	for _, f := range s.files {
		switch {
		case f.log:
			log = f.name
		case strings.HasPrefix(f.name, "snapshot."):
			snapshot = f.name
		}
	}
	return strings.TrimSpace(snapshot + " " + log)
}

// sizeOf returns bytes in whole megabytes, rounded up, so that hosts with about the same
// are said to have the same.
func sizeOf(bytes int64) string { return fmt.Sprintf("%d MB", (bytes+999_999)/1_000_000) }

// copySourceOf lists what of an instance's data has to be copied so that a server starts
// from the copy as it would from the data: the newest snapshot that is whole, the logs
// that go on from it, and what the server has noted of its epochs.
func (m *Machine) copySourceOf(in *inventory.Instance) (copySource, error) {
	logDir := cmp.Or(in.DataLogDir, in.DataDir)
	var s copySource
	var free unix.Statfs_t
	if err := unix.Statfs(m.path(in.DataDir), &free); err != nil {
		return s, fmt.Errorf("cannot see how much is free in %s: %w", in.DataDir, err)
	}
	s.free = int64(free.Bavail)*int64(free.Bsize) + m.leftOfCopies(in)
	snapshots, others, err := m.listData(in.DataDir, "snapshot.")
	if err != nil {
		return s, err
	}
	logs, _, err := m.listData(logDir, "log.")
	if err != nil {
		return s, err
	}
	whole := false
	for _, f := range slices.Backward(snapshots) {
		s.files = append(s.files, f)
		if sealed, known := m.sealed(f); sealed || !known && whole {
			break
		} else if !known {
			whole = true // one more, as nobody can tell whether this one is
		} else {
			s.files = s.files[:len(s.files)-1] // it is being written, or was cut off
		}
	}
	slices.Reverse(s.files)
	if len(s.files) == 0 {
		return s, nil
	}
	oldest := s.files[0].zxid
	for i, f := range logs {
		// A snapshot is written while the server goes on: the log before it has what came
		// meanwhile. See FileTxnLog.getLogFiles.
		if last := i+1 == len(logs); last || logs[i+1].zxid > oldest {
			s.files = append(s.files, f)
		}
	}
	s.files = append(s.files, others...)
	return s, nil
}

// leftOfCopies returns how many bytes on the disk are what runs that were killed have left
// of a copy: it goes before the next is made.
func (m *Machine) leftOfCopies(in *inventory.Instance) int64 {
	var n int64
	entries, _ := os.ReadDir(m.path(in.DataDir))
	for _, e := range entries {
		if !isPartOfCopy(e.Name()) {
			continue
		}
		_ = filepath.WalkDir(m.path(path.Join(in.DataDir, e.Name())), func(_ string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil // it goes while it is looked at
			}
			if info, err := d.Info(); err == nil {
				if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Nlink == 1 {
					n += int64(stat.Blocks) * 512
				}
			}
			return nil
		})
	}
	return n
}

// isPartOfCopy reports whether a name in a data directory is that of a copy that was not
// made, or not removed, to its end.
func isPartOfCopy(name string) bool { return name != copyName && unfinished(name) == copyName }

// listData lists the files of version-2 of a folder whose names begin with a prefix, the
// oldest first, and those that note an epoch.
func (m *Machine) listData(folder, prefix string) (of, epochs []sourceFile, err error) {
	entries, err := os.ReadDir(m.path(path.Join(folder, facts.VersionDir)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("cannot list the data in %s: %w", folder, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue // it went, or is none of the server's
		}
		f := sourceFile{folder: folder, name: e.Name(), bytes: info.Size()}
		digits, ours := strings.CutPrefix(e.Name(), prefix)
		switch {
		case slices.Contains([]string{"acceptedEpoch", "currentEpoch"}, e.Name()):
			epochs = append(epochs, f)
		case ours:
			digits, _, _ = strings.Cut(digits, ".")
			if f.zxid, err = strconv.ParseUint(digits, 16, 64); err != nil {
				continue
			}
			if f.log = prefix == "log."; f.log {
				if stat, ok := info.Sys().(*syscall.Stat_t); ok {
					f.bytes = min(f.bytes, int64(stat.Blocks)*512)
				}
			}
			of = append(of, f)
		}
	}
	slices.SortStableFunc(of, func(a, b sourceFile) int { return cmp.Compare(a.zxid, b.zxid) })
	return of, epochs, nil
}

// sealed reports whether a snapshot ends as one that was written to its end; see
// SnapStream.isValidSnapshot. Of one that is compressed that is not known.
func (m *Machine) sealed(f sourceFile) (sealed, known bool) {
	if strings.Count(f.name, ".") > 1 {
		return false, false
	}
	file, err := os.OpenFile(m.path(path.Join(f.folder, facts.VersionDir, f.name)), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false, true
	}
	defer file.Close()
	end := make([]byte, len(snapshotSeal))
	if _, err := file.Seek(-int64(len(end)), io.SeekEnd); err != nil {
		return false, true
	}
	_, err = io.ReadFull(file, end)
	return err == nil && string(end) == snapshotSeal, true
}

// snapshotSeal is what a snapshot ends with: the path "/", and its length.
const snapshotSeal = "\x00\x00\x00\x01/"
