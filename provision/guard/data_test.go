package guard

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/access"
	"github.com/zkprov/zkprov/units"
)

// TestDisksMissing compares the disks that data lies on with those that it lay on.
func TestDisksMissing(t *testing.T) {
	const record = "/zookeeper-1.disks"
	on := func(mount string, stamped bool) facts.Host {
		f := facts.DataDir{Path: data, Exists: true}
		if stamped {
			f.Stamp = Stamp{"zookeeper", 1}.Text()
		}
		return facts.Host{DataDirs: map[string]facts.DataDir{"zookeeper-1": f}, Folders: []facts.Folder{{Path: data, MountPoint: mount}, {Path: "/other", MountPoint: "/x"}}}
	}
	kept := string(Disks{data: "/data"}.Text())
	for name, test := range map[string]struct {
		kept  string
		facts facts.Host
		want  []string
	}{
		"as it was":    {kept, on("/data", false), nil},
		"nothing kept": {"", on("/", false), nil},
		"torn":         {"{", on("/", false), nil},
		"not known":    {kept, on("", false), nil},
		"moved":        {kept, on("/", true), nil},
		"another one":  {string(Disks{"/other": "/y"}.Text()), on("/", false), nil},
		"not mounted": {kept, on("/", false), []string{"disk-missing! zookeeper-1: /data/1 was on the disk that is mounted at /data, and is on that of / now, without the ownership stamp: the right one is not mounted; mount it (where the data on the old one was given up for good, zkprov forgets that disk with the file " + record + ", " +
			"and the server copies from a leader what the others have): `mount /data` on zk1"}},
		"mounted over":  {kept, on("/data/1", false), []string{"disk-missing! zookeeper-1: /data/1 was on the disk that is mounted at /data, and another one was mounted over it at /data/1, without the ownership stamp; where it is to stay, move the data with its .zkprov.json onto it"}},
		"over the root": {string(Disks{data: "/"}.Text()), on("/data", false), []string{"disk-missing! zookeeper-1: /data/1 was on the disk that is mounted at /, and another one was mounted over it at /data,"}},
		"beside it":     {kept, on("/database", false), []string{"disk-missing! zookeeper-1: /data/1 was on the disk that is mounted at /data, and is on that of /database now,"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			if test.kept != "" {
				files[record] = test.kept
			}
			_, h := one()
			begin(t, told(DisksMissing(lies(t, files), h, test.facts, func(*inventory.Instance) string { return record })), test.want)
		})
	}
	_, h := one()
	in := &h.Instances[0]
	in.DataLogDir = logs
	seen := facts.Host{Folders: []facts.Folder{{Path: data, MountPoint: "/"}, {Path: logs, MountPoint: "/logs"}, {Path: "/other", MountPoint: "/"}, {Path: logs, Error: "no", MountPoint: "/x"}}}
	if diff := cmp.Diff(Disks{data: "/", logs: "/logs"}, DisksOf(in, seen)); diff != "" {
		t.Error(diff)
	}
}

// TestSnapshotless judges servers that have logs and no snapshot.
func TestSnapshotless(t *testing.T) {
	logsOnly := func() facts.DataDir { return facts.DataDir{Path: data, LogPresent: true} }
	for name, test := range map[string]struct {
		set  func(e *inventory.Ensemble, f *facts.DataDir, s *units.State)
		not  finding.Findings
		want []string
	}{
		"logs alone": {func(*inventory.Ensemble, *facts.DataDir, *units.State) {}, nil, []string{"snapshot-missing zookeeper-1: there are transaction logs and no snapshot in /data/1/version-2, with which ZooKeeper 3.6.3 does not start; restore the newest snapshot$"}},
		"a snapshot": {func(_ *inventory.Ensemble, f *facts.DataDir, _ *units.State) { f.SnapshotPresent = true }, nil, nil},
		"no logs":    {func(_ *inventory.Ensemble, f *facts.DataDir, _ *units.State) { f.LogPresent = false }, nil, nil},
		"unreadable": {func(_ *inventory.Ensemble, f *facts.DataDir, _ *units.State) { f.Error = "no" }, nil, nil},
		"it runs": {func(_ *inventory.Ensemble, _ *facts.DataDir, s *units.State) {
			s.ActiveState, s.SubState = "active", "running"
		}, nil, nil},
		"old":       {func(e *inventory.Ensemble, _ *facts.DataDir, _ *units.State) { e.Version = "3.5.3" }, nil, nil},
		"new":       {func(e *inventory.Ensemble, _ *facts.DataDir, _ *units.State) { e.Version = "3.5.4" }, nil, []string{"snapshot-missing"}},
		"not ours":  {func(*inventory.Ensemble, *facts.DataDir, *units.State) {}, finding.Findings{{Instance: "zookeeper-1"}}, nil},
		"another's": {func(*inventory.Ensemble, *facts.DataDir, *units.State) {}, finding.Findings{{Instance: "zookeeper-2"}}, []string{"snapshot-missing"}},
		"in log dir": {func(e *inventory.Ensemble, f *facts.DataDir, _ *units.State) {
			e.Hosts[0].Instances[0].DataLogDir = logs
			f.LogPresent = false
			f.Log = &facts.DataDir{LogPresent: true}
		}, nil, []string{"snapshot-missing zookeeper-1: there are transaction logs and no snapshot in /data/1/version-2 and /logs/1/version-2,"}},
		"none in it": {func(_ *inventory.Ensemble, f *facts.DataDir, _ *units.State) { f.Log = &facts.DataDir{} }, nil, nil},
		"trusted": {func(e *inventory.Ensemble, _ *facts.DataDir, _ *units.State) {
			e.Hosts[0].Instances[0].ZooCfg = inventory.Settings{{Key: "snapshot.trust.empty", Value: "true"}}
		}, nil, nil},
		"not trusted": {func(e *inventory.Ensemble, _ *facts.DataDir, _ *units.State) {
			e.Hosts[0].Instances[0].ZooCfg = inventory.Settings{{Key: "snapshot.trust.empty", Value: "false"}}
		}, nil, []string{"snapshot-missing"}},
		"by a flag": {func(e *inventory.Ensemble, _ *facts.DataDir, _ *units.State) {
			e.Hosts[0].Instances[0].JVM.Flags = []string{"-Dzookeeper.snapshot.trust.empty=true"}
		}, nil, nil},
		"beside others": {func(e *inventory.Ensemble, _ *facts.DataDir, _ *units.State) {
			e.Hosts = append(e.Hosts, inventory.Host{Name: "zk2", Instances: []inventory.Instance{{ID: 2, Name: "zookeeper-2"}}})
		}, nil,
			[]string{"snapshot-missing zookeeper-1: there are transaction logs and no snapshot in /data/1/version-2, with which ZooKeeper 3.6.3 does not start; restore the newest snapshot, or, where a quorum"}},
	} {
		t.Run(name, func(t *testing.T) {
			e, h := one()
			was, state := logsOnly(), units.State{}
			test.set(e, &was, &state)
			o := provision.Observation{Facts: facts.Host{DataDirs: map[string]facts.DataDir{"zookeeper-1": was}},
				Instances: map[string]provision.InstanceState{"zookeeper-1": {Unit: state}}}
			begin(t, told(Snapshotless(e, &e.Hosts[0], o, test.not)), test.want)
			_ = h
		})
	}
}

// TestStuckData judges files that cannot be given to the service user.
func TestStuckData(t *testing.T) {
	class := func(uid uint32, mode uint32) *facts.FileClass { return &facts.FileClass{UID: uid, Mode: mode} }
	service := access.User{Name: "zk", HasUser: true, UID: 7}
	for name, test := range map[string]struct {
		stuck   []facts.StuckFile
		service access.User
		runs    bool
		not     finding.Findings
		want    []string
	}{
		"nothing":           {nil, service, false, nil, nil},
		"a link":            {[]facts.StuckFile{{Name: "log.1", Why: "it is no regular file"}}, service, false, nil, []string{"data-stuck! zookeeper-1: /data/1/version-2/log.1 cannot be given to zk: it is no regular file; put a plain copy"}},
		"two":               {[]facts.StuckFile{{Name: "log.1", Why: "no"}, {Name: "log.2", Why: "no"}}, service, false, nil, []string{"data-stuck! zookeeper-1: /data/1/version-2/log.1 cannot be given to zk: no (and 1 more);"}},
		"usable as it is":   {[]facts.StuckFile{{Name: "log.1", Class: class(7, 0o640)}}, service, false, nil, nil},
		"another's":         {[]facts.StuckFile{{Name: "log.1", Class: class(8, 0o640)}}, service, false, nil, []string{"data-stuck!"}},
		"closed":            {[]facts.StuckFile{{Name: "log.1", Class: class(7, 0o440)}}, service, false, nil, []string{"data-stuck!"}},
		"a user to come":    {[]facts.StuckFile{{Name: "log.1", Class: class(0, 0o640)}}, access.User{Name: "zk"}, false, nil, []string{"data-stuck!"}},
		"frozen":            {[]facts.StuckFile{{Name: "log.1", Frozen: "i"}, {Name: "log.2", Frozen: "a"}}, service, false, nil, []string{"data-stuck! zookeeper-1: /data/1/version-2/log.1 cannot be given to zk:  (and 1 more); where nobody wants that any more, let it be written to: `chattr -ia /real/version-2/log.1 /real/version-2/log.2` on zk1"}},
		"frozen and a link": {[]facts.StuckFile{{Name: "log.1", Frozen: "i"}, {Name: "log.2"}}, service, false, nil, []string{"data-stuck! zookeeper-1: /data/1/version-2/log.1 cannot be given to zk:  (and 1 more); put a plain copy"}},
		"it runs":           {[]facts.StuckFile{{Name: "log.1"}}, service, true, nil, nil},
		"not ours":          {[]facts.StuckFile{{Name: "log.1"}}, service, false, finding.Findings{{Instance: "zookeeper-1"}}, nil},
		"another is not":    {[]facts.StuckFile{{Name: "log.1"}}, service, false, finding.Findings{{Instance: "zookeeper-2"}}, []string{"data-stuck!"}},
	} {
		t.Run(name, func(t *testing.T) {
			e, h := one()
			o := provision.Observation{Facts: facts.Host{DataDirs: map[string]facts.DataDir{"zookeeper-1": {Path: data, Real: "/real", Files: facts.DataFiles{Stuck: test.stuck}}}}}
			if test.runs {
				o.Instances = map[string]provision.InstanceState{"zookeeper-1": {Unit: units.State{ActiveState: "active", SubState: "running"}}}
			}
			begin(t, told(StuckData(e, h, o, test.service, test.not)), test.want)
		})
	}
	for mode, want := range map[uint32]bool{0o600: true, 0o700: true, 0o400: false, 0o200: false} {
		if Usable(facts.FileClass{Mode: mode}) != want || Usable(facts.FileClass{Mode: mode, Folder: true}) != (mode == 0o700) {
			t.Errorf("mode %04o is judged otherwise", mode)
		}
	}
}
