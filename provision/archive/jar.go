package archive

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/zkprov/zkprov/inventory"
)

// JarSource returns the source of a jar beside the release.
func JarSource(j inventory.Jar) Source {
	return Source{URLs: []string{j.URL}, SHA512: j.SHA512, FileName: j.Name()}
}

// IsJar reports whether the source is a jar and no release.
func (s Source) IsJar() bool { return s.Version == "" }

// examineJar looks whether a JVM could take classes from a file: it passes over any other
// without a word.
func examineJar(name string, s Source) error {
	z, err := zip.OpenReader(name)
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk):
		return err
	case err != nil:
		return &Unusable{fmt.Errorf("cannot use %s as a jar: %w", s.FileName, err)}
	}
	defer z.Close()
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, ".class") {
			return nil
		}
	}
	return &Unusable{fmt.Errorf("cannot use %s as a jar: there is no class in it", s.FileName)}
}

// InspectJar compares what lies at a path with the SHA-512 of the jar that should. It only
// reads, all of the file. Errors are those of the file system.
func InspectJar(ctx context.Context, name, sha512 string) (State, error) {
	st, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return State{Kind: Absent}, nil
	case err != nil:
		return State{}, fmt.Errorf("cannot inspect a jar: %w", err)
	case !st.Mode().IsRegular():
		return State{Kind: Foreign, Reason: "it is no regular file"}, nil
	}
	f, err := openArchive(name)
	if errors.Is(err, errNotArchive) {
		return State{Kind: Foreign, Reason: "it is " + err.Error()}, nil
	}
	if err != nil {
		return State{}, fmt.Errorf("cannot inspect a jar: %w", err)
	}
	defer f.Close()
	got, n, err := hashAll(ctx, f)
	if err != nil {
		return State{}, fmt.Errorf("cannot read the jar %s: %w", name, err)
	}
	s := State{Kind: Complete, SHA512: got}
	sys := st.Sys().(*syscall.Stat_t)
	switch mode := octal(uint32(sys.Mode)); {
	case got != sha512:
		s.Kind, s.Reason = Incomplete, fmt.Sprintf("its %d bytes have another SHA-512", n)
	case sys.Uid != 0 && int(sys.Uid) != os.Geteuid():
		s.Kind, s.Reason = WrongModes, fmt.Sprintf("it belongs to user %d, not to root", sys.Uid)
	case mode != "0644":
		s.Kind, s.Reason = WrongModes, fmt.Sprintf("mode %s -> 0644", mode)
	}
	return s, nil
}
