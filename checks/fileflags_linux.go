package checks

import (
	"os"

	"golang.org/x/sys/unix"
)

// frozen reports whether chattr(1) has made a file immutable or append-only, so that
// not even root can give it to somebody. File systems without such flags have none.
func frozen(f *os.File) bool {
	const immutable, appendOnly = 0x10, 0x20 // FS_IMMUTABLE_FL, FS_APPEND_FL of linux/fs.h
	flags, err := unix.IoctlGetUint32(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	return err == nil && flags&(immutable|appendOnly) != 0
}
