package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/zkprov/zkprov/internal/await"
)

const (
	defaultRate = 50
	// beginLimit bounds how long a writer waits for an ensemble that takes its first values.
	beginLimit = 30 * time.Second
	// endLimit bounds how long values that are under way are waited for in the end.
	endLimit = 2 * sessionTimeout
)

// Config says what a Writer writes through. Its zero options are an ordinary client.
type Config struct {
	Servers []Server
	// Rate is how many values are written each second, over all sessions; 0 is 50.
	Rate int
	// Limit is how long values are written at most; 0 is until Stop.
	Limit time.Duration

	dial func(addrs []string, lost func()) (client, error) // nil is the real one
}

// Writer writes numbered values until it is stopped: through a session that knows all servers and moves from one to another, as most
// clients do, and through one with each server, which waits for it where it is down.
type Writer struct {
	servers []Server
	root    string
	dial    func(addrs []string, lost func()) (client, error)
	cancel  context.CancelFunc
	writing sync.WaitGroup

	mu      sync.Mutex
	streams []*stream
	marks   []Mark
	begin   time.Time
	end     time.Time
}

// stream is what one session writes.
type stream struct {
	name   string
	folder string
	moves  bool // it knows all servers
	client client
	values []value // by their numbers
	lost   int     // how many times its session expired
}

// value is one that was written, or may have been.
type value struct {
	begun time.Time
	ended time.Time // zero while it is under way
	err   error
}

// acknowledged reports whether the server said that it is written.
func (v value) acknowledged() bool { return !v.ended.IsZero() && v.err == nil }

// unknown reports whether it may have been written or not: the connection or the session ended before the answer came.
func (v value) unknown() bool {
	return v.ended.IsZero() || errors.Is(v.err, zk.ErrConnectionClosed) || errors.Is(v.err, zk.ErrSessionExpired) || errors.Is(v.err, zk.ErrClosing)
}

// Start opens the sessions and begins to write. Each Writer writes below a folder of its own, which stays.
func Start(ctx context.Context, c Config) (*Writer, error) {
	if len(c.Servers) == 0 {
		return nil, errors.New("cannot write: there is no server")
	}
	if c.Rate <= 0 {
		c.Rate = defaultRate
	}
	if c.dial == nil {
		c.dial = dial
	}
	w := &Writer{servers: c.Servers, dial: c.dial, root: fmt.Sprintf("/writer-%d", time.Now().UnixNano()), begin: time.Now()}
	var all []string
	for _, s := range c.Servers {
		all = append(all, s.Addr)
	}
	err := w.open("any", all)
	for _, s := range c.Servers {
		if err == nil {
			err = w.open(s.Name, []string{s.Addr})
		}
	}
	if err == nil {
		err = w.makeFolders(ctx)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	writeCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if c.Limit > 0 {
		writeCtx, cancel = context.WithTimeout(context.WithoutCancel(ctx), c.Limit)
	}
	w.cancel = cancel
	w.begin = time.Now()
	period := time.Duration(len(w.streams)) * time.Second / time.Duration(c.Rate)
	for i, s := range w.streams {
		w.writing.Go(func() { w.write(writeCtx, s, period, period*time.Duration(i)/time.Duration(len(w.streams))) })
	}
	return w, nil
}

func (w *Writer) open(name string, addrs []string) error {
	s := &stream{name: name, folder: w.root + "/" + name, moves: len(w.streams) == 0}
	client, err := w.dial(addrs, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		s.lost++
	})
	if err != nil {
		return fmt.Errorf("cannot open a session with %v: %w", addrs, err)
	}
	s.client = client
	w.streams = append(w.streams, s)
	return nil
}

// makeFolders makes the folders of the streams, through the session that knows all servers.
func (w *Writer) makeFolders(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, beginLimit)
	defer cancel()
	folders := []string{w.root}
	for _, s := range w.streams {
		folders = append(folders, s.folder)
	}
	for _, folder := range folders {
		for {
			_, err := await.Call(ctx, func() (struct{}, error) { return struct{}{}, w.streams[0].client.Create(folder, nil) })
			if err == nil || errors.Is(err, zk.ErrNodeExists) {
				break
			}
			if ctx.Err() != nil || !errors.Is(err, zk.ErrConnectionClosed) {
				return fmt.Errorf("cannot make %s: %w", folder, err)
			}
		}
	}
	return nil
}

// write writes the values of a stream one after another, each once.
func (w *Writer) write(ctx context.Context, s *stream, period, delay time.Duration) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(delay):
	}
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for number := 0; ctx.Err() == nil; number++ {
		w.mu.Lock()
		s.values = append(s.values, value{begun: time.Now()})
		w.mu.Unlock()
		err := s.client.Create(s.path(number), s.content(number))
		w.mu.Lock()
		s.values[number].ended, s.values[number].err = time.Now(), err
		w.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

func (s *stream) path(number int) string { return fmt.Sprintf("%s/%08d", s.folder, number) }

func (s *stream) content(number int) []byte { return fmt.Appendf(nil, "%s %d", s.name, number) }

// Mark names what happens to the ensemble from now on.
func (w *Writer) Mark(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.marks = append(w.marks, Mark{time.Now(), name})
}

// Sofar counts the values that were acknowledged until now, and returns when the last one was.
func (w *Writer) Sofar() (acknowledged int, last time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.streams {
		for _, v := range s.values {
			if v.acknowledged() {
				acknowledged++
				if v.ended.After(last) {
					last = v.ended
				}
			}
		}
	}
	return acknowledged, last
}

// Gap returns the largest gap without an acknowledged value until now, of those that began after a time.
func (w *Writer) Gap(after time.Time) Gap {
	w.mu.Lock()
	defer w.mu.Unlock()
	return largest(w.gaps(time.Now()), after)
}

// Stop ends the writing, reads back what was acknowledged through every server and reports. All servers must serve by then.
func (w *Writer) Stop(ctx context.Context) (Report, error) {
	w.halt()
	defer w.close()
	w.mu.Lock()
	streams := make([]*stream, 0, len(w.streams))
	for _, s := range w.streams {
		same := *s
		same.values = slices.Clone(s.values)
		streams = append(streams, &same)
	}
	w.mu.Unlock()
	report := w.report(streams)
	reads, err := w.readBack(ctx, streams)
	if err != nil {
		return report, err
	}
	report.judge(streams, reads)
	return report, nil
}

// halt ends the writing, and waits until nothing is under way, endLimit at most.
func (w *Writer) halt() {
	w.mu.Lock()
	if w.end.IsZero() {
		w.end = time.Now()
	}
	w.mu.Unlock()
	w.cancel()
	ended := make(chan struct{})
	go func() { w.writing.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(endLimit):
	}
}

// close ends the sessions. The client waits up to a second for each.
func (w *Writer) close() {
	var all sync.WaitGroup
	for _, s := range w.streams {
		all.Go(s.client.Close)
	}
	all.Wait()
}
