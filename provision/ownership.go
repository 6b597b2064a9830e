package provision

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks"
	"github.com/zkprov/zkprov/inventory"
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

// Refusals are the findings that are refusals by a safety rule rather than
// something that is missing.
func Refusals() []string {
	return []string{foreignData, foreignMyid, foreignUnit, foreignRelease, unstampedData, dataUnreadable, unsafeFolder}
}

// ownership judges whether the data directories of a host are this ensemble's.
// A directory that belongs to another server or another ensemble is never
// written to.
func ownership(e *inventory.Ensemble, h *inventory.Host, facts checks.HostFacts) checks.Findings {
	var found checks.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		if f := owned(e, in, facts.DataDirs[in.Name]); f != nil {
			f.Severity, f.Host, f.Instance = checks.Critical, h.Name, in.Name
			found = append(found, *f)
		}
	}
	return found
}

// owned is what forbids to use a data directory; nil where nothing does.
func owned(e *inventory.Ensemble, in *inventory.Instance, d checks.DataDirFacts) *checks.Finding {
	switch {
	case d.Error != "":
		return &checks.Finding{Name: dataUnreadable,
			Message: fmt.Sprintf("cannot tell whose data lies in %s: %s", in.DataDir, d.Error),
			Hint:    "nothing was changed; make the folder readable and run again"}
	case !d.Exists:
		return nil
	case !d.IsDir:
		return &checks.Finding{Name: foreignData, Message: in.DataDir + " is not a folder", Hint: "move it away, or choose another data_dir"}
	case d.StampError != "":
		return &checks.Finding{Name: dataUnreadable,
			Message: fmt.Sprintf("cannot read the ownership stamp %s/%s: %s", in.DataDir, stampName, d.StampError),
			Hint:    fmt.Sprintf("where the data really is this server's, write into it: %s", bytes.TrimSpace(stamp{e.Name, in.ID}.text()))}
	}
	var s stamp
	stamped := d.Stamp != nil
	if stamped {
		if json.Unmarshal(d.Stamp, &s) != nil {
			s = stamp{}
		}
		if s != (stamp{e.Name, in.ID}) {
			return &checks.Finding{Name: foreignData,
				Message: fmt.Sprintf("%s belongs to %s, not to server %d of %q", in.DataDir, s.whose(), in.ID, e.Name),
				Hint:    "correct the inventory, or give the instance another data_dir; zkprov never writes into another server's data"}
		}
	}
	switch {
	case d.MyidPresent && d.ID != in.ID:
		what := fmt.Sprintf("is for server %d", d.ID)
		if d.MyidError != "" {
			what = "is not this server's: " + d.MyidError
		}
		return &checks.Finding{Name: foreignMyid,
			Message: fmt.Sprintf("%s/myid %s, and the inventory says %d", in.DataDir, what, in.ID),
			Hint:    "correct the id in the inventory, or give the instance another data_dir; zkprov never changes a myid"}
	case stamped:
		return nil
	case d.VersionDir || d.History:
		return &checks.Finding{Name: unstampedData,
			Message: fmt.Sprintf("%s holds ZooKeeper data without zkprov's ownership stamp: somebody else's, or a disk that came back", in.DataDir),
			Hint:    fmt.Sprintf("where it really is this server's, adopt it: echo '%s' > %s/%s", bytes.TrimSpace(stamp{e.Name, in.ID}.text()), in.DataDir, stampName)}
	}
	if others := strangers(d.Entries); len(others) > 0 {
		return &checks.Finding{Name: foreignData,
			Message: fmt.Sprintf("%s holds what is not ZooKeeper's: %s", in.DataDir, strings.Join(others, ", ")),
			Hint:    "give the instance a folder of its own; zkprov would change this one's owner and mode"}
	}
	return nil
}

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
func (m *Machine) unitsOurs(h *inventory.Host, states map[string]InstanceState) checks.Findings {
	var found checks.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		state := states[in.Name].Unit
		if state.Masked() {
			found = append(found, checks.Finding{Name: unitMasked, Severity: checks.Critical, Host: h.Name, Instance: in.Name,
				Message: units.FileName(in.Name) + " is masked, so that nothing can start it",
				Hint:    "systemctl unmask " + units.FileName(in.Name)})
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
			found = append(found, checks.Finding{Name: foreignUnit, Severity: checks.Critical, Host: h.Name, Instance: in.Name,
				Message: fmt.Sprintf("%s was not written by zkprov", where),
				Hint:    "stop and remove that unit, or give the ensemble another name"})
		}
	}
	return found
}
