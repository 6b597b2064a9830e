package host_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain puts the temporary folders of the tests into memory: every change of a host
// is synced to its disk, and the tests make thousands.
func TestMain(m *testing.M) {
	if dir := "/dev/shm"; os.Getenv("TMPDIR") == "" && servesAsRoot(dir) {
		os.Setenv("TMPDIR", dir)
	}
	os.Exit(m.Run())
}

// servesAsRoot reports whether files in a folder can have what the tests give them:
// attributes (chattr) and access lists.
func servesAsRoot(dir string) bool {
	f, err := os.CreateTemp(dir, "zkprov")
	if err != nil {
		return false
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS); err != nil {
		return false
	}
	_, err = unix.Fgetxattr(int(f.Fd()), "system.posix_acl_access", nil)
	return err == nil || err == unix.ENODATA
}
