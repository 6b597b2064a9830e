package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/internal/durable"
)

// errNotArchive means that no archive lies there but a symlink, a folder, a pipe, or a
// file that is larger than any archive may be.
var errNotArchive = errors.New("not a regular file of at most 512 MiB")

// openArchive opens a regular file for reading. It follows no symlink and does
// not wait for the other end of a pipe.
func openArchive(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ELOOP) {
		return nil, errNotArchive
	}
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && (!st.Mode().IsRegular() || st.Size() > MaxArchive) {
		err = errNotArchive
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// makeDir makes a folder with that mode whatever the umask is, and its parents with
// 0755. A folder that is there keeps its mode.
func makeDir(path string, mode fs.FileMode) error {
	st, err := os.Stat(path)
	if err == nil && !st.IsDir() {
		return fmt.Errorf("%s is not a folder", path)
	}
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(path)
	if err := makeDir(parent, 0o755); err != nil {
		return err
	}
	if err := durable.Mkdir(path, os.Geteuid(), os.Getegid(), mode); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// prefix keeps the first bytes that are written to it, as many as isHTML looks at.
type prefix struct{ bytes.Buffer }

func (p *prefix) Write(b []byte) (int, error) {
	if room := sniff - p.Len(); room > 0 {
		p.Buffer.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

const sniff = 512

func (p *prefix) html() bool { return isHTML(p.Bytes()) }

// isHTML reports whether content begins like a web page.
func isHTML(head []byte) bool {
	return strings.HasPrefix(http.DetectContentType(head), "text/html")
}
