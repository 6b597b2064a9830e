package archive

import (
	"archive/zip"
	"bytes"
	"crypto/sha512"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/inventory"
)

// jarOf returns a zip file of empty files with those names, and its SHA-512.
func jarOf(t *testing.T, names ...string) (content []byte, hash string) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), fmt.Sprintf("%x", sha512.Sum512(b.Bytes()))
}

func TestExamineJar(t *testing.T) {
	jar, _ := jarOf(t, "META-INF/MANIFEST.MF", "a/B.class")
	empty, _ := jarOf(t, "README")
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"a jar":            {jar, ""},
		"without a class":  {empty, "cannot use a.jar as a jar: there is no class in it"},
		"a web page":       {[]byte("<html>not found</html>"), "cannot use a.jar as a jar: zip: not a valid zip file"},
		"nothing":          {nil, "cannot use a.jar as a jar: zip: not a valid zip file"},
		"a jar in its end": {append([]byte("#!/bin/sh\n"), jar...), ""},
	} {
		file := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(file, test.content, 0o644); err != nil {
			t.Fatal(err)
		}
		err := Examine(t.Context(), file, JarSource(inventory.Jar{URL: "file:///a.jar"}))
		var bad *Unusable
		if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != test.want || !errors.As(err, &bad)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Examine(t.Context(), filepath.Join(t.TempDir(), "none"), JarSource(inventory.Jar{})); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
}

func TestInspectJar(t *testing.T) {
	jar, hash := jarOf(t, "a/B.class")
	dir := t.TempDir()
	file := filepath.Join(dir, "a.jar")
	look := func(want Kind, reason string) {
		t.Helper()
		s, err := InspectJar(t.Context(), file, hash)
		if err != nil || s.Kind != want || !strings.Contains(s.Reason, reason) {
			t.Errorf("%+v, %v; want %s", s, err, want)
		}
	}
	put := func(content []byte, mode os.FileMode) {
		t.Helper()
		if err := errors.Join(os.WriteFile(file, content, mode), os.Chmod(file, mode)); err != nil {
			t.Fatal(err)
		}
	}
	look(Absent, "")
	put(jar, 0o644)
	look(Complete, "")
	put(jar, 0o666)
	look(WrongModes, "mode 0666 -> 0644")
	put(jar[:len(jar)-1], 0o644)
	look(Incomplete, "bytes have another SHA-512")
	if err := errors.Join(os.Remove(file), os.Symlink("/etc/passwd", file)); err != nil {
		t.Fatal(err)
	}
	look(Foreign, "no regular file")
	if err := errors.Join(os.Remove(file), os.Mkdir(file, 0o755)); err != nil {
		t.Fatal(err)
	}
	look(Foreign, "no regular file")
}

func TestJarRule(t *testing.T) {
	at := []inventory.Jar{{URL: "https://example.org/a.jar"}, {URL: "git::https://example.org/a"}, {URL: "ftp://example.org/a.jar"}}
	for i := range at {
		at[i].SHA512, at[i].Pos.Line = strings.Repeat(fmt.Sprint(i), 128), i+1
	}
	in := inventory.Instance{JVM: inventory.JVM{Jars: at}}
	e := &inventory.Ensemble{Version: "3.6.3", Hosts: []inventory.Host{{Instances: []inventory.Instance{in}}, {Instances: []inventory.Instance{in}}}}
	var got []string
	for _, f := range Rule(e) {
		got = append(got, fmt.Sprintf("%d %s %s", f.Pos.Line, f.Name, f.Message))
	}
	want := []string{
		"2 jar-url cannot use the URL git::https://example.org/a: only https, http and file are fetched",
		"3 jar-url cannot use the URL ftp://example.org/a.jar: only https, http and file are fetched",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("found %q", got)
	}
}
