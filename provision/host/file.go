package host

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/aymanbagabas/go-udiff"

	"github.com/zkprov/zkprov/internal/durable"
	"github.com/zkprov/zkprov/provision"
)

// file is a regular file with a content, an owner and a mode.
type file struct {
	// kind is provision.KindFile where it is empty.
	kind    provision.ResourceKind
	name    string // absolute, on the host
	content []byte
	owner   owner
	mode    fs.FileMode
	// instance is set where the file belongs to one instance.
	instance string
	// keep leaves a file that exists as it is, whatever is in it.
	keep bool
	// why tells what the file is for, where its name and content do not.
	why string
	// blind keeps the content out of diffs.
	blind bool
	// shown is the name of the file in a diff, and before the file of which it takes
	// the place; both are empty where that is the file itself.
	shown, before string
}

func (f *file) key() string {
	if f.kind == "" {
		return resourceKey(provision.KindFile, f.name)
	}
	return resourceKey(f.kind, f.name)
}

// there returns what will lie in the file's place.
func (f *file) there(v *view) (*entry, error) {
	e, err := v.entry(f.name)
	if err == nil && e != nil && e.mode.IsDir() {
		return nil, fmt.Errorf("cannot write %s: a folder is in its place; move it away", f.name)
	}
	return e, err
}

// right reports whether an entry has the file's content.
func (f *file) right(e *entry) bool {
	return e.regular() && (f.keep || bytes.Equal(e.content, f.content))
}

func (f *file) plan(v *view) (*provision.Change, error) {
	e, err := f.there(v)
	if err != nil {
		return nil, err
	}
	c := &provision.Change{Path: f.name, Instance: f.instance, Action: provision.Update, From: e.digest(), To: f.digest()}
	if e == nil {
		c.Action, c.Summary = provision.Create, fmt.Sprintf("%04o %s", f.mode, f.owner)
		if f.why != "" {
			c.Summary = f.why
		}
		c.Diff = f.diff(f.replaced(v))
		return c, nil
	}
	var differ []string
	if !e.regular() {
		differ = append(differ, fmt.Sprintf("%s, not a regular file", kindOf(e.mode)))
		c.Diff = f.diff(nil)
	} else if !f.right(e) {
		differ = append(differ, "content")
		c.Diff = f.diff(e.content)
	}
	if differ = append(differ, v.attributes(e, f.owner, f.mode)...); len(differ) == 0 {
		return nil, nil
	}
	c.Summary = strings.Join(differ, ", ")
	return c, nil
}

// digest identifies the file as it should be. That of one whose content is kept does
// not depend on what is in it.
func (f *file) digest() string {
	if f.keep {
		return fmt.Sprintf("file, once made, %s %04o", f.owner, octal(f.mode))
	}
	return fileDigest(f.content, f.owner.String(), f.mode)
}

// replaced returns the content of the file of which a new one takes the place.
func (f *file) replaced(v *view) []byte {
	if f.before == "" || f.before == f.name {
		return nil
	}
	e, err := v.entry(f.before)
	if err != nil || !e.regular() {
		return nil
	}
	return e.content
}

// diff returns the unified diff from old to what is wanted.
func (f *file) diff(old []byte) string {
	if f.blind {
		return ""
	}
	name := f.name
	if f.shown != "" {
		name = f.shown
	}
	return udiff.Unified(name, name, withoutSecrets(old), withoutSecrets(f.content))
}

func (f *file) foresee(v *view) {
	e, err := f.there(v)
	if err != nil {
		return
	}
	next := &entry{mode: f.mode, content: f.content, modified: time.Now()}
	if f.right(e) {
		next.content, next.modified = e.content, e.modified
	}
	next.uid, next.gid = v.ids(f.owner)
	v.putEntry(f.name, next)
}

func (f *file) apply(ctx context.Context, m *Machine) error {
	e, err := m.readEntry(f.name)
	if err != nil {
		return err
	}
	uid, gid, err := m.ids(ctx, f.owner)
	if err != nil {
		return err
	}
	if f.right(e) {
		// Owner and mode alone are repaired in place: the content's age tells
		// whether a running instance was started with it.
		return m.repair(f.name, uid, gid, f.mode)
	}
	return m.writeFile(f.name, f.content, uid, gid, f.mode)
}

// removed is a file that must not be there.
type removed struct {
	kind provision.ResourceKind // empty is KindFile
	name string
	// data is the folder of data that the file lies below; empty for one that no service user
	// can lead elsewhere.
	data     string
	instance string
	why      string
}

func (r *removed) key() string { return resourceKey(cmp.Or(r.kind, provision.KindFile), r.name) }

func (r *removed) plan(v *view) (*provision.Change, error) {
	e, err := v.entry(r.name)
	if err != nil || e == nil {
		return nil, err
	}
	return &provision.Change{Path: r.name, Instance: r.instance, Action: provision.Remove, From: e.digest(), To: absent, Summary: r.why}, nil
}

func (r *removed) foresee(v *view) { v.putEntry(r.name, nil) }

func (r *removed) apply(_ context.Context, m *Machine) error {
	if r.data == "" {
		return m.removeFile(r.name)
	}
	folder, err := os.OpenRoot(m.path(r.data))
	if err == nil {
		defer folder.Close()
		err = folder.Remove(strings.TrimPrefix(r.name, r.data+"/"))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = durable.SyncDir(m.path(path.Dir(r.name)))
	}
	if err != nil {
		return fmt.Errorf("cannot remove %s: %w", r.name, err)
	}
	return nil
}

// initialize is the marker that lets an empty voter vote, once: the server takes
// it away when it starts.
type initialize struct{ *file }

func (i *initialize) plan(v *view) (*provision.Change, error) {
	c, err := i.file.plan(v)
	if c != nil && c.Action == provision.Create {
		c.Summary = "first bootstrap: this voter may start empty"
	}
	return c, err
}

// link is a symbolic link.
type link struct {
	name     string // absolute, on the host
	target   string
	instance string
	// of is the file that it leads to; nil where that is not of interest.
	of *file
}

func (l *link) key() string { return resourceKey(provision.KindLink, l.name) }

func (l *link) plan(v *view) (*provision.Change, error) {
	e, err := v.entry(l.name)
	if err != nil {
		return nil, err
	}
	c := &provision.Change{Path: l.name, Instance: l.instance, Action: provision.Update, From: e.digest(), To: linkDigest(l.target), Summary: "-> " + l.target, Diff: l.diff(v)}
	switch {
	case e == nil:
		c.Action = provision.Create
	case e.mode.IsDir():
		return nil, fmt.Errorf("cannot make the link %s: a folder is in its place; move it away", l.name)
	case e.mode.Type() == fs.ModeSymlink && e.target == l.target:
		return nil, nil
	case e.mode.Type() != fs.ModeSymlink:
		c.Summary += ", in place of " + kindOf(e.mode)
	}
	return c, nil
}

// diff returns the diff to what the link will lead to, where that lies on the host
// already. Of a file that is made first, its own change has it.
func (l *link) diff(v *view) string {
	if l.of == nil || l.of.before == "" || l.of.before == l.of.name {
		return ""
	}
	if there, err := v.look.entry(l.of.name); err != nil || !l.of.right(there) {
		return ""
	}
	return l.of.diff(l.of.replaced(v))
}

func (l *link) foresee(v *view) {
	uid, gid := v.look.m.rootIDs()
	v.putEntry(l.name, &entry{mode: fs.ModeSymlink | 0o777, uid: uid, gid: gid, target: l.target})
}

func (l *link) apply(_ context.Context, m *Machine) error { return m.writeLink(l.name, l.target) }

// staleLink is a link into a generation to a file that the current one does not have,
// such as that of another release's logging. What people have put in its place stays.
type staleLink struct{ *link }

func (l *staleLink) plan(v *view) (*provision.Change, error) {
	e, err := v.entry(l.name)
	if err != nil || e == nil || e.mode.Type() != fs.ModeSymlink || !l.ours(e.target) {
		return nil, err
	}
	return &provision.Change{Path: l.name, Instance: l.instance, Action: provision.Remove, From: e.digest(), To: absent, Summary: "this release reads another file"}, nil
}

// ours reports whether a link leads to the file of its own name in the folder of a
// generation.
func (l *staleLink) ours(target string) bool {
	digits, err := hex.DecodeString(path.Dir(target))
	return err == nil && len(digits) == digestBytes && path.Base(target) == path.Base(l.name)
}

func (l *staleLink) foresee(v *view) { v.putEntry(l.name, nil) }

func (l *staleLink) apply(_ context.Context, m *Machine) error { return m.removeFile(l.name) }
