package java

import "golang.org/x/sys/unix"

// noexecFlag is what statfs(2) says of a file system from which nothing runs.
const noexecFlag = unix.ST_NOEXEC
