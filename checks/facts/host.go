package facts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Host holds what was seen on one host at one moment. It is plain data and
// survives a trip through JSON.
type Host struct {
	// Now is the host's clock when the facts were taken.
	Now time.Time `json:"now"`
	// Arch is the host's architecture in Go's spelling, such as "amd64".
	Arch   string    `json:"arch"`
	OS     OSRelease `json:"os"`
	Kernel string    `json:"kernel,omitempty"`
	Memory Memory    `json:"memory"`
	// OpenFiles is how many files a service may have open at most; 0 where that is not
	// known.
	OpenFiles uint64 `json:"open_files,omitempty"`
	Hostname  string `json:"hostname,omitempty"`
	// FQDN is the full name that /etc/hosts gives the host, else Hostname.
	FQDN string `json:"fqdn,omitempty"`
	// Systemd is set where systemd runs as the system manager, as
	// sd_booted(3) finds out.
	Systemd bool `json:"systemd"`
	// Addresses lists the addresses of the network interfaces, loopback included.
	Addresses []netip.Addr `json:"addresses,omitempty"`
	// Bindable has the addresses that the host's own name leads to, that none of its
	// interfaces has, and that a program can listen on all the same.
	Bindable []netip.Addr `json:"bindable,omitempty"`
	// Listeners lists the TCP sockets that listen on a port that was asked about.
	Listeners []Listener `json:"listeners,omitempty"`
	// ZooKeepers lists the servers that run here, whoever started them.
	ZooKeepers []ZooKeeper `json:"zookeepers,omitempty"`
	// Names has what the members' addresses resolve to on this host.
	Names map[string]Resolution `json:"names,omitempty"`
	// Folders has the file systems under the folders that were asked about.
	Folders []Folder `json:"folders,omitempty"`
	// Places tells where the folders that must lie apart really are.
	Places []Place `json:"places,omitempty"`
	// DataDirs tells what lies in the instances' data directories, by instance name.
	DataDirs map[string]DataDir `json:"data_dirs,omitempty"`
}

// Query names what to look at.
type Query struct {
	// Names lists the addresses of the ensemble's members: names or literals.
	Names []string
	// Own lists the addresses of the host itself.
	Own []string
	// Ports lists the TCP ports that matter.
	Ports []int
	// Folders are looked at for space and mount options.
	Folders []FolderQuery
	// Places lists folders that must lie apart.
	Places []PlaceQuery
	// DataDirs lists the instances' data directories.
	DataDirs []DataDirQuery
	// Stamp is the file name of the ownership stamp in a data directory.
	Stamp string

	// Root is put before every path; empty is the real root.
	Root string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Lookup resolves a name; nil is Go's own resolver, which reads /etc/hosts
	// and asks DNS, but knows no other source of nsswitch.conf.
	Lookup func(ctx context.Context, name string) ([]netip.Addr, error)
	// Interfaces lists the host's addresses; nil asks the kernel.
	Interfaces func() ([]netip.Addr, error)
	// Binds reports whether a program can listen on an address; nil tries it.
	Binds func(netip.Addr) bool
}

// Gather takes the facts of the host it runs on. It only reads, starts no
// process, and waits for nothing but name look-ups, at most two seconds. What
// cannot be seen is left at its zero value or carries its own error; the error
// that is returned means that the host cannot be judged at all.
func Gather(ctx context.Context, q Query) (Host, error) {
	q = q.withDefaults()
	f := Host{Now: q.Now(), Arch: runtime.GOARCH}

	names := make(chan map[string]Resolution, 1)
	hosts := parseHosts(q.text("/etc/hosts"))
	go func() { names <- resolveAll(ctx, q.Names, q.Lookup, hosts) }()

	f.OS = ParseOSRelease(q.text("/etc/os-release", "/usr/lib/os-release"))
	f.Kernel = strings.TrimSpace(q.text("/proc/sys/kernel/osrelease"))
	f.Memory = parseMeminfo(q.text("/proc/meminfo"))
	f.OpenFiles = q.openFiles()
	f.Hostname = strings.TrimSpace(q.text("/proc/sys/kernel/hostname"))
	f.FQDN = fqdn(f.Hostname, hosts)
	f.Systemd = isDir(InRoot(q.Root, "/run/systemd/system"))

	var err error
	if f.Addresses, err = q.Interfaces(); err != nil {
		return f, fmt.Errorf("cannot list the addresses of this host: %w", err)
	}
	if f.Listeners, err = listeners(q.Root, q.Ports); err != nil {
		return f, err
	}
	f.ZooKeepers = zooKeepers(q.Root)
	mounts := parseMountinfo(q.text("/proc/self/mountinfo"))
	for _, folder := range q.Folders {
		f.Folders = append(f.Folders, folderFacts(q.Root, folder, mounts))
	}
	for _, p := range q.Places {
		f.Places = append(f.Places, placeFacts(q.Root, p, mounts))
	}
	for _, d := range q.DataDirs {
		if f.DataDirs == nil {
			f.DataDirs = make(map[string]DataDir)
		}
		f.DataDirs[d.Instance] = dataDirFacts(q.Root, d, q.Stamp, mounts)
	}
	f.Names = <-names
	for _, own := range q.Own {
		for _, a := range f.Names[own].Addresses {
			if !ContainsAddress(f.Addresses, a) && !ContainsAddress(f.Bindable, a) && q.Binds(a) {
				f.Bindable = append(f.Bindable, a)
			}
		}
	}
	return f, ctx.Err()
}

func (q Query) withDefaults() Query {
	if q.Now == nil {
		q.Now = time.Now
	}
	if q.Lookup == nil {
		q.Lookup = Lookup
	}
	if q.Interfaces == nil {
		q.Interfaces = interfaceAddrs
	}
	if q.Binds == nil {
		q.Binds = binds
	}
	return q
}

// binds tries to listen on an address, on any free port, where nobody would send to.
func binds(a netip.Addr) bool {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0)))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// maxProcFile bounds what is read of a file under /proc and /etc: all that is
// looked for stands at the beginning, and hosts have few mounts and names.
const maxProcFile = 4 << 20

// text returns the content of the first of the files that can be read, or "".
func (q Query) text(names ...string) string {
	for _, name := range names {
		if b, err := readSome(InRoot(q.Root, name), maxProcFile); err == nil {
			return string(b)
		}
	}
	return ""
}

// readSome reads at most limit bytes of a regular file, links followed.
func readSome(name string, limit int64) ([]byte, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readRegular(file, limit)
}

// errIrregular means that something else lies in the place of a file.
var errIrregular = errors.New("not a regular file")

// readRegular reads at most limit bytes of a file that was opened without waiting
// for it. What it is, is asked of what was opened: a name may lead elsewhere a
// moment later, and reading a pipe would wait for a writer.
func readRegular(file *os.File, limit int64) ([]byte, error) {
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errIrregular
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, limit))
}

func isDir(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.IsDir()
}

func interfaceAddrs() ([]netip.Addr, error) {
	nets, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, n := range nets {
		if prefix, err := netip.ParsePrefix(n.String()); err == nil {
			addrs = append(addrs, prefix.Addr().Unmap())
		}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return slices.Compact(addrs), nil
}
