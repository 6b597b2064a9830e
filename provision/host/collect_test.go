package host_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
)

const oldRelease = "/opt/zookeeper/apache-zookeeper-3.6.3-bin"

// upgraded is a host whose server was upgraded, and of which the generation of before is
// not kept any more.
func upgraded(t *testing.T) (h *testHost, before string) {
	h = newHost(t)
	h.bootstrap(t, h.plan(t))
	before = h.generation(t)
	h.serverData(t)
	h.upgrade(t, "3.8.4")
	h.walk(t, h.task)
	return h, before
}

// collects returns what would be removed and what stays, by path.
func (h *testHost) collects(t *testing.T, what provision.Collect) (goes, stays []string) {
	t.Helper()
	task := h.task
	task.Collect = &what
	p, err := h.Plan(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Changes {
		if c.Action != provision.Remove || c.Bytes <= 0 {
			t.Errorf("%+v is no removal", c)
		}
		goes = append(goes, c.Path)
	}
	for _, s := range p.Stays {
		stays = append(stays, s.Path+": "+s.Why)
	}
	h.systemctl(t, h.Lock(t.Context(), task, 0))
	h.systemctl(t, h.Apply(t.Context(), task, p.Changes, nil, func(provision.Event) {}))
	return goes, stays
}

// TestCollect has a host remove what nothing names any more, while all sorts of things
// name the release of before.
func TestCollect(t *testing.T) {
	link := func(from string) func(t *testing.T, h *testHost) {
		return func(t *testing.T, h *testHost) {
			if err := os.MkdirAll(filepath.Dir(h.root+from), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(oldRelease, h.root+from); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, test := range map[string]struct {
		keep bool // the generation of before
		name func(t *testing.T, h *testHost)
		want string // why it stays; empty where it goes
	}{
		"nothing names it":  {want: ""},
		"a kept generation": {keep: true, want: "a generation of zookeeper-1 that is kept"},
		"a unit of somebody's": {name: func(t *testing.T, h *testHost) {
			write(t, h.root+"/etc/systemd/system/mine.service", "ExecStart="+oldRelease+"/bin/zkServer.sh start-foreground\n")
		}, want: "/etc/systemd/system/mine.service names it"},
		"a unit of a package's": {name: func(t *testing.T, h *testHost) {
			write(t, h.root+"/usr/lib/systemd/system/their.service", "WorkingDirectory="+oldRelease+"\n")
		}, want: "/usr/lib/systemd/system/their.service names it"},
		"a drop-in": {name: func(t *testing.T, h *testHost) {
			write(t, h.root+"/etc/systemd/system/x.service.d/y.conf", "Environment=ZK="+oldRelease+"\n")
		}, want: "/etc/systemd/system/x.service.d/y.conf names it"},
		"a name that is longer": {name: func(t *testing.T, h *testHost) {
			write(t, h.root+"/etc/systemd/system/mine.service", "ExecStart="+oldRelease+"-2/bin/x\n")
		}},
		"another ensemble's generation": {name: func(t *testing.T, h *testHost) {
			write(t, h.root+"/etc/zookeeper/other-1/0123456789abcdef/other-1.service", "-cp /x:"+oldRelease+"/lib/*\n")
		}, want: "a generation of other-1 that is kept"},
		"one elsewhere": {name: func(t *testing.T, h *testHost) {
			write(t, h.root+"/etc/systemd/system/other-1.service", "# Written by zkprov\nExecStart=/java \\\n    -cp \\\n    /srv/conf/other-1/a:/x/lib/* \\\n    /srv/conf/other-1/fedcba9876543210/zoo.cfg\n")
			write(t, h.root+"/srv/conf/other-1/0123456789abcdef/other-1.service", "-cp /x:"+oldRelease+"/lib/*\n")
		}, want: "a generation of other-1 that is kept"},
		"a process's arguments": {name: func(t *testing.T, h *testHost) {
			write(t, h.root+"/proc/77/cmdline", "java\x00-cp\x00/x:"+oldRelease+"/lib/*\x00Main")
		}, want: "process 77 uses it"},
		"an open file": {name: func(t *testing.T, h *testHost) {
			link("/proc/78/fd/7")(t, h)
			remove(t, h.root+"/proc/78/fd/7")
			if err := os.Symlink(oldRelease+"/lib/zookeeper-3.6.3.jar", h.root+"/proc/78/fd/7"); err != nil {
				t.Fatal(err)
			}
		}, want: "process 78 uses it"},
		"a unit that cannot be read": {name: func(t *testing.T, h *testHost) {
			if err := os.Symlink("/proc/self/mem", h.root+"/etc/systemd/system/broken.service"); err != nil {
				t.Fatal(err)
			}
		}, want: "it cannot be seen whether something uses it: read "},
		"drop-ins behind a link": {name: func(t *testing.T, h *testHost) {
			write(t, h.root+"/srv/drop-ins/y.conf", "Environment=ZK="+oldRelease+"\n")
			if err := os.Symlink("../../../srv/drop-ins", h.root+"/etc/systemd/system/x.service.d"); err != nil {
				t.Fatal(err)
			}
		}, want: "/etc/systemd/system/x.service.d/y.conf names it"},
		"a link beside it":     {name: link("/opt/zookeeper/current"), want: "/opt/zookeeper/current is a link to it"},
		"a link elsewhere":     {name: link("/usr/local/zookeeper"), want: "/usr/local/zookeeper is a link to it"},
		"a file of somebody's": {name: func(t *testing.T, h *testHost) { write(t, h.root+oldRelease+"/lib/mine.jar", "x") }, want: "zkprov did not put " + oldRelease + "/lib/mine.jar there"},
	} {
		t.Run(name, func(t *testing.T) {
			h, before := upgraded(t)
			if !test.keep {
				if err := os.RemoveAll(filepath.Join(h.root, configs, before)); err != nil {
					t.Fatal(err)
				}
			}
			if test.name != nil {
				test.name(t, h)
			}
			archives, err := os.ReadDir(h.root + "/var/cache/zkprov/sha512")
			if err != nil || len(archives) != 2 {
				t.Fatal(archives, err)
			}
			kept := h.task.Ensemble.Archive.SHA512
			goes, stays := h.collects(t, provision.Collect{})
			_, gone := os.Stat(h.root + oldRelease)
			if (gone != nil) != (test.want == "") || slices.Contains(goes, oldRelease) != (test.want == "") {
				t.Errorf("%v goes, the release: %v", goes, gone)
			}
			if why := oldRelease + ": " + test.want; test.want != "" && !slices.ContainsFunc(stays, func(s string) bool { return strings.HasPrefix(s, why) }) {
				t.Errorf("what stays is %q, want %s", stays, why)
			}
			archives, err = os.ReadDir(h.root + "/var/cache/zkprov/sha512")
			if left := len(archives); err != nil || (left == 2) != (test.want != "") || !slices.ContainsFunc(archives, func(e os.DirEntry) bool { return e.Name() == kept }) {
				t.Errorf("%v are left of the archives, %v", archives, err)
			}
			if _, err := os.Stat(h.root + "/opt/zookeeper/apache-zookeeper-3.8.4-bin/lib/zookeeper-3.8.4.jar"); err != nil {
				t.Error(err)
			}
			if goes, _ := h.collects(t, provision.Collect{}); goes != nil {
				t.Errorf("again, %v goes", goes)
			}
			if again := h.plan(t); len(again.Changes) > 0 && test.name == nil {
				t.Errorf("an apply has %v", again.Changes)
			}
		})
	}
}

// TestCollectCopies wants copies of data to go only where that is asked for, and only of a
// server that was upgraded.
func TestCollectCopies(t *testing.T) {
	h, before := upgraded(t)
	if goes, _ := h.collects(t, provision.Collect{}); goes != nil {
		t.Errorf("unasked, %v goes", goes)
	}
	back := h.task
	back.Generations = map[string]string{"zookeeper-1": before}
	h.walk(t, back)
	goes, stays := h.collects(t, provision.Collect{Copies: true})
	if want := copyDir + ": zookeeper-1 has not been upgraded to ZooKeeper 3.8.4 yet"; goes != nil || !slices.Contains(stays, want) {
		t.Errorf("back, %v goes and %v stays", goes, stays)
	}
	h.walk(t, h.task)
	part := dataDir + "/.before-upgrade0123456789012345"
	write(t, h.root+part+"/version-2/snapshot.1", "a part")
	if goes, _ = h.collects(t, provision.Collect{Copies: true}); !slices.Equal(goes, []string{part, copyDir}) {
		t.Errorf("%v goes", goes)
	}
	if _, err := os.Stat(h.root + copyDir); err == nil {
		t.Error("the copy is there")
	}
	if _, err := os.Stat(h.root + versionTwo + "/snapshot.200"); err != nil {
		t.Error(err)
	}
}

// TestCollectBinaries wants the binaries of earlier runs to go, and none that runs.
func TestCollectBinaries(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	bin := func(digit string) string { return "/var/lib/zkprov/bin/" + strings.Repeat(digit, 64) }
	for _, digit := range []string{"1", "2", "3"} {
		write(t, h.root+bin(digit)+"/zkprov", "binary")
	}
	write(t, h.root+"/var/lib/zkprov/bin/notes", "of somebody's")
	if err := os.MkdirAll(h.root+"/proc/9", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(bin("2")+"/zkprov", h.root+"/proc/9/exe"); err != nil {
		t.Fatal(err)
	}
	write(t, h.root+"/etc/systemd/system/agent.service", "ExecStart="+bin("3")+"/zkprov agent\n")
	goes, stays := h.collects(t, provision.Collect{})
	if diff := cmp.Diff([]string{bin("1")}, goes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(stays) != 4 { // the release and its archive, too
		t.Errorf("%q stays", stays)
	}
	left, err := os.ReadDir(h.root + "/var/lib/zkprov/bin")
	if err != nil || len(left) != 3 {
		t.Errorf("%v are left, %v", left, err)
	}
}
