package archive

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/hashicorp/go-getter/v2"
)

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
	err = f.request(ctx, u, hash, begun, report)
	var wrong *ChecksumError
	if begun && (errors.As(err, &wrong) || errors.Is(err, errNoResume) || errors.Is(err, errTooLarge)) {
		if err := os.RemoveAll(part); err != nil {
			return err
		}
		err = f.request(ctx, u, hash, false, report)
	}
	return err
}

// request makes one request. Afterwards the .part is the verified archive, or the
// beginning of one, or gone.
func (f *Fetcher) request(ctx context.Context, u *url.URL, hash string, resume bool, report Progress) error {
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
		quiet = 20 * time.Second
	}
	rate := f.Rate
	if rate <= 0 {
		rate = 10_000
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := newWatch(quiet, rate, limit, cancel, report)
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
	if cause := context.Cause(ctx); errors.Is(cause, errStalled) || errors.Is(cause, errSlow) {
		return cause
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
