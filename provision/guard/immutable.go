package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// immutableFile is found where attributes forbid what an apply or a server would do.
const immutableFile = "immutable-file"

// maxNamed is how many paths of a folder a command names, before it names the folder.
const maxNamed = 8

// Touched is a file or folder that a change writes to.
type Touched struct {
	Path string // without links in the folders above it
	// Grows is set where the change does no more than make a new name in the folder,
	// which the attribute a (append only) allows.
	Grows bool
	// Of is the folder of which all is written to, this among it; empty where there is
	// none.
	Of string
}

// Writing is what one change, or a server, writes to.
type Writing struct {
	// Who writes, for people.
	Who      string
	Instance string
	Touched  []Touched
}

// Immutable finds the attributes that would stop an apply half way, or a server when
// it writes its data: root itself may not write to a file with the attribute i or a,
// and what chmod and ls show says nothing of it. What is written to by several is found
// once.
func Immutable(on Host, host string, all []Writing) finding.Findings {
	f := &frozen{on: on, host: host, told: make(map[string]bool)}
	for _, w := range all {
		f.judge(w)
	}
	return f.findings
}

// frozen collects what attributes keep from being changed, and for whom.
type frozen struct {
	on       Host
	host     string
	told     map[string]bool
	findings finding.Findings
}

// judge adds one finding for all that is frozen of what a change or a server writes.
func (f *frozen) judge(w Writing) {
	var paths []Touched
	var letters string
	for _, t := range w.Touched {
		if t.Path == "" {
			continue // it cannot be looked at, which is said elsewhere
		}
		has := f.on.Forbids(t.Path)
		if has == "" || t.Grows && has == "a" || f.told[t.Path] {
			continue
		}
		f.told[t.Path] = true
		paths = append(paths, t)
		letters = addLetters(letters, has)
	}
	if len(paths) == 0 {
		return
	}
	what := paths[0].Path
	if more := len(paths) - 1; more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	f.findings = append(f.findings, finding.Finding{Name: immutableFile, Severity: finding.Critical, Host: f.host, Instance: w.Instance,
		Message:  fmt.Sprintf("%s must write to %s, and the attribute %s forbids that even to root (lsattr -d shows it)", w.Who, what, meaning(letters)),
		Hint:     thawHint,
		Commands: thaw(f.host, letters, paths)})
}

// addLetters returns the letters of both, each once.
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
func thaw(host, letters string, paths []Touched) []finding.Command {
	of := make(map[string]int)
	for _, t := range paths {
		of[t.Of]++
	}
	var names, folders []string
	for _, t := range paths {
		switch {
		case t.Of == "" || of[t.Of] <= maxNamed:
			names = append(names, t.Path)
		case !slices.Contains(folders, t.Of):
			folders = append(folders, t.Of)
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

// Replaces lists what is written to where a file is put in the place of another, or
// taken away.
func Replaces(on Host, name string) []Touched {
	folder, missing := Nearest(on, path.Dir(name))
	if missing {
		return []Touched{{Path: folder}}
	}
	return []Touched{{Path: folder}, {Path: path.Join(folder, path.Base(name))}}
}

// WritesIn lists what is written to where something is made in a folder as zkprov makes
// it: under another name first.
func WritesIn(on Host, folder string) []Touched {
	folder, _ = Nearest(on, folder)
	return []Touched{{Path: folder}}
}

// MakesIn lists what is written to where others make names in a folder.
func MakesIn(on Host, folder string) []Touched {
	all := WritesIn(on, folder)
	all[0].Grows = true
	return all
}

// Nearest returns a folder, or the nearest above it that exists, without links, and
// whether the folder itself is missing.
func Nearest(on Host, name string) (folder string, missing bool) {
	for {
		f, err := on.Follow(name)
		if err == nil {
			return f.Path, missing
		}
		if name == "/" || !errors.Is(err, fs.ErrNotExist) {
			return "", true // said elsewhere
		}
		name, missing = path.Dir(name), true
	}
}

// serverFile matches the files that a server opens again to write to, or replaces; see
// FileTxnLog and QuorumPeer.
var serverFile = regexp.MustCompile(`^(log\.[0-9a-f]+|(accepted|current|updating)Epoch(\.tmp)?)$`)

// ServerWrites lists what a server writes to in its data as it starts and serves:
// it makes logs and snapshots, replaces the files of its epochs and takes the marker
// away. An old snapshot is only ever removed, and a server goes on where it cannot.
func ServerWrites(on Host, in *inventory.Instance) []Touched {
	var all []Touched
	for _, dir := range []string{in.DataDir, in.DataLogDir} {
		if dir == "" {
			continue
		}
		f, err := on.Follow(dir)
		if err != nil {
			continue
		}
		if marker := path.Join(f.Path, InitializeName); on.Exists(marker) {
			all = append(all, Replaces(on, marker)...)
		}
		version := path.Join(f.Path, "version-2")
		if !on.IsDir(version) {
			all = append(all, Touched{Path: f.Path, Grows: true})
			continue
		}
		all = append(all, Touched{Path: version, Of: version})
		for _, name := range on.Names(version) {
			if serverFile.MatchString(name) {
				all = append(all, Touched{Path: path.Join(version, name), Of: version})
			}
		}
	}
	return all
}
