package guard

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/internal/properties"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// dataMoved is found where an inventory gives a server another folder for its data than
// the one that it has them in.
const dataMoved = "data-moved"

// Moved finds the servers that would be started on another folder of data, or of
// transaction logs, than the one that their data is in. Such a server votes with less than
// it has acknowledged: without the logs it goes back to its last snapshot, and a copy that
// was made while it ran is older than it is. One that does not run has been moved where
// there is data in the new folder. config returns the folder of configuration that an
// instance's unit names.
func Moved(l Host, h *inventory.Host, o provision.Observation, config func(instance string) string) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		folder := config(in.Name)
		if folder == "" {
			continue
		}
		text, err := l.Text(path.Join(folder, "zoo.cfg"))
		if err != nil {
			continue // without it nothing starts, or it is written anew
		}
		var data, logs string
		for _, p := range properties.Read(string(text)) {
			switch p.Key {
			case "dataDir":
				data = p.Value
			case "dataLogDir":
				logs = p.Value
			}
		}
		unit := o.Instances[in.Name].Unit
		runs := unit.RunsOrStarts() || unit.WaitsForRestart()
		stop := ""
		if runs {
			stop = "systemctl stop " + units.FileName(in.Name) + ", "
		}
		seen := o.Facts.DataDirs[in.Name]
		moved := func(what, from, to string, there bool) {
			if from == "" || path.Clean(from) == to || !l.IsDir(path.Join(from, "version-2")) || there && !runs {
				return
			}
			found = append(found, finding.Finding{Name: dataMoved, Severity: finding.Critical, Refusal: true, Host: h.Name, Instance: in.Name,
				Message: fmt.Sprintf("its %s in %s, and the inventory says %s: it would vote with less than it has acknowledged", what, from, to),
				Hint:    fmt.Sprintf("write %s back into the inventory; or move it by hand, one server at a time, while the others serve: %sthen %s, then zkprov apply", from, stop, move(what, from, to))})
		}
		moved(dataIs, data, in.DataDir, seen.SnapshotPresent || seen.History)
		logsThere := seen.Log != nil && seen.Log.LogPresent || seen.Log == nil && seen.LogPresent
		// Logs that lie beside the snapshots, or below them, go along with them.
		from, to := cmp.Or(logs, data), cmp.Or(in.DataLogDir, in.DataDir)
		if place, along := strings.CutPrefix(from, data); !along || place != strings.TrimPrefix(to, in.DataDir) || !hostpath.Within(to, in.DataDir) {
			moved(logsAre, from, to, logsThere)
		}
	}
	return found
}

// What is moved.
const (
	dataIs  = "data is"
	logsAre = "transaction logs are"
)

// move returns what takes data, or transaction logs, from one folder to another.
func move(what, from, to string) string {
	if what == dataIs {
		return fmt.Sprintf("mv -T %s %s", from, to)
	}
	return fmt.Sprintf("mkdir -p %[2]s/version-2, mv %[1]s/version-2/log.* %[2]s/version-2/ and cp -p %[1]s/.zkprov.json %[2]s/", from, to)
}
