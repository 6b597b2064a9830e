package guard

import (
	"fmt"
	"path"
	"slices"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// snapshotMissing is found where a server would not start for lack of a snapshot.
const snapshotMissing = "snapshot-missing"

// Snapshotless finds the servers that have transaction logs and no snapshot, and
// would end with an exception when they are started; see FileTxnSnapLog.restore
// (ZOOKEEPER-2325). One that runs got over that. notOurs are the findings about
// whose the data is.
func Snapshotless(e *inventory.Ensemble, h *inventory.Host, o provision.Observation, notOurs finding.Findings) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		if slices.ContainsFunc(notOurs, func(f finding.Finding) bool { return f.Instance == in.Name }) {
			continue // nothing is to be done to such data
		}
		data := o.Facts.DataDirs[in.Name]
		logs := data.LogPresent
		if data.Log != nil {
			logs = data.Log.LogPresent
		}
		if !logs || data.SnapshotPresent || data.Error != "" || o.Instances[in.Name].Unit.Running() || trustsEmpty(e, in) {
			continue
		}
		folders := path.Join(in.DataDir, "version-2")
		if in.DataLogDir != "" {
			folders += " and " + path.Join(in.DataLogDir, "version-2")
		}
		hint := "restore the newest snapshot"
		if len(e.Members()) > 1 {
			hint += ", or, where a quorum of the other servers stands, keep " + folders + " elsewhere and out of the way, so that it copies all from the leader; what only these logs have is lost then"
		}
		found = append(found, finding.Finding{Name: snapshotMissing, Severity: finding.Critical, Host: h.Name, Instance: in.Name,
			Message: fmt.Sprintf("there are transaction logs and no snapshot in %s, with which ZooKeeper %s does not start", folders, e.Version),
			Hint:    hint})
	}
	return found
}

// trustsEmpty reports whether a server starts with logs alone: up to 3.5.3 each did,
// and since then one that is told to.
func trustsEmpty(e *inventory.Ensemble, in *inventory.Instance) bool {
	trust, _, _ := in.Effective("snapshot.trust.empty")
	old := e.Version.Before("3.5.4")
	return old || trust == "true"
}
