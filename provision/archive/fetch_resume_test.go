package archive

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// begin leaves a .part as an earlier run did.
func begin(t *testing.T, f *Fetcher, b []byte, content string) {
	t.Helper()
	write(t, f.Cache.part(hashOf(b)), content)
	if err := os.Chmod(f.Cache.partial(), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestFetchResumes(t *testing.T) {
	b := release(t)
	size := len(b)
	half := string(b[:size/2])
	rest := fmt.Sprintf("GET /zk.tar.gz bytes=%d-", size/2)
	const head, get = "HEAD /zk.tar.gz", "GET /zk.tar.gz"
	tests := map[string]struct {
		part   string
		handle http.HandlerFunc
		want   []string // requests
	}{
		"the rest":              {half, ranges(b), []string{head, rest}},
		"nothing yet":           {"", ranges(b), []string{get}},
		"all of it":             {string(b), status(500), nil},
		"longer than it is":     {string(b) + "stale", ranges(b), []string{head, get}},
		"as long, but another":  {strings.Repeat("x", size), ranges(b), []string{head, get}},
		"shorter, but another":  {strings.Repeat("x", 10), ranges(b), []string{head, "GET /zk.tar.gz bytes=10-", get}},
		"no ranges":             {half, whole(b), []string{head, get}},
		"no ranges, and longer": {string(b) + "stale", whole(b), []string{head, get, get}},
		"ranges are promised and ignored": {half, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Accept-Ranges", "bytes")
			w.Header().Set("Content-Length", fmt.Sprint(size))
			w.Write(b)
		}, []string{head, rest, get}},
		"another range": {half, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "" {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", size-1, size))
				w.WriteHeader(http.StatusPartialContent)
				w.Write(b)
				return
			}
			ranges(b)(w, r)
		}, []string{head, rest, get}},
		"no HEAD": {half, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
			w.Write(b)
		}, []string{head, get}},
		"the file has shrunk": {half, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "" {
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				return
			}
			ranges(b)(w, r)
		}, []string{head, rest, get}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t, test.handle)
			f := newFetcher(t)
			begin(t, f, b, test.part)
			wantFetched(t, f, b, m.url())
			if diff := cmp.Diff(test.want, m.requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFetchGoesOn wants a broken download to go on where it ended, at the same server
// or the next.
func TestFetchGoesOn(t *testing.T) {
	b := release(t)
	same := newMirror(t, inTurn(broken(b, 100), ranges(b)))
	wantFetched(t, newFetcher(t), b, same.url())
	if diff := cmp.Diff([]string{"GET /zk.tar.gz", "HEAD /zk.tar.gz", "GET /zk.tar.gz bytes=100-"}, same.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}

	first, next := newMirror(t, inTurn(broken(b, 200), status(404))), newMirror(t, ranges(b))
	wantFetched(t, newFetcher(t), b, first.url(), next.url())
	if diff := cmp.Diff([]string{"HEAD /zk.tar.gz", "GET /zk.tar.gz bytes=200-"}, next.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// TestFetchHeadHangs wants the whole to be asked of a server that never answers HEAD.
func TestFetchHeadHangs(t *testing.T) {
	b := release(t)
	f := newFetcher(t)
	f.Stall = 2 * time.Second
	begin(t, f, b, string(b[:10]))
	m := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			<-r.Context().Done()
			return
		}
		w.Write(b)
	})
	wantFetched(t, f, b, m.url())
	if diff := cmp.Diff([]string{"HEAD /zk.tar.gz", "GET /zk.tar.gz"}, m.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// TestFetchReplacesStrangePart wants anything but a file in the place of the .part to
// be removed.
func TestFetchReplacesStrangePart(t *testing.T) {
	b := release(t)
	victim := filepath.Join(t.TempDir(), "victim")
	write(t, victim, "mine")
	for name, lay := range map[string]func(part string) error{
		"symlink": func(part string) error { return os.Symlink(victim, part) },
		"folder":  func(part string) error { return os.MkdirAll(part+"/x", 0o755) },
		"pipe":    func(part string) error { return syscall.Mkfifo(part, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFetcher(t)
			begin(t, f, b, "")
			part := f.Cache.part(hashOf(b))
			if err := errors.Join(os.Remove(part), lay(part)); err != nil {
				t.Fatal(err)
			}
			wantFetched(t, f, b, newMirror(t, ranges(b)).url())
			if read(t, victim) != "mine" {
				t.Error("it wrote through the symlink")
			}
		})
	}
}

func TestFetchStalls(t *testing.T) {
	b := release(t)
	hold := func(r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(20 * time.Second):
		}
	}
	begun := func(w http.ResponseWriter, n int) {
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		w.Write(b[:n])
		w.(http.Flusher).Flush()
	}
	tests := map[string]struct {
		handle http.HandlerFunc
		want   string
	}{
		"before the head": {func(w http.ResponseWriter, r *http.Request) { hold(r) }, "stalled: no byte came for 150ms"},
		"after the head":  {func(w http.ResponseWriter, r *http.Request) { begun(w, 0); hold(r) }, "stalled: no byte came for 150ms"},
		"in the body":     {func(w http.ResponseWriter, r *http.Request) { begun(w, 10); hold(r) }, ""},
		"byte after byte": {func(w http.ResponseWriter, r *http.Request) {
			begun(w, 0)
			for i := 0; i < len(b) && r.Context().Err() == nil; i++ {
				w.Write(b[i : i+1])
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		}, "too slow: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFetcher(t)
			f.Stall = 150 * time.Millisecond
			begin := time.Now()
			m := newMirror(t, test.handle)
			var first error
			f.GivenUp = func(r Rejection, _ string) {
				if first == nil {
					first = r.Err
				}
			}
			_, err := f.Fetch(t.Context(), pinnedSource(b, m.url()), nil)
			var failed *FetchError
			if !errors.As(err, &failed) || len(failed.Rejected) != 1 {
				t.Fatalf("got %v", err)
			}
			if first == nil || !strings.HasPrefix(first.Error(), test.want) {
				t.Errorf("got %v", first)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestFetchSlowly wants a slow server that keeps sending not to count as stalled,
// however long it takes in all.
func TestFetchSlowly(t *testing.T) {
	b := release(t)
	f := newFetcher(t)
	f.Stall, f.Rate = time.Second, 100
	m := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		for i := range 8 {
			time.Sleep(f.Stall / 7)
			w.Write(b[i*len(b)/8 : (i+1)*len(b)/8])
			w.(http.Flusher).Flush()
		}
	})
	begin := time.Now()
	wantFetched(t, f, b, m.url())
	if took := time.Since(begin); took < f.Stall || len(m.requests()) != 1 {
		t.Errorf("it took %s and %d requests", took, len(m.requests()))
	}
}

func TestFetchWithoutLength(t *testing.T) {
	b := release(t)
	m := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write(b[:100])
		w.(http.Flusher).Flush() // from here on in chunks
		time.Sleep(100 * time.Millisecond)
		w.Write(b[100:])
	})
	var totals []int64
	f := newFetcher(t)
	if _, err := f.Fetch(t.Context(), pinnedSource(b, m.url()), func(done, total int64) {
		if done < int64(len(b)) {
			totals = append(totals, total)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(totals) == 0 {
		t.Error("nothing was told before the end")
	}
	for _, total := range totals {
		if total != 0 {
			t.Errorf("a total of %d was told while it was not known", total)
		}
	}
}

// TestFetchLeavesEncodingAlone wants an answer with a Content-Encoding to be kept as it
// came.
func TestFetchLeavesEncodingAlone(t *testing.T) {
	b := release(t)
	wantFetched(t, newFetcher(t), b, newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			t.Error("it offers to take another encoding")
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/x-tar")
		w.Write(b)
	}).url())
}

func TestFetchIsCapped(t *testing.T) {
	b := release(t)
	chunked := func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		w.Write(b)
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			w.Write(b)
		}
	}
	for name, handle := range map[string]http.HandlerFunc{"with a length": whole(b), "in chunks": chunked, "without an end": endless} {
		t.Run(name, func(t *testing.T) {
			f := newFetcher(t)
			f.MaxBytes = int64(len(b)) - 1
			m := newMirror(t, handle)
			wantRejected(t, f, pinnedSource(b, m.url()), fmt.Sprintf("it is larger than an archive may be: more than %d bytes", f.MaxBytes))
			if n := len(m.requests()); n != 1 || exists(f.Cache.part(hashOf(b))) {
				t.Errorf("asked %d times; the .part was left: %t", n, exists(f.Cache.part(hashOf(b))))
			}
			if name != "without an end" {
				f.MaxBytes++
				wantFetched(t, f, b, m.url())
			}
		})
	}
}

// TestFetchIsCappedAtOnce wants an announced length beyond the cap to end the request.
func TestFetchIsCappedAtOnce(t *testing.T) {
	b := release(t)
	m := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(int64(MaxArchive)+1))
		w.Write(b)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	f := newFetcher(t)
	f.Stall = time.Minute
	wantRejected(t, f, pinnedSource(b, m.url()), "it is larger than an archive may be: more than 536870912 bytes")
}

// TestFetchPauseIsInterrupted wants the deadline of the caller to bound the pauses as
// well.
func TestFetchPauseIsInterrupted(t *testing.T) {
	b := release(t)
	m := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(503)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := newFetcher(t).Fetch(ctx, pinnedSource(b, m.url()), nil)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 5*time.Second {
		t.Errorf("got %v after %s", err, time.Since(begin))
	}
}
