package facts

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxLinks is the number of symbolic links that Follow goes through before it
// calls a path a loop; it is the kernel's own limit.
const maxLinks = 40

// errLinkLoop means that a path has more symbolic links than the kernel follows.
var errLinkLoop = errors.New("too many levels of symbolic links")

// Followed is a path after all symbolic links in it were followed.
type Followed struct {
	// Path is absolute, clean and free of links, as seen from inside the root.
	Path string
	// Info describes what lies there.
	Info fs.FileInfo
	// Dirs lists the folders passed on the way, links included: whoever may not
	// search all of them cannot reach Path.
	Dirs []Passed
	// LookedIn lists the folders that a name was looked up in, in their order: whoever may
	// write to one of them can put a link in the way. Beside an error they are those up
	// to it.
	LookedIn []Passed
}

// Passed is a folder on the way to a path.
type Passed struct {
	Path string
	Info fs.FileInfo
}

// Follow resolves name as a process would whose root folder is root; "" is the
// real one. Absolute links stay inside root, which filepath.EvalSymlinks does
// not promise. On a missing part the error satisfies fs.ErrNotExist and
// Followed.Path is the first path that is not there.
func Follow(root, name string) (Followed, error) {
	var f Followed
	todo := strings.Split(path.Clean("/"+name), "/")[1:]
	top, err := os.Lstat(InRoot(root, "/"))
	if err != nil {
		return f, err
	}
	folders := map[string]fs.FileInfo{"/": top}
	at, links := "/", 0
	for len(todo) > 0 {
		part := todo[0]
		todo = todo[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		if info := folders[at]; info != nil {
			f.LookedIn = append(f.LookedIn, Passed{at, info})
		}
		next := path.Join(at, part)
		f.Path = next
		info, err := os.Lstat(InRoot(root, next))
		if err != nil {
			return f, err
		}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			if links++; links > maxLinks {
				return f, &fs.PathError{Op: "follow", Path: name, Err: errLinkLoop}
			}
			target, err := os.Readlink(InRoot(root, next))
			if err != nil {
				return f, err
			}
			if path.IsAbs(target) {
				at = "/"
			}
			todo = append(strings.Split(target, "/"), todo...)
			continue
		case info.IsDir():
			f.Dirs = append(f.Dirs, Passed{next, info})
			folders[next] = info
		}
		at, f.Info = next, info
	}
	f.Path = at
	// The last step may have been "..", so what lies there is looked at anew.
	info, err := os.Lstat(InRoot(root, at))
	if err != nil {
		return f, err
	}
	f.Info = info
	return f, nil
}

// InRoot returns the real path of name inside root.
func InRoot(root, name string) string { return filepath.Join("/", root, name) }
