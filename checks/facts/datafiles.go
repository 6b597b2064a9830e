package facts

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sort"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// FileClass counts the files of a data directory's version-2 that have one owner and
// one mode; the folder itself is a class of its own.
type FileClass struct {
	UID    uint32 `json:"uid"`
	GID    uint32 `json:"gid"`
	Mode   uint32 `json:"mode"` // permission bits
	Folder bool   `json:"folder,omitempty"`
	Count  int    `json:"count"`
}

// StuckFile is a name in version-2 whose owner and mode are left alone, and why.
type StuckFile struct {
	Name string `json:"name"`
	Why  string `json:"why"`
	// Class tells who can use it as it is; nil where it is no file.
	Class *FileClass `json:"class,omitempty"`
	// Frozen has the attributes that forbid to change it, where nothing else does; see
	// Forbids.
	Frozen string `json:"frozen,omitempty"`
}

// DataFiles tells what lies in version-2 of a data directory, where a server must be
// able to read and write everything.
type DataFiles struct {
	Classes []FileClass `json:"classes,omitempty"`
	// Stuck has the first names of each class that are left alone.
	Stuck []StuckFile `json:"stuck,omitempty"`
}

// maxStuck bounds the names that are kept of one class: a backup may have a second name
// for all that is well, and hide what is not.
const maxStuck = 100

// CountDataFiles counts what lies in version-2.
func CountDataFiles(root, dir string) (DataFiles, error) {
	return countFiles(root, dir, WalkDataFiles)
}

// CountLogFiles counts what lies in a folder of logs, without the folder itself.
func CountLogFiles(root, dir string) (DataFiles, error) {
	return countFiles(root, dir, WalkLogFiles)
}

func countFiles(root, dir string, walk func(root, dir string, visit func(DataFile) error, stuck func(StuckFile)) error) (DataFiles, error) {
	var all DataFiles
	at, left := make(map[FileClass]int), make(map[FileClass]int)
	err := walk(root, dir, func(f DataFile) error {
		at[f.Class()]++
		return nil
	}, func(s StuckFile) {
		var class FileClass
		if s.Class != nil {
			class = *s.Class
		}
		if left[class]++; left[class] <= maxStuck {
			all.Stuck = append(all.Stuck, s)
		}
	})
	for class, n := range at {
		class.Count = n
		all.Classes = append(all.Classes, class)
	}
	sort.Slice(all.Classes, func(i, j int) bool {
		a, b := all.Classes[i], all.Classes[j]
		return cmp.Or(cmp.Compare(a.UID, b.UID), cmp.Compare(a.GID, b.GID), cmp.Compare(a.Mode, b.Mode), cmp.Compare(a.Count, b.Count)) < 0
	})
	return all, err
}

// DataFile is a file of version-2, or the folder itself, open.
type DataFile struct {
	*os.File
	Name string // within version-2; "." is the folder
	Info fs.FileInfo
	Stat *syscall.Stat_t
}

// WalkDataFiles opens version-2 below the data directory at dir, a path on the host,
// and everything that lies directly in it, and hands each to visit. What a service
// user could have made to lead elsewhere is handed to stuck instead: links, files
// with a second name, what lies on another mount. Folders in version-2 are passed
// over: ZooKeeper makes none. A version-2 that is not there is no error.
func WalkDataFiles(root, dir string, visit func(DataFile) error, stuck func(StuckFile)) error {
	return walkFiles(root, dir, VersionDir, visit, stuck)
}

// WalkLogFiles does for everything that lies directly in a folder of logs what
// WalkDataFiles does for version-2. The folder itself is not handed to visit.
func WalkLogFiles(root, dir string, visit func(DataFile) error, stuck func(StuckFile)) error {
	return walkFiles(root, dir, ".", func(f DataFile) error {
		if f.Info.IsDir() {
			return nil
		}
		return visit(f)
	}, stuck)
}

// walkFiles does what WalkDataFiles does, for the folder part of the one at dir.
func walkFiles(root, dir, part string, visit func(DataFile) error, stuck func(StuckFile)) error {
	real, err := Follow(root, dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	d, err := openDataFolder(root, real.Path)
	if err != nil {
		return err
	}
	defer d.root.Close()
	folder, err := d.open(part, syscall.O_DIRECTORY|syscall.O_NOFOLLOW)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errLink):
		return nil // readVersion tells of the link
	case err != nil:
		return d.failed(part, err)
	}
	defer folder.Close()
	top, err := statOf(folder, ".")
	if err != nil {
		return d.failed(part, err)
	}
	if err := visit(top); err != nil {
		return err
	}
	entries, err := folder.ReadDir(-1)
	if err != nil {
		return d.failed(part, err)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, entry := range entries {
		var failed error
		switch {
		case entry.IsDir():
			continue
		case !entry.Type().IsRegular():
			if serversOwn(entry.Name()) {
				stuck(StuckFile{Name: entry.Name(), Why: "it is no regular file"})
			}
			continue
		}
		err := visitAt(folder, top, entry.Name(), func(f DataFile) error {
			failed = visit(f)
			return failed
		}, stuck)
		if failed != nil {
			return failed
		}
		// A server may remove what it no longer needs, and who is not root may be kept
		// from looking.
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return d.failed(part, err)
		}
	}
	return nil
}

// visitAt opens one file in a folder without following a link, whatever the name has
// become since it was listed.
func visitAt(folder *os.File, top DataFile, name string, visit func(DataFile) error, stuck func(StuckFile)) error {
	fd, err := unix.Openat(int(folder.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	f, err := statOf(file, name)
	switch {
	case err != nil:
		return err
	case !f.Info.Mode().IsRegular():
		stuck(StuckFile{Name: name, Why: "it is no regular file"})
	case f.Stat.Nlink > 1:
		stuck(f.stuck("it has another name elsewhere (a hard link)"))
	case f.Stat.Dev != top.Stat.Dev:
		stuck(f.stuck("another file system is mounted over it"))
	default:
		if letters := frozen(file); letters != "" {
			why := f.stuck("chattr has made it immutable or append-only")
			why.Frozen = letters
			stuck(why)
			return nil
		}
		return visit(f)
	}
	return nil
}

func statOf(file *os.File, name string) (DataFile, error) {
	info, err := file.Stat()
	if err != nil {
		return DataFile{}, fmt.Errorf("%s: %w", name, cause(err))
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return DataFile{}, fmt.Errorf("%s: cannot see its owner", name)
	}
	return DataFile{file, name, info, stat}, nil
}

func (f DataFile) stuck(why string) StuckFile {
	class := f.Class()
	return StuckFile{Name: f.Name, Why: why, Class: &class}
}

// serversOwn reports whether ZooKeeper reads or writes a file of that name.
func serversOwn(name string) bool {
	return strings.HasPrefix(name, snapshotPrefix) || strings.HasPrefix(name, logPrefix) || strings.HasPrefix(name, "acceptedEpoch") || strings.HasPrefix(name, "currentEpoch")
}

// Class returns the class that the file is in.
func (f DataFile) Class() FileClass {
	return FileClass{UID: f.Stat.Uid, GID: f.Stat.Gid, Mode: uint32(f.Info.Mode().Perm()), Folder: f.Info.IsDir()}
}
