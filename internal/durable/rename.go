package durable

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// RenameExclusive renames a folder within dir, and fails with fs.ErrExist where the new
// name is taken. Whoever wants the new name to last syncs dir.
func RenameExclusive(dir *os.File, from, to string) error {
	fd := int(dir.Fd())
	err := renameExclusive(fd, from, to)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		// A file system without flags, such as NFS. Plain rename replaces
		// nothing but an empty folder by a folder.
		err = unix.Renameat(fd, from, fd, to)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: filepath.Join(dir.Name(), from), New: filepath.Join(dir.Name(), to), Err: err}
	}
	return nil
}
