package host

import (
	"path"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// addLogs adds the folder that an instance writes logs and dumps to, where it has one.
func (d *desired) addLogs(in *inventory.Instance, service owner) {
	if in.LogDir == "" {
		return
	}
	d.add(
		&dir{name: path.Dir(in.LogDir), mode: 0o755, shared: true},
		&dir{name: in.LogDir, owner: service, mode: 0o750, instance: in.Name},
		&dataOwner{folder: in.LogDir, logs: true, owner: service, instance: in.Name},
	)
}

// removeLogs adds the folder of an instance's logs, where data is to be deleted.
func (d *takeDown) removeLogs(in *inventory.Instance, deleted bool) {
	switch {
	case in.LogDir == "" || !d.l.Exists(in.LogDir):
	case !deleted:
		d.data = true
		d.stay(in.LogDir, "the logs of "+in.Name)
	default:
		d.removeSorted(&gone{kind: provision.KindDir, name: in.LogDir, instance: in.Name, live: true, summary: "the logs of " + in.Name}, func(l *look) (sorted, error) { return l.logsOf(d.e, in.LogDir) })
	}
}

// logsOf tells what in a folder of logs a server has written: every file of the service
// user's.
func (l *look) logsOf(e *inventory.Ensemble, folder string) (sorted, error) {
	uid, known, err := l.account("passwd", e.Service.User)
	if err != nil || !known {
		return sorted{}, err
	}
	return l.sortFolder(folder, func(_ string, e *entry) bool { return e.mode.IsRegular() && e.uid == uid }, nil)
}
