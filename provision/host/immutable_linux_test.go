package host_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/skip"
	"github.com/zkprov/zkprov/provision"
)

// forbidsText stands before the commands.
const forbidsText = " forbids that even to root (lsattr -d shows it); where nobody wants that any more, let it be written to: `"

// chattr gives a file or folder attributes, as chattr(1) would, until the test ends.
func chattr(t *testing.T, path string, flags int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	set := func(flags int) error { return unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags) }
	before, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	if err == nil {
		err = set(before | flags)
	}
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EPERM) {
		skip.OutsideCI(t, "no attributes can be set here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	// By then it may have another name.
	t.Cleanup(func() {
		if err := errors.Join(set(before), f.Close()); err != nil {
			t.Error(err)
		}
	})
}

// TestImmutable gives files and folders attributes that forbid changes. Where the
// plan has a change that they forbid, it says so, and that is so: the apply fails.
// Where it says nothing, the apply succeeds.
func TestImmutable(t *testing.T) {
	const (
		immutable  = unix.STATX_ATTR_IMMUTABLE
		appendOnly = unix.STATX_ATTR_APPEND
		config     = "/etc/zookeeper/zookeeper-1/GENERATION" // which stands for its name
		configs    = "/etc/zookeeper/zookeeper-1"
		data       = "/var/lib/zookeeper/zookeeper-1"
		unit       = "/etc/systemd/system/zookeeper-1.service"
		release    = "/opt/zookeeper/apache-zookeeper-3.6.3-bin"
		forbids    = forbidsText
		on         = "` on zk1"
	)
	edit := func(name string) func(*testing.T, *testHost) {
		return func(t *testing.T, h *testHost) { write(t, h.root+h.named(t, name), "# edited\n") }
	}
	mode := func(name string) func(*testing.T, *testHost) {
		return func(t *testing.T, h *testHost) { chmod(t, h.root+h.named(t, name), 0o755) }
	}
	gone := func(name string) func(*testing.T, *testHost) {
		return func(t *testing.T, h *testHost) {
			t.Helper()
			if err := os.RemoveAll(h.root + h.named(t, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	none := func(*testing.T, *testHost) {}
	anotherGeneration := func(_ *testing.T, h *testHost) { h.task.Ensemble.Hosts[0].Instances[0].JVM.Heap = "300m" }
	for name, tt := range map[string]struct {
		fresh bool // nothing was applied before
		spoil func(*testing.T, *testHost)
		path  string
		flags int
		want  string // message and hint; empty where nothing stands against an apply
		// later is set where the apply itself succeeds: its server could not write, or
		// the next apply could not take away what this one left.
		later bool
	}{
		"a file that is replaced": {spoil: edit(config + "/zoo.cfg"), path: config + "/zoo.cfg", flags: immutable,
			want: "zookeeper-1: zkprov must write to " + config + "/zoo.cfg, and the attribute i (immutable)" + forbids + "chattr -i " + config + "/zoo.cfg" + on + " [immutable-file]"},
		"a file that is replaced, append only": {spoil: edit(unit), path: unit, flags: appendOnly,
			want: "zookeeper-1: zkprov must write to " + unit + ", and the attribute a (append only)" + forbids + "chattr -a " + unit + on},
		"both":                             {spoil: edit(unit), path: unit, flags: immutable | appendOnly, want: "i (immutable) or a (append only)" + forbids + "chattr -ia " + unit + on},
		"a file that is as it should be":   {spoil: none, path: config + "/zoo.cfg", flags: immutable},
		"a file beside the one replaced":   {spoil: edit(config + "/zoo.cfg"), path: config + "/log4j.properties", flags: immutable},
		"the folder of a file":             {spoil: edit(config + "/zoo.cfg"), path: config, flags: immutable, want: "write to " + config + ", and"},
		"its folder, append only":          {spoil: edit(config + "/zoo.cfg"), path: config, flags: appendOnly, want: "write to " + config + ", and"},
		"a mode alone":                     {spoil: mode(config + "/zoo.cfg"), path: config + "/zoo.cfg", flags: immutable, want: "write to " + config + "/zoo.cfg, and"},
		"a mode alone, in such a folder":   {spoil: mode(config + "/zoo.cfg"), path: config, flags: immutable},
		"the mode of a folder":             {spoil: mode(data), path: data, flags: immutable, want: "write to " + data + ", and"},
		"where a folder is made":           {spoil: gone(configs), path: "/etc/zookeeper", flags: immutable, want: "write to /etc/zookeeper, and"},
		"where a folder is made, may grow": {spoil: gone(configs), path: "/etc/zookeeper", flags: appendOnly, want: "write to /etc/zookeeper, and"},
		"where a generation is made":       {spoil: anotherGeneration, path: configs, flags: immutable, want: "write to " + configs + ", and"},
		"the folder of a link":             {spoil: gone(configs + "/zoo.cfg"), path: configs, flags: immutable, want: "write to " + configs + ", and"},
		"a stamp":                          {spoil: edit(data + "/.zkprov.json"), path: data + "/.zkprov.json", flags: immutable, want: "write to " + data + "/.zkprov.json, and"},
		"above a release": {spoil: gone(release), path: "/opt/zookeeper", flags: immutable,
			want: "zkprov must write to /opt/zookeeper, and the attribute i (immutable)" + forbids + "chattr -i /opt/zookeeper" + on},
		"a folder of the release": {spoil: gone(release + "/lib/zookeeper-3.6.3.jar"), path: release + "/lib", flags: immutable, later: true, want: "write to " + release + "/lib, and"},
		"a mode in the release":   {spoil: mode(release + "/bin/zkServer.sh"), path: release + "/bin/zkServer.sh", flags: immutable, want: "write to " + release + "/bin/zkServer.sh, and"},
		"the release as it is":    {spoil: none, path: release + "/lib", flags: immutable},
		"the users of the host": {fresh: true, spoil: none, path: "/etc/passwd", flags: immutable,
			want: "zk1: zkprov must write to /etc/passwd, and"},
		"the groups of a host with the user": {fresh: true, spoil: func(t *testing.T, h *testHost) {
			write(t, h.root+"/etc/passwd", "root:x:0:0::/root:/bin/sh\nzookeeper:x:54321:54321::/:/bin/false\n")
		}, path: "/etc/group", flags: immutable, want: "write to /etc/group, and"},
		"the users, where there is nothing to add": {spoil: none, path: "/etc/passwd", flags: immutable},
		"the root of all":                          {fresh: true, spoil: none, path: "/", flags: immutable, want: "write to /, and"},

		"a server's data": {spoil: func(t *testing.T, h *testHost) { write(t, h.root+data+"/version-2/acceptedEpoch", "1") }, path: data + "/version-2", flags: immutable, later: true,
			want: "zookeeper-1: its server must write to " + data + "/version-2, and the attribute i (immutable)" + forbids + "chattr -i " + data + "/version-2" + on},
		"a server's log": {spoil: func(t *testing.T, h *testHost) { write(t, h.root+data+"/version-2/log.1", "") }, path: data + "/version-2/log.1", flags: appendOnly, later: true,
			want: "its server must write to " + data + "/version-2/log.1, and the attribute a"},
		"an old snapshot": {spoil: func(t *testing.T, h *testHost) { write(t, h.root+data+"/version-2/snapshot.1", "") }, path: data + "/version-2/snapshot.1", flags: immutable},
		"where a server makes version-2": {spoil: none, path: data, flags: immutable, later: true,
			want: "its server must write to " + data + ", and"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			if !tt.fresh {
				h.bootstrap(t, h.plan(t))
			}
			tt.spoil(t, h)
			// The flags of the ioctl have the numbers of statx's.
			chattr(t, filepath.Join(h.root, h.named(t, tt.path)), tt.flags)
			want := h.named(t, tt.want)
			plan := h.plan(t)
			var got []string
			for _, f := range plan.Findings {
				if f.Name == "immutable-file" && f.Severity == finding.Critical {
					got = append(got, f.String())
				}
			}
			if (len(got) > 0) != (want != "") || len(got) > 1 || !strings.Contains(strings.Join(got, ""), want) {
				t.Errorf("the findings are %q, want %q", got, want)
			}
			if tt.later {
				return
			}
			if failed := h.fails(t, plan); failed != (tt.want != "") {
				t.Errorf("the apply fails: %t", failed)
			}
		})
	}
}

// TestImmutableTogether gives everything of an instance's data the attribute: one
// command takes it away.
func TestImmutableTogether(t *testing.T) {
	const data = "/var/lib/zookeeper/zookeeper-1/version-2"
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	for n := range 9 {
		name := fmt.Sprintf("%s/log.%d", data, n)
		write(t, h.root+name, "")
		chattr(t, h.root+name, unix.STATX_ATTR_APPEND)
		switch n {
		case 1:
			want(t, h, data+"/log.0 and 1 more, and the attribute a (append only)"+forbidsText+"chattr -a "+data+"/log.0 "+data+"/log.1` on zk1 [immutable-file]")
		case 8:
			want(t, h, data+"/log.0 and 8 more, and the attribute a (append only)"+forbidsText+"chattr -R -a "+data+"` on zk1 [immutable-file]")
		}
	}
	chattr(t, h.root+data+"/log.8", unix.STATX_ATTR_IMMUTABLE)
	want(t, h, data+"/log.0 and 8 more, and the attribute i (immutable) or a (append only)"+forbidsText+"chattr -R -ia "+data+"` on zk1 [immutable-file]")
	chattr(t, h.root+data, unix.STATX_ATTR_IMMUTABLE|unix.STATX_ATTR_APPEND)
	want(t, h, data+" and 9 more, and the attribute i (immutable) or a (append only)"+forbidsText+"chattr -R -ia "+data+"` on zk1 [immutable-file]")
}

// TestImmutableApart gives two folders of one instance's data the attribute, and all
// that is in them: the commands name these two, and not what they have in common.
func TestImmutableApart(t *testing.T) {
	const data, logs = "/srv/it's data/1", "/srv/logs/1"
	h := newHost(t)
	in := &h.task.Ensemble.Hosts[0].Instances[0]
	in.DataDir, in.DataLogDir = data, logs
	h.task.Bootstrap = false
	h.apply(t, h.plan(t))
	for _, dir := range []string{data, logs} {
		for n := range 9 {
			name := fmt.Sprintf("%s/version-2/log.%d", dir, n)
			write(t, h.root+name, "")
			chattr(t, h.root+name, unix.STATX_ATTR_IMMUTABLE)
		}
	}
	want(t, h, data+"/version-2/log.0 and 17 more, and the attribute i (immutable)"+forbidsText+`chattr -R -i '/srv/it'\''s data/1/version-2' `+logs+"/version-2` on zk1 [immutable-file]")
}

// TestDataFrozen gives a file that is not the service user's the attribute: what keeps
// it from being given away is what is to be taken away, not the file.
func TestDataFrozen(t *testing.T) {
	const old = "/var/lib/zookeeper/zookeeper-1/version-2/snapshot.1"
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	if err := h.systemd.Stop(t.Context(), "zookeeper-1.service"); err != nil {
		t.Fatal(err)
	}
	write(t, h.root+old, "")
	if err := os.Chown(h.root+old, 12345, 0); err != nil {
		skip.OutsideCI(t, "%v", err)
	}
	chattr(t, h.root+old, unix.STATX_ATTR_IMMUTABLE)
	found := h.plan(t).Findings
	if found.Count(finding.Critical) != 1 || !strings.HasSuffix(found[0].String(), "where nobody wants that any more, let it be written to: `chattr -i "+old+"` on zk1 [data-stuck]") {
		t.Errorf("the findings are %v", found)
	}
}

// want looks for one critical finding of a plan, that a server cannot write.
func want(t *testing.T, h *testHost, text string) {
	t.Helper()
	found := h.plan(t).Findings
	if found.Count(finding.Critical) != 1 || !strings.HasSuffix(found[0].String(), "its server must write to "+text) {
		t.Errorf("the findings are %v, want %s", found, text)
	}
}

// fails reports whether an apply of a plan does not come to its end.
func (h *testHost) fails(t *testing.T, p provision.HostPlan) bool {
	t.Helper()
	if err := h.Lock(t.Context(), h.task, 0); err != nil {
		t.Fatal(err)
	}
	for _, s := range stepsOf(p) {
		if err := h.Apply(t.Context(), h.task, s.changes, s.others, func(provision.Event) {}); err != nil {
			return true
		}
	}
	return false
}
