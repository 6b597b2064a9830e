package archive

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Progress is called with the number of bytes that are there; total is 0 while it is
// not known. It is called often, from one goroutine at a time.
type Progress func(done, total int64)

// Fetcher brings an archive into a cache. Only Cache must be set.
type Fetcher struct {
	Cache Cache
	// Stall is how long a server may be silent, its first byte included; 0 is 20 s. The
	// whole has no limit but that of the context.
	Stall time.Duration
	// Rate is the least number of bytes per second that a server must bring over each
	// Stall; 0 is 10 KB/s.
	Rate int64
	// MaxBytes caps the archive; 0 is MaxArchive.
	MaxBytes int64

	// GivenUp, where it is not nil, is called with each URL that did not deliver, and
	// with the one that is tried next; next is empty where none is left.
	GivenUp func(r Rejection, next string)

	roots *x509.CertPool  // the system's if nil
	pause backoff.BackOff // before the URLs are gone through again; exponential if nil
}

// rounds is how often the URLs are tried that fail in a way that may pass.
const rounds = 4

// Fetch returns the path of the verified archive in the cache. What is there
// already is not fetched. The URLs are tried in order, each again after a
// failure that may pass (5xx, a broken connection, silence), going on where it
// ended; the hash of the whole decides. If none delivers, a *FetchError names
// each with its reason, among them *ChecksumError.
func (f *Fetcher) Fetch(ctx context.Context, s Source, report Progress) (string, error) {
	path, err := f.get(ctx, s, report)
	return path, brief(err, s.SHA512)
}

// get does what Fetch does; its errors have the cache's full paths.
func (f *Fetcher) get(ctx context.Context, s Source, report Progress) (string, error) {
	if s.SHA512 == "" {
		return "", fmt.Errorf("cannot fetch %s: no SHA-512 is pinned for it; set [archive] sha512", s.FileName)
	}
	path, ok, err := f.Cache.Lookup(ctx, s.SHA512)
	if ok || err != nil && !errors.Is(err, ErrCorrupt) {
		return path, err
	}
	unlock, err := f.Cache.lock(ctx, s.SHA512)
	if err != nil {
		return "", err
	}
	defer unlock()
	// Whoever held the lock before may have fetched it.
	path, ok, err = f.Cache.Lookup(ctx, s.SHA512)
	switch {
	case ok:
		return path, nil
	case errors.Is(err, ErrCorrupt):
		if err := os.RemoveAll(path); err != nil {
			return "", fmt.Errorf("cannot replace a damaged archive: %w", err)
		}
	case err != nil:
		return "", err
	}
	damaged := err
	if err := f.fetch(ctx, s, report); err != nil {
		if damaged != nil {
			err = fmt.Errorf("%v, and was taken away; %w", damaged, err)
		}
		return "", err
	}
	if err := f.Cache.keep(s.SHA512); err != nil {
		return "", fmt.Errorf("cannot keep %s: %w", s.FileName, explainSpace(err, f.Cache.Dir, usual))
	}
	return f.Cache.path(s.SHA512), nil
}

// candidate is a URL and how far it has come in a fetch.
type candidate struct {
	u *url.URL // nil where it is not one
	// name is the URL for messages.
	name string
	// failed is its last failure; over is set where that is final.
	failed *Rejection
	over   bool
}

// fetch leaves the verified archive in the .part file.
func (f *Fetcher) fetch(ctx context.Context, s Source, report Progress) error {
	var all []*candidate
	for i, raw := range s.URLs {
		c := &candidate{name: fmt.Sprintf("URL %d", i+1)}
		var err error
		if c.u, err = parseURL(raw); err != nil {
			c.failed, c.over = &Rejection{URL: c.name, Err: err}, true
		} else {
			c.name = display(c.u)
		}
		all = append(all, c)
	}
	pause := f.pause
	if pause == nil {
		pause = backoff.NewExponentialBackOff()
	}
	for round := range rounds {
		if round > 0 && !wait(ctx, max(pause.NextBackOff(), asked(all))) {
			return fmt.Errorf("cannot fetch %s: %w", s.FileName, context.Cause(ctx))
		}
		for i, c := range all {
			if c.over {
				continue
			}
			begin := time.Now()
			err := f.resume(ctx, c.u, s.SHA512, report)
			switch {
			case err == nil:
				return nil
			case ctx.Err() != nil:
				return fmt.Errorf("cannot fetch %s from %s: %w", s.FileName, c.name, context.Cause(ctx))
			case noSpace(err):
				return fmt.Errorf("cannot fetch %s: %w", s.FileName, explainSpace(err, f.Cache.Dir, usual))
			}
			c.failed, c.over = &Rejection{URL: c.name, Err: err, Took: time.Since(begin)}, !transient(err) || round == rounds-1
			if f.GivenUp != nil {
				f.GivenUp(*c.failed, next(all, i))
			}
		}
		if next(all, len(all)-1) == "" {
			break
		}
	}
	failed := &FetchError{FileName: s.FileName, Jar: s.IsJar()}
	for _, c := range all {
		failed.Rejected = append(failed.Rejected, *c.failed)
	}
	return failed
}

// next returns the URL that is tried after the one at i, the first ones again after the
// last; empty where there is none.
func next(all []*candidate, i int) string {
	for n := range all {
		if c := all[(i+1+n)%len(all)]; !c.over {
			return c.name
		}
	}
	return ""
}

// asked returns how long the servers want to be left alone: the least of what those ask
// for that may yet deliver.
func asked(all []*candidate) time.Duration {
	least := time.Duration(-1)
	for _, c := range all {
		if c.over {
			continue
		}
		var after time.Duration
		var status *statusError
		if errors.As(c.failed.Err, &status) {
			after = status.after
		}
		if least < 0 || after < least {
			least = after
		}
	}
	return least
}

// wait waits for d, and reports false where the context ended before.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
