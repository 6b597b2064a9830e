package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/units"
)

// TestOwnership puts into the folders of an instance what is not this server's.
func TestOwnership(t *testing.T) {
	const (
		data   = "/var/lib/zookeeper/zookeeper-1/"
		logs   = "/srv/log/zookeeper-1/"
		secret = "root:$6$secret"
	)
	for name, test := range map[string]struct {
		files map[string]string // a value that begins with "->" is a link
		want  []string          // the beginnings of the findings: name, message, hint
	}{
		"nothing there": {nil, nil},
		"ours": {
			map[string]string{
				data + ".zkprov.json": `{"ensemble":"zookeeper","id":1}`, data + "myid": "1\n", data + "version-2/log.1": "", data + "version-2/snapshot.0": "", data + "dump": "",
				logs + ".zkprov.json": `{"ensemble":"zookeeper","id":1}`, logs + "version-2/log.1": "", logs + "dump": "",
			},
			nil,
		},
		"another server's": {
			map[string]string{data + ".zkprov.json": `{"ensemble":"other","id":2}`},
			[]string{`foreign-data ` + data[:len(data)-1] + ` belongs to server 2 of ensemble "other", not to server 1 of "zookeeper"`},
		},
		"a stamp that is no stamp": {
			map[string]string{data + ".zkprov.json": `{"ensemble":"` + secret + `","id":1}`},
			[]string{`foreign-data ` + data[:len(data)-1] + ` belongs to somebody whose ownership stamp names no server, not to server 1 of "zookeeper"`},
		},
		"a stamp of another shape": {
			map[string]string{data + ".zkprov.json": `["` + secret + `"]`},
			[]string{`foreign-data ` + data[:len(data)-1] + ` belongs to somebody whose ownership stamp names no server, not to server 1 of "zookeeper"`},
		},
		"names that a terminal obeys": {
			map[string]string{data + "dump\x1b[2J": "", data + "größe": ""},
			[]string{`foreign-data ` + data[:len(data)-1] + ` holds what is not ZooKeeper's: "dump\x1b[2J", größe`},
		},
		"many names, and a long one": {
			map[string]string{data + strings.Repeat("a", 200): "", data + "b": "", data + "c": "", data + "d": "", data + "e": "", data + "f": "", data + "g": ""},
			[]string{`foreign-data ` + data[:len(data)-1] + ` holds what is not ZooKeeper's: ` + strings.Repeat("a", 40) + `… (200 characters), b, c, d, e, and 2 more`},
		},
		"a link for a stamp": {
			map[string]string{data + ".zkprov.json": "->/etc/shadow"},
			[]string{`data-unreadable cannot read the ownership stamp ` + data + `.zkprov.json: a symbolic link, and none is followed in a data directory`},
		},
		"a myid that is no number": {
			map[string]string{data + "myid": secret + "\n"},
			[]string{`foreign-myid ` + data + `myid is not this server's: its first line, of 14 bytes, is not a number, and the inventory says 1`},
		},
		"a link for a myid": {
			map[string]string{data + "myid": "->/etc/shadow"},
			[]string{`foreign-myid ` + data + `myid is not this server's: a symbolic link, and none is followed in a data directory, and the inventory says 1`},
		},
		"a link for version-2": {
			map[string]string{data + ".zkprov.json": `{"ensemble":"zookeeper","id":1}`, data + "version-2": "->/etc"},
			[]string{`data-unreadable cannot tell whose data lies in ` + data[:len(data)-1] + `: ` + data + `version-2: a symbolic link, and none is followed in a data directory`},
		},
		"data without a stamp": {
			map[string]string{data + "version-2/snapshot.1": ""},
			[]string{`unstamped-data ` + data[:len(data)-1] + ` holds ZooKeeper data without zkprov's ownership stamp: somebody else's, or a disk that came back`},
		},
		"strangers": {
			map[string]string{data + "dump": "", data + "lost+found/x": ""},
			[]string{`foreign-data ` + data[:len(data)-1] + ` holds what is not ZooKeeper's: dump`},
		},
		"logs: another server's": {
			map[string]string{logs + ".zkprov.json": `{"ensemble":"zookeeper","id":2}`},
			[]string{`foreign-data /srv/log/zookeeper-1 belongs to server 2 of ensemble "zookeeper", not to server 1 of "zookeeper"; ` +
				`correct the inventory, or give the instance another data_log_dir; zkprov never writes into another server's data`},
		},
		"logs: without a stamp": {
			map[string]string{data + ".zkprov.json": `{"ensemble":"zookeeper","id":1}`, data + "version-2/snapshot.1": "", logs + "version-2/log.1": ""},
			[]string{`unstamped-data /srv/log/zookeeper-1 holds ZooKeeper data without zkprov's ownership stamp: somebody else's, or a disk that came back; ` +
				`where it really is this server's, and no other process uses it, adopt it: ` + "`echo '{\"ensemble\":\"zookeeper\",\"id\":1}' > /srv/log/zookeeper-1/.zkprov.json` on zk1"},
		},
		"logs: without a stamp, beside an empty data directory": {
			map[string]string{data + "lost+found/x": "", logs + "version-2/log.1": ""},
			[]string{`unstamped-data /srv/log/zookeeper-1 holds ZooKeeper data without zkprov's`},
		},
		"logs: ours, beside an empty data directory": {
			map[string]string{data + "lost+found/x": "", logs + ".zkprov.json": `{"ensemble":"zookeeper","id":1}`, logs + "version-2/log.1": ""},
			[]string{`snapshot-missing there are transaction logs and no snapshot in /var/lib/zookeeper/zookeeper-1/version-2 and /srv/log/zookeeper-1/version-2,`},
		},
		"logs: strangers": {
			map[string]string{logs + "dpkg.status.0": "", logs + "lost+found/x": ""},
			[]string{`foreign-data /srv/log/zookeeper-1 holds what is not ZooKeeper's: dpkg.status.0; give the instance a folder of its own`},
		},
		"logs: unreadable": {
			map[string]string{data + "version-2/snapshot.1": "", logs + "version-2": "->/etc"},
			[]string{
				`data-unreadable cannot tell whose data lies in /srv/log/zookeeper-1: ` + logs + `version-2: a symbolic link`,
				`unstamped-data /var/lib/zookeeper/zookeeper-1 holds`,
			},
		},
		"logs: a damaged stamp": {
			map[string]string{logs + ".zkprov.json": "{"},
			[]string{`data-unreadable cannot read the ownership stamp ` + logs + `.zkprov.json: it is not JSON; where the data really is this server's, move that file away and write a new one in its place: {"ensemble":"zookeeper","id":1}`},
		},
		"logs: another server's myid": {
			map[string]string{logs + "myid": "7\n"},
			[]string{`foreign-myid ` + logs + `myid is for server 7, and the inventory says 1; correct the id in the inventory, or give the instance another data_log_dir`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.task.Ensemble.Hosts[0].Instances[0].DataLogDir = "/srv/log/zookeeper-1"
			write(t, filepath.Join(h.root, "/etc/shadow"), secret+"\n")
			for name, text := range test.files {
				put(t, filepath.Join(h.root, name), text)
			}
			var got []string
			for _, f := range h.plan(t).Findings {
				if strings.Contains(f.Message+f.Hint, secret) {
					t.Errorf("it tells the content of a file: %s", f)
				}
				if f.Severity == finding.Critical {
					got = append(got, f.Name+" "+f.Message+"; "+finding.Advice(f.Hint, f.Commands))
					if f.Refusal != (f.Name != "snapshot-missing") {
						t.Errorf("a refusal: %t: %s", f.Refusal, f)
					}
				}
			}
			if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
				t.Errorf("the findings are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// TestForeignUnit finds a unit of an instance's name that somebody else wrote.
func TestForeignUnit(t *testing.T) {
	h := newHost(t)
	put(t, filepath.Join(h.root, units.Path("zookeeper-1")), "[Service]\nExecStart=/usr/bin/true\n")
	var got []string
	for _, f := range h.plan(t).Findings {
		if f.Severity == finding.Critical && f.Refusal {
			got = append(got, f.String())
		}
	}
	if len(got) != 1 || !strings.HasPrefix(got[0], "zk1: zookeeper-1: /etc/systemd/system/zookeeper-1.service was not written by zkprov; give the ensemble another name") {
		t.Errorf("found %q", got)
	}
}

// TestLogDirStamped looks whether a folder of logs is known to be ours before
// anything else is written to it.
func TestLogDirStamped(t *testing.T) {
	h := newHost(t)
	h.task.Ensemble.Hosts[0].Instances[0].DataLogDir = "/srv/log/zookeeper-1"
	plan := h.plan(t)
	var did []string
	for _, c := range plan.Changes {
		if strings.HasPrefix(c.Path, "/var/lib/zookeeper") || strings.HasPrefix(c.Path, "/srv") {
			did = append(did, c.Resource)
		}
	}
	want := []string{
		"dir:/var/lib/zookeeper",
		"dir:/var/lib/zookeeper/zookeeper-1", "file:/var/lib/zookeeper/zookeeper-1/.zkprov.json",
		"dir:/srv/log",
		"dir:/srv/log/zookeeper-1", "file:/srv/log/zookeeper-1/.zkprov.json",
		"file:/var/lib/zookeeper/zookeeper-1/myid", "file:/srv/log/zookeeper-1/initialize",
	}
	if diff := cmp.Diff(want, did); diff != "" {
		t.Error(diff)
	}
	h.apply(t, plan)
	h.task.Bootstrap = false
	remove(t, filepath.Join(h.root, "/srv/log/zookeeper-1/initialize"))
	write(t, filepath.Join(h.root, "/srv/log/zookeeper-1/version-2/log.100000001"), "")
	if again := h.plan(t); len(again.Changes) > 0 || again.Findings.Worst() == finding.Critical {
		t.Errorf("with logs of its own the host has changes %v and findings %v", again.Changes, again.Findings)
	}
	text, err := os.ReadFile(filepath.Join(h.root, "/srv/log/zookeeper-1/.zkprov.json"))
	if err != nil || string(text) != `{"ensemble":"zookeeper","id":1}`+"\n" {
		t.Errorf("the stamp is %q, %v", text, err)
	}
}

// TestOtherHostLogs takes a machine for a host whose data it has not.
func TestOtherHostLogs(t *testing.T) {
	h := newHost(t)
	e := h.task.Ensemble
	other := e.Hosts[0]
	other.Name = "zk2"
	other.Instances = []inventory.Instance{{Name: "zookeeper-2", ID: 2, DataDir: "/var/lib/zookeeper/zookeeper-2", DataLogDir: "/srv/log/zookeeper-2"}}
	e.Hosts = append(e.Hosts, other)
	if _, err := h.WhichHost(t.Context(), e, "zk1"); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(h.root, "/srv/log/zookeeper-2/.zkprov.json"), `{"ensemble":"zookeeper","id":2}`)
	if _, err := h.WhichHost(t.Context(), e, "zk1"); err == nil || !strings.Contains(err.Error(), "/srv/log/zookeeper-2 holds data of server 2") {
		t.Errorf("it is zk1: %v", err)
	}
}

// put writes a file or, where the text begins with "->", a link.
func put(t *testing.T, path, text string) {
	t.Helper()
	target, isLink := strings.CutPrefix(text, "->")
	if !isLink {
		write(t, path, text)
		return
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Symlink(target, path)); err != nil {
		t.Fatal(err)
	}
}

// TestMarkerBesideLogs puts the marker where a server looks for it, which is beside its
// logs: three voters with a data_log_dir waited for one another for ever. One that is
// left over goes, wherever an earlier version put it.
func TestMarkerBesideLogs(t *testing.T) {
	const data, logs = "/var/lib/zookeeper/zookeeper-1/initialize", "/srv/log/zookeeper-1/initialize"
	h := newHost(t)
	h.task.Ensemble.Hosts[0].Instances[0].DataLogDir = "/srv/log/zookeeper-1"
	markers := func() (found []string) {
		for _, c := range h.plan(t).Changes {
			if c.Path == data || c.Path == logs {
				found = append(found, string(c.Action)+" "+c.Path)
			}
		}
		return found
	}
	if diff := cmp.Diff([]string{"create " + logs}, markers()); diff != "" {
		t.Errorf("first bootstrap (-want +got):\n%s", diff)
	}
	h.apply(t, h.plan(t))
	h.task.Bootstrap = false
	remove(t, filepath.Join(h.root, logs))
	for _, there := range []string{logs, data} {
		write(t, filepath.Join(h.root, there), "")
		if diff := cmp.Diff([]string{"remove " + there}, markers()); diff != "" {
			t.Errorf("left over (-want +got):\n%s", diff)
		}
		remove(t, filepath.Join(h.root, there))
	}
}
