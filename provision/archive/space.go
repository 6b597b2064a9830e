package archive

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// usual is the size in bytes taken for an archive that was not seen yet; that of
// 3.6.3 has 12.5 MB.
const usual = 16 << 20

// Needs estimates the bytes that unpacking an archive of that size takes in the install
// folder, for a pre-flight check; a size of 0 stands for one that is not known yet.
// Jars hardly compress, the documentation does, and every small file takes a whole
// block. The cache takes the archive's own size on top.
func Needs(archiveSize int64) int64 {
	if archiveSize <= 0 {
		archiveSize = usual
	}
	return 3*archiveSize + 1<<20
}

// explainSpace adds to an error of a full disk how many bytes are needed, and how many
// are free. Other errors are returned as they are.
func explainSpace(err error, dir string, need int64) error {
	if !noSpace(err) {
		return err
	}
	if errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("%w; about %s are needed in %s and the quota has no room", err, megabytes(need), dir)
	}
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return fmt.Errorf("%w; about %s are needed in %s", err, megabytes(need), dir)
	}
	return fmt.Errorf("%w; about %s are needed in %s, %s and %d inodes are free",
		err, megabytes(need), dir, megabytes(int64(st.Bavail)*int64(st.Bsize)), st.Ffree)
}

// noSpace reports whether an error came of a full disk or a used-up quota.
func noSpace(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
