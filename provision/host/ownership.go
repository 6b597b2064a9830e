package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// The names of what this package finds.
const (
	foreignData    = "foreign-data"
	foreignMyid    = "foreign-myid"
	foreignUnit    = "foreign-unit"
	foreignRelease = "foreign-release"
	unstampedData  = "unstamped-data"
	dataUnreadable = "data-unreadable"
	unitMasked     = "unit-masked"
	notRoot        = "not-root"
	instanceServes = "instance-serves"
)

// ownership judges whether the data directories of a host, and those of their
// logs, are this ensemble's. A directory that belongs to another server or another
// ensemble is never written to.
func ownership(e *inventory.Ensemble, h *inventory.Host, seen facts.Host) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		for _, p := range placesOf(in, seen.DataDirs[in.Name]) {
			if f := p.owned(stamp{e.Name, in.ID}); f != nil {
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

// place is a directory of an instance's data, with the key of the inventory that
// names it and what lies there.
type place struct {
	key, dir string
	facts.DataDir
}

// placesOf are the directory of an instance's data and, where the logs have one of
// their own, that.
func placesOf(in *inventory.Instance, data facts.DataDir) []place {
	places := []place{{"data_dir", in.DataDir, data}}
	if log := data.Log; log != nil {
		if data.Error == log.Error {
			places[0].Error = "" // it is the log's
		}
		places = append(places, place{"data_log_dir", in.DataLogDir, *log})
	}
	return places
}

// owned is what forbids a server to use the directory; nil where nothing does.
func (p place) owned(own stamp) *finding.Finding {
	text := bytes.TrimSpace(own.text())
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
			Message: fmt.Sprintf("cannot read the ownership stamp %s/%s: %s", p.dir, stampName, p.StampError),
			Hint:    fmt.Sprintf("where the data really is this server's, move that file away and write a new one in its place: %s", text)}
	}
	stamped := p.Stamp != nil
	if stamped {
		var s stamp
		if json.Unmarshal(p.Stamp, &s) != nil {
			s = stamp{}
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
			Commands: []finding.Command{{Line: finding.Shell("echo", string(text)) + " > " + finding.Quoted(path.Join(p.dir, stampName))}}}
	}
	if others := strangers(p.Entries); len(others) > 0 {
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

// whose is the server that a stamp names. The text of one that names none is not
// told: it may be anybody's file.
func (s stamp) whose() string {
	if !inventory.IsName(s.Ensemble) {
		return "somebody whose ownership stamp names no server"
	}
	return fmt.Sprintf("server %d of ensemble %q", s.ID, s.Ensemble)
}

// strangers are the names in a folder without a stamp that neither ZooKeeper,
// mkfs nor an earlier run that was cut off made.
func strangers(entries []string) []string {
	ours := []string{"myid", initializeName, "lost+found", "zookeeper_server.pid"}
	return slices.DeleteFunc(slices.Clone(entries), func(name string) bool {
		return slices.Contains(ours, name) || strings.HasPrefix(name, stampName) || strings.HasPrefix(name, "."+stampName) || strings.HasPrefix(name, ".myid")
	})
}

// unitsOurs finds units that were written by somebody else under an instance's
// name, and those that somebody forbade to start.
func (m *Machine) unitsOurs(h *inventory.Host, states map[string]provision.InstanceState) finding.Findings {
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
		text, err := os.ReadFile(m.path(units.Path(in.Name)))
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
