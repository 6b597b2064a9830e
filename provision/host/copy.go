package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/durable"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// copyName is the folder, in a data directory, with the copy of the data from before the
// last change to a newer release. It has a folder version-2 as the data directory has.
const copyName = "before-upgrade"

// copyNote is the file in the copy that tells what it is of.
const copyNote = "copy.json"

// copyChunk is how much is copied between two looks at the context.
const copyChunk = 1 << 20

// copyReserve is how much must be free beside the copy: a server that starts allocates
// the next log.
const copyReserve = 128 << 20

// dataCopy is a copy of an instance's data that is made before it is started with a newer
// release for the first time. Nothing that the server does to its data reaches the copy:
// it has files of its own, as a server may cut a log short that it finds.
type dataCopy struct {
	in       *inventory.Instance
	from, to inventory.Version
	owner    owner
}

// copyDetails is the content of the copy's note.
type copyDetails struct {
	// From is the release whose data was copied, and To the one that it was copied for.
	From inventory.Version `json:"from"`
	To   inventory.Version `json:"to"`
	// Newest names the newest snapshot and log, and Process the invocation of the server
	// that ran then; empty where none did.
	Newest  string    `json:"newest"`
	Process string    `json:"process,omitempty"`
	Bytes   int64     `json:"bytes"`
	Time    time.Time `json:"time"`
}

func copyDir(in *inventory.Instance) string { return path.Join(in.DataDir, copyName) }

// copyOf returns the copy that an instance needs before it is started with a generation's
// release; nil where it needs none: that is no newer one, or there is nothing to copy.
func (l *look) copyOf(e *inventory.Ensemble, in *inventory.Instance, from, to inventory.Version) *dataCopy {
	if from == "" || to == "" || !from.Before(to) || !l.observation.Facts.DataDirs[in.Name].SnapshotPresent {
		return nil
	}
	return &dataCopy{in: in, from: from, to: to, owner: serviceOwner(e)}
}

// copySource lists what of an instance's data is copied.
func (l *look) copySource(in *inventory.Instance) (copySource, error) {
	return once(l, "the data to copy of "+in.Name, func() (copySource, error) { return l.m.copySourceOf(in) })
}

// copyNoted returns what the copy says of itself; nil where there is none that is whole.
func (v *view) copyNoted(in *inventory.Instance) (*copyDetails, error) {
	e, err := v.entry(path.Join(copyDir(in), copyNote))
	if err != nil || !e.regular() {
		return nil, err
	}
	var noted copyDetails
	if json.Unmarshal(e.content, &noted) != nil || !noted.From.Valid() || !noted.To.Valid() {
		return nil, nil // the service user may have written anything, which ends on a terminal
	}
	return &noted, nil
}

func (c *dataCopy) key() string { return resourceKey(provision.KindCopy, copyDir(c.in)) }

func (c *dataCopy) plan(v *view) (*provision.Change, error) {
	source, err := v.look.copySource(c.in)
	if err != nil {
		return nil, err
	}
	noted, err := v.copyNoted(c.in)
	if err != nil {
		return nil, err
	}
	state, err := v.unit(c.in.Name)
	if err != nil {
		return nil, err
	}
	change := &provision.Change{Path: copyDir(c.in), Instance: c.in.Name, Action: provision.Create, From: absent, To: c.digest(),
		Summary: fmt.Sprintf("keeps the newest snapshot and the logs behind it from before ZooKeeper %s, at most %s", c.to, sizeOf(source.bytes()))}
	switch {
	case noted == nil:
		if there, err := v.entry(copyDir(c.in)); err != nil || there != nil {
			return nil, errors.Join(err, fmt.Errorf("cannot keep a copy of the data of %s: %s lies there already, and zkprov did not make it; move it away", c.in.Name, copyDir(c.in)))
		}
		return change, nil
	case noted.From == c.from && noted.To == c.to && noted.Newest == source.newest() && (noted.Process == state.InvocationID || !state.Running()):
		return nil, nil
	}
	change.Action, change.From = provision.Update, fmt.Sprintf("the data of %s, of %s", noted.From, noted.Time.UTC().Format(time.RFC3339))
	change.Summary += fmt.Sprintf(", in place of that of %s", noted.Time.UTC().Format(time.DateTime+" MST"))
	return change, nil
}

func (c *dataCopy) digest() string { return fmt.Sprintf("the data of %s, before %s", c.from, c.to) }

// made reports whether the copy is there that the change is about: a server that goes on
// may have newer data by now.
func (c *dataCopy) made(v *view) bool {
	noted, err := v.copyNoted(c.in)
	return err == nil && noted != nil && noted.From == c.from && noted.To == c.to
}

func (c *dataCopy) foresee(v *view) {
	source, err := v.look.copySource(c.in)
	if err != nil {
		return
	}
	state, _ := v.unit(c.in.Name)
	text, err := json.Marshal(copyDetails{From: c.from, To: c.to, Newest: source.newest(), Process: state.InvocationID})
	if err != nil {
		return
	}
	v.putEntry(path.Join(copyDir(c.in), copyNote), &entry{mode: 0o640, content: text})
}

// space finds that there is no room for the copy.
func (c *dataCopy) space(l *look, host string) finding.Findings {
	source, err := l.copySource(c.in)
	if err != nil || source.free >= source.bytes()+copyReserve {
		return nil
	}
	f := finding.Finding{Name: copyNoSpace, Severity: finding.Critical, Host: host, Instance: c.in.Name,
		Message: fmt.Sprintf("%s has %s free, and the copy of the data that is kept before the change to ZooKeeper %s takes %s and %s to go on with",
			c.in.DataDir, sizeOf(source.free), c.to, sizeOf(source.bytes()), sizeOf(copyReserve)),
		Hint: "make room there"}
	return finding.Findings{f}
}

// apply makes the copy beside the one that is there and puts it in its place when it is
// whole. All is done below the data directory, through an open folder: what the service
// user may put in the way leads nowhere else.
func (c *dataCopy) apply(ctx context.Context, m *Machine) error {
	failed := func(err error) error {
		return fmt.Errorf("cannot copy the data of %s: %w", c.in.Name, err)
	}
	uid, gid, err := m.ids(ctx, c.owner)
	if err != nil {
		return err
	}
	source, err := m.copySourceOf(c.in)
	if err != nil {
		return failed(err)
	}
	if source.free < source.bytes() {
		return failed(fmt.Errorf("%s has %s free, and it takes %s", c.in.DataDir, sizeOf(source.free), sizeOf(source.bytes())))
	}
	systemd, err := m.unitState(ctx, c.in.Name)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(m.path(c.in.DataDir))
	if err != nil {
		return failed(err)
	}
	defer root.Close()
	logs, err := os.OpenRoot(m.path(cmp.Or(c.in.DataLogDir, c.in.DataDir)))
	if err != nil {
		return failed(err)
	}
	defer logs.Close()
	if err := sweepCopies(root); err != nil {
		return failed(err)
	}
	temporary := "." + copyName + randomDigits()
	defer root.RemoveAll(temporary)
	folder := path.Join(temporary, facts.VersionDir)
	if err := errors.Join(root.Mkdir(temporary, 0o700), root.Mkdir(folder, 0o700)); err != nil {
		return failed(err)
	}
	details := copyDetails{From: c.from, To: c.to, Newest: source.newest(), Process: systemd.InvocationID, Time: time.Now().UTC().Truncate(time.Second)}
	own := func(f *os.File) error { return f.Chown(uid, gid) }
	for _, f := range source.files {
		from := root
		if f.log {
			from = logs
		}
		n, err := copyData(ctx, from, root, f, path.Join(folder, f.name), own)
		if err != nil {
			return failed(fmt.Errorf("%s: %w", f.name, err))
		}
		details.Bytes += n
	}
	text, err := json.MarshalIndent(details, "", "  ")
	if err != nil {
		return failed(err)
	}
	err = writeNew(root, path.Join(temporary, copyNote), own, func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err })
	if err != nil {
		return failed(err)
	}
	for _, name := range []string{folder, temporary} {
		if err := finishFolder(root, name, own); err != nil {
			return failed(err)
		}
	}
	old := "." + copyName + randomDigits()
	if err := root.Rename(copyName, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failed(err)
	}
	if err := root.Rename(temporary, copyName); err != nil {
		return failed(err)
	}
	if err := durable.SyncDir(m.path(c.in.DataDir)); err != nil {
		return failed(err)
	}
	return root.RemoveAll(old)
}

// copyData copies a file of a server's data, from below one open folder to a new file below
// another, which own gives to its owner, and returns how many bytes it has.
func copyData(ctx context.Context, from, root *os.Root, f sourceFile, to string, own func(*os.File) error) (n int64, err error) {
	in, err := from.OpenFile(path.Join(facts.VersionDir, f.name), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, errors.New("it is no regular file any more")
	}
	err = writeNew(root, to, own, func(w io.Writer) error {
		var err error
		if f.log {
			n, err = copyTxnLog(ctx, w, in)
		} else {
			n, err = io.CopyBuffer(struct{ io.Writer }{w}, &untilDone{ctx, in}, make([]byte, copyChunk))
		}
		return err
	})
	return n, err
}

// untilDone is a reader that fails with the context's error once that has ended.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// writeNew writes a file that must not be there yet, and waits until it is on the disk.
func writeNew(root *os.Root, name string, own func(*os.File) error, write func(io.Writer) error) error {
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	if err = write(out); err == nil {
		err = own(out)
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// finishFolder gives a folder to its owner, and waits until its names are on the disk.
func finishFolder(root *os.Root, name string, own func(*os.File) error) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	if err = own(f); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// sweepCopies removes what a run that was killed has left of a copy.
func sweepCopies(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !isPartOfCopy(e.Name()) {
			continue
		}
		if err := root.RemoveAll(e.Name()); err != nil {
			return err
		}
	}
	return nil
}
