package facts

import (
	"fmt"
	"os"
	"path"
	"syscall"

	"github.com/zkprov/zkprov/internal/hostpath"
)

// PlaceQuery names a folder that must lie apart from every other place of its host: what is
// written into one would otherwise be read, given away or replaced as another's.
type PlaceQuery struct {
	// What describes what lies there for people, such as "the data_dir of zookeeper-1".
	What string `json:"what"`
	Path string `json:"path"`
	// Instance is the instance's name; empty for what is zkprov's own.
	Instance string `json:"instance,omitempty"`
	// Data is set where a server's data lies there.
	Data bool `json:"data,omitempty"`
	// Part is set for the folder version-2 of a server's data: it lies in its own
	// data directory, unless another disk is mounted there.
	Part bool `json:"part,omitempty"`
	// Cached is set where nothing is lost with the folder.
	Cached bool `json:"cached,omitempty"`
}

// Place tells where a folder really is. A path may go through links and bind
// mounts, so that two that differ may be one, and one may lie in the other.
type Place struct {
	PlaceQuery
	// Real is the path without links; what does not exist yet is as it is written.
	Real string `json:"real,omitempty"`
	// MountPoint is where the file system is mounted that it lies on, or would.
	MountPoint string `json:"mount_point,omitempty"`
	// Memory describes how what is written there stays in memory alone; empty where it
	// comes to a disk.
	Memory string `json:"memory,omitempty"`
	// Device and Inside are where it lies in the file system itself, whichever mounts
	// lead there; see proc_pid_mountinfo(5). They are empty where mounts do not tell.
	Device string `json:"device,omitempty"`
	Inside string `json:"inside,omitempty"`
	// Folders has the folder and those above it, the nearest first; Rest is what is
	// missing below the first of them.
	Folders []FolderID `json:"folders,omitempty"`
	Rest    string     `json:"rest,omitempty"`
	// Error is why the place could not be looked at.
	Error string `json:"error,omitempty"`
}

// FolderID tells a folder from every other one of the host, by whichever path.
type FolderID struct {
	Device uint64 `json:"device"`
	Inode  uint64 `json:"inode"`
}

func placeFacts(root string, p PlaceQuery, mounts []mount) Place {
	f := Place{PlaceQuery: p}
	nearest, rest, err := nearestPlace(root, p)
	if err != nil {
		f.Error = err.Error()
		return f
	}
	f.Real, f.Rest = path.Join(nearest, rest), rest
	if m, ok := mountOf(nearest, mounts); ok {
		f.MountPoint, f.Memory = m.point, m.memory(root, mounts)
		f.Device, f.Inside = m.where(f.Real)
	}
	for at := nearest; ; at = path.Dir(at) {
		info, err := os.Lstat(InRoot(root, at))
		if err != nil {
			f.Error = fmt.Sprintf("cannot look at %s: %v", at, err)
			return f
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			f.Error = "cannot tell which folder " + at + " is"
			return f
		}
		f.Folders = append(f.Folders, FolderID{uint64(stat.Dev), stat.Ino})
		if at == "/" {
			return f
		}
	}
}

// nearestPlace does what nearestFolder does, for a place. In a data directory no link is followed,
// as the service user could make it lead anywhere.
func nearestPlace(root string, p PlaceQuery) (nearest, rest string, err error) {
	if !p.Part {
		return nearestFolder(root, p.Path)
	}
	nearest, rest, err = nearestFolder(root, path.Dir(p.Path))
	if part := path.Join(nearest, path.Base(p.Path)); err == nil && rest == "" && isDir(InRoot(root, part)) {
		return part, "", nil
	}
	return nearest, path.Join(rest, path.Base(p.Path)), err
}

// Holds reports whether q is p or lies in it.
func (p Place) Holds(q Place) bool {
	if p.Error != "" || q.Error != "" {
		return false
	}
	// In the file system itself: this sees a folder of p that is mounted elsewhere.
	if p.Device != "" && p.Device == q.Device && hostpath.Within(q.Inside, p.Inside) {
		return true
	}
	// By what the folders are: this sees names that differ only to the eye, as on a
	// file system that takes A for a, and needs to know nothing of mounts.
	for n, folder := range q.Folders {
		if folder != p.Folders[0] {
			continue
		}
		if p.Rest == "" || n == 0 && hostpath.Within("/"+q.Rest, "/"+p.Rest) {
			return true
		}
	}
	return false
}
