package java

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree is a fake root folder.
type tree struct {
	t    *testing.T
	root string
}

// newTree makes one that everybody may enter: a java in it is not run as root.
func newTree(t *testing.T) tree {
	t.Helper()
	tr := tree{t, t.TempDir()}
	for _, dir := range []string{tr.root, filepath.Dir(tr.root)} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return tr
}

func (tr tree) path(name string) string { return filepath.Join(tr.root, name) }

// file writes a file and the folders above it, all for everybody to enter.
func (tr tree) file(name, content string, mode os.FileMode) {
	tr.t.Helper()
	tr.dir(filepath.Dir(name))
	if err := os.WriteFile(tr.path(name), []byte(content), mode); err != nil {
		tr.t.Fatal(err)
	}
	tr.chmod(name, mode)
}

func (tr tree) dir(name string) {
	tr.t.Helper()
	if err := os.MkdirAll(tr.path(name), 0o755); err != nil {
		tr.t.Fatal(err)
	}
	for p := name; p != "/" && p != "."; p = filepath.Dir(p) {
		tr.chmod(p, 0o755)
	}
}

func (tr tree) chmod(name string, mode os.FileMode) {
	tr.t.Helper()
	if err := os.Chmod(tr.path(name), mode); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr tree) link(name, target string) {
	tr.t.Helper()
	tr.dir(filepath.Dir(name))
	if err := os.Symlink(target, tr.path(name)); err != nil {
		tr.t.Fatal(err)
	}
}

// jdk makes a Java home with a release file; its java cannot run.
func (tr tree) jdk(home, version, arch string) {
	tr.t.Helper()
	tr.file(home+"/bin/java", "not a program", 0o755)
	text := fmt.Sprintf("IMPLEMENTOR=\"Debian\"\nJAVA_VERSION=%q\n", version)
	if arch != "" {
		text += fmt.Sprintf("OS_ARCH=%q\n", arch)
	}
	tr.file(home+"/release", text, 0o644)
}

// script makes a Java home without a release file, whose java is a shell script.
func (tr tree) script(home, body string) {
	tr.t.Helper()
	tr.file(home+"/bin/java", "#!/bin/sh\n"+body+"\n", 0o755)
}

// jar makes a jar whose main class has that class-file version.
func (tr tree) jar(name string, major byte) {
	tr.t.Helper()
	tr.dir(filepath.Dir(name))
	f, err := os.Create(tr.path(name))
	if err != nil {
		tr.t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	w, err := z.Create(mainClass)
	if err != nil {
		tr.t.Fatal(err)
	}
	if _, err := w.Write([]byte{0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, major, 0, 0}); err != nil {
		tr.t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		tr.t.Fatal(err)
	}
}

// env returns an environment of NAME=value pairs.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if v, ok := strings.CutPrefix(p, name+"="); ok {
				return v
			}
		}
		return ""
	}
}
