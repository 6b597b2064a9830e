package archive

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// givenUp keeps what a fetcher tells of mirrors that did not deliver.
func givenUp(f *Fetcher) *[]string {
	var told []string
	f.GivenUp = func(r Rejection, next string) {
		told = append(told, fmt.Sprintf("%s: %v; next %q", r.URL, r.Err, next))
	}
	return &told
}

// deaf returns the URL of a server that takes connections and never answers.
func deaf(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return fmt.Sprintf("http://%s/zk.tar.gz", l.Addr())
}

// TestFetchAsksEachMirrorOnce wants a mirror that does not deliver to be asked once
// before the next one is.
func TestFetchAsksEachMirrorOnce(t *testing.T) {
	b := release(t)
	drip := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		for i := range b {
			w.Write(b[i : i+1])
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	good := newMirror(t, ranges(b))
	failing, slow := newMirror(t, status(503)), newMirror(t, drip)
	f := newFetcher(t)
	f.Stall = 300 * time.Millisecond
	told := givenUp(f)
	wantFetched(t, f, b, deaf(t), failing.url(), slow.url(), good.url())
	if len(*told) != 3 || len(failing.requests()) != 1 || len(slow.requests()) != 1 {
		t.Errorf("it was told %q; the failing one was asked %q, the slow one %q", *told, failing.requests(), slow.requests())
	}
}

// TestFetchGoesRound wants the first mirror to be asked again only when all have
// failed, and those not at all whose failure is final.
func TestFetchGoesRound(t *testing.T) {
	b := release(t)
	var order []string
	at := func(name string, handle http.HandlerFunc) *mirror {
		return newMirror(t, func(w http.ResponseWriter, r *http.Request) {
			order = append(order, name)
			handle(w, r)
		})
	}
	first := at("first", inTurn(status(500), status(503), whole(b)))
	gone := at("gone", status(404))
	last := at("last", status(502))
	f := newFetcher(t)
	told := givenUp(f)
	wantFetched(t, f, b, first.url(), gone.url(), last.url())
	if diff := cmp.Diff([]string{"first", "gone", "last", "first", "last", "first"}, order); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	want := []string{
		fmt.Sprintf("%s: the server answered 500 Internal Server Error; next %q", first.url(), gone.url()),
		fmt.Sprintf("%s: the server answered 404 Not Found; the release is not there, mirrors keep the current ones only; next %q", gone.url(), last.url()),
		fmt.Sprintf("%s: the server answered 502 Bad Gateway; next %q", last.url(), first.url()),
		fmt.Sprintf("%s: the server answered 503 Service Unavailable; next %q", first.url(), last.url()),
		fmt.Sprintf("%s: the server answered 502 Bad Gateway; next %q", last.url(), first.url()),
	}
	if diff := cmp.Diff(want, *told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestFetchNamesEachMirror wants each mirror named once, with its last failure, where
// none delivers.
func TestFetchNamesEachMirror(t *testing.T) {
	b := release(t)
	gone, failing := newMirror(t, status(404)), newMirror(t, status(503))
	f := newFetcher(t)
	told := givenUp(f)
	_, err := f.Fetch(t.Context(), pinnedSource(b, gone.url(), failing.url()), nil)
	var failed *FetchError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	var names []string
	for _, r := range failed.Rejected {
		names = append(names, r.URL)
	}
	if diff := cmp.Diff([]string{gone.url(), failing.url()}, names); diff != "" {
		t.Errorf("named (-want +got):\n%s", diff)
	}
	if n := len(failing.requests()); n != rounds || len(gone.requests()) != 1 {
		t.Errorf("asked %d times, and what is gone %d times", n, len(gone.requests()))
	}
	if last := (*told)[len(*told)-1]; last != failing.url()+`: the server answered 503 Service Unavailable; next ""` {
		t.Errorf("told at last %q", last)
	}
}

// TestAsked wants the pause that a server asks for to count where no other can be
// asked.
func TestAsked(t *testing.T) {
	busy := func(s time.Duration) *candidate {
		return &candidate{failed: &Rejection{Err: &statusError{code: 503, after: s * time.Second}}}
	}
	over := busy(1)
	over.over = true
	other := &candidate{failed: &Rejection{Err: errStalled}}
	for want, all := range map[time.Duration][]*candidate{
		20 * time.Second: {busy(30), busy(20), over},
		0:                {busy(30), other},
	} {
		if got := asked(all); got != want {
			t.Errorf("%v is asked for, not %v", got, want)
		}
	}
}
