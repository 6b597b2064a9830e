package guard

import (
	"testing"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// TestOwnership judges directories of data by what was seen in them.
func TestOwnership(t *testing.T) {
	stamp := Stamp{"zookeeper", 1}.Text()
	there := func(change func(*facts.DataDir)) facts.DataDir {
		f := facts.DataDir{Path: data, Exists: true, IsDir: true}
		change(&f)
		return f
	}
	is := func(text string) func(*facts.DataDir) {
		return func(f *facts.DataDir) { f.Stamp = []byte(text) }
	}
	for name, test := range map[string]struct {
		facts facts.DataDir
		want  []string
	}{
		"not there":    {facts.DataDir{Path: data}, nil},
		"empty":        {there(func(f *facts.DataDir) { f.Empty = true }), nil},
		"ours":         {there(func(f *facts.DataDir) { f.Stamp, f.VersionDir, f.MyidPresent, f.ID = stamp, true, true, 1 }), nil},
		"ours, dumped": {there(func(f *facts.DataDir) { f.Stamp, f.Entries = stamp, []string{"dump"} }), nil},
		"unreadable":   {there(func(f *facts.DataDir) { f.Error = "no" }), []string{"data-unreadable! zookeeper-1: cannot tell whose data lies in /data/1: no; nothing was changed"}},
		"a file":       {there(func(f *facts.DataDir) { f.IsDir = false }), []string{"foreign-data! zookeeper-1: /data/1 is not a folder; move it away, or choose another data_dir"}},
		"no stamp":     {there(func(f *facts.DataDir) { f.StampError = "torn" }), []string{"data-unreadable! zookeeper-1: cannot read the ownership stamp /data/1/.zkprov.json: torn; where the data really is this server's, move that file away and write a new one in its place: {\"ensemble\":\"zookeeper\",\"id\":1}"}},
		"another id":   {there(is(`{"ensemble":"zookeeper","id":2}`)), []string{`foreign-data! zookeeper-1: /data/1 belongs to server 2 of ensemble "zookeeper", not to server 1 of "zookeeper"; correct the inventory, or give the instance another data_dir;`}},
		"another name": {there(is(`{"ensemble":"other","id":1}`)), []string{`foreign-data! zookeeper-1: /data/1 belongs to server 1 of ensemble "other", not to`}},
		"nobody's":     {there(is(`[]`)), []string{`foreign-data! zookeeper-1: /data/1 belongs to somebody whose ownership stamp names no server, not to`}},
		"its myid":     {there(func(f *facts.DataDir) { f.Stamp, f.MyidPresent, f.ID = stamp, true, 2 }), []string{`foreign-myid! zookeeper-1: /data/1/myid is for server 2, and the inventory says 1; correct the id`}},
		"a torn myid":  {there(func(f *facts.DataDir) { f.MyidPresent, f.MyidError = true, "empty" }), []string{`foreign-myid! zookeeper-1: /data/1/myid is not this server's: empty, and the inventory says 1;`}},
		"its myid is right": {there(func(f *facts.DataDir) {
			f.MyidPresent, f.ID, f.Entries = true, 1, []string{"myid", "lost+found", "initialize", ".zkprov.json12", "..zkprov.json1", ".myid77"}
		}), nil},
		"unstamped":      {there(func(f *facts.DataDir) { f.VersionDir, f.MyidPresent, f.ID = true, true, 1 }), []string{"unstamped-data! zookeeper-1: /data/1 holds ZooKeeper data without zkprov's ownership stamp: somebody else's, or a disk that came back; where it really is this server's, and no other process uses it, adopt it: `echo '{\"ensemble\":\"zookeeper\",\"id\":1}' > /data/1/.zkprov.json` on zk1"}},
		"strangers":      {there(func(f *facts.DataDir) { f.Entries = []string{"a", "b", "c", "d", "e", "f"} }), []string{"foreign-data! zookeeper-1: /data/1 holds what is not ZooKeeper's: a, b, c, d, e, f; give the instance a folder of its own"}},
		"more strangers": {there(func(f *facts.DataDir) { f.Entries = []string{"a", "b", "c", "d", "e", "f", "g"} }), []string{"foreign-data! zookeeper-1: /data/1 holds what is not ZooKeeper's: a, b, c, d, e, and 2 more;"}},
		"the logs'": {there(func(f *facts.DataDir) { f.Error, f.Log = "no", &facts.DataDir{Path: logs, Error: "no"} }),
			[]string{"data-unreadable! zookeeper-1: cannot tell whose data lies in /logs/1: no"}},
		"both": {there(func(f *facts.DataDir) { f.Error, f.Log = "mine", &facts.DataDir{Path: logs, Error: "no"} }),
			[]string{"data-unreadable! zookeeper-1: cannot tell whose data lies in /data/1: mine", "data-unreadable! zookeeper-1: cannot tell whose data lies in /logs/1: no"}},
		"logs of another": {there(func(f *facts.DataDir) {
			f.Log = &facts.DataDir{Path: logs, Exists: true, IsDir: true, Stamp: []byte(`{"ensemble":"zookeeper","id":3}`)}
		}), []string{`foreign-data! zookeeper-1: /logs/1 belongs to server 3 of ensemble "zookeeper", not to server 1 of "zookeeper"; correct the inventory, or give the instance another data_log_dir;`}},
	} {
		t.Run(name, func(t *testing.T) {
			e, h := one()
			h.Instances[0].DataLogDir = logs
			begin(t, told(Ownership(e, h, facts.Host{DataDirs: map[string]facts.DataDir{"zookeeper-1": test.facts}})), test.want)
		})
	}
}

// TestOwnershipLogsBelow takes a folder for the logs below the data for no stranger, and
// another's data in it for what it is.
func TestOwnershipLogsBelow(t *testing.T) {
	e, h := one()
	h.Instances[0].DataLogDir = data + "/tx/log"
	seen := facts.DataDir{Path: data, Exists: true, IsDir: true, Entries: []string{"tx"}, Log: &facts.DataDir{Path: data + "/tx/log", Exists: true, IsDir: true}}
	judge := func() []string {
		return told(Ownership(e, h, facts.Host{DataDirs: map[string]facts.DataDir{"zookeeper-1": seen}}))
	}
	begin(t, judge(), nil)
	seen.Entries = []string{"other", "tx"}
	seen.Log.Stamp = []byte(`{"ensemble":"zookeeper","id":3}`)
	begin(t, judge(), []string{"foreign-data! zookeeper-1: /data/1 holds what is not ZooKeeper's: other;", `foreign-data! zookeeper-1: /data/1/tx/log belongs to server 3`})
}

// TestUnits judges units of an instance's name.
func TestUnits(t *testing.T) {
	path := units.Path("zookeeper-1")
	for name, test := range map[string]struct {
		text  string
		state units.State
		want  []string
	}{
		"ours":      {units.Header + "\n", units.State{FragmentPath: path}, nil},
		"not there": {"", units.State{LoadState: "not-found"}, nil},
		"foreign":   {"[Unit]\n", units.State{FragmentPath: path}, []string{"foreign-unit! zookeeper-1: /etc/systemd/system/zookeeper-1.service was not written by zkprov"}},
		"elsewhere": {"", units.State{FragmentPath: "/usr/lib/systemd/system/zookeeper-1.service"}, []string{"foreign-unit! zookeeper-1: /usr/lib/systemd/system/zookeeper-1.service was not written by zkprov"}},
		"masked":    {"[Unit]\n", units.State{LoadState: "masked"}, []string{"unit-masked zookeeper-1: zookeeper-1.service is masked, so that nothing can start it; where nobody wants that any more, let it be started: `systemctl unmask zookeeper-1.service` on zk1"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			if test.text != "" {
				files[path] = test.text
			}
			_, h := one()
			begin(t, told(Units(lies(t, files), h, map[string]provision.InstanceState{"zookeeper-1": {Unit: test.state}})), test.want)
		})
	}
}
