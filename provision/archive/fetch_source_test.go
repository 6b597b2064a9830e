package archive

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/zkprov/zkprov/internal/skip"
)

func newTLSMirror(t *testing.T, handle http.HandlerFunc) *mirror {
	t.Helper()
	m := &mirror{}
	m.Server = httptest.NewUnstartedServer(m.remember(handle))
	m.Config.ErrorLog = nil
	m.StartTLS()
	t.Cleanup(m.Close)
	return m
}

func trusting(t *testing.T, m *mirror) *Fetcher {
	t.Helper()
	f := newFetcher(t)
	f.roots = x509.NewCertPool()
	f.roots.AddCert(m.Certificate())
	return f
}

func TestFetchOverTLS(t *testing.T) {
	b := release(t)
	m := newTLSMirror(t, inTurn(status(503), ranges(b)))
	wantFetched(t, trusting(t, m), b, m.url())
	if n := len(m.requests()); n != 2 {
		t.Errorf("asked %d times", n)
	}

	// A certificate that is not trusted is not asked again, nor otherwise.
	m = newTLSMirror(t, ranges(b))
	m.Config.ErrorLog = nil
	f := newFetcher(t)
	_, err := f.Fetch(t.Context(), pinnedSource(b, m.url()), nil)
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) || len(m.requests()) != 0 {
		t.Errorf("got %v and %d requests", err, len(m.requests()))
	}
}

// TestNoHTTP2 asks over HTTP/1.1 where a mirror offers HTTP/2 as well. The binary is built
// without HTTP/2, so that nothing may come to need it.
func TestNoHTTP2(t *testing.T) {
	b := release(t)
	m := &mirror{}
	var spoke atomic.Value
	m.Server = httptest.NewUnstartedServer(m.remember(func(w http.ResponseWriter, r *http.Request) {
		spoke.Store(r.Proto)
		ranges(b)(w, r)
	}))
	m.EnableHTTP2 = true
	m.StartTLS()
	t.Cleanup(m.Close)
	wantFetched(t, trusting(t, m), b, m.url())
	if got := spoke.Load(); got != "HTTP/1.1" {
		t.Errorf("the mirror was asked over %v", got)
	}
}

func TestFetchRedirects(t *testing.T) {
	b := release(t)
	plain := newMirror(t, ranges(b))
	safe := newTLSMirror(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/down":
			http.Redirect(w, r, plain.url()+"?token=secret", http.StatusFound)
		case "/again":
			http.Redirect(w, r, "/zk.tar.gz", http.StatusMovedPermanently)
		default:
			ranges(b)(w, r)
		}
	})
	failed := wantRejected(t, trusting(t, safe), pinnedSource(b, safe.URL+"/down"),
		"it redirects from https to "+plain.url()+", which is not followed")
	if strings.Contains(failed.Error(), "secret") || len(plain.requests()) != 0 {
		t.Errorf("got %v, and the plain server was asked %v", failed, plain.requests())
	}
	wantFetched(t, trusting(t, safe), b, safe.URL+"/again")

	// From http, which the user asked for, to https and back is still a step down.
	up := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, safe.URL+strings.TrimPrefix(r.URL.Path, "/up"), http.StatusFound)
	})
	wantFetched(t, trusting(t, safe), b, up.URL+"/up/zk.tar.gz")
	wantRejected(t, trusting(t, safe), pinnedSource(b, up.URL+"/up/down"), "it redirects from https to "+plain.url()+", which is not followed")
}

// TestJudge refuses answers that go-getter would append to the .part, or take for the
// archive.
func TestJudge(t *testing.T) {
	tests := []struct {
		asked  string // Range
		code   int
		answer string // Content-Range
		want   string
	}{
		{"", 200, "", ""},
		{"bytes=100-", 200, "", "the server does not resume"},
		{"bytes=100-", 206, "bytes 100-199/200", ""},
		{"bytes=100-", 206, "bytes 1000-1999/2000", "the server does not resume"},
		{"bytes=100-", 206, "bytes 0-199/200", "the server does not resume"},
		{"bytes=100-", 206, "", "the server does not resume"},
		{"", 206, "bytes 0-199/200", "the server does not resume"},
		{"bytes=100-", 416, "bytes */50", "the server does not resume"},
		{"", 203, "", "the server answered 203 Non-Authoritative Information"},
	}
	for _, test := range tests {
		r := httptest.NewRequest(http.MethodGet, "http://mirror/zk.tar.gz", nil)
		resp := &http.Response{StatusCode: test.code, Header: make(http.Header)}
		if test.asked != "" {
			r.Header.Set("Range", test.asked)
		}
		if test.answer != "" {
			resp.Header.Set("Content-Range", test.answer)
		}
		got := ""
		if err := judge(r, resp); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("asked %q, answered %d %q: got %q, want %q", test.asked, test.code, test.answer, got, test.want)
		}
	}
}

func TestFetchKeepsSecrets(t *testing.T) {
	b := release(t)
	m := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "token" || password != "hush" || r.URL.RawQuery != "sig=hush" {
			t.Errorf("asked by %q %q for %s", user, password, r.URL)
		}
		w.WriteHeader(403)
	})
	s := pinnedSource(b, strings.Replace(m.url(), "//", "//token:hush@", 1)+"?sig=hush", "https://u:hush@h/%zz", "http://token:hush@127.0.0.1:1/a")
	_, err := newFetcher(t).Fetch(t.Context(), s, nil)
	wantError(t, err, m.url()+": the server answered 403 Forbidden", "URL 2: cannot use a URL: it does not parse", "http://127.0.0.1:1/a: ", "connection refused")
	if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "token") {
		t.Errorf("%q tells a secret", err)
	}
}

func TestFetchFile(t *testing.T) {
	b := release(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a b?#.tar.gz")
	write(t, path, string(b))
	link := filepath.Join(dir, "link")
	pipe := filepath.Join(dir, "pipe")
	if err := errors.Join(os.Symlink(path, link), syscall.Mkfifo(pipe, 0o644)); err != nil {
		t.Fatal(err)
	}
	for name, url := range map[string]string{
		"a file":              "file://" + dir + "/a%20b%3F%23.tar.gz",
		"with this host":      "file://localhost" + dir + "/a%20b%3F%23.tar.gz",
		"through a link":      "file://" + link,
		"with a stale .part":  "file://" + link,
		"after a missing one": "file://" + dir + "/none",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFetcher(t)
			if name == "with a stale .part" {
				begin(t, f, b, "stale")
			}
			wantFetched(t, f, b, url, "file://"+link)
			if st, err := os.Lstat(f.Cache.path(hashOf(b))); err != nil || !st.Mode().IsRegular() {
				t.Errorf("the cache has %v, %v, not a copy", st.Mode(), err)
			}
		})
	}

	f := newFetcher(t)
	f.MaxBytes = int64(len(b)) - 1
	wantRejected(t, f, pinnedSource(b, "file://"+dir+"/none", "file://"+dir, "file://"+pipe, "file://"+link, "file://"+dir+"/a%2Fb"),
		"stat "+dir+"/none: no such file or directory",
		"it is not a regular file",
		"it is not a regular file",
		fmt.Sprintf("it is larger than an archive may be: more than %d bytes", f.MaxBytes),
		"cannot use the URL file://"+dir+"/a%2Fb: an escaped slash has no meaning in a file's path",
	)

	write(t, path, "<html>")
	_, err := newFetcher(t).Fetch(t.Context(), pinnedSource(b, "file://"+link), nil)
	wantError(t, err, "file://"+link+": wrong SHA-512: want ", "this is an HTML page")
	if read(t, path) != "<html>" {
		t.Error("the original is gone")
	}
}

func TestFetchReplacesDamagedCache(t *testing.T) {
	b := release(t)
	m := newMirror(t, ranges(b))
	for name, lay := range map[string]func(path string){
		"truncated": func(path string) { write(t, path, string(b[:100])) },
		"a folder":  func(path string) { write(t, path+"/x/y", "") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFetcher(t)
			lay(f.Cache.path(hashOf(b)))
			wantFetched(t, f, b, m.url())
		})
	}
}

// TestFetchOntoFullDisk wants a full disk to stop the fetching: another mirror would
// not help.
func TestFetchOntoFullDisk(t *testing.T) {
	b := release(t, regular(top+"/docs/large", 0o644, noise(200_000)))
	f := newFetcher(t)
	f.Cache.Dir = t.TempDir()
	if err := syscall.Mount("zkprov-test", f.Cache.Dir, "tmpfs", 0, "size=64k"); err != nil {
		if os.Geteuid() != 0 {
			skip.OutsideCI(t, "only root can mount a small file system")
		}
		t.Fatalf("cannot mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(f.Cache.Dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	m := newMirror(t, ranges(b))
	_, err := f.Fetch(t.Context(), pinnedSource(b, m.url(), m.url()+"2"), nil)
	wantError(t, err, "cannot fetch apache-zookeeper-3.6.3-bin.tar.gz: ", "no space left on device",
		"about 16.8 MB are needed in "+f.Cache.Dir+", ", " MB and ", " inodes are free")
	if !errors.Is(err, syscall.ENOSPC) || len(m.requests()) != 1 {
		t.Errorf("got %v after %v", err, m.requests())
	}
	err = f.Cache.Add(t.Context(), hashOf(b), strings.NewReader(string(b)), 1<<20)
	wantError(t, err, "no space left on device; about 1.0 MB are needed in "+f.Cache.Dir)
	if exists(f.Cache.part(hashOf(b))) {
		t.Error("the .part was left")
	}
}

// noise does not compress.
func noise(n int) string {
	var s strings.Builder
	for x := uint32(1); s.Len() < n; {
		x = x*1664525 + 1013904223
		s.WriteByte(byte(x >> 24))
	}
	return s.String()
}
