package java

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/provision/access"

	"golang.org/x/sync/errgroup"
)

// reply is a candidate's version, or the reason why it will not do.
type reply struct {
	version, reason string
	hung            bool // it was run, and gave no answer
}

// answers holds the replies of all candidates; get waits for those that are not known
// yet.
type answers struct {
	known []reply
	ready []chan struct{} // closed once the reply is known; nil where it is
}

func (a *answers) get(i int) reply {
	if a.ready[i] != nil {
		<-a.ready[i]
	}
	return a.known[i]
}

// atOnce bounds how many candidates run at once: each may be a JVM.
const atOnce = 4

// ask finds out the candidates' versions. Candidates that must be run are run
// concurrently, so that the time of several that hang does not add up; none is run that
// is less preferred than a candidate which is known to do. leave ends those that nobody
// waits for any more, and must be called.
func ask(ctx context.Context, o Options, n Need, found []candidate) (a *answers, leave func()) {
	a = &answers{known: make([]reply, len(found)), ready: make([]chan struct{}, len(found))}
	var run []int
	for i, c := range found {
		version, reason := written(o, c)
		a.known[i] = reply{version: version, reason: reason}
		if version == "" && reason == "" {
			a.ready[i] = make(chan struct{})
			run = append(run, i)
			continue
		}
		if reason == "" && c.source != FromFolder {
			if _, reason = judge(o, c, n, version); reason == "" {
				break
			}
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	g := new(errgroup.Group)
	g.SetLimit(atOnce)
	started := make(chan struct{})
	go func() {
		defer close(started)
		for _, i := range run {
			g.Go(func() error {
				a.known[i] = o.Asked.version(ctx, facts.InRoot(o.Root, found[i].real.Path), o.User, o.Patience)
				close(a.ready[i])
				return nil
			})
		}
	}()
	return a, func() {
		cancel()
		<-started
		_ = g.Wait()
	}
}

// Asked remembers what each program said, or that it hung, for as long as its file
// stays the same: one run of zkprov looks at a host several times. The zero value is
// ready, and nil remembers nothing.
type Asked struct {
	mu      sync.Mutex
	replies map[askedFile]reply
}

// askedFile identifies a program and its content: another file, or one that was
// replaced, is asked again.
type askedFile struct {
	path     string
	dev, ino uint64
	size     int64
	changed  time.Time
	uid, gid uint32
}

// version runs a java, unless it was run before.
func (a *Asked) version(ctx context.Context, java string, u access.User, limit time.Duration) reply {
	info, err := os.Stat(java)
	if a == nil || err != nil {
		return run(ctx, java, u, limit)
	}
	file := askedFile{path: java, size: info.Size(), changed: info.ModTime(), uid: u.UID, gid: u.GID}
	file.dev, file.ino = inode(info)
	a.mu.Lock()
	said, ok := a.replies[file]
	a.mu.Unlock()
	if ok {
		return said
	}
	said = run(ctx, java, u, limit)
	if ctx.Err() != nil {
		return said // which is about us
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.replies == nil {
		a.replies = make(map[askedFile]reply)
	}
	a.replies[file] = said
	return said
}

func run(ctx context.Context, java string, u access.User, limit time.Duration) reply {
	version, err := runVersion(ctx, java, u, limit)
	if err != nil {
		var hung *hangs
		return reply{reason: err.Error(), hung: errors.As(err, &hung)}
	}
	return reply{version: version}
}

func inode(info fs.FileInfo) (dev, ino uint64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Dev), uint64(st.Ino)
	}
	return 0, 0
}
