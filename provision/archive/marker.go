package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"

	"github.com/zkprov/zkprov/inventory"
)

// MarkerName is the file at the top of an unpacked tree by which the tree counts as
// complete. It is written last.
const MarkerName = ".zkprov-complete"

// markerFormat is raised when an older zkprov could not read what is written.
const markerFormat = 1

// maxMarker bounds a marker in bytes: maxEntries long lines.
const maxMarker = 16 << 20

// marker is the content of MarkerName.
type marker struct {
	Format  int               `json:"format"`
	Version inventory.Version `json:"version"`
	SHA512  string            `json:"sha512"` // of the archive
	// Digest is the SHA-256 over all else, so that a marker that was cut short or
	// edited is not believed.
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

// octal writes permission bits, with set-uid, set-gid and sticky, as chmod(1) reads
// them.
func octal(mode uint32) string { return fmt.Sprintf("%#o", mode&0o7777) }

// newMarker returns the marker of a tree of these files, which it sorts.
func newMarker(s Source, files []treeEntry) marker {
	sort.Slice(files, func(i, j int) bool { return files[i].Path < files[j].Path })
	m := marker{Format: markerFormat, Version: s.Version, SHA512: s.SHA512, Files: files}
	m.Digest = m.digest()
	return m
}

// digest returns the SHA-256 over version and SHA-512 of the archive and path, mode,
// size and SHA-256 of each file. None of them holds a NUL, which separates them.
func (m marker) digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\n", m.Version, m.SHA512)
	for _, f := range m.Files {
		fmt.Fprintf(h, "%s\x00%s\x00%d\x00%s\n", f.Path, f.Mode, f.Size, f.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (m marker) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", " ")
	return append(b, '\n'), err
}

// parseMarker reads a marker and checks that it is whole.
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
	case m.digest() != m.Digest:
		return marker{}, fmt.Errorf("it is not as it was written")
	}
	return m, nil
}
