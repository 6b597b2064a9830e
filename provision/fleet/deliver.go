package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
)

// deliver gets the release and the jars beside it to the hosts that lack them.
func (r *run) deliver(ctx context.Context, o *Outcome) error {
	err := r.deliverOne(ctx, o, parcel{source: archive.Resolve(r.Ensemble), lack: func() []string { return o.Plan.NeedArchive() }})
	for _, j := range r.jars() {
		if err != nil {
			return err
		}
		err = r.deliverOne(ctx, o, parcel{source: archive.JarSource(j), jar: j.SHA512, lack: func() []string { return o.Plan.NeedJar(j.SHA512) }})
	}
	return err
}

// jars returns the jars of all hosts, of each content one.
func (r *run) jars() []inventory.Jar {
	var all []inventory.Jar
	for i := range r.Ensemble.Hosts {
		for _, j := range r.Ensemble.Hosts[i].Jars() {
			if !slices.ContainsFunc(all, func(o inventory.Jar) bool { return o.SHA512 == j.SHA512 }) {
				all = append(all, j)
			}
		}
	}
	return all
}

// parcel is what hosts lack: the release's archive or a jar.
type parcel struct {
	source archive.Source
	// jar is the SHA-512 of a jar; empty for the release.
	jar string
	// lack returns the hosts that need it, by the plan of the moment.
	lack func() []string
}

// task returns what a host is to do about the parcel.
func (p parcel) task(r *run, h *inventory.Host) provision.Task {
	t := r.task(h)
	t.Jar = p.jar
	return t
}

// deliverOne gets an archive to the hosts that will use it: once to this machine and from
// here to each, or each for itself. It is read to its end before a host is sent it.
//
// While it is fetched, which may take minutes, no host is locked: the locks are given
// back, and o gets a new plan once they are held again. Only the cache is written to
// meanwhile, which has a lock of its own and names every file by its content. A run
// that fetches nothing pays nothing for this.
func (r *run) deliverOne(ctx context.Context, o *Outcome, p parcel) error {
	hosts := r.byName(p.lack())
	if len(hosts) == 0 {
		return nil
	}
	source := p.source
	if r.Ensemble.Archive.Fetch == inventory.FetchHost || r.Archives == nil {
		return r.unlocked(ctx, o, func() error {
			return r.step("fetch "+source.FileName+" on the hosts", func() error {
				return r.each(ctx, hosts, func(ctx context.Context, h *inventory.Host) error {
					return r.on(h).FetchArchive(ctx, p.task(r, h))
				})
			})
		})
	}
	// A file that is damaged is fetched anew, which says more of it.
	path, ok, err := r.Archives.Cache.Lookup(ctx, source.SHA512)
	if err != nil && !errors.Is(err, archive.ErrCorrupt) {
		return err
	}
	if ok {
		err = r.step("fetch "+source.FileName, func() error { return provision.ExamineArchive(ctx, path, source) })
	} else {
		r.report(Event{Kind: Progress, Text: "fetching " + source.FileName + " from " + source.Label()})
		err = r.unlocked(ctx, o, func() (err error) {
			path, err = r.fetch(ctx, source)
			return err
		})
		hosts = r.byName(p.lack())
	}
	if err != nil || len(hosts) == 0 {
		return err
	}
	return r.step("send "+source.FileName, func() error {
		return r.each(ctx, hosts, func(ctx context.Context, h *inventory.Host) error {
			file, err := os.Open(path)
			if err != nil {
				return fmt.Errorf("cannot read the archive: %w", err)
			}
			defer file.Close()
			return r.on(h).AddArchive(ctx, p.task(r, h), file)
		})
	})
}

// fetch returns the path of the archive on this machine, which would be unpacked as
// it is.
func (r *run) fetch(ctx context.Context, source archive.Source) (path string, err error) {
	fetcher := *r.Archives
	fetcher.GivenUp = func(gone archive.Rejection, next string) {
		text := fmt.Sprintf("mirror %s given up after %s: %s", gone.URL, gone.Took.Round(100*time.Millisecond), gone.Why())
		switch next {
		case "":
		case gone.URL:
			text += "; trying it again"
		default:
			text += "; trying " + next
		}
		r.report(Event{Kind: Progress, Text: text})
	}
	err = r.step("fetch "+source.FileName, func() (err error) {
		path, err = fetcher.Fetch(ctx, source, func(done, total int64) {
			r.report(Event{Kind: Progress, Text: source.FileName, Bytes: done, Total: total})
		})
		if err != nil {
			return err
		}
		return provision.ExamineArchive(ctx, path, source)
	})
	return path, err
}

// unlocked gives the hosts' locks back while something is done that changes none of
// them, and plans anew.
func (r *run) unlocked(ctx context.Context, o *Outcome, do func() error) error {
	err := r.each(ctx, r.targets(), func(ctx context.Context, h *inventory.Host) error {
		return r.on(h).Unlock(ctx)
	})
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if err := r.lock(ctx); err != nil {
		return err
	}
	return r.replan(ctx, o)
}

// each does something on many hosts. The error is that of ctx, or of the hosts where
// it failed.
func (r *run) each(ctx context.Context, hosts []*inventory.Host, do func(ctx context.Context, h *inventory.Host) error) error {
	if err := r.all(ctx, hosts, do); err != nil {
		return err
	}
	return r.failures(hosts)
}

func (r *run) byName(names []string) []*inventory.Host {
	var hosts []*inventory.Host
	for _, name := range names {
		hosts = append(hosts, r.Ensemble.Host(name))
	}
	return hosts
}
