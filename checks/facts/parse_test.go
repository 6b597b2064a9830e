package facts

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zkprov/zkprov/internal/hostpath"
)

var compareAddrs = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

const procNetTCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 4711 1 00000000bac6b970 100 0 0 10 0
   1: 0B00000A:0F30 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 00000000bac6b970 100 0 0 10 0
   2: 0B00000A:0885 0C00000A:D431 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 00000000bac6b970 100 0 0 10 0
   3: 0B00000A:0885 0C00000A:D432 06 00000000:00000000 03:00000FFF 00000000     0        0 0 3 00000000bac6b970
   garbage
`

const procNetTCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0885 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 4714 1 0000000000000000 100 0 0 10 0
   1: B80D0120000000000000000001000000:0B48 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 4715 1 0000000000000000 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:0B49 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 4716 1 0000000000000000 100 0 0 10 0
`

func TestParseProcNetTCP(t *testing.T) {
	want := []socket{
		{Listener{Address: netip.MustParseAddr("127.0.0.1"), Port: 8080, UID: 101}, "4711"},
		{Listener{Address: netip.MustParseAddr("10.0.0.11"), Port: 3888}, "4712"},
		{Listener{Address: netip.MustParseAddr("::"), Port: 2181, UID: 998}, "4714"},
		{Listener{Address: netip.MustParseAddr("2001:db8::1"), Port: 2888, UID: 998}, "4715"},
		{Listener{Address: netip.MustParseAddr("127.0.0.1"), Port: 2889, UID: 998}, "4716"},
	}
	got := parseProcNetTCP(procNetTCP + procNetTCP6)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(socket{}), compareAddrs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnitOfCgroup(t *testing.T) {
	for text, want := range map[string]string{
		"0::/system.slice/zookeeper-1.service\n":                                 "zookeeper-1.service",
		"0::/system.slice/zookeeper-1.service/child\n":                           "zookeeper-1.service",
		"0::/user.slice/user-0.slice/session-3.scope\n":                          "session-3.scope",
		"5:cpu:/\n1:name=systemd:/system.slice/nginx.service\n0::/\n":            "nginx.service",
		"1:name=systemd:/\n0::/system.slice/nginx.service\n":                     "nginx.service",
		"0::/machine.slice/zk1.scope/payload/system.slice/zookeeper-1.service\n": "zookeeper-1.service",
		"0::/system.slice/system-zookeeper.slice/zookeeper@1.service/a:b\n":      "zookeeper@1.service",
		"0::/\n":   "",
		"":         "",
		"nonsense": "",
	} {
		if got := unitOfCgroup(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestParseOSRelease(t *testing.T) {
	for _, tt := range []struct {
		text string
		want OSRelease
	}{
		{"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n",
			OSRelease{ID: "debian", VersionID: "12", PrettyName: "Debian GNU/Linux 12 (bookworm)"}},
		{"ID='rocky'\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=9.3\n# ID=no\nbroken\n",
			OSRelease{ID: "rocky", IDLike: []string{"rhel", "centos", "fedora"}, VersionID: "9.3"}},
		{"", OSRelease{ID: "linux"}},
	} {
		if diff := cmp.Diff(tt.want, ParseOSRelease(tt.text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestParseMeminfo(t *testing.T) {
	text := "MemTotal:       24684092 kB\nMemFree:  1 kB\nMemAvailable:   24401392 kB\nHugePages_Total:       0\nSwapTotal:  2048 kB\nMemTotal: x kB\n"
	want := Memory{Total: 24684092 << 10, Available: 24401392 << 10, SwapTotal: 2 << 20}
	if diff := cmp.Diff(want, parseMeminfo(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHosts(t *testing.T) {
	hosts := parseHosts("127.0.0.1\tlocalhost\n# a comment\n127.0.1.1 ZK1.example.org zk1 # Debian's\n10.0.0.12 zk2\n::1 ip6-localhost\nlonely\n")
	for name, want := range map[string]string{
		"zk1":              "/etc/hosts:3: 127.0.1.1 ZK1.example.org zk1",
		"zk1.example.org.": "/etc/hosts:3: 127.0.1.1 ZK1.example.org zk1",
		"ip6-localhost":    "/etc/hosts:5: ::1 ip6-localhost",
		"zk2":              "",
		"Debian's":         "",
		"nobody":           "",
	} {
		if got := loopbackLine(name, hosts); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := fqdn("zk1", hosts); got != "ZK1.example.org" {
		t.Errorf("the full name of zk1 is %q", got)
	}
	if got := fqdn("zk2", hosts); got != "zk2" {
		t.Errorf("the full name of zk2 is %q", got)
	}
}

const mountinfo = `22 27 0:21 / / rw,relatime - ext4 /dev/sda1 rw
23 22 0:22 / /opt ro,relatime shared:3 - xfs /dev/sdb1 rw
24 23 0:23 / /opt/data\040disk rw,noexec shared:4 master:1 - ext4 /dev/sdc1 rw,errors=remount-ro
25 22 0:24 / /var rw - ext4 /dev/sdd1 ro
26 25 0:25 / /var rw,noexec - tmpfs tmpfs rw
29 22 0:26 / /srv/a/b rw - xfs /dev/sde1 rw
28 22 0:21 /disk/a /srv/a rw - ext4 /dev/sda1 rw
broken line
27 22 0:26 /
`

func TestMountOf(t *testing.T) {
	mounts := parseMountinfo(mountinfo + "30 99 0:30 /x /lost rw - ext4 x rw\n")
	for name, want := range map[string]mount{
		"/etc/zookeeper":    {id: "22", parent: "27", device: "0:21", root: "/", point: "/", fstype: "ext4", source: "/dev/sda1"},
		"/opt":              {id: "23", parent: "22", device: "0:22", root: "/", point: "/opt", fstype: "xfs", source: "/dev/sdb1", readOnly: true},
		"/opt/zookeeper":    {id: "23", parent: "22", device: "0:22", root: "/", point: "/opt", fstype: "xfs", source: "/dev/sdb1", readOnly: true},
		"/optional":         {id: "22", parent: "27", device: "0:21", root: "/", point: "/", fstype: "ext4", source: "/dev/sda1"},
		"/opt/data disk/zk": {id: "24", parent: "23", device: "0:23", root: "/", point: "/opt/data disk", fstype: "ext4", source: "/dev/sdc1", noExec: true},
		"/var/lib":          {id: "26", parent: "25", device: "0:25", root: "/", point: "/var", fstype: "tmpfs", source: "tmpfs", noExec: true}, // mounted over
		"/srv/a":            {id: "28", parent: "22", device: "0:21", root: "/disk/a", point: "/srv/a", fstype: "ext4", source: "/dev/sda1"},
		"/srv/a/b/c":        {id: "28", parent: "22", device: "0:21", root: "/disk/a", point: "/srv/a", fstype: "ext4", source: "/dev/sda1"},
	} {
		got, ok := mountOf(name, mounts)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(mount{})); diff != "" || !ok {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if m := parseMountinfo("25 22 0:24 / /var rw - ext4 /dev/sdd1 ro,x\n"); len(m) != 1 || !m[0].readOnly {
		t.Errorf("a read-only file system under a writable mount gives %+v", m)
	}
	if _, ok := mountOf("/x", nil); ok {
		t.Error("a mount out of nothing")
	}
}

func TestParseMyid(t *testing.T) {
	for text, want := range map[string]struct {
		ID      int
		Problem string
	}{
		"1\n":       {1, ""},
		"255":       {255, ""},
		"3\r\n":     {3, ""},
		"2\nmore":   {2, ""},
		"1 \n":      {0, "its first line, of 2 bytes, is not a number"},
		" 1":        {0, "its first line, of 2 bytes, is not a number"},
		"":          {0, "the file is empty"},
		"\n1":       {0, "the file is empty"},
		"0\n":       {0, ""},
		"256\n":     {0, "256 is not a server id (0 to 255)"},
		"zk1\n":     {0, "its first line, of 3 bytes, is not a number"},
		"\ufeff1\n": {0, "its first line, of 4 bytes, is not a number"},
	} {
		id, problem := parseMyid([]byte(text))
		if id != want.ID || problem != want.Problem {
			t.Errorf("%q gives %d, %q; want %d, %q", text, id, problem, want.ID, want.Problem)
		}
	}
}

func TestZxidOf(t *testing.T) {
	for _, tt := range []struct {
		name, prefix string
		zxid         uint64
		ok           bool
	}{
		{"snapshot.0", snapshotPrefix, 0, true},
		{"snapshot.500001f3a", snapshotPrefix, 0x500001f3a, true},
		{"snapshot.500001f3a.gz", snapshotPrefix, 0x500001f3a, true},
		{"snapshot.1.snappy", snapshotPrefix, 1, true},
		{"log.100000001", logPrefix, 0x100000001, true},
		{"log.x", logPrefix, 0, false},
		{"log.1.bak", logPrefix, 0, false},
		{"snapshot.", snapshotPrefix, 0, false},
		{"snapshot.ffffffffffffffffff", snapshotPrefix, 0, false},
		{"acceptedEpoch", logPrefix, 0, false},
	} {
		if zxid, ok := zxidOf(tt.name, tt.prefix); zxid != tt.zxid || ok != tt.ok {
			t.Errorf("%s: %#x, %t; want %#x, %t", tt.name, zxid, ok, tt.zxid, tt.ok)
		}
	}
}

func FuzzParseProcNetTCP(f *testing.F) {
	f.Add(procNetTCP)
	f.Add(procNetTCP6)
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range parseProcNetTCP(text) {
			if !s.Address.IsValid() || s.Port < 0 || s.Port > 65535 || s.inode == "" {
				t.Errorf("listener %+v", s)
			}
		}
	})
}

func FuzzParseMountinfo(f *testing.F) {
	f.Add(mountinfo)
	f.Add(`1 2 0:3 / /a\134b\04 rw - x`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range parseMountinfo(text) {
			if m.point == "" || m.fstype == "" {
				t.Errorf("mount %+v", m)
			}
			if on, ok := mountOf(m.point, parseMountinfo(text)); ok && !hostpath.Within(m.point, on.point) {
				t.Errorf("%s lies on %+v", m.point, on)
			}
		}
	})
}

func FuzzParseHosts(f *testing.F) {
	f.Add("127.0.1.1 zk1.example.org zk1 # x\n\n::1 a")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		for _, h := range parseHosts(text) {
			if len(h.names) == 0 || h.line < 1 || h.line > lines || !h.has(h.names[0]) && !strings.HasSuffix(h.names[0], ".") {
				t.Errorf("entry %+v", h)
			}
		}
	})
}

func FuzzParseOSRelease(f *testing.F) {
	f.Add("ID=\"debian\"\nVERSION_ID='12'\n")
	f.Fuzz(func(t *testing.T, text string) {
		r := ParseOSRelease(text)
		for _, s := range []string{r.ID, r.VersionID, r.PrettyName} {
			if strings.Contains(s, "\n") {
				t.Errorf("%q has more than one line", s)
			}
		}
	})
}

func FuzzParseMyid(f *testing.F) {
	f.Add([]byte("1\n"))
	f.Add([]byte("+7"))
	f.Fuzz(func(t *testing.T, b []byte) {
		id, problem := parseMyid(b)
		if problem != "" && id != 0 || id < 0 || id > 255 {
			t.Errorf("%q gives %d, %q", b, id, problem)
		}
	})
}

var equateEmpty = cmpopts.EquateEmpty()
