package archive

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestLabel(t *testing.T) {
	for want, urls := range map[string][]string{
		"zk.tar.gz":                   nil,
		"https://mirror/zk-3.6.3.tgz": {"https://user:secret@mirror/zk-3.6.3.tgz?token=secret", "https://other/zk.tar.gz"},
		"file:///srv/zk.tar.gz":       {"git::nonsense", "file:///srv/zk.tar.gz"},
	} {
		if got := (Source{URLs: urls, FileName: "zk.tar.gz"}).Label(); got != want {
			t.Errorf("%q are called %s, not %s", urls, got, want)
		}
	}
}

// TestCacheErrorsAreBrief wants no message with a name of 128 digits, whatever goes
// wrong with a file of the cache.
func TestCacheErrorsAreBrief(t *testing.T) {
	b := release(t)
	hash := hashOf(b)
	for name, lay := range map[string]func(c Cache) error{
		"a folder for the part":    func(c Cache) error { return os.MkdirAll(c.part(hash)+"/x", 0o700) },
		"a folder for the archive": func(c Cache) error { return os.MkdirAll(c.path(hash)+"/x", 0o755) },
		"another content": func(c Cache) error {
			return errors.Join(os.MkdirAll(c.Dir+"/sha512", 0o755), os.WriteFile(c.path(hash), b[1:], 0o644))
		},
		"a link": func(c Cache) error {
			return errors.Join(os.MkdirAll(c.Dir+"/sha512", 0o755), os.Symlink("/etc/passwd", c.path(hash)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFetcher(t).Cache
			if err := lay(c); err != nil {
				t.Fatal(err)
			}
			var all []error
			_, _, err := c.Lookup(t.Context(), hash)
			all = append(all, err, Unpack(t.Context(), c.path(hash), pinnedSource(b), t.TempDir()+"/zk"))
			all = append(all, Examine(t.Context(), c.path(hash), pinnedSource(b)))
			all = append(all, c.Add(t.Context(), hash, strings.NewReader(string(b)), 1<<20))
			said := 0
			for _, err := range all {
				if err == nil {
					continue
				}
				said++
				if strings.Contains(err.Error(), hash) {
					t.Errorf("it has the whole hash: %v", err)
				}
			}
			if said == 0 {
				t.Error("nothing went wrong")
			}
		})
	}
	cut := brief(&fs.PathError{Op: "open", Path: "/x/" + hash, Err: fs.ErrNotExist}, hash)
	if got := cut.Error(); got != "open /x/"+hash[:16]+"*: file does not exist" || !errors.Is(cut, fs.ErrNotExist) {
		t.Errorf("got %v", cut)
	}
}
