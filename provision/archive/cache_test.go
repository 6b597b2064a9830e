package archive

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestCacheAdd(t *testing.T) {
	for name, mask := range map[string]int{"umask 077": 0o077, "umask 000": 0} {
		t.Run(name, func(t *testing.T) {
			defer syscall.Umask(syscall.Umask(mask))
			c := Cache{Dir: filepath.Join(t.TempDir(), "a", "cache")}
			b := []byte("an archive")
			hash := hashOf(b)
			if path, ok, err := c.Lookup(t.Context(), hash); path != "" || ok || err != nil {
				t.Errorf("before: %q, %t, %v", path, ok, err)
			}
			if exists(c.Dir) {
				t.Error("looking made the cache")
			}
			if err := c.Add(t.Context(), hash, iotest.OneByteReader(bytes.NewReader(b)), int64(len(b))); err != nil {
				t.Fatal(err)
			}
			path, ok, err := c.Lookup(t.Context(), hash)
			if path != filepath.Join(c.Dir, "sha512", hash) || !ok || err != nil {
				t.Errorf("after: %q, %t, %v", path, ok, err)
			}
			if got := read(t, path); got != string(b) {
				t.Errorf("content %q", got)
			}
			for name, want := range map[string]os.FileMode{"../../a": 0o755, "": 0o755, "sha512": 0o755, "partial": 0o700, "sha512/" + hash: 0o644, "partial/" + hash[:16] + ".lock": 0o600} {
				st, err := os.Stat(filepath.Join(c.Dir, name))
				if err != nil || st.Mode().Perm() != want {
					t.Errorf("%s: %v, %v, want %v", name, st.Mode().Perm(), err, want)
				}
			}
			if diff := cmp.Diff([]string{"partial/", "partial/" + hash[:16] + ".lock", "sha512/", "sha512/" + hash}, names(t, c.Dir)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCacheAddRefuses(t *testing.T) {
	b := []byte("an archive of some bytes")
	cut := errors.New("the wire was cut")
	page := "<!DOCTYPE html><html><title>Log in</title>"
	cancelled, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	tests := map[string]struct {
		ctx    context.Context
		hash   string
		reader io.Reader
		max    int64
		want   []string
	}{
		"wrong hash": {t.Context(), hashOf([]byte("x")), bytes.NewReader(b), 100, []string{
			"cannot add an archive to the cache: wrong SHA-512 of the archive: want " + hashOf([]byte("x"))[:16] + "…, got " + hashOf(b)[:16] + "… from 24 bytes"}},
		"web page":        {t.Context(), hashOf(b), strings.NewReader(page), 100, []string{"this is an HTML page, not an archive"}},
		"empty":           {t.Context(), hashOf(b), strings.NewReader(""), 100, []string{"from 0 bytes; the file is empty"}},
		"cut short":       {t.Context(), hashOf(b), bytes.NewReader(b[:20]), 100, []string{"from 20 bytes"}},
		"reader fails":    {t.Context(), hashOf(b), io.MultiReader(bytes.NewReader(b[:20]), iotest.ErrReader(cut)), 100, []string{cut.Error()}},
		"too large":       {t.Context(), hashOf(b), bytes.NewReader(b), 23, []string{"it has more than 23 bytes"}},
		"not a hash":      {t.Context(), "../../etc/passwd", bytes.NewReader(b), 100, []string{`cannot use "../../etc/passwd" as a SHA-512`}},
		"upper case":      {t.Context(), strings.ToUpper(hashOf(b)), bytes.NewReader(b), 100, []string{"want 128 lower-case hex digits"}},
		"context is done": {cancelled, hashOf(b), bytes.NewReader(b), 100, []string{"interrupted"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := Cache{Dir: t.TempDir()}
			err := c.Add(test.ctx, test.hash, test.reader, test.max)
			wantError(t, err, test.want...)
			if name == "reader fails" && !errors.Is(err, cut) {
				t.Errorf("%v does not wrap the reader's error", err)
			}
			for _, left := range names(t, c.Dir) {
				if left != "partial/" && left != "sha512/" && !strings.HasSuffix(left, ".lock") {
					t.Errorf("%s was left", left)
				}
			}
		})
	}
}

func TestCacheIsDamaged(t *testing.T) {
	b := []byte("an archive")
	hash := hashOf(b)
	tests := map[string]func(t *testing.T, path string){
		"truncated": func(t *testing.T, path string) { write(t, path, string(b[:5])) },
		"edited":    func(t *testing.T, path string) { write(t, path, "an Archive") },
		"symlink": func(t *testing.T, path string) {
			write(t, path+".elsewhere", string(b))
			if err := os.Symlink(path+".elsewhere", path); err != nil {
				t.Fatal(err)
			}
		},
		"pipe": func(t *testing.T, path string) {
			if err := syscall.Mkfifo(path, 0o644); err != nil {
				t.Fatal(err)
			}
		},
		"huge": func(t *testing.T, path string) {
			write(t, path, "")
			if err := os.Truncate(path, MaxArchive+1); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			c := Cache{Dir: t.TempDir()}
			if err := os.Mkdir(filepath.Join(c.Dir, "sha512"), 0o755); err != nil {
				t.Fatal(err)
			}
			damage(t, c.path(hash))
			path, ok, err := c.Lookup(t.Context(), hash)
			if ok || !errors.Is(err, ErrCorrupt) || path != c.path(hash) {
				t.Errorf("got %q, %t, %v", path, ok, err)
			}
			if err := c.Add(t.Context(), hash, bytes.NewReader(b), 100); err != nil {
				t.Fatal(err)
			}
			if _, ok, err := c.Lookup(t.Context(), hash); !ok || err != nil {
				t.Errorf("after adding it again: %t, %v", ok, err)
			}
		})
	}
}

// TestCacheAddOntoFolder wants Add to leave a folder in the archive's place alone.
func TestCacheAddOntoFolder(t *testing.T) {
	c := Cache{Dir: t.TempDir()}
	b := []byte("an archive")
	write(t, c.path(hashOf(b))+"/x", "")
	wantError(t, c.Add(t.Context(), hashOf(b), bytes.NewReader(b), 100), "take away what lies at "+filepath.Join(c.Dir, "sha512", hashOf(b)[:16]+"*"))
	if exists(c.part(hashOf(b))) {
		t.Error("the .part was left")
	}
}

func TestCacheLookupIsInterrupted(t *testing.T) {
	c := Cache{Dir: t.TempDir()}
	b := []byte("an archive")
	write(t, c.path(hashOf(b)), string(b))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok, err := c.Lookup(ctx, hashOf(b)); ok || !errors.Is(err, context.Canceled) || errors.Is(err, ErrCorrupt) {
		t.Errorf("got %t, %v", ok, err)
	}
}

// TestCacheLock wants the lock to wait for its holder, and to give up with the context.
func TestCacheLock(t *testing.T) {
	c := Cache{Dir: t.TempDir()}
	hash, other := strings.Repeat("a", 128), strings.Repeat("b", 128)
	unlock, err := c.lock(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	_, err = c.lock(ctx, hash)
	wantError(t, err, "cannot lock "+c.Dir+"/partial/aaaaaaaaaaaaaaaa.lock, another zkprov is fetching the same archive: interrupted")
	if free, err := c.lock(ctx, other); err != nil {
		t.Errorf("another archive waits for it: %v", err)
	} else {
		free()
	}
	unlock()
	unlock, err = c.lock(ctx, hash)
	if err != nil {
		t.Fatalf("a free lock is taken whatever the context: %v", err)
	}
	unlock()

	write(t, filepath.Join(t.TempDir(), "file"), "")
	broken := Cache{Dir: filepath.Join(t.TempDir(), "file")}
	write(t, broken.Dir, "")
	_, err = broken.lock(t.Context(), hash)
	wantError(t, err, "cannot make the cache: ", "not a")
}

func TestDefaultCacheDir(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/home/me/.cache")
	for uid, want := range map[int]string{0: "/var/cache/zkprov", 1000: "/home/me/.cache/zkprov"} {
		if got, err := cacheDir(uid); got != want || err != nil {
			t.Errorf("user %d: %q, %v", uid, got, err)
		}
	}
	t.Setenv("XDG_CACHE_HOME", "relative")
	_, err := cacheDir(1000)
	wantError(t, err, "cannot tell where to keep archives", "set XDG_CACHE_HOME")
}
