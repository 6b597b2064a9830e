package archive

import (
	"os"
	"path/filepath"

	"github.com/zkprov/zkprov/inventory"
)

// hashDigits is how many digits of an archive's SHA-512 stand in a folder's name,
// enough to tell archives of one release apart.
const hashDigits = 12

// Place is where the tree of an archive lies, or is to be unpacked.
type Place struct {
	// Name is the folder's, below that of all releases.
	Name string `json:"name"`
	State
	// Taken names what lies in the plain folder where this one is beside it; empty
	// where this is the plain one.
	Taken string `json:"taken,omitempty"`
}

// Locate finds the place of the archive's tree among the releases in dir: the plain
// folder of its version unless the tree of another archive is there, and beside that
// a folder whose name has the beginning of the archive's hash. A version alone does
// not tell a release: servers of two ensembles would run on whichever archive came
// last. Where a tree of the archive lies already it stays, so that what runs from it
// goes on. Like Inspect it only reads, and its errors are those of the file system.
func Locate(dir string, s Source) (Place, error) {
	plain, err := locate(dir, inventory.ReleaseFolder(s.Version), s)
	if err != nil || plain.whole() || len(s.SHA512) < hashDigits {
		return plain, err
	}
	beside, err := locate(dir, inventory.ReleaseFolder(s.Version)+"-"+s.SHA512[:hashDigits], s)
	if err != nil {
		return plain, err
	}
	switch {
	case plain.Kind == Other:
		beside.Taken = "another archive's release"
	case plain.Kind == Incomplete && plain.SHA512 != s.SHA512 && !isEmpty(filepath.Join(dir, plain.Name)):
		// Somebody unpacked it by hand, or it is what is left of another archive's:
		// servers may run from it.
		beside.Taken = "a release of which the archive is not known"
	case beside.Kind == Absent:
		return plain, nil
	default:
		beside.Taken = "nothing of use"
	}
	return beside, nil
}

func locate(dir, name string, s Source) (Place, error) {
	state, err := Inspect(filepath.Join(dir, name), s.SHA512)
	return Place{Name: name, State: state}, err
}

// whole reports whether the archive's own tree is there and needs no unpacking.
func (s State) whole() bool { return s.Kind == Complete || s.Kind == WrongModes }

func isEmpty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}
