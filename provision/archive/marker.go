package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// MarkerName is the file at the top of an unpacked tree that says that the tree
// is complete. It is written last.
const MarkerName = ".zkprov-complete"

// markerFormat is raised when an older zkprov could not read what is written.
const markerFormat = 1

// maxMarker bounds a marker in bytes: maxEntries long lines.
const maxMarker = 16 << 20

// marker is the content of MarkerName.
type marker struct {
	Format  int    `json:"format"`
	Version string `json:"version"`
	SHA512  string `json:"sha512"` // of the archive
	// Digest is the SHA-256 over the list of files, so that a marker that was
	// cut short or edited is not believed.
	Digest string      `json:"digest"`
	Files  []treeEntry `json:"files"` // sorted by path, without the marker
}

// treeEntry is one regular file of the tree.
type treeEntry struct {
	Path   string `json:"path"` // slash-separated, below the top folder
	Mode   string `json:"mode"` // octal: 0644 or 0755
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// octal writes permission bits with set-uid, set-gid and sticky as chmod(1) reads
// them.
func octal(mode uint32) string { return fmt.Sprintf("%#o", mode&0o7777) }

// newMarker lists files, which it sorts.
func newMarker(s Source, files []treeEntry) marker {
	slices.SortFunc(files, func(a, b treeEntry) int { return strings.Compare(a.Path, b.Path) })
	return marker{
		Format:  markerFormat,
		Version: s.Version,
		SHA512:  s.SHA512,
		Digest:  digest(files),
		Files:   files,
	}
}

// digest is the SHA-256 over path, mode, size and SHA-256 of each file. No path
// holds a NUL.
func digest(files []treeEntry) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s\x00%s\x00%d\x00%s\n", f.Path, f.Mode, f.Size, f.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (m marker) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", " ")
	return append(b, '\n'), err
}

// parseMarker reads a marker and checks that its list is whole.
func parseMarker(b []byte) (marker, error) {
	var m marker
	if err := json.Unmarshal(b, &m); err != nil {
		return marker{}, fmt.Errorf("it is not a marker: %w", err)
	}
	switch {
	case m.Format != markerFormat:
		return marker{}, fmt.Errorf("it has format %d, this zkprov knows %d", m.Format, markerFormat)
	case checkHash(m.SHA512) != nil:
		return marker{}, fmt.Errorf("it names no archive")
	case digest(m.Files) != m.Digest:
		return marker{}, fmt.Errorf("its list of files is not the one that was written")
	}
	return m, nil
}
