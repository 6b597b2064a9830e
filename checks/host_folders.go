package checks

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/inventory"
)

// What an apply writes on a host that has nothing yet. The archive of a release
// is some 12 MB and 40 MB unpacked with its documentation; ZooKeeper reserves
// 64 MiB for each transaction log (preAllocSize) and keeps more than one.
const (
	installBytes  = 64 << 20
	installInodes = 1000
	cacheBytes    = 32 << 20
	cacheInodes   = 10
	dataBytes     = 128 << 20
	dataInodes    = 20
	logBytes      = 64 << 20
	configBytes   = 1 << 20
	configInodes  = 20
)

// Where zkprov itself keeps things on a host, and where units lie.
const (
	stateDir = "/var/lib/zkprov"
	cacheDir = "/var/cache/zkprov"
	unitDir  = "/etc/systemd/system"
)

// Use is what a folder is for.
type Use string

// The uses of a folder. A running instance goes on writing to its data, so
// space is looked at there even when nothing is to be installed.
const (
	UseInstall Use = "install"
	UseData    Use = "data"
	UseConfig  Use = "config"
)

// Folder is a folder that an apply writes to.
type Folder struct {
	Path string
	Use  Use
	// Bytes and Inodes are what it takes on a fresh host.
	Bytes  uint64
	Inodes uint64
	// Unless is a path that shows, where it exists, that this was written before.
	Unless string
}

// FolderFacts is the file system that a folder lies on, or would lie on.
type FolderFacts struct {
	Path string `json:"path"`
	Use  Use    `json:"use"`
	// Nearest is the folder itself or its nearest parent that exists.
	Nearest string `json:"nearest,omitempty"`
	// NeedBytes and NeedInodes are what it takes on a fresh host; Present says
	// that it was written before, so that nothing more is needed now.
	NeedBytes  uint64 `json:"need_bytes"`
	NeedInodes uint64 `json:"need_inodes"`
	Present    bool   `json:"present"`

	MountPoint string `json:"mount_point,omitempty"`
	Type       string `json:"type,omitempty"`
	// FreeBytes is what an ordinary user may still write, reserved blocks left
	// out. TotalInodes is zero on file systems that make inodes as they go.
	FreeBytes   uint64 `json:"free_bytes"`
	FreeInodes  uint64 `json:"free_inodes"`
	TotalInodes uint64 `json:"total_inodes"`
	ReadOnly    bool   `json:"read_only,omitempty"`
	NoExec      bool   `json:"no_exec,omitempty"`
	// Error says why the folder could not be looked at.
	Error string `json:"error,omitempty"`
}

// folders lists what an apply writes to on host h.
func folders(e *inventory.Ensemble, h *inventory.Host) []Folder {
	release := path.Join(e.Paths.Install, "apache-zookeeper-"+e.Version+"-bin")
	fs := []Folder{
		{Path: e.Paths.Install, Use: UseInstall, Bytes: installBytes, Inodes: installInodes, Unless: release},
		{Path: cacheDir, Use: UseInstall, Bytes: cacheBytes, Inodes: cacheInodes, Unless: release},
		{Path: e.Paths.Config, Use: UseConfig, Bytes: configBytes, Inodes: configInodes},
		{Path: unitDir, Use: UseConfig, Bytes: configBytes, Inodes: configInodes},
		{Path: stateDir, Use: UseConfig, Bytes: configBytes, Inodes: configInodes},
	}
	for _, i := range h.Instances {
		fs = append(fs, Folder{
			Path: i.DataDir, Use: UseData, Bytes: dataBytes, Inodes: dataInodes,
			Unless: path.Join(i.DataDir, versionDir),
		})
		if i.DataLogDir != "" && i.DataLogDir != i.DataDir {
			fs = append(fs, Folder{
				Path: i.DataLogDir, Use: UseData, Bytes: logBytes, Inodes: dataInodes,
				Unless: path.Join(i.DataLogDir, versionDir),
			})
		}
	}
	return fs
}

func folderFacts(root string, f Folder, mounts []mount) FolderFacts {
	facts := FolderFacts{Path: f.Path, Use: f.Use, NeedBytes: f.Bytes, NeedInodes: f.Inodes}
	if f.Unless != "" {
		_, err := Follow(root, f.Unless)
		facts.Present = err == nil
	}
	nearest, err := nearestFolder(root, f.Path)
	if err != nil {
		facts.Error = err.Error()
		return facts
	}
	facts.Nearest, facts.MountPoint = nearest, nearest
	if m, ok := mountOf(nearest, mounts); ok {
		facts.MountPoint, facts.Type = m.point, m.fstype
		facts.ReadOnly, facts.NoExec = m.readOnly, m.noExec
	}
	var st unix.Statfs_t
	if err := unix.Statfs(InRoot(root, nearest), &st); err != nil {
		facts.Error = fmt.Sprintf("cannot read the free space under %s: %v", nearest, err)
		return facts
	}
	facts.FreeBytes = st.Bavail * uint64(st.Bsize)
	facts.FreeInodes, facts.TotalInodes = st.Ffree, st.Files
	return facts
}

// nearestFolder is name, or the nearest of its parents that exists, with links
// followed.
func nearestFolder(root, name string) (string, error) {
	for at := name; ; at = path.Dir(at) {
		f, err := Follow(root, at)
		switch {
		case err == nil && f.Info.IsDir():
			return f.Path, nil
		case err == nil:
			return "", fmt.Errorf("%s is not a folder", at)
		case !errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("cannot look at %s: %w", at, err)
		}
		if info, lerr := os.Lstat(InRoot(root, at)); lerr == nil && info.Mode()&fs.ModeSymlink != 0 {
			return "", fmt.Errorf("%s is a link to %s, which does not exist", at, f.Path)
		}
		if at == "/" || at == "." {
			return "", fmt.Errorf("cannot find any folder above %s", name)
		}
	}
}

// mount is one line of mountinfo; see proc_pid_mountinfo(5).
type mount struct {
	point    string
	fstype   string
	readOnly bool // of this mount or of the whole file system
	noExec   bool
}

// parseMountinfo reads /proc/self/mountinfo. Lines in another shape are passed
// over.
func parseMountinfo(text string) []mount {
	var ms []mount
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
		if !ok {
			continue
		}
		b, a := strings.Fields(before), strings.Fields(after)
		if len(b) < 6 || len(a) < 1 {
			continue
		}
		m := mount{point: unescapeMount(b[4]), fstype: a[0]}
		options := strings.Split(b[5], ",")
		if len(a) > 2 {
			options = append(options, strings.Split(a[2], ",")...)
		}
		for _, o := range options {
			switch o {
			case "ro":
				m.readOnly = true
			case "noexec":
				m.noExec = true
			}
		}
		ms = append(ms, m)
	}
	return ms
}

// unescapeMount undoes the \040 form of blanks in a mount point.
func unescapeMount(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// mountOf is the mount that name, a path without links, lies on: the deepest
// mount point above it and, of several on one point, the last.
func mountOf(name string, mounts []mount) (mount, bool) {
	var best mount
	found := false
	for _, m := range mounts {
		if within(name, m.point) && len(m.point) >= len(best.point) {
			best, found = m, true
		}
	}
	return best, found
}

// within says whether name is dir or lies in it.
func within(name, dir string) bool {
	return dir == "/" || name == dir || strings.HasPrefix(name, dir+"/")
}
