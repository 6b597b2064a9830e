package facts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Use is what a folder is for.
type Use string

// The uses of a folder. A running instance goes on writing to its data, so
// space is looked at there even when nothing is to be installed.
const (
	UseInstall Use = "install"
	UseData    Use = "data"
	UseConfig  Use = "config"
	UseLogs    Use = "logs"
)

// FolderQuery names a folder that an apply writes to.
type FolderQuery struct {
	Path string
	Use  Use
	// Bytes and Inodes are what it takes on a fresh host.
	Bytes  uint64
	Inodes uint64
	// Unless is a path whose existence shows that this was written before.
	Unless string
}

// Folder describes the file system that a folder lies on, or would lie on.
type Folder struct {
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
	// Error tells why the folder could not be looked at.
	Error string `json:"error,omitempty"`
}

func folderFacts(root string, f FolderQuery, mounts []mount) Folder {
	facts := Folder{Path: f.Path, Use: f.Use, NeedBytes: f.Bytes, NeedInodes: f.Inodes}
	if f.Unless != "" {
		_, err := Follow(root, f.Unless)
		facts.Present = err == nil
	}
	nearest, _, err := nearestFolder(root, f.Path)
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

// nearestFolder returns name, or the nearest of its parents that exists, with links
// followed, and what of name is missing below that.
func nearestFolder(root, name string) (nearest, rest string, err error) {
	for at := name; ; at = path.Dir(at) {
		f, err := Follow(root, at)
		switch {
		case err == nil && f.Info.IsDir():
			return f.Path, strings.Trim(strings.TrimPrefix(name, at), "/"), nil
		case err == nil:
			return "", "", fmt.Errorf("%s is not a folder", at)
		case !errors.Is(err, fs.ErrNotExist):
			return "", "", fmt.Errorf("cannot look at %s: %w", at, err)
		}
		if info, lerr := os.Lstat(InRoot(root, at)); lerr == nil && info.Mode()&fs.ModeSymlink != 0 {
			return "", "", fmt.Errorf("%s is a link to %s, which does not exist", at, f.Path)
		}
		if at == "/" || at == "." {
			return "", "", fmt.Errorf("cannot find any folder above %s", name)
		}
	}
}
