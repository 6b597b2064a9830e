package facts

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// openRegular opens a file whose path somebody else chose. Nothing but a regular file
// is opened: opening alone may arm a watchdog, rewind a tape or wake who waits at a
// pipe.
func openRegular(name string) (*os.File, error) {
	fd, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	switch err := unix.Fstat(fd, &stat); {
	case err != nil:
		return nil, &os.PathError{Op: "stat", Path: name, Err: err}
	case stat.Mode&unix.S_IFMT != unix.S_IFREG:
		return nil, errIrregular
	}
	return os.OpenFile("/proc/self/fd/"+strconv.Itoa(fd), os.O_RDONLY|unix.O_NONBLOCK, 0)
}
