package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnpackHostile refuses archives that hash to the pinned value: a user may pin
// anything.
func TestUnpackHostile(t *testing.T) {
	big := tar.Header{Typeflag: tar.TypeReg, Name: top + "/bomb", Mode: 0o644, Size: maxFile + 1}
	jar := regular(top+"/lib/zookeeper-3.6.3.jar", 0o644, "PK")
	plain := func(entries ...entry) func(*testing.T) []byte {
		return func(t *testing.T) []byte { return zipped(t, tarball(t, append([]entry{folder(top)}, entries...)...)) }
	}
	tests := map[string]struct {
		build func(*testing.T) []byte
		want  string
	}{
		"dot dot":                  {plain(regular("../escaped", 0o644, "x")), `its entry "../escaped" leads out of the archive`},
		"absolute":                 {plain(regular("/tmp/escaped", 0o644, "x")), `its entry "/tmp/escaped" leads out of the archive`},
		"dot dot in the middle":    {plain(regular(top+"/a/../../escaped", 0o644, "x")), `its entry "` + top + `/a/../../escaped" leads out of the archive`},
		"dot dot that stays":       {plain(regular(top+"/a/../b", 0o644, "x")), `leads out of the archive`},
		"dot dot folder":           {plain(folder("..")), `its entry "../" leads out of the archive`},
		"symlink":                  {plain(special(tar.TypeSymlink, top+"/lib", "/etc")), `its entry "` + top + `/lib" is a link`},
		"symlink inside":           {plain(special(tar.TypeSymlink, top+"/current", "lib")), `is a link`},
		"hard link":                {plain(special(tar.TypeLink, top+"/passwd", "/etc/passwd")), `its entry "` + top + `/passwd" is a link`},
		"character device":         {plain(special(tar.TypeChar, top+"/null", "")), `is neither a file nor a folder (type '3')`},
		"block device":             {plain(special(tar.TypeBlock, top+"/sda", "")), `is neither a file nor a folder (type '4')`},
		"fifo":                     {plain(special(tar.TypeFifo, top+"/pipe", "")), `is neither a file nor a folder (type '6')`},
		"set-uid":                  {plain(regular(top+"/sh", 0o4755, "x")), `its entry "` + top + `/sh" is set-uid or set-gid`},
		"set-gid":                  {plain(regular(top+"/sh", 0o2755, "x")), `is set-uid or set-gid`},
		"control character":        {plain(regular(top+"/a\nb", 0o644, "x")), `its entry "` + top + `/a\nb" has a name that is not plain text`},
		"reversed":                 {plain(regular(top+"/a\u202egnp.jar", 0o644, "x")), `has a name that is not plain text`},
		"not UTF-8":                {func(t *testing.T) []byte { return badName(t) }, `has a name that is not plain text`},
		"two tops":                 {plain(jar, folder("other")), `its entry "other/" is not in ` + top + `/; one top folder of that name is expected`},
		"a file for the top":       {plain(regular(top, 0o644, "x")), `its entry "` + top + `" is a file where the top folder should be`},
		"a file beside the top":    {plain(regular("README", 0o644, "x")), `its entry "README" is not in ` + top + `/; one top folder`},
		"dot for a file":           {plain(regular(".", 0o644, "x")), `its entry "." is not in ` + top},
		"a name twice":             {plain(jar, jar), `its entry "` + jar.Name + `" is there already: a name comes twice`},
		"a name twice, otherwise":  {plain(jar, regular(top+"/./lib//zookeeper-3.6.3.jar", 0o644, "x")), `a name comes twice`},
		"a file for a folder":      {plain(folder(top+"/lib"), regular(top+"/lib", 0o644, "x")), `a name comes twice`},
		"a folder for a file":      {plain(regular(top+"/lib", 0o644, "x"), jar), `its entry "` + jar.Name + `" is there already: a name comes twice`},
		"a marker of its own":      {plain(jar, regular(top+"/"+MarkerName, 0o644, "{}")), `is the mark of a tree that zkprov unpacked`},
		"a folder for the marker":  {plain(jar, regular(top+"/"+MarkerName+"/x", 0o644, "{}")), `is the mark of a tree that zkprov unpacked`},
		"one huge file":            {func(t *testing.T) []byte { return headersOnly(t, big) }, `its entry "` + top + `/bomb" has 536870913 bytes, more than 536870912`},
		"too many entries":         {func(t *testing.T) []byte { return zipped(t, tarball(t, many(maxEntries+1)...)) }, fmt.Sprintf("it has more than %d entries", maxEntries)},
		"the source":               {func(t *testing.T) []byte { return source(t) }, `its entry "apache-zookeeper-3.6.3/" is not in ` + top + `/; this looks like the source, apache-zookeeper-3.6.3.tar.gz; take apache-zookeeper-3.6.3-bin.tar.gz`},
		"the source, renamed":      {plain(regular(top+"/pom.xml", 0o644, "x")), "it has no lib/zookeeper-3.6.3.jar; this looks like the source, apache-zookeeper-3.6.3.tar.gz; take apache-zookeeper-3.6.3-bin.tar.gz"},
		"another release":          {func(t *testing.T) []byte { return zipped(t, tarball(t, folder("apache-zookeeper-3.6.4-bin"))) }, `; this is the archive of another release`},
		"another release, renamed": {plain(regular(top+"/lib/zookeeper-3.6.4.jar", 0o644, "x")), "it has no lib/zookeeper-3.6.3.jar but lib/zookeeper-3.6.4.jar; this is another release"},
		"no server":                {plain(regular(top+"/lib/zookeeper-jute-3.6.3.jar", 0o644, "x")), "it has no lib/zookeeper-3.6.3.jar; this is not a binary release of ZooKeeper 3.6.3"},
		"a long name":              {plain(regular(top+"/"+strings.Repeat("n", 256), 0o644, "x")), `has a longer name than a file may have`},
		"a long path":              {plain(regular(top+strings.Repeat("/nn", 400), 0o644, "x")), `has a longer name than a file may have`},
		"nothing":                  {func(t *testing.T) []byte { return zipped(t, nil) }, "it has no lib/zookeeper-3.6.3.jar"},
		"not gzip":                 {func(t *testing.T) []byte { return tarball(t, jar) }, "it is not a gzip file: there is no header of gzip where one must be"},
		"not tar":                  {func(t *testing.T) []byte { return zipped(t, []byte(strings.Repeat("text\n", 500))) }, "its entry 1 does not read: there is no header of tar where one must be"},
		"garbage behind":           {func(t *testing.T) []byte { return append(release(t), "garbage"...) }, "its end does not read: it ends too early"},
		"more garbage behind":      {func(t *testing.T) []byte { return append(release(t), strings.Repeat("garbage", 10)...) }, "its end does not read: there is no header of gzip where one must be"},
		"CRC": {func(t *testing.T) []byte {
			b := release(t)
			b[len(b)-8] ^= 1
			return b
		}, "its end does not read: its checksum is not that of its bytes"},
		"length": {func(t *testing.T) []byte {
			b := release(t)
			b[len(b)-1] ^= 1
			return b
		}, "its end does not read: its checksum is not that of its bytes"},
		"truncated":             {func(t *testing.T) []byte { b := release(t); return b[:len(b)/2] }, "it ends too early"},
		"truncated by one byte": {func(t *testing.T) []byte { b := release(t); return b[:len(b)-1] }, "its end does not read: it ends too early"},
		"the tar is truncated":  {func(t *testing.T) []byte { b := tarball(t, folder(top), jar); return zipped(t, b[:1025]) }, "it ends too early"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := test.build(t)
			path := save(t, b)
			root := t.TempDir()
			dest := filepath.Join(root, "opt", "zk")
			err := Unpack(t.Context(), path, pinnedSource(b), dest)
			const name = "apache-zookeeper-3.6.3-bin.tar.gz"
			wantError(t, err, "cannot unpack "+name+" to "+dest+": ", test.want)
			// Whoever only looks at it says the same.
			var bad *Unusable
			err = Examine(t.Context(), path, pinnedSource(b))
			wantError(t, err, "cannot use "+name+": ", test.want)
			if !errors.As(err, &bad) {
				t.Errorf("it is not called unusable: %v", err)
			}
			if diff := cmp.Diff([]string{"opt/"}, names(t, root)); diff != "" {
				t.Errorf("left behind (-want +got):\n%s", diff)
			}
			if exists("/tmp/escaped") {
				t.Error("it wrote outside")
			}
		})
	}
}

// badName returns an archive with a name that is no UTF-8, which package tar would not
// write silently.
func badName(t *testing.T) []byte {
	b := tarball(t, folder(top), regular(top+"/aXb", 0o644, "x"))
	at := bytes.Index(b, []byte("/aXb"))
	b[at+2] = 0xff
	seal(b[512:1024])
	return zipped(t, b)
}

// seal puts the checksum of a changed header right.
func seal(header []byte) {
	copy(header[148:156], "        ")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

// headersOnly returns an archive that announces more than it has.
func headersOnly(t *testing.T, h tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&h); err != nil {
		t.Fatal(err)
	}
	return zipped(t, b.Bytes())
}

func many(n int) []entry {
	entries := make([]entry, n)
	for i := range entries {
		entries[i] = folder(top)
	}
	return entries
}

func source(t *testing.T) []byte {
	return zipped(t, tarball(t, folder("apache-zookeeper-3.6.3"), regular("apache-zookeeper-3.6.3/pom.xml", 0o644, "<project/>")))
}

// bomb unpacks with room for so many bytes only.
func bomb(t *testing.T, b []byte, room int64) (*stager, error) {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	st := newStager(pinnedSource(b), root, room)
	err = st.unpack(t.Context(), bytes.NewReader(b))
	return st, errors.Join(err, st.flush.Wait())
}

func TestUnpackBombs(t *testing.T) {
	files := zipped(t, tarball(t,
		regular(top+"/a", 0o644, strings.Repeat("x", 40_000)),
		regular(top+"/b", 0o644, strings.Repeat("x", 40_000)),
		regular(top+"/c", 0o644, strings.Repeat("x", 40_000))))
	// What follows the end of the tar is read for the sake of the CRC.
	behind := zipped(t, append(tarball(t, regular(top+"/a", 0o644, "x")), make([]byte, 1<<20)...))
	tests := map[string]struct {
		archive []byte
		want    string
	}{
		"many files":          {files, "it unpacks to more than 2147483648 bytes"},
		"behind the end":      {behind, "its end does not read: it unpacks to more than 2147483648 bytes"},
		"a hole in a file":    {zipped(t, sparseFile(t, 400_000)), "it unpacks to more than 2147483648 bytes"},
		"a huge hole":         {zipped(t, sparseFile(t, 1<<40)), "has 1099511627776 bytes, more than 536870912"},
		"files in many parts": {append(files[:len(files):len(files)], zipped(t, make([]byte, 1<<20))...), "it unpacks to more than"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			st, err := bomb(t, test.archive, 100_000)
			wantError(t, err, test.want)
			var size int64
			for _, f := range st.files {
				size += f.Size
			}
			if size > 100_000 || exists(filepath.Join(st.root.Name(), "hole")) {
				t.Errorf("%d bytes were written", size)
			}
		})
	}
	for name, archive := range map[string][]byte{"many files": files, "behind the end": behind} {
		if _, err := bomb(t, archive, 2<<20); err != nil {
			t.Errorf("%s, with room enough: %v", name, err)
		}
	}
}

// sparseFile returns a file of so many bytes of which none is in the archive, in the
// PAX form of GNU tar (GNU.sparse, 1.0).
func sparseFile(t *testing.T, size int64) []byte {
	t.Helper()
	record := func(key, value string) string {
		s := fmt.Sprintf(" %s=%s\n", key, value)
		n := len(s) + 2
		return fmt.Sprint(n) + s
	}
	pax := record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
		record("GNU.sparse.name", top+"/hole") + record("GNU.sparse.realsize", fmt.Sprint(size))
	content := make([]byte, 512)
	copy(content, "1\n"+fmt.Sprint(size)+"\n0\n")
	b := tarball(t, regular("PaxHeader", 0o644, pax), regular(top+"/GNUSparseFile.0/hole", 0o644, string(content)))
	b[156] = tar.TypeXHeader
	seal(b[:512])
	return b
}

func TestCapped(t *testing.T) {
	for left, want := range map[int64]bool{9: false, 10: false, 11: true} {
		c := &capped{bytes.NewReader(make([]byte, 10)), left}
		var n uint64
		var err error
		for err == nil {
			var got int
			got, err = c.Read(make([]byte, 4))
			n += uint64(got)
		}
		if ended := err.Error() == "EOF"; ended != want || n > uint64(min(left, 10)) {
			t.Errorf("room for %d: read %d, then %v", left, n, err)
		}
	}
}

// FuzzRelative wants every entry that is accepted to stay in the folder, whatever its
// name.
func FuzzRelative(f *testing.F) {
	for _, name := range []string{top + "/lib/a.jar", "./" + top + "/", "..", "/etc/passwd", top + "/../../x", top + "//a/./b", top + "/" + MarkerName, "a\x00b"} {
		f.Add(name, byte(tar.TypeReg), int64(0o644))
		f.Add(name, byte(tar.TypeDir), int64(0o755))
	}
	f.Fuzz(func(t *testing.T, name string, kind byte, mode int64) {
		rel, err := relative(&tar.Header{Name: name, Typeflag: kind, Mode: mode}, top)
		if err != nil {
			return
		}
		if kind != tar.TypeReg && kind != tar.TypeDir || kind == tar.TypeReg && (mode&0o6000 != 0 || rel == "") {
			t.Errorf("%q of type %q and mode %o is accepted", name, kind, mode)
		}
		if rel != "" && (!filepath.IsLocal(rel) || filepath.Clean(rel) != rel) || strings.SplitN(rel, "/", 2)[0] == MarkerName {
			t.Errorf("%q leads to %q", name, rel)
		}
	})
}
