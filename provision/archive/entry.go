package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// Bounds on what is unpacked. The tree of 3.6.3 has some hundred files.
const (
	maxEntries = 20_000
	maxTotal   = 2 << 30   // bytes of all files together
	maxFile    = 512 << 20 // bytes of one file
	maxName    = 255       // bytes of a file's name; NAME_MAX of limits.h
	maxPath    = 1024      // bytes of a path in the archive, far below PATH_MAX
)

// relative checks one entry of an archive whose only top folder is top, and
// returns its path below that folder, "" for the folder itself. What an
// installation does not need is refused: links, devices and pipes, set-uid
// files, and names that lead out of the folder.
func relative(h *tar.Header, top string) (string, error) {
	bad := func(format string, a ...any) (string, error) {
		return "", fmt.Errorf("its entry %q %s", h.Name, fmt.Sprintf(format, a...))
	}
	switch h.Typeflag {
	case tar.TypeDir:
	case tar.TypeReg:
		if h.Mode&0o6000 != 0 {
			return bad("is set-uid or set-gid")
		}
		if h.Size > maxFile {
			return bad("has %d bytes, more than %d", h.Size, maxFile)
		}
	case tar.TypeSymlink, tar.TypeLink:
		return bad("is a link")
	default:
		return bad("is neither a file nor a folder (type %q)", h.Typeflag)
	}
	if !utf8.ValidString(h.Name) || strings.ContainsFunc(h.Name, finding.Invisible) {
		return bad("has a name that is not plain text")
	}
	if path.IsAbs(h.Name) || slices.Contains(strings.Split(h.Name, "/"), "..") {
		return bad("leads out of the archive")
	}
	if slices.ContainsFunc(strings.Split(h.Name, "/"), func(part string) bool { return len(part) > maxName }) || len(h.Name) > maxPath {
		return "", fmt.Errorf("its entry %q… has a longer name than a file may have", h.Name[:40])
	}
	first, rest, _ := strings.Cut(path.Clean(h.Name), "/")
	switch {
	case first == "." && h.Typeflag == tar.TypeDir: // "./", before the top folder
		return "", nil
	case first != top:
		return bad("is not in %s/%s", top, wrongTop(first, top))
	case rest == "" && h.Typeflag != tar.TypeDir:
		return bad("is a file where the top folder should be")
	case rest == MarkerName || strings.HasPrefix(rest, MarkerName+"/"):
		return bad("is the mark of a tree that zkprov unpacked")
	}
	return rest, nil
}

// wrongTop returns the likely cause of a top folder with another name, as the end of a
// message.
func wrongTop(first, top string) string {
	switch {
	case first == strings.TrimSuffix(top, "-bin"):
		return sourceArchive(first)
	case strings.HasPrefix(first, "apache-zookeeper-") || strings.HasPrefix(first, "zookeeper-"):
		return "; this is the archive of another release"
	default:
		return "; one top folder of that name is expected"
	}
}

// sourceArchive returns the end of a message about the archive of the source, which
// lies beside the binaries under nearly the same name.
func sourceArchive(top string) string {
	return fmt.Sprintf("; this looks like the source, %s.tar.gz; take %s-bin.tar.gz", top, top)
}

// checkServer returns an *Unusable that names the likely cause where the server's jar
// is not among the files of a tree.
func checkServer(version inventory.Version, files []treeEntry) error {
	jar := Jar(version)
	var others []string
	source := false
	for _, f := range files {
		dir, base := path.Split(f.Path)
		switch {
		case f.Path == jar:
			return nil
		case f.Path == "pom.xml" || f.Path == "build.xml":
			source = true
		case dir == strings.TrimSuffix(jar, path.Base(jar)) && isServerJar(base):
			others = append(others, f.Path)
		}
	}
	s := "it has no " + jar
	switch {
	case len(others) > 0:
		s += " but " + strings.Join(others, ", ") + "; this is another release"
	case source:
		s += sourceArchive(strings.TrimSuffix(inventory.ReleaseFolder(version), "-bin"))
	default:
		s += "; this is not a binary release of ZooKeeper " + string(version)
	}
	return &Unusable{errors.New(s)}
}

// isServerJar reports whether a file is the server's jar of any release, such as
// zookeeper-3.6.4.jar, and not another of ZooKeeper's, such as
// zookeeper-jute-3.6.4.jar.
func isServerJar(base string) bool {
	v, ok := strings.CutPrefix(base, "zookeeper-")
	return ok && strings.HasSuffix(v, ".jar") && v[0] >= '0' && v[0] <= '9'
}

// capped is a reader that fails, rather than ends, after left bytes: an archive that
// ends there would pass for a whole one.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, tooMuch()
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

func tooMuch() error {
	return &Unusable{fmt.Errorf("it unpacks to more than %d bytes", int64(maxTotal))}
}
