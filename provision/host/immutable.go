package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/units"
)

// immutableFile is found where attributes forbid what an apply or a server would do.
const immutableFile = "immutable-file"

// maxNamed is how many paths of a folder a command names, before it names the folder.
const maxNamed = 8

// touched is a file or folder that a change writes to.
type touched struct {
	path string // without links in the folders above it
	// grows is set where the change does no more than make a new name in the folder,
	// which the attribute a (append only) allows.
	grows bool
	// of is the folder of which all is written to, this among it; empty where there is
	// none.
	of string
}

// writer is a resource that knows which files and folders its change writes to.
type writer interface {
	// writes lists them as they are on the host now; what does not exist is left out.
	writes(ctx context.Context) []touched
}

// frozen collects what attributes keep from being changed, and for whom.
type frozen struct {
	m        *Machine
	host     string
	told     map[string]bool
	findings finding.Findings
}

// immutable finds the attributes that would stop an apply with these changes half
// way, or a server when it writes its data: root itself may not write to a file with
// the attribute i or a, and what chmod and ls show says nothing of it.
func (m *Machine) immutable(ctx context.Context, t provision.Task, d *desired, changes []provision.Change, fetches bool) finding.Findings {
	f := &frozen{m: m, host: t.Host, told: make(map[string]bool)}
	for _, r := range d.resources {
		w, ok := r.(writer)
		n := slices.IndexFunc(changes, func(c provision.Change) bool { return c.Resource == r.key() && c.Phase == r.phase() })
		if ok && n >= 0 {
			f.look("zkprov", changes[n].Instance, w.writes(ctx))
		}
	}
	if fetches {
		f.look("zkprov", "", m.makesIn(path.Join(cacheRoot, "sha512")))
	}
	for _, in := range d.instances {
		f.look("its server", in.instance.Name, m.serverWrites(in.instance))
	}
	return f.findings
}

// look adds one finding for all that is frozen of what a change or a server writes.
func (f *frozen) look(who, instance string, all []touched) {
	var paths []touched
	var letters string
	for _, t := range all {
		if t.path == "" {
			continue // it cannot be looked at, which is said elsewhere
		}
		has := facts.Forbids(f.m.path(t.path))
		if has == "" || t.grows && has == "a" || f.told[t.path] {
			continue
		}
		f.told[t.path] = true
		paths = append(paths, t)
		letters = addLetters(letters, has)
	}
	if len(paths) == 0 {
		return
	}
	what := paths[0].path
	if more := len(paths) - 1; more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	f.findings = append(f.findings, finding.Finding{Name: immutableFile, Severity: finding.Critical, Host: f.host, Instance: instance,
		Message:  fmt.Sprintf("%s must write to %s, and the attribute %s forbids that even to root (lsattr -d shows it)", who, what, meaning(letters)),
		Hint:     thawHint,
		Commands: thaw(f.host, letters, paths)})
}

// addLetters are the letters of both, each once.
func addLetters(letters, more string) string {
	return strings.Map(func(letter rune) rune {
		if strings.ContainsRune(letters+more, letter) {
			return letter
		}
		return -1
	}, "ia")
}

// thawHint stands before what thaw returns.
const thawHint = "where nobody wants that any more, let it be written to"

// thaw takes attributes away from what is written to, and from nothing else. Where
// that is much of one folder, the folder stands for it.
func thaw(host, letters string, paths []touched) []finding.Command {
	of := make(map[string]int)
	for _, t := range paths {
		of[t.of]++
	}
	var names, folders []string
	for _, t := range paths {
		switch {
		case t.of == "" || of[t.of] <= maxNamed:
			names = append(names, t.path)
		case !slices.Contains(folders, t.of):
			folders = append(folders, t.of)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(folders, name) })
	var commands []finding.Command
	if len(names) > 0 {
		commands = append(commands, finding.Command{Host: host, Line: finding.Shell(append([]string{"chattr", "-" + letters}, names...)...)})
	}
	if len(folders) > 0 {
		commands = append(commands, finding.Command{Host: host, Line: finding.Shell(append([]string{"chattr", "-R", "-" + letters}, folders...)...)})
	}
	return commands
}

// meaning returns attributes as a message names them.
func meaning(letters string) string {
	switch letters {
	case "i":
		return "i (immutable)"
	case "a":
		return "a (append only)"
	}
	return "i (immutable) or a (append only)"
}

// replaces lists what is written to where a file is put in the place of another, or
// taken away.
func (m *Machine) replaces(name string) []touched {
	folder, missing := m.nearest(path.Dir(name))
	if missing {
		return []touched{{path: folder, grows: true}}
	}
	return []touched{{path: folder}, {path: path.Join(folder, path.Base(name))}}
}

// makesIn lists what is written to where names are made in a folder.
func (m *Machine) makesIn(folder string) []touched {
	folder, _ = m.nearest(folder)
	return []touched{{path: folder, grows: true}}
}

// nearest returns a folder, or the nearest above it that exists, without links, and
// whether the folder itself is missing.
func (m *Machine) nearest(name string) (folder string, missing bool) {
	for {
		f, err := facts.Follow(m.Root, name)
		if err == nil {
			return f.Path, missing
		}
		if name == "/" || !errors.Is(err, fs.ErrNotExist) {
			return "", true // said elsewhere
		}
		name, missing = path.Dir(name), true
	}
}

func (f *file) writes(context.Context) []touched {
	seen, err := f.see()
	all := f.m.replaces(f.name)
	if err == nil && seen.exists && seen.info.Mode().IsRegular() && (f.keep || bytes.Equal(seen.content, f.content)) {
		return all[1:] // owner and mode alone
	}
	return all
}

func (r *removed) writes(context.Context) []touched { return r.m.replaces(r.name) }
func (h *hold) writes(context.Context) []touched    { return h.m.replaces(h.name) }
func (r *release) writes(context.Context) []touched { return r.m.replaces(r.begin.name) }

func (d *dir) writes(ctx context.Context) []touched {
	folder, missing := d.m.nearest(d.name)
	all := []touched{{path: folder, grows: missing}}
	if d.within != nil {
		all = append(all, d.within.writes(ctx)...)
	}
	return all
}

// writes lists all of a tree, which goes as a whole, or of which some modes are
// repaired.
func (t *tree) writes(context.Context) []touched {
	var all []touched
	if t.seen == nil || t.seen.Kind != archive.WrongModes {
		all = t.m.replaces(t.dest)
	}
	_ = filepath.WalkDir(t.m.path(t.dest), func(name string, _ fs.DirEntry, err error) error {
		if err == nil {
			all = append(all, touched{path: strings.TrimPrefix(name, t.m.Root), of: t.dest})
		}
		return nil
	})
	return all
}

// writes lists the files that systemd-sysusers replaces.
func (a *account) writes(ctx context.Context) []touched {
	all := append(a.m.replaces("/etc/group"), a.m.replaces("/etc/gshadow")...)
	if _, hasUser, err := a.m.lookup(ctx, "passwd", a.user); err == nil && !hasUser {
		all = append(append(all, a.m.replaces("/etc/passwd")...), a.m.replaces("/etc/shadow")...)
	}
	return all
}

func (s *enabled) writes(context.Context) []touched {
	return s.m.makesIn(path.Join(units.Dir, "multi-user.target.wants"))
}

// serverFile matches the files that a server opens again to write to, or replaces; see
// FileTxnLog and QuorumPeer.
var serverFile = regexp.MustCompile(`^(log\.[0-9a-f]+|(accepted|current|updating)Epoch(\.tmp)?)$`)

// serverWrites lists what a server writes to in its data as it starts and serves:
// it makes logs and snapshots, replaces the files of its epochs and takes the marker
// away. An old snapshot is only ever removed, and a server goes on where it cannot.
func (m *Machine) serverWrites(in *inventory.Instance) []touched {
	var all []touched
	for _, dir := range []string{in.DataDir, in.DataLogDir} {
		f, err := facts.Follow(m.Root, dir)
		if dir == "" || err != nil {
			continue
		}
		if marker := path.Join(f.Path, initializeName); m.exists(marker) {
			all = append(all, m.replaces(marker)...)
		}
		version := path.Join(f.Path, "version-2")
		if info, err := os.Lstat(m.path(version)); err != nil || !info.IsDir() {
			all = append(all, touched{path: f.Path, grows: true})
			continue
		}
		all = append(all, touched{path: version, of: version})
		entries, _ := os.ReadDir(m.path(version)) // that it cannot be read is found elsewhere
		for _, e := range entries {
			if serverFile.MatchString(e.Name()) {
				all = append(all, touched{path: path.Join(version, e.Name()), of: version})
			}
		}
	}
	return all
}
