package guard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// The names of what this package finds.
const (
	foreignData    = "foreign-data"
	foreignMyid    = "foreign-myid"
	foreignUnit    = "foreign-unit"
	unstampedData  = "unstamped-data"
	dataUnreadable = "data-unreadable"
	unitMasked     = "unit-masked"
)

// StampName is the file in a data directory that says whose it is.
const StampName = ".zkprov.json"

// InitializeName is ZooKeeper's marker that lets an empty server vote; see
// FileTxnSnapLog.restore.
const InitializeName = "initialize"

// Stamp is the ownership stamp of a data directory, and of that of the logs.
type Stamp struct {
	Ensemble string `json:"ensemble"`
	ID       int    `json:"id"`
}

// Text returns the stamp as it lies in the directory.
func (s Stamp) Text() []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string and a number
	}
	return append(b, '\n')
}

// Ownership judges whether the data directories of a host, and those of their
// logs, are this ensemble's. A directory that belongs to another server or another
// ensemble is never written to.
func Ownership(e *inventory.Ensemble, h *inventory.Host, seen facts.Host) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		for _, p := range dataFolders(in, seen.DataDirs[in.Name]) {
			if f := p.foreign(Stamp{e.Name, in.ID}); f != nil {
				f.Severity, f.Refusal, f.Host, f.Instance = finding.Critical, true, h.Name, in.Name
				for i := range f.Commands {
					f.Commands[i].Host = h.Name
				}
				found = append(found, *f)
			}
		}
	}
	return found
}

// dataFolder is a directory of an instance's data, with the key of the inventory that
// names it and what lies there.
type dataFolder struct {
	key, dir string
	facts.DataDir
	// logs is the name in it of the folder that the logs lie in; empty where they lie
	// elsewhere.
	logs string
}

// dataFolders returns the directory of an instance's data and, where the logs have one of
// their own, that.
func dataFolders(in *inventory.Instance, data facts.DataDir) []dataFolder {
	folders := []dataFolder{{key: "data_dir", dir: in.DataDir, DataDir: data}}
	if in.DataLogDir != in.DataDir && hostpath.Within(in.DataLogDir, in.DataDir) {
		folders[0].logs, _, _ = strings.Cut(strings.TrimPrefix(in.DataLogDir, in.DataDir+"/"), "/")
	}
	if log := data.Log; log != nil {
		if data.Error == log.Error {
			folders[0].Error = "" // it is the log's
		}
		folders = append(folders, dataFolder{key: "data_log_dir", dir: in.DataLogDir, DataDir: *log})
	}
	return folders
}

// foreign returns what forbids a server to use the directory; nil where nothing does.
func (p dataFolder) foreign(own Stamp) *finding.Finding {
	text := bytes.TrimSpace(own.Text())
	switch {
	case p.Error != "":
		return &finding.Finding{Name: dataUnreadable,
			Message: fmt.Sprintf("cannot tell whose data lies in %s: %s", p.dir, p.Error),
			Hint:    "nothing was changed; make the folder readable and run again"}
	case !p.Exists:
		return nil
	case !p.IsDir:
		return &finding.Finding{Name: foreignData, Message: p.dir + " is not a folder", Hint: "move it away, or choose another " + p.key}
	case p.StampError != "":
		return &finding.Finding{Name: dataUnreadable,
			Message: fmt.Sprintf("cannot read the ownership stamp %s/%s: %s", p.dir, StampName, p.StampError),
			Hint:    fmt.Sprintf("where the data really is this server's, move that file away and write a new one in its place: %s", text)}
	}
	stamped := p.Stamp != nil
	if stamped {
		var s Stamp
		if json.Unmarshal(p.Stamp, &s) != nil {
			s = Stamp{}
		}
		if s != own {
			return &finding.Finding{Name: foreignData,
				Message: fmt.Sprintf("%s belongs to %s, not to server %d of %q", p.dir, s.whose(), own.ID, own.Ensemble),
				Hint:    fmt.Sprintf("correct the inventory, or give the instance another %s; zkprov never writes into another server's data", p.key)}
		}
	}
	switch {
	case p.MyidPresent && p.ID != own.ID:
		what := fmt.Sprintf("is for server %d", p.ID)
		if p.MyidError != "" {
			what = "is not this server's: " + p.MyidError
		}
		return &finding.Finding{Name: foreignMyid,
			Message: fmt.Sprintf("%s/myid %s, and the inventory says %d", p.dir, what, own.ID),
			Hint:    fmt.Sprintf("correct the id in the inventory, or give the instance another %s; zkprov never changes a myid", p.key)}
	case stamped:
		return nil
	case p.VersionDir:
		return &finding.Finding{Name: unstampedData,
			Message:  fmt.Sprintf("%s holds ZooKeeper data without zkprov's ownership stamp: somebody else's, or a disk that came back", p.dir),
			Hint:     "where it really is this server's, and no other process uses it, adopt it",
			Commands: []finding.Command{{Line: finding.Shell("echo", string(text)) + " > " + finding.Quoted(path.Join(p.dir, StampName))}}}
	}
	if others := slices.DeleteFunc(strangers(p.Entries), func(name string) bool { return name == p.logs }); len(others) > 0 {
		for i, name := range others {
			if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
				name = strconv.Quote(name) // a terminal obeys what some names say
			}
			others[i] = inventory.Clip(name)
		}
		if n := len(others) - shownNames; n > 1 {
			others = append(others[:shownNames], fmt.Sprintf("and %d more", n))
		}
		return &finding.Finding{Name: foreignData,
			Message: fmt.Sprintf("%s holds what is not ZooKeeper's: %s", p.dir, strings.Join(others, ", ")),
			Hint:    "give the instance a folder of its own; zkprov would change this one's owner and mode"}
	}
	return nil
}

// shownNames is how many names of files a message lists.
const shownNames = 5

// whose returns the server that a stamp names. The text of one that names none is not
// told: it may be anybody's file.
func (s Stamp) whose() string {
	if !inventory.IsName(s.Ensemble) {
		return "somebody whose ownership stamp names no server"
	}
	return fmt.Sprintf("server %d of ensemble %q", s.ID, s.Ensemble)
}

// strangers returns the names in a folder without a stamp that neither ZooKeeper,
// mkfs nor an earlier run that was cut off made.
func strangers(entries []string) []string {
	known := []string{"myid", InitializeName, "lost+found", "zookeeper_server.pid"}
	return slices.DeleteFunc(slices.Clone(entries), func(name string) bool {
		return slices.Contains(known, name) || strings.HasPrefix(name, StampName) || strings.HasPrefix(name, "."+StampName) || strings.HasPrefix(name, ".myid")
	})
}

// Units finds units that were written by somebody else under an instance's
// name, and those that somebody forbade to start.
func Units(on Host, h *inventory.Host, states map[string]provision.InstanceState) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		state := states[in.Name].Unit
		if state.Masked() {
			found = append(found, finding.Finding{Name: unitMasked, Severity: finding.Critical, Host: h.Name, Instance: in.Name,
				Message: units.FileName(in.Name) + " is masked, so that nothing can start it",
				Hint:    "where nobody wants that any more, let it be started", Commands: []finding.Command{{Host: h.Name, Line: "systemctl unmask " + units.FileName(in.Name)}}})
			continue
		}
		text, err := on.Text(units.Path(in.Name))
		foreign := err == nil && !bytes.HasPrefix(text, []byte(units.Header))
		elsewhere := state.FragmentPath != "" && state.FragmentPath != units.Path(in.Name)
		if foreign || elsewhere {
			where := units.Path(in.Name)
			if elsewhere {
				where = state.FragmentPath
			}
			found = append(found, finding.Finding{Name: foreignUnit, Severity: finding.Critical, Refusal: true, Host: h.Name, Instance: in.Name,
				Message: fmt.Sprintf("%s was not written by zkprov", where),
				Hint:    "give the ensemble another name; where the unit is left over and starts nothing that anybody needs, remove it"})
		}
	}
	return found
}
