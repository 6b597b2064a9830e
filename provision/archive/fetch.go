package archive

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/hashicorp/go-getter/v2"
)

// Progress is told how many bytes are there; total is 0 while it is not known.
// It is called often, from one goroutine at a time.
type Progress func(done, total int64)

// Fetcher brings an archive into a cache. Only Cache must be set.
type Fetcher struct {
	Cache Cache
	// Stall is how long a server may be silent; 0 is 30 s. There is no limit on
	// the whole, which is the caller's to set by the context.
	Stall time.Duration
	// MaxBytes caps the archive; 0 is MaxArchive.
	MaxBytes int64

	roots *x509.CertPool  // the system's if nil
	pause backoff.BackOff // between two tries of one URL; exponential if nil
}

// tries is how often one URL is asked when it fails in a way that may pass.
const tries = 4

// Fetch returns the path of the verified archive in the cache. What is there
// already is not fetched. The URLs are tried in order, each again after a
// failure that may pass (5xx, a broken connection, silence), going on where it
// ended; the hash of the whole decides. If none delivers, a *FetchError names
// each with its reason, among them *ChecksumError.
func (f *Fetcher) Fetch(ctx context.Context, s Source, report Progress) (string, error) {
	if s.SHA512 == "" {
		return "", fmt.Errorf("cannot fetch %s: no SHA-512 is pinned for it; set [archive] sha512", s.FileName)
	}
	path, ok, err := f.Cache.Lookup(ctx, s.SHA512)
	if ok || err != nil && !errors.Is(err, ErrCorrupt) {
		return path, err
	}
	unlock, err := f.Cache.lock(ctx)
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

// fetch leaves the verified archive in the .part file.
func (f *Fetcher) fetch(ctx context.Context, s Source, report Progress) error {
	failed := &FetchError{FileName: s.FileName}
	for i, raw := range s.URLs {
		u, err := parseURL(raw)
		if err != nil {
			failed.Rejected = append(failed.Rejected, Rejection{fmt.Sprintf("URL %d", i+1), err})
			continue
		}
		err = f.fromURL(ctx, u, s.SHA512, report)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("cannot fetch %s from %s: %w", s.FileName, display(u), context.Cause(ctx))
		}
		if noSpace(err) {
			return fmt.Errorf("cannot fetch %s: %w", s.FileName, explainSpace(err, f.Cache.Dir, usual))
		}
		failed.Rejected = append(failed.Rejected, Rejection{display(u), err})
	}
	return failed
}

// fromURL asks one URL until it delivers or fails for good.
func (f *Fetcher) fromURL(ctx context.Context, u *url.URL, hash string, report Progress) error {
	pause := f.pause
	if pause == nil {
		pause = backoff.NewExponentialBackOff()
	}
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := f.resume(ctx, u, hash, report)
		if err != nil && !transient(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxTries(tries), backoff.WithMaxElapsedTime(0), backoff.WithBackOff(pause))
	return err
}

// resume goes on where the .part ends. What came of an earlier answer, perhaps
// of another server, is no reason to reject this one: if the whole is wrong, it
// is asked for once more from the start.
func (f *Fetcher) resume(ctx context.Context, u *url.URL, hash string, report Progress) error {
	part := f.Cache.part(hash)
	st, err := os.Lstat(part)
	begun := err == nil && st.Mode().IsRegular() && st.Size() > 0
	if err == nil && !begun {
		if err := os.RemoveAll(part); err != nil {
			return err
		}
	}
	err = f.get(ctx, u, hash, begun, report)
	var wrong *ChecksumError
	if begun && (errors.As(err, &wrong) || errors.Is(err, errNoResume) || errors.Is(err, errTooLarge)) {
		if err := os.RemoveAll(part); err != nil {
			return err
		}
		err = f.get(ctx, u, hash, false, report)
	}
	return err
}

// get makes one request. Afterwards the .part is the verified archive, or the
// beginning of one, or gone.
func (f *Fetcher) get(ctx context.Context, u *url.URL, hash string, resume bool, report Progress) error {
	limit := f.MaxBytes
	if limit <= 0 {
		limit = MaxArchive
	}
	if u.Scheme == "file" {
		if err := checkFile(u.Path, limit); err != nil {
			return err
		}
	}
	quiet := f.Stall
	if quiet <= 0 {
		quiet = 30 * time.Second
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := newWatch(quiet, limit, cancel, report)
	defer w.stop()
	if u.Scheme == "file" {
		w.stop() // go-getter copies without telling how far it is
	}

	part := f.Cache.part(hash)
	client := &getter.Client{
		Decompressors: map[string]getter.Decompressor{},
		Getters: []getter.Getter{
			&getter.HttpGetter{
				Client: newClient(f.roots),
				Header: http.Header{"User-Agent": {"zkprov"}},
				// HEAD only serves to find out whether a range can be asked for;
				// one that hangs leaves the GET its time.
				DoNotCheckHeadFirst:   !resume,
				HeadFirstTimeout:      quiet / 2,
				XTerraformGetDisabled: true,
			},
			&getter.FileGetter{},
		},
	}
	_, err := client.Get(ctx, &getter.Request{
		Src:              withChecksum(u, hash),
		Dst:              part,
		GetMode:          getter.ModeFile,
		Copy:             true,
		ProgressListener: w,
	})
	if errors.Is(context.Cause(ctx), errStalled) {
		return fmt.Errorf("%w: no byte came for %s", errStalled, quiet)
	}
	var wrong *getter.ChecksumError
	if errors.As(err, &wrong) {
		err = checksumError(u, part, wrong)
	}
	if err != nil {
		// What an interrupted or broken download left is where the next begins.
		if !resume && !transient(err) && ctx.Err() == nil {
			os.Remove(part)
		}
		return reason(err)
	}
	// A success without a file is possible, see go-getter's sub-directories.
	st, err := os.Lstat(part)
	if err != nil || !st.Mode().IsRegular() {
		return fmt.Errorf("nothing was fetched")
	}
	w.finished(st.Size())
	return nil
}

// withChecksum adds go-getter's own parameters, which it takes out again before
// it asks the server.
func withChecksum(u *url.URL, hash string) string {
	x := *u
	q := x.Query()
	q.Set("archive", "false")
	q.Set("checksum", "sha512:"+hash)
	x.RawQuery = q.Encode()
	return x.String()
}

// checksumError describes the wrong file and takes it away: go-getter would
// find it "already present" ever after.
func checksumError(u *url.URL, part string, wrong *getter.ChecksumError) error {
	e := &ChecksumError{
		URL:  display(u),
		Want: hex.EncodeToString(wrong.Expected),
		Got:  hex.EncodeToString(wrong.Actual),
	}
	if f, err := os.Open(part); err == nil {
		defer f.Close()
		head := &prefix{}
		e.Size, _ = io.Copy(head, f)
		e.HTML = head.html()
	}
	if err := os.Remove(part); err != nil {
		return fmt.Errorf("cannot remove a wrong archive: %w", err)
	}
	return e
}

// checkFile refuses what cannot be copied in bounded time: a folder, a pipe, or
// more than limit bytes.
func checkFile(path string, limit int64) error {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !st.Mode().IsRegular():
		return fmt.Errorf("it is not a regular file")
	case st.Size() > limit:
		return fmt.Errorf("%w: more than %d bytes", errTooLarge, limit)
	}
	return nil
}
