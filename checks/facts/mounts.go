package facts

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/internal/hostpath"
)

// mount is one line of mountinfo; see proc_pid_mountinfo(5).
type mount struct {
	id, parent string
	// device is the file system's major:minor, which all of its mounts share. It is
	// not what stat(2) tells of files on btrfs and overlayfs.
	device string
	// root is the folder of that file system that is mounted at point.
	root   string
	point  string
	fstype string
	// source is what is mounted, such as /dev/sda1.
	source string
	// upper is the folder that an overlay writes to; it may lie out of sight.
	upper    string
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
		m := mount{id: b[0], parent: b[1], device: b[2], root: unescapeMount(b[3]), point: unescapeMount(b[4]), fstype: a[0]}
		if len(a) > 1 {
			m.source = unescapeMount(a[1])
		}
		options := strings.Split(b[5], ",")
		if len(a) > 2 {
			options = append(options, strings.Split(a[2], ",")...)
		}
		for _, o := range options {
			switch name, value, _ := strings.Cut(o, "="); name {
			case "ro":
				m.readOnly = true
			case "noexec":
				m.noExec = true
			case "upperdir":
				m.upper = unescapeMount(value)
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

// mountOf returns the mount that name, a path without links, lies on. It goes from mount
// to mount as the kernel goes down the path: what another was mounted over is out of
// reach, however deep its own mount point.
func mountOf(name string, mounts []mount) (mount, bool) {
	at, found := mount{}, false
	for _, m := range mounts {
		// The root of this namespace hangs on none that can be seen.
		if hostpath.Within(name, m.point) && len(m.point) >= len(at.point) && (m.parent == m.id || !seen(mounts, m.parent)) {
			at, found = m, true
		}
	}
	for range mounts { // each hangs on the one before
		next, deeper := mount{}, false
		for _, m := range mounts {
			if m.parent == at.id && m.id != at.id && hostpath.Within(name, m.point) && (!deeper || len(m.point) <= len(next.point)) {
				next, deeper = m, true
			}
		}
		if !deeper {
			break
		}
		at = next
	}
	return at, found
}

// seen reports whether a mount is among those of this namespace.
func seen(mounts []mount, id string) bool {
	for _, m := range mounts {
		if m.id == id {
			return true
		}
	}
	return false
}

// where returns where a path without links lies in the file system itself: its
// device and the path from its root. Two paths that agree in both are one,
// whichever mounts they go through. It is not known on a file system whose mounts
// do not tell their root: those of the network, where mountinfo says "/" of every
// folder that was mounted, and those in user space.
func (m mount) where(name string) (device, inside string) {
	for _, untold := range []string{"nfs", "cifs", "smb", "fuse", "9p", "afs", "ceph", "lustre", "gluster"} {
		if strings.HasPrefix(m.fstype, untold) {
			return "", ""
		}
	}
	below := name
	if m.point != "/" {
		below = strings.TrimPrefix(name, m.point)
	}
	return m.device, path.Join(m.root, below)
}

// memory returns how what is written to the mount stays in memory alone; empty where it
// comes to a disk.
func (m mount) memory(root string, mounts []mount) string {
	switch m.fstype {
	case "tmpfs", "ramfs", "rootfs", "devtmpfs", "hugetlbfs":
		return "the " + m.fstype + " that is mounted at " + m.point
	case "overlay":
		// A system that runs from a read-only image. A container's folder lies out of sight.
		if upper, ok := mountOf(m.upper, mounts); ok && upper.id != m.id && isDir(InRoot(root, m.upper)) {
			if how := upper.memory(root, nil); how != "" {
				return "the overlay at " + m.point + ", which writes to " + how
			}
		}
	}
	if disk, ok := strings.CutPrefix(m.source, "/dev/"); ok && strings.TrimRight(strings.TrimPrefix(disk, "z"), "0123456789") == "ram" {
		return m.source + ", a disk in memory, which is mounted at " + m.point
	}
	return ""
}

// MountPoints returns where something is mounted on a host, by path, each with the kind of
// its file system, such as "ext4".
func MountPoints(root string) (map[string]string, error) {
	text, err := readSome(InRoot(root, "/proc/self/mountinfo"), maxMountinfo)
	if err != nil {
		return nil, fmt.Errorf("cannot see what is mounted: %w", err)
	}
	points := make(map[string]string)
	for _, m := range parseMountinfo(string(text)) {
		points[m.point] = m.fstype
	}
	return points, nil
}

// maxMountinfo bounds what is read of mountinfo, bytes.
const maxMountinfo = 16 << 20
