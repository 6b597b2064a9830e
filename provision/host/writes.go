package host

import (
	"path"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/units"
)

// writer is a resource that knows which files and folders its change writes to.
type writer interface {
	// writes lists them as they are on the host now; what does not exist is left out.
	writes(l *look) []guard.Touched
}

// immutable finds the attributes that would stop an apply with these changes, or a
// server.
func (l *look) immutable(t provision.Task, d *desired, changes []needed, fetches bool) finding.Findings {
	const us, server = "zkprov", "its server"
	var all []guard.Writing
	for _, n := range changes {
		if w, ok := n.resource.(writer); ok {
			all = append(all, guard.Writing{Who: us, Instance: n.change.Instance, Touched: w.writes(l)})
		}
	}
	if fetches {
		all = append(all, guard.Writing{Who: us, Touched: guard.WritesIn(l, path.Join(inventory.CacheDir, "sha512"))})
	}
	for _, in := range d.instances {
		all = append(all, guard.Writing{Who: server, Instance: in.instance.Name, Touched: guard.ServerWrites(l, in.instance)})
	}
	return guard.Immutable(l, t.Host, all)
}

func (f *file) writes(l *look) []guard.Touched {
	e, err := l.entry(f.name)
	all := guard.Replaces(l, f.name)
	if err == nil && f.right(e) && len(all) > 1 {
		return all[1:] // owner and mode alone
	}
	return all
}

func (r *removed) writes(l *look) []guard.Touched  { return guard.Replaces(l, r.name) }
func (l *link) writes(seen *look) []guard.Touched  { return guard.Replaces(seen, l.name) }
func (c *dataCopy) writes(l *look) []guard.Touched { return guard.WritesIn(l, c.in.DataDir) }

func (d *dir) writes(l *look) []guard.Touched {
	all := guard.WritesIn(l, d.name)
	if d.within != nil {
		all = append(all, d.within.writes(l)...)
	}
	return all
}

// writes lists all of a release, which goes as a whole, or of which some modes are
// repaired.
func (r *unpackedRelease) writes(l *look) []guard.Touched {
	var all []guard.Touched
	if l.observation.Release.Kind != archive.WrongModes {
		all = guard.Replaces(l, r.dest)
	}
	for _, name := range l.below(r.dest) {
		all = append(all, guard.Touched{Path: name, Of: r.dest})
	}
	return all
}

// writes lists the files that systemd-sysusers replaces.
func (a *account) writes(l *look) []guard.Touched {
	all := append(guard.Replaces(l, "/etc/group"), guard.Replaces(l, "/etc/gshadow")...)
	if _, hasUser, err := l.account("passwd", a.user); err == nil && !hasUser {
		all = append(append(all, guard.Replaces(l, "/etc/passwd")...), guard.Replaces(l, "/etc/shadow")...)
	}
	return all
}

func (s *enabled) writes(l *look) []guard.Touched {
	return guard.MakesIn(l, path.Join(units.Dir, "multi-user.target.wants"))
}
