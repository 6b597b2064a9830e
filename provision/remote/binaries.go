package remote

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// Binaries finds the builds of zkprov for hosts: the one that runs, where it is for
// Linux, and those that lie beside it or where a package puts them.
type Binaries struct {
	// Executable is the path of the running one; empty asks the system.
	Executable string
	// Platform is that of the running one, such as "linux/amd64"; empty is this
	// program's own. A control machine may be no Linux.
	Platform string

	once  sync.Once
	found []binary
	paths map[string]string // by architecture
	err   error
}

// architectures lists those that zkprov is built for.
var architectures = []string{"amd64", "arm64"}

// FileFor returns the file name of a build for another architecture.
func FileFor(arch string) string { return "zkprov-linux-" + arch }

// list returns the builds with their hashes. It looks for them once.
func (b *Binaries) list() ([]binary, error) {
	b.once.Do(func() { b.err = b.find() })
	return b.found, b.err
}

func (b *Binaries) find() error {
	self := b.Executable
	if self == "" {
		var err error
		if self, err = os.Executable(); err != nil {
			return fmt.Errorf("cannot find our own binary: %w", err)
		}
	}
	platform := b.Platform
	if platform == "" {
		platform = runtime.GOOS + "/" + runtime.GOARCH
	}
	b.paths = make(map[string]string)
	for _, arch := range architectures {
		paths := []string{self}
		if platform != "linux/"+arch {
			paths = besides(self, arch)
		}
		for _, path := range paths {
			sum, size, err := hashFile(path)
			if os.IsNotExist(err) && path != self {
				continue
			}
			if err != nil {
				return fmt.Errorf("cannot read our own binary: %w", err)
			}
			b.paths[arch] = path
			b.found = append(b.found, binary{arch: arch, sha256: sum, size: size})
			break
		}
	}
	return nil
}

// besides returns where a build for another architecture may lie: in the folder of the
// running one, and in ../lib/zkprov of that, which is /usr/lib/zkprov for /usr/bin.
func besides(self, arch string) []string {
	dir := filepath.Dir(self)
	return []string{
		filepath.Join(dir, FileFor(arch)),
		filepath.Join(filepath.Dir(dir), "lib", "zkprov", FileFor(arch)),
	}
}

// open opens the build for an architecture, which list must have found.
func (b *Binaries) open(arch string) (io.ReadCloser, error) {
	path, ok := b.paths[arch]
	if !ok {
		return nil, fmt.Errorf("cannot find a build for %s", arch)
	}
	return os.Open(path)
}

func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	if size, err = io.Copy(h, f); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}
