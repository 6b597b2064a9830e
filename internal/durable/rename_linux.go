package durable

import "golang.org/x/sys/unix"

// renameExclusive renames within a folder and fails where the new name is taken.
func renameExclusive(dir int, from, to string) error {
	return unix.Renameat2(dir, from, dir, to, unix.RENAME_NOREPLACE)
}
