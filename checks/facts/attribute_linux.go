package facts

import (
	"os"

	"golang.org/x/sys/unix"
)

// Forbids returns the letters of the attributes of a file or folder that forbid
// changes even to root, as chattr(1) names them: i where nothing may be changed, a
// where something may only be added. Nothing is opened and no link is followed. A
// kernel before 4.11 and a file system without attributes tell of none.
func Forbids(path string) string {
	return forbids(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT)
}

// frozen returns those of an open file.
func frozen(f *os.File) string { return forbids(int(f.Fd()), "", unix.AT_EMPTY_PATH) }

func forbids(dir int, path string, flags int) string {
	var stat unix.Statx_t
	if err := unix.Statx(dir, path, flags, 0, &stat); err != nil {
		return ""
	}
	var letters string
	if stat.Attributes&unix.STATX_ATTR_IMMUTABLE != 0 {
		letters += "i"
	}
	if stat.Attributes&unix.STATX_ATTR_APPEND != 0 {
		letters += "a"
	}
	return letters
}
