package load

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
)

// store is an ensemble of two servers in memory, with the same values on both.
type store struct {
	mu      sync.Mutex
	servers map[string]map[string]node // by address and path
	zxid    int64
	hear    func(path string) error // what the client hears of a write; nil is that it was written
	skip    func(path string) bool  // what is acknowledged and not written
}

type node struct {
	data    string
	created int64
}

func newStore() *store {
	return &store{servers: map[string]map[string]node{"a:1": {}, "b:1": {}}}
}

func (s *store) dial(addrs []string, lost func()) (client, error) { return &fake{s, addrs[0]}, nil }

type fake struct {
	store *store
	addr  string
}

func (f *fake) Create(path string, data []byte) error {
	f.store.mu.Lock()
	defer f.store.mu.Unlock()
	if f.store.skip == nil || !f.store.skip(path) {
		f.store.zxid++
		for _, nodes := range f.store.servers {
			nodes[path] = node{string(data), f.store.zxid}
		}
	}
	if f.store.hear != nil {
		return f.store.hear(path)
	}
	return nil
}

func (f *fake) Sync(string) error { return nil }

func (f *fake) Get(path string) ([]byte, int64, error) {
	f.store.mu.Lock()
	defer f.store.mu.Unlock()
	n, ok := f.store.servers[f.addr][path]
	if !ok {
		return nil, 0, zk.ErrNoNode
	}
	return []byte(n.data), n.created, nil
}

func (f *fake) Close() {}

// written writes to a store for a moment, does something to it and returns the report.
func written(t *testing.T, s *store, do func(values []string)) Report {
	t.Helper()
	w, err := Start(t.Context(), Config{Servers: []Server{{"a", "a:1", true}, {"b", "b:1", true}}, Rate: 1000, Limit: time.Minute, dial: s.dial})
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < 30; n, _ = w.Sofar() {
		time.Sleep(time.Millisecond)
	}
	w.halt()
	s.mu.Lock()
	values := slices.DeleteFunc(slices.Sorted(maps.Keys(s.servers["a:1"])), func(path string) bool { return strings.Count(path, "/") < 3 })
	do(values)
	s.mu.Unlock()
	r, err := w.Stop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNothingLost(t *testing.T) {
	r := written(t, newStore(), func([]string) {})
	if r.Acknowledged < 30 || r.Failed+r.Unknown+len(r.Lost)+len(r.OutOfOrder) > 0 {
		t.Errorf("it reports\n%s", r)
	}
}

func TestLostIsFound(t *testing.T) {
	for _, test := range []struct {
		name string
		lose func(s *store, path string)
		want string
	}{
		{"Everywhere", func(s *store, path string) { delete(s.servers["a:1"], path); delete(s.servers["b:1"], path) }, "is not there through a"},
		{"OnOneServer", func(s *store, path string) { delete(s.servers["b:1"], path) }, "is not there through b"},
		{"Overwritten", func(s *store, path string) { s.servers["b:1"][path] = node{"x", s.servers["b:1"][path].created} }, "has another content through b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore()
			var path string
			r := written(t, s, func(values []string) { path = values[len(values)/2]; test.lose(s, path) })
			if len(r.Lost) == 0 || !strings.Contains(strings.Join(r.Lost, "\n"), path) || !strings.Contains(strings.Join(r.Lost, "\n"), test.want) {
				t.Errorf("%s was lost, and it reports\n%s", path, r)
			}
		})
	}
}

func TestNeverWritten(t *testing.T) {
	s := newStore()
	s.skip = func(path string) bool { return strings.HasSuffix(path, "/any/00000003") }
	if r := written(t, s, func([]string) {}); len(r.Lost) != 2 {
		t.Errorf("a value was acknowledged and not written, and it reports\n%s", r)
	}
}

func TestDisorderIsFound(t *testing.T) {
	s := newStore()
	r := written(t, s, func(values []string) {
		for _, nodes := range s.servers {
			n := nodes[values[len(values)-1]]
			n.created = 1
			nodes[values[len(values)-1]] = n
		}
	})
	if len(r.OutOfOrder) != 1 || len(r.Lost) != 0 {
		t.Errorf("a value moved before others, and it reports\n%s", r)
	}
	s = newStore()
	r = written(t, s, func(values []string) { s.servers["b:1"][values[3]] = node{s.servers["b:1"][values[3]].data, 1 << 40} })
	if len(r.OutOfOrder) != 1 || len(r.Lost) != 0 {
		t.Errorf("two servers have a value in different transactions, and it reports\n%s", r)
	}
}

// TestUnknown lets the connection close in the middle: what was written then may be there or not, and neither is a loss.
func TestUnknown(t *testing.T) {
	s := newStore()
	s.hear = func(path string) error {
		if strings.HasSuffix(path, "/any/00000002") || strings.HasSuffix(path, "/any/00000004") {
			return zk.ErrConnectionClosed
		}
		if strings.HasSuffix(path, "/a/00000001") {
			return errors.New("no")
		}
		return nil
	}
	s.skip = func(path string) bool { return strings.HasSuffix(path, "/any/00000004") }
	r := written(t, s, func([]string) {})
	if got := fmt.Sprint(r.Unknown, r.Kept, r.Failed, len(r.Lost), r.Failures); got != "2 1 1 0 [no]" {
		t.Errorf("it reports %s\n%s", got, r)
	}
}

// TestGap lets all writes wait for a while, under a mark.
func TestGap(t *testing.T) {
	const wait = 300 * time.Millisecond
	s := newStore()
	var once sync.Once
	w, err := Start(t.Context(), Config{Servers: []Server{{"a", "a:1", true}}, Rate: 500, dial: s.dial})
	if err != nil {
		t.Fatal(err)
	}
	w.Mark("before")
	time.Sleep(50 * time.Millisecond)
	w.Mark("restart a")
	s.mu.Lock()
	s.hear = func(string) error { once.Do(func() { time.Sleep(wait) }); return nil }
	s.mu.Unlock()
	time.Sleep(wait + 50*time.Millisecond)
	w.Mark("after")
	time.Sleep(50 * time.Millisecond)
	r, err := w.Stop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, g := range r.Gaps {
		steps = append(steps, g.Step)
	}
	if r.Gap.Took < wait || r.Gap.Step != "restart a" || !slices.Contains(steps, "before") || !slices.Contains(steps, "after") {
		t.Errorf("it reports\n%s", r)
	}
}

// TestGapEnds lets one write go on when the writer is stopped: nothing else is written then, which is no gap.
func TestGapEnds(t *testing.T) {
	const wait = 300 * time.Millisecond
	s := newStore()
	s.hear = func(path string) error {
		if strings.HasSuffix(path, "/a/00000001") {
			s.mu.Unlock()
			time.Sleep(wait)
			s.mu.Lock()
		}
		return nil
	}
	w, err := Start(t.Context(), Config{Servers: []Server{{"a", "a:1", true}}, Rate: 500, dial: s.dial})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	r, err := w.Stop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Gap.Took > wait/2 || len(r.Lost) > 0 || r.Unknown > 0 {
		t.Errorf("it reports\n%s", r)
	}
}
