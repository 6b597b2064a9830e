package preflight

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/checks/facts/factstest"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// twoOnOneHost has two instances on host zk1, with their data in these folders.
func twoOnOneHost(first, second string) *inventory.Ensemble {
	e := testEnsemble()
	e.Hosts[0].Instances = append(e.Hosts[0].Instances, e.Hosts[1].Instances[0])
	e.Hosts[0].Instances[0].DataDir, e.Hosts[0].Instances[1].DataDir = first, second
	return e
}

// TestPlaces looks at folders that are one, or lie in one another, though their
// paths do not tell, and at folders that do not last.
func TestPlaces(t *testing.T) {
	const (
		release = "/opt/zookeeper/apache-zookeeper-3.6.3-bin"
		root    = "1 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	)
	for _, tt := range []struct {
		name          string
		first, second string // data directories; empty are the usual ones
		files         map[string]string
		mounts        string
		edit          func(e *inventory.Ensemble)
		want          []string // beginnings of findings
	}{
		{name: "apart"},
		{name: "neighbours whose names begin alike", first: "/data/a", second: "/data/ab", files: map[string]string{"/data/a/": ""}},
		{name: "through different links", first: "/data/p/x", second: "/data/q/x",
			files: map[string]string{"/disk/1/": "", "/disk/2/": "", "/data/p": "->/disk/1", "/data/q": "->/disk/2"}},
		{name: "on different disks", first: "/mnt/1/x", second: "/mnt/2/x", files: map[string]string{"/mnt/1/": "", "/mnt/2/": ""},
			mounts: "2 1 8:2 / /mnt/1 rw - ext4 /dev/sdb1 rw\n3 1 8:3 / /mnt/2 rw - ext4 /dev/sdc1 rw\n"},
		{name: "folders of one disk, mounted apart", first: "/mnt/1", second: "/mnt/2", files: map[string]string{"/mnt/1/": "", "/mnt/2/": ""},
			mounts: "2 1 8:2 /one /mnt/1 rw - ext4 /dev/sdb1 rw\n3 1 8:2 /two /mnt/2 rw - ext4 /dev/sdb1 rw\n"},
		{name: "subvolumes", first: "/mnt/1", second: "/mnt/2", files: map[string]string{"/mnt/1/": "", "/mnt/2/": ""},
			mounts: "2 1 0:50 /@one /mnt/1 rw - btrfs /dev/sdb1 rw\n3 1 0:50 /@two /mnt/2 rw - btrfs /dev/sdb1 rw\n"},
		{name: "folders of one server of files, whose mounts do not tell", first: "/mnt/1/zk", second: "/mnt/2/zk",
			files:  map[string]string{"/mnt/1/": "", "/mnt/2/": ""},
			mounts: "2 1 0:50 / /mnt/1 rw - nfs4 filer:/export/one rw\n3 1 0:50 / /mnt/2 rw - nfs4 filer:/export/two rw\n"},

		{name: "logs below the data", edit: func(e *inventory.Ensemble) {
			for i := range e.Hosts[0].Instances {
				e.Hosts[0].Instances[i].DataLogDir = e.Hosts[0].Instances[i].DataDir + "/log"
			}
		}},
		{name: "logs below the data, by a link to it", first: "/data/a", second: "/data/b", files: map[string]string{"/data/a/log": "->../a"}, edit: func(e *inventory.Ensemble) {
			e.Hosts[0].Instances[0].DataLogDir = "/data/a/log"
		}, want: []string{"zk1: zookeeper-1: the data_log_dir of zookeeper-1, /data/a/log, which is /data/a, overlaps the data_dir of zookeeper-1, /data/a;"}},
		{name: "one is a link to the other", first: "/data/a", second: "/data/p", files: map[string]string{"/data/a/": "", "/data/p": "->a"}, want: []string{
			"zk1: zookeeper-2: the data_dir of zookeeper-2, /data/p, which is /data/a, overlaps the data_dir of zookeeper-1, /data/a; give each a folder of its own [overlapping-folders]"}},
		{name: "a parent is a link, and neither exists yet", first: "/data/a/zk", second: "/data/p/zk", files: map[string]string{"/data/a/": "", "/data/p": "->/data/a"}, want: []string{
			"zk1: zookeeper-2: the data_dir of zookeeper-2, /data/p/zk, which is /data/a/zk, overlaps the data_dir of zookeeper-1, /data/a/zk;"}},
		{name: "one in the other by a link", first: "/data/a", second: "/data/p/sub", files: map[string]string{"/data/a/": "", "/data/p": "->/data/a"}, want: []string{
			"zk1: zookeeper-2: the data_dir of zookeeper-2, /data/p/sub, which is /data/a/sub, overlaps the data_dir of zookeeper-1, /data/a;"}},
		{name: "one around the other by a link", first: "/data/p/sub", second: "/data/a", files: map[string]string{"/data/a/": "", "/data/p": "->/data/a"}, want: []string{
			"zk1: zookeeper-2: the data_dir of zookeeper-2, /data/a, overlaps the data_dir of zookeeper-1, /data/p/sub, which is /data/a/sub;"}},
		{name: "a link to the root folder", first: "/data/a", second: "/data/p", files: map[string]string{"/data/p": "->/"}, want: []string{
			"zk1: zookeeper-2: the data_dir of zookeeper-2, /data/p, which is /, overlaps the release, " + release}},
		{name: "the logs of one in the data of the other", first: "/data/a", second: "/data/b", files: map[string]string{"/data/a/": "", "/data/p": "->a"},
			edit: func(e *inventory.Ensemble) { e.Hosts[0].Instances[1].DataLogDir = "/data/p/log" }, want: []string{
				"zk1: zookeeper-2: the data_log_dir of zookeeper-2, /data/p/log, which is /data/a/log, overlaps the data_dir of zookeeper-1, /data/a;"}},
		{name: "one folder at two mount points", first: "/mnt/1", second: "/mnt/2", files: map[string]string{"/mnt/1/": "", "/mnt/2/": ""},
			mounts: "2 1 8:2 /zk /mnt/1 rw - ext4 /dev/sdb1 rw\n3 1 8:2 /zk /mnt/2 rw - ext4 /dev/sdb1 rw\n", want: []string{
				"zk1: zookeeper-2: the data_dir of zookeeper-2, /mnt/2, overlaps the data_dir of zookeeper-1, /mnt/1: the mounts at /mnt/2 and /mnt/1 are of one file system, where they are /zk and /zk; "}},
		{name: "a folder of the data, mounted elsewhere", first: "/data/a", second: "/mnt/x", files: map[string]string{"/data/a/sub/": "", "/mnt/x/": ""},
			mounts: "2 1 8:1 /data/a/sub /mnt/x rw - ext4 /dev/sda1 rw\n", want: []string{
				"zk1: zookeeper-2: the data_dir of zookeeper-2, /mnt/x, overlaps the data_dir of zookeeper-1, /data/a: the mounts at /mnt/x and / are of one file system, where they are /data/a/sub and /data/a; "}},
		{name: "version-2 of one is that of the other", first: "/data/a", second: "/data/b", files: map[string]string{"/data/a/version-2/": "", "/data/b/version-2/": ""},
			mounts: "2 1 8:1 /data/a/version-2 /data/b/version-2 rw - ext4 /dev/sda1 rw\n", want: []string{
				"zk1: zookeeper-2: version-2 in the data_dir of zookeeper-2, /data/b/version-2, overlaps the data_dir of zookeeper-1, /data/a:"}},

		{name: "the configuration in a server's data", first: "/data/a", second: "/data/b", files: map[string]string{"/data/a/": "", "/etc/zookeeper": "->/data/a"}, want: []string{
			"zk1: zookeeper-1: the data_dir of zookeeper-1, /data/a, overlaps the configuration of zookeeper-1, /etc/zookeeper/zookeeper-1, which is /data/a/zookeeper-1;"}},
		{name: "the release in a server's data", first: "/data/a", second: "/data/b", files: map[string]string{"/data/a/": "", "/opt/zookeeper": "->/data/a"}, want: []string{
			"zk1: zookeeper-1: the data_dir of zookeeper-1, /data/a, overlaps the release, " + release + ", which is /data/a/apache-zookeeper-3.6.3-bin;"}},
		{name: "zkprov's state in a server's data", first: "/data/a", second: "/data/b", files: map[string]string{"/data/a/": "", "/var/lib/zkprov": "->/data/a"}, want: []string{
			"zk1: zookeeper-1: the data_dir of zookeeper-1, /data/a, overlaps zkprov's own state, /var/lib/zkprov, which is /data/a;"}},
		{name: "a configuration in the release", files: map[string]string{release + "/conf/": "", "/etc/zookeeper": "->" + release + "/conf"}, want: []string{
			"zk1: zookeeper-1: the configuration of zookeeper-1, /etc/zookeeper/zookeeper-1, which is " + release + "/conf/zookeeper-1, overlaps the release,",
			"zk1: zookeeper-2: the configuration of zookeeper-2, "}},
		{name: "one configuration for two", files: map[string]string{"/etc/zookeeper/zookeeper-1/": "", "/etc/zookeeper/zookeeper-2": "->zookeeper-1"}, want: []string{
			"zk1: zookeeper-2: the configuration of zookeeper-2, /etc/zookeeper/zookeeper-2, which is /etc/zookeeper/zookeeper-1, overlaps the configuration of zookeeper-1,"}},
		{name: "zkprov's own beside one another", files: map[string]string{"/var/lib/zkprov/": "", "/var/cache/zkprov": "->../lib/zkprov"}},

		{name: "data in memory", first: "/data/a", second: "/data/b", files: map[string]string{"/data/a/": ""}, mounts: "2 1 0:40 / /data/a rw - tmpfs tmpfs rw\n", want: []string{
			"zk1: zookeeper-1: the data_dir of zookeeper-1, /data/a, lies in memory, on the tmpfs that is mounted at /data/a: all data would be lost at a reboot; choose a folder on a disk [volatile-data]"}},
		{name: "data that would come into memory", first: "/data/a", second: "/srv/b", files: map[string]string{"/data/": ""}, mounts: "2 1 0:40 / /data rw - ramfs none rw\n", want: []string{
			"zk1: zookeeper-1: the data_dir of zookeeper-1, /data/a, lies in memory, on the ramfs that is mounted at /data:"}},
		{name: "version-2 in memory", first: "/data/a", second: "/data/b", files: map[string]string{"/data/a/version-2/": ""}, mounts: "2 1 0:40 / /data/a/version-2 rw - tmpfs tmpfs rw\n", want: []string{
			"zk1: zookeeper-1: version-2 in the data_dir of zookeeper-1, /data/a/version-2, lies in memory,"}},
		{name: "a link into /run", first: "/data/a", second: "/data/b", files: map[string]string{"/run/zk/": "", "/data/a": "->/run/zk"}, want: []string{
			"zk1: zookeeper-1: the data_dir of zookeeper-1, /data/a, which is /run/zk, lies under /run: what is there does not last or is not for data; choose a folder on a disk [volatile-data]"}},
		{name: "a link into /tmp", first: "/data/a", second: "/data/b", files: map[string]string{"/tmp/": "", "/data": "->tmp"}, want: []string{
			"zk1: zookeeper-1: the data_dir of zookeeper-1, /data/a, which is /tmp/a, lies under /tmp:", "zk1: zookeeper-2: the data_dir of zookeeper-2, /data/b, which is /tmp/b, lies under /tmp:"}},
		{name: "the root folder is an overlay", mounts: "2 1 0:40 / / rw - overlay overlay rw,upperdir=/u\n"},
		{name: "the root folder is an overlay in memory", files: map[string]string{"/media/rw/up/": ""},
			mounts: "2 1 0:40 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/media/rw/up\n3 2 0:41 / /media/rw rw - tmpfs x rw\n",
			edit:   func(e *inventory.Ensemble) { e.Hosts[0].Instances = e.Hosts[0].Instances[:1] }, want: []string{
				"zk1: systemd's units, /etc/systemd/system, lies in memory, on the overlay at /, which writes to the tmpfs that is mounted at /media/rw: it would",
				"zk1: the release, ", "zk1: zkprov's own state, ",
				"zk1: zookeeper-1: the data_dir of zookeeper-1, /var/lib/zookeeper/zookeeper-1, lies in memory, on the overlay at /, which writes to the tmpfs that is mounted at /media/rw: all data",
				"zk1: zookeeper-1: the configuration of zookeeper-1, "}},
		{name: "an overlay whose folder is out of sight", files: map[string]string{"/run/": ""},
			mounts: "2 1 0:40 / / rw - overlay overlay rw,upperdir=/run/lab/up\n3 2 0:41 / /run rw - tmpfs x rw\n"},
		{name: "a disk in memory", first: "/data/a", second: "/data/b", files: map[string]string{"/data/a/": ""}, mounts: "2 1 252:0 / /data/a rw - ext4 /dev/zram0 rw\n", want: []string{
			"zk1: zookeeper-1: the data_dir of zookeeper-1, /data/a, lies in memory, on /dev/zram0, a disk in memory, which is mounted at /data/a:"}},
		{name: "the cache in memory", files: map[string]string{"/var/cache/": ""}, mounts: "2 1 0:40 / /var/cache rw - tmpfs tmpfs rw\n"},
		{name: "the release in memory", files: map[string]string{"/opt/": ""}, mounts: "2 1 0:40 / /opt rw - tmpfs tmpfs rw\n", want: []string{
			"zk1: the release, " + release + ", lies in memory, on the tmpfs that is mounted at /opt: it would be gone after a reboot, and the servers with it; choose a folder on a disk, or mount one there [volatile-folder]"}},
		{name: "a disk over what was in memory", first: "/data/a", second: "/srv/b", files: map[string]string{"/data/a/": ""},
			mounts: "2 1 0:40 / /data/a rw - tmpfs tmpfs rw\n3 1 8:2 / /data rw - ext4 /dev/sdb1 rw\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := twoOnOneHost("/var/lib/zookeeper/zookeeper-1", "/var/lib/zookeeper/zookeeper-2")
			if tt.first != "" {
				e = twoOnOneHost(tt.first, tt.second)
			}
			if tt.edit != nil {
				tt.edit(e)
			}
			files := map[string]string{"/proc/self/mountinfo": root + tt.mounts}
			for name, content := range tt.files {
				files[name] = content
			}
			f, err := facts.Gather(t.Context(), facts.Query{
				Root: factstest.Root(t, files), Places: places(e, &e.Hosts[0], release),
				Interfaces: func() ([]netip.Addr, error) { return nil, nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			p := judgment{e: e, h: &e.Hosts[0], f: f}
			p.places()
			p.found.Sort()
			if len(p.found) != len(tt.want) {
				t.Fatalf("found %d, want %d:\n%v", len(p.found), len(tt.want), p.found)
			}
			for i, f := range p.found {
				if f.Severity != finding.Critical || f.Refusal == (f.Name == volatileFolder) || !strings.HasPrefix(f.String(), tt.want[i]) {
					t.Errorf("got  %s %s\nwant %s", f.Severity, f, tt.want[i])
				}
			}
		})
	}
}
