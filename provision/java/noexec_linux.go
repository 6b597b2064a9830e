package java

import "golang.org/x/sys/unix"

// noexecFlag is the flag of statfs(2) for a file system from which nothing runs.
const noexecFlag = unix.ST_NOEXEC
