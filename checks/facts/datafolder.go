package facts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// errLink means that a link lies where a server's own files do. ZooKeeper puts none
// there, its unit could not write beyond one, and root must not read what it leads
// to.
var errLink = errors.New("a symbolic link, and none is followed in a data directory")

// dataFolder is a folder that the service user may write to, as root looks into
// it: nothing outside of it is ever opened, whatever becomes a link meanwhile, and
// nothing is waited for. The errors of its methods are the bare causes.
type dataFolder struct {
	path string // on the host
	root *os.Root
}

// openDataFolder opens the folder at a path of the host without links.
func openDataFolder(root, name string) (dataFolder, error) {
	// With the dot only a folder is opened: a pipe would be waited for.
	r, err := os.OpenRoot(InRoot(root, name) + "/.")
	d := dataFolder{name, r}
	if err != nil {
		return d, d.failed(".", err)
	}
	return d, nil
}

// open opens a name of at most two parts, of which none is a link.
func (d dataFolder) open(name string, flag int) (*os.File, error) {
	for _, at := range []string{path.Dir(name), name} {
		info, err := d.root.Lstat(at)
		if err != nil {
			return nil, cause(err)
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return nil, errLink
		}
	}
	f, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|flag, 0)
	return f, cause(err)
}

// read reads at most limit bytes of a regular file.
func (d dataFolder) read(name string, limit int64) ([]byte, error) {
	f, err := d.open(name, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := readRegular(f, limit)
	return b, cause(err)
}

// entries lists a folder, sorted by name.
func (d dataFolder) entries(name string) ([]fs.DirEntry, error) {
	f, err := d.open(name, syscall.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, cause(err)
}

// failed returns an error with the name of the folder in which it has its cause.
func (d dataFolder) failed(name string, err error) error {
	return fmt.Errorf("%s: %w", path.Join(d.path, name), cause(err))
}

// cause returns an error without the name that it was about.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
