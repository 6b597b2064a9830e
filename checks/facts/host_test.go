package facts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts/factstest"
)

// answers is a look-up that knows these names.
func answers(known map[string][]netip.Addr) func(context.Context, string) ([]netip.Addr, error) {
	return func(_ context.Context, name string) ([]netip.Addr, error) {
		if a, ok := known[name]; ok {
			return slices.Clone(a), nil
		}
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
}

func TestGather(t *testing.T) {
	uid := os.Getuid()
	socketLine := func(n int, local string, inode int) string {
		return fmt.Sprintf("   %d: %s 00000000:0000 0A 00000000:00000000 00:00000000 00000000  %d        0 %d 1 0 100 0 0 10 0\n", n, local, uid, inode)
	}
	root := factstest.Root(t, map[string]string{
		"/etc/os-release":                           "->../usr/lib/os-release",
		"/usr/lib/os-release":                       "ID=debian\nVERSION_ID=\"12\"\n",
		"/etc/hosts":                                "127.0.0.1 localhost\n127.0.1.1 zk1.example.org zk1\n",
		"/proc/sys/kernel/osrelease":                "6.1.0-18-amd64\n",
		"/proc/sys/kernel/hostname":                 "zk1\n",
		"/proc/meminfo":                             "MemTotal: 4194304 kB\nMemAvailable: 2097152 kB\nSwapTotal: 0 kB\n",
		"/proc/self/mountinfo":                      "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /var/lib/zookeeper/zookeeper-1 rw,noexec - xfs /dev/sdb rw\n",
		"/proc/net/tcp":                             procNetTCP + socketLine(5, "00000000:0885", 9001) + socketLine(6, "0B00000A:0F30", 9002),
		"/proc/812/fd/3":                            "->/dev/null",
		"/proc/812/fd/7":                            "->socket:[9001]",
		"/proc/812/exe":                             "->/usr/lib/jvm/java-17-openjdk-amd64/bin/java",
		"/proc/812/cgroup":                          "0::/system.slice/zookeeper-1.service\n",
		"/proc/900/fd/4":                            "->socket:[9002]",
		"/proc/900/exe":                             "->/usr/sbin/nginx",
		"/proc/900/cgroup":                          "0::/user.slice/user-0.slice/session-3.scope\n",
		"/proc/bus/nothing":                         "",
		"/run/systemd/system/":                      "",
		"/opt/apache-zookeeper-3.6.3-bin/lib/x.jar": "",
		"/var/lib/zookeeper/zookeeper-1/myid":       "1\n",
		"/var/lib/zookeeper/zookeeper-1/version-2/log.100": "",
	})
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	q := Query{
		Names: []string{"zk1", "10.0.0.12", "[2001:db8::13]", "zk9"},
		Ports: []int{2181, 3888},
		Folders: []FolderQuery{
			{Path: "/opt", Use: UseInstall, Bytes: 10, Inodes: 1, Unless: "/opt/apache-zookeeper-3.6.3-bin"},
			{Path: "/var/lib/zookeeper/zookeeper-1", Use: UseData, Bytes: 20, Unless: "/var/lib/zookeeper/zookeeper-1/none"},
			{Path: "/etc/zookeeper/zookeeper-1", Use: UseConfig},
			{Path: "/etc/hosts/below", Use: UseConfig},
		},
		Places:   []PlaceQuery{{What: "the data", Path: "/var/lib/zookeeper/zookeeper-1/new", Data: true}},
		DataDirs: []DataDirQuery{{Instance: "zookeeper-1", Dir: "/var/lib/zookeeper/zookeeper-1"}},
		Stamp:    ".zkprov.json",
		Root:     root,
		Now:      func() time.Time { return now },
		Lookup:   answers(map[string][]netip.Addr{"zk1": factstest.Addresses("127.0.1.1")}),
		Interfaces: func() ([]netip.Addr, error) {
			return factstest.Addresses("10.0.0.11", "127.0.0.1"), nil
		},
	}
	f, err := Gather(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}

	// Numbers of the real file system under the fake root.
	for i := range f.Folders {
		if f.Folders[i].Error == "" && f.Folders[i].FreeBytes == 0 {
			t.Errorf("%s: no free space", f.Folders[i].Path)
		}
		f.Folders[i].FreeBytes, f.Folders[i].FreeInodes, f.Folders[i].TotalInodes = 0, 0, 0
	}
	if d := f.DataDirs["zookeeper-1"]; d.ID != 1 || !d.History || !d.MountPoint {
		t.Errorf("data directory: %+v", d)
	}
	f.DataDirs = nil
	if len(f.Places) != 1 || len(f.Places[0].Folders) != 5 { // the data directory, and four above it
		t.Fatalf("places: %+v", f.Places)
	}
	f.Places[0].Folders = nil

	want := Host{
		Now: now, Arch: runtime.GOARCH,
		OS:       OSRelease{ID: "debian", VersionID: "12"},
		Kernel:   "6.1.0-18-amd64",
		Memory:   Memory{Total: 4 << 30, Available: 2 << 30},
		Hostname: "zk1", FQDN: "zk1.example.org",
		Systemd:   true,
		Addresses: factstest.Addresses("10.0.0.11", "127.0.0.1"),
		Listeners: []Listener{
			{Address: netip.MustParseAddr("0.0.0.0"), Port: 2181, PID: 812, UID: uint32(uid),
				Exe: "/usr/lib/jvm/java-17-openjdk-amd64/bin/java", Unit: "zookeeper-1.service"},
			{Address: netip.MustParseAddr("10.0.0.11"), Port: 3888}, // in procNetTCP, with an owner out of sight
			{Address: netip.MustParseAddr("10.0.0.11"), Port: 3888, PID: 900, UID: uint32(uid),
				Exe: "/usr/sbin/nginx", Unit: "session-3.scope"},
		},
		Names: map[string]Resolution{
			"zk1":            {Addresses: factstest.Addresses("127.0.1.1"), HostsLine: "/etc/hosts:2: 127.0.1.1 zk1.example.org zk1"},
			"10.0.0.12":      {Addresses: factstest.Addresses("10.0.0.12")},
			"[2001:db8::13]": {Addresses: factstest.Addresses("2001:db8::13")},
			"zk9":            {Error: "no such host"},
		},
		Folders: []Folder{
			{Path: "/opt", Use: UseInstall, Nearest: "/opt", NeedBytes: 10, NeedInodes: 1, Present: true, MountPoint: "/", Type: "ext4"},
			{Path: "/var/lib/zookeeper/zookeeper-1", Use: UseData, Nearest: "/var/lib/zookeeper/zookeeper-1", NeedBytes: 20,
				MountPoint: "/var/lib/zookeeper/zookeeper-1", Type: "xfs", NoExec: true},
			{Path: "/etc/zookeeper/zookeeper-1", Use: UseConfig, Nearest: "/etc", MountPoint: "/", Type: "ext4"},
			{Path: "/etc/hosts/below", Use: UseConfig},
		},
		Places: []Place{{PlaceQuery: PlaceQuery{What: "the data", Path: "/var/lib/zookeeper/zookeeper-1/new", Data: true},
			Real: "/var/lib/zookeeper/zookeeper-1/new", MountPoint: "/var/lib/zookeeper/zookeeper-1", Device: "8:2", Inside: "/new", Rest: "new"}},
	}
	const notFolder = 3
	if f.Folders[notFolder].Error == "" {
		t.Error("a file in the place of a folder went unnoticed")
	}
	want.Folders[notFolder].Error = f.Folders[notFolder].Error
	if diff := cmp.Diff(want, f, compareAddrs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var back Host
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, back, compareAddrs); diff != "" {
		t.Errorf("after JSON (-want +got):\n%s", diff)
	}
}

func TestGatherOnThisMachine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	start := time.Now()
	f, err := Gather(t.Context(), Query{
		Names:   []string{"localhost", "127.0.0.1"},
		Ports:   []int{port},
		Folders: []FolderQuery{{Path: "/usr/no/such/folder", Use: UseConfig}},
	})
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Listeners) != 1 || f.Listeners[0].PID != os.Getpid() || f.Listeners[0].Exe != exe {
		t.Errorf("listeners: %+v", f.Listeners)
	}
	if f.Now.Before(start) || f.Memory.Total == 0 || f.Kernel == "" || f.Hostname == "" || f.OS.ID == "" {
		t.Errorf("facts: %+v", f)
	}
	if !slices.Contains(f.Addresses, netip.MustParseAddr("127.0.0.1")) {
		t.Errorf("addresses: %v", f.Addresses)
	}
	if r := f.Names["localhost"]; len(r.Addresses) == 0 || !r.Addresses[0].IsLoopback() {
		t.Errorf("localhost: %+v", r)
	}
	if d := f.Folders[0]; d.Nearest != "/usr" || d.FreeBytes == 0 || d.MountPoint == "" {
		t.Errorf("folder: %+v", d)
	}
}

func TestLookupsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		stuck := func(ctx context.Context, _ string) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		all := resolveAll(t.Context(), []string{"a", "b", "10.0.0.1"}, stuck, nil)
		if took := time.Since(start); took != resolveLimit {
			t.Errorf("it took %s, want %s", took, resolveLimit)
		}
		want := map[string]Resolution{
			"a": {Error: "no answer within 2s"}, "b": {Error: "no answer within 2s"},
			"10.0.0.1": {Addresses: factstest.Addresses("10.0.0.1")},
		}
		if diff := cmp.Diff(want, all, compareAddrs); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestGatherWithoutAddresses(t *testing.T) {
	broken := errors.New("netlink is gone")
	_, err := Gather(t.Context(), Query{
		Root:       t.TempDir(),
		Interfaces: func() ([]netip.Addr, error) { return nil, broken },
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestBindable looks whether an address is tried that a program can listen on although no
// interface has it: all of 127.0.0.0/8 is local by a route.
func TestBindable(t *testing.T) {
	q := Query{
		Names: []string{"zk1", "zk2"}, Own: []string{"zk1"}, Root: t.TempDir(),
		Interfaces: func() ([]netip.Addr, error) { return factstest.Addresses("127.0.0.1"), nil },
		Lookup: func(_ context.Context, name string) ([]netip.Addr, error) {
			return map[string][]netip.Addr{"zk1": factstest.Addresses("127.0.0.1", "127.0.0.5", "192.0.2.1"), "zk2": factstest.Addresses("127.0.0.6")}[name], nil
		},
		Binds: func(a netip.Addr) bool { return a.IsLoopback() && binds(a) },
	}
	f, err := Gather(t.Context(), q)
	if err != nil || !slices.Equal(f.Bindable, factstest.Addresses("127.0.0.5")) {
		t.Errorf("%v, %v", f.Bindable, err)
	}
	if binds(netip.MustParseAddr("ff02::1")) {
		t.Error("a group is no address to listen on")
	}
}
