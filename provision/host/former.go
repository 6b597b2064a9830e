package host

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/durable"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/units"
)

// isGeneration reports whether a text is the name of a generation.
func isGeneration(name string) bool {
	digits, err := hex.DecodeString(name)
	return err == nil && len(digits) == digestBytes && name == strings.ToLower(name)
}

// former is the folder of a generation of an instance, which is removed once it is none of
// those that are kept: what is wanted, what runs, and those that the instance was started
// with last.
type former struct {
	ensemble *inventory.Ensemble
	in       *inventory.Instance
	name     string // of the generation
	wanted   string
}

// addFormer adds the folders of generations that lie on the host and that zkprov alone
// has written to.
func (d *desired) addFormer(e *inventory.Ensemble, l *look, in *desiredInstance) {
	for _, name := range l.Names(configDir(e, in.instance)) {
		folder := path.Join(configDir(e, in.instance), name)
		if !isGeneration(name) || !l.IsDir(folder) {
			continue
		}
		known := (&generation{}).files(in.instance.Name)
		others := slices.ContainsFunc(l.Names(folder), func(file string) bool { return known[unfinished(file)] == nil })
		if !others {
			d.add(&former{ensemble: e, in: in.instance, name: name, wanted: in.generation})
		}
	}
}

// unfinished returns the name of the file that a temporary one, as sweep knows it, was to
// become; the name itself for any other.
func unfinished(name string) string {
	base, hidden := strings.CutPrefix(name, ".")
	bare := strings.TrimRight(base, "0123456789")
	if !hidden || bare == "" || bare == base {
		return name
	}
	return bare
}

func (f *former) folder() string { return path.Join(configDir(f.ensemble, f.in), f.name) }

func (f *former) key() string { return resourceKey(provision.KindFormer, f.folder()) }

func (f *former) plan(v *view) (*provision.Change, error) {
	e, err := v.folder(f.folder())
	if err != nil || e == nil {
		return nil, err
	}
	runs, err := v.generation(f.in.Name)
	if err != nil || f.name == f.wanted || f.name == runs {
		return nil, err
	}
	unit, err := v.entry(units.Path(f.in.Name))
	if err != nil || unit.regular() && units.ConfigOf(unit.content) == f.folder() {
		return nil, err // systemd may start it at any moment
	}
	kept, started := []string{}, false
	noted := v.look.notes(f.ensemble, f.in.Name)
	for _, n := range slices.Backward(append(noted, note{generation: v.lastNoted(f.ensemble, f.in.Name)})) {
		started = started || n.generation == f.name
		if len(kept) < provision.GenerationsKept && !slices.Contains(kept, n.generation) && n.generation != "" {
			kept = append(kept, n.generation)
		}
	}
	if slices.Contains(kept, f.name) {
		return nil, nil
	}
	c := &provision.Change{Path: f.folder(), Instance: f.in.Name, Action: provision.Remove, From: e.digest(), To: absent, Summary: "a former generation: the last " + fmt.Sprint(provision.GenerationsKept) + " are kept"}
	if !started {
		c.Summary = "a generation that no server was started with"
	}
	return c, nil
}

func (f *former) foresee(v *view) { v.folders[f.folder()] = nil }

func (f *former) writes(l *look) []guard.Touched {
	all := guard.Replaces(l, f.folder())
	for _, name := range l.Names(f.folder()) {
		all = append(all, guard.Touched{Path: path.Join(f.folder(), name), Of: f.folder()})
	}
	return all
}

func (f *former) apply(_ context.Context, m *Machine) error {
	p := m.path(f.folder())
	if err := os.RemoveAll(p); err != nil {
		return fmt.Errorf("cannot remove %s: %w", f.folder(), err)
	}
	if err := durable.SyncDir(filepath.Dir(p)); err != nil {
		return fmt.Errorf("cannot remove %s: %w", f.folder(), err)
	}
	return nil
}
