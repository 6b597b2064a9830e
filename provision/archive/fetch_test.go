package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-cmp/cmp"
)

// mirror is a server that remembers what it was asked.
type mirror struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // method, path, query and range
}

func newMirror(t *testing.T, handle http.HandlerFunc) *mirror {
	t.Helper()
	m := &mirror{}
	m.Server = httptest.NewServer(m.remember(handle))
	t.Cleanup(m.Close)
	return m
}

func (m *mirror) remember(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		m.asked = append(m.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Range")))
		m.mu.Unlock()
		handle(w, r)
	}
}

func (m *mirror) requests() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.asked)
}

func (m *mirror) url() string { return m.URL + "/zk.tar.gz" }

// ranges serves an archive as Apache's own servers do, parts of it included.
func ranges(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "zk.tar.gz", time.Time{}, bytes.NewReader(b))
	}
}

// whole serves an archive and knows no parts.
func whole(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.Write(b) }
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// inTurn answers each GET by the next of the handlers, the last one for ever.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := handlers[0]
		if r.Method == http.MethodGet && len(handlers) > 1 {
			handlers = handlers[1:]
		}
		mu.Unlock()
		h(w, r)
	}
}

// broken sends the first n bytes of what it announces, and hangs up.
func broken(b []byte, n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Accept-Ranges", "bytes")
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		if r.Method == http.MethodGet {
			w.Write(b[:n])
		}
	}
}

func newFetcher(t *testing.T) *Fetcher {
	t.Helper()
	return &Fetcher{
		Cache: Cache{Dir: filepath.Join(t.TempDir(), "cache")},
		Stall: 5 * time.Second,
		pause: backoff.NewConstantBackOff(time.Millisecond),
	}
}

// wantFetched fetches and wants the archive in the cache and nothing beside it.
func wantFetched(t *testing.T, f *Fetcher, b []byte, urls ...string) {
	t.Helper()
	path, err := f.Fetch(t.Context(), pinnedSource(b, urls...), nil)
	if err != nil {
		t.Fatal(err)
	}
	if path != f.Cache.path(hashOf(b)) || read(t, path) != string(b) {
		t.Errorf("%s has %d bytes, not the %d of the archive", path, len(read(t, path)), len(b))
	}
	if exists(f.Cache.part(hashOf(b))) {
		t.Error("the .part was left")
	}
}

// wantRejected fetches and wants one rejection for each URL.
func wantRejected(t *testing.T, f *Fetcher, s Source, reasons ...string) *FetchError {
	t.Helper()
	_, err := f.Fetch(t.Context(), s, nil)
	var failed *FetchError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want a FetchError", err)
	}
	var got []string
	for _, r := range failed.Rejected {
		got = append(got, r.Err.Error())
	}
	if diff := cmp.Diff(reasons, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if exists(f.Cache.path(s.SHA512)) {
		t.Error("the cache has an archive all the same")
	}
	return failed
}

func TestFetch(t *testing.T) {
	b := release(t)
	m := newMirror(t, ranges(b))
	f := newFetcher(t)
	type step struct{ done, total int64 }
	var steps []step
	path, err := f.Fetch(t.Context(), pinnedSource(b, m.url()+"?signature=x"), func(done, total int64) { steps = append(steps, step{done, total}) })
	if err != nil {
		t.Fatal(err)
	}
	if read(t, path) != string(b) {
		t.Error("the file is not the archive")
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	if diff := cmp.Diff([]string{"GET /zk.tar.gz?signature=x"}, m.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	size := int64(len(b))
	if len(steps) < 2 || steps[len(steps)-1] != (step{size, size}) || !slices.IsSortedFunc(steps, func(a, b step) int { return int(a.done - b.done) }) {
		t.Errorf("progress %v, want it to end with %d", steps, size)
	}

	// What is there is not fetched again, with whatever URLs.
	m.Close()
	wantFetched(t, f, b, m.url())
	wantFetched(t, f, b)
}

func TestFetchTriesAgain(t *testing.T) {
	b := release(t)
	tests := map[string]http.HandlerFunc{
		"500s":       inTurn(status(500), status(503), status(502), whole(b)),
		"408":        inTurn(status(408), whole(b)),
		"too many":   inTurn(status(429), whole(b)),
		"hangs up":   inTurn(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, whole(b)),
		"broken off": inTurn(broken(b, 100), whole(b)),
		"asks for a pause": inTurn(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(503)
		}, whole(b)),
	}
	for name, handle := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			wantFetched(t, newFetcher(t), b, newMirror(t, handle).url())
			if took := time.Since(begin); name == "asks for a pause" && took < time.Second {
				t.Errorf("it did not wait for the second that the server asked for, but %s", took)
			}
		})
	}
}

func TestFetchGivesUp(t *testing.T) {
	b := release(t)
	m := newMirror(t, status(500))
	failed := wantRejected(t, newFetcher(t), pinnedSource(b, m.url()), "the server answered 500 Internal Server Error")
	if n := len(m.requests()); n != rounds {
		t.Errorf("it asked %d times, want %d", n, rounds)
	}
	want := "cannot fetch apache-zookeeper-3.6.3-bin.tar.gz:\n  " + m.url() + ": the server answered 500 Internal Server Error\n" +
		`name a mirror that has it, or a copy: [archive] urls = ["file:///path/to/apache-zookeeper-3.6.3-bin.tar.gz"]`
	if failed.Error() != want {
		t.Errorf("got  %s\nwant %s", failed, want)
	}
}

func TestFetchRefusesAnswers(t *testing.T) {
	b := release(t)
	page := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(code)
			w.Write([]byte("<!DOCTYPE html><html>Not the archive</html>"))
		}
	}
	redirect := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }
	tests := map[string]struct {
		handle http.HandlerFunc
		want   string
	}{
		"403":                  {status(403), "the server answered 403 Forbidden; the server or a proxy wants a login"},
		"404 page":             {page(404), "the server answered 404 Not Found (an HTML page); the release is not there, mirrors keep the current ones only"},
		"200 page":             {page(200), "wrong SHA-512 of URL: want HASH…, got … from 43 bytes; this is an HTML page, not an archive: a login, proxy or error page answered"},
		"empty":                {status(200), "wrong SHA-512 of URL: want HASH…, got … from 0 bytes; the file is empty"},
		"no content":           {status(204), "the server answered 204 No Content"},
		"not modified":         {status(304), "the server answered 304 Not Modified"},
		"a part unasked":       {status(206), "the server does not resume"},
		"redirects for ever":   {redirect, "more than 5 redirects"},
		"redirects to nowhere": {status(302), "the server answered 302 Found"},
		"redirects to a file": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		},
			`it redirects to file:///etc/passwd, and only http and https are followed`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t, test.handle)
			f := newFetcher(t)
			want := strings.NewReplacer("URL", m.url(), "HASH", hashOf(b)[:16]).Replace(test.want)
			_, err := f.Fetch(t.Context(), pinnedSource(b, m.url()), nil)
			var failed *FetchError
			if !errors.As(err, &failed) || len(failed.Rejected) != 1 {
				t.Fatalf("got %v", err)
			}
			if got := shortened(failed.Rejected[0].Err.Error()); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if strings.Contains(test.want, "SHA-512") {
				var wrong *ChecksumError
				if !errors.As(err, &wrong) || wrong.Want != hashOf(b) || wrong.HTML != (name == "200 page") {
					t.Errorf("got %+v", wrong)
				}
			}
			if n := len(m.requests()); n > maxRedirects+1 {
				t.Errorf("it asked %d times", n)
			}
			if exists(f.Cache.part(hashOf(b))) {
				t.Error("the .part was left")
			}
		})
	}
}

// shortened leaves out the hash that came.
func shortened(s string) string {
	before, after, ok := strings.Cut(s, ", got ")
	if !ok {
		return s
	}
	_, rest, _ := strings.Cut(after, "…")
	return before + ", got …" + rest
}

func TestFetchMirrorsInOrder(t *testing.T) {
	b := release(t)
	first, second, third := newMirror(t, status(404)), newMirror(t, whole(append([]byte("x"), b...))), newMirror(t, whole(b))
	wantFetched(t, newFetcher(t), b, first.url(), "ftp://nowhere/zk.tar.gz", second.url(), third.url(), "https://never.invalid/zk.tar.gz")
	for i, m := range []*mirror{first, second, third} {
		if n := len(m.requests()); n != 1 {
			t.Errorf("mirror %d was asked %d times", i+1, n)
		}
	}
}

func TestFetchWithoutPin(t *testing.T) {
	s := pinnedSource(nil, "https://never.invalid/a")
	s.SHA512 = ""
	_, err := newFetcher(t).Fetch(t.Context(), s, nil)
	wantError(t, err, "no SHA-512 is pinned for it; set [archive] sha512")
	s.SHA512 = "abc"
	_, err = newFetcher(t).Fetch(t.Context(), s, nil)
	wantError(t, err, `cannot use "abc" as a SHA-512`)
}

func TestFetchIsInterrupted(t *testing.T) {
	b := release(t)
	begun := make(chan struct{})
	m := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		w.Write(b[:100])
		w.(http.Flusher).Flush()
		close(begun)
		<-r.Context().Done()
	})
	f := newFetcher(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-begun
		time.Sleep(50 * time.Millisecond)
		cancel(errors.New("interrupted"))
	}()
	_, err := f.Fetch(ctx, pinnedSource(b, m.url(), "https://never.invalid/a"), nil)
	wantError(t, err, "cannot fetch apache-zookeeper-3.6.3-bin.tar.gz from "+m.url()+": interrupted")
	if got := read(t, f.Cache.part(hashOf(b))); got != string(b[:100]) {
		t.Errorf("the .part has %d bytes", len(got))
	}
}

// TestFetchOnce fetches twice at once: one fetches, the other finds it.
func TestFetchOnce(t *testing.T) {
	b := release(t)
	m := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(50 * time.Millisecond)
		w.Write(b)
	})
	f := newFetcher(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			other := &Fetcher{Cache: f.Cache, pause: backoff.NewConstantBackOff(time.Millisecond)}
			if _, err := other.Fetch(t.Context(), pinnedSource(b, m.url()), nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(m.requests()); n != 1 {
		t.Errorf("it was fetched %d times", n)
	}
}
