package facts

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
	"syscall"
)

// Listener is a TCP socket in the state LISTEN and who holds it.
type Listener struct {
	Address netip.Addr `json:"address"` // unspecified: all addresses
	Port    int        `json:"port"`
	// PID is the owner; 0 where it could not be seen (not root).
	PID  int    `json:"pid,omitempty"`
	Exe  string `json:"exe,omitempty"`  // what /proc/PID/exe points to
	Unit string `json:"unit,omitempty"` // systemd unit of the owner, by its control group
	UID  uint32 `json:"uid"`            // user of the socket
}

// socket is a listener whose owner is still to be found by its inode.
type socket struct {
	Listener
	inode string
}

// Owner names the owner for a message.
func (l Listener) Owner() string {
	switch {
	case l.PID == 0:
		return fmt.Sprintf("a process that only root can see (user id %d)", l.UID)
	case l.Unit != "":
		return fmt.Sprintf("pid %d (%s) of %s", l.PID, cmp.Or(l.Exe, "unknown program"), l.Unit)
	default:
		return fmt.Sprintf("pid %d (%s)", l.PID, cmp.Or(l.Exe, "unknown program"))
	}
}

// listeners finds who listens on any of the ports. Owners are only looked for
// when there is something to find: walking all file descriptors of a host costs
// more than everything else that is gathered.
func listeners(root string, ports []int) ([]Listener, error) {
	found, err := listening(root, ports)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	findOwners(root, found)
	ls := make([]Listener, len(found))
	for i, s := range found {
		ls[i] = s.Listener
	}
	sort.Slice(ls, func(i, j int) bool {
		a, b := ls[i], ls[j]
		return cmp.Or(cmp.Compare(a.Port, b.Port), a.Address.Compare(b.Address), cmp.Compare(a.PID, b.PID)) < 0
	})
	return ls, nil
}

// listening returns the sockets that listen on any of the ports.
func listening(root string, ports []int) ([]socket, error) {
	var found []socket
	for _, name := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(InRoot(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without IPv6 has no tcp6
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read the listening ports: %w", err)
		}
		for _, s := range parseProcNetTCP(string(text)) {
			if slices.Contains(ports, s.Port) {
				found = append(found, s)
			}
		}
	}
	return found, nil
}

// stateListen is TCP_LISTEN of the kernel's include/net/tcp_states.h.
const stateListen = "0A"

// parseProcNetTCP reads the listening sockets of /proc/net/tcp or tcp6; see
// proc_net_tcp(5). Lines in any other shape are passed over.
func parseProcNetTCP(text string) []socket {
	var ss []socket
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 10 || f[3] != stateListen {
			continue
		}
		host, portHex, ok := strings.Cut(f[1], ":")
		if !ok {
			continue
		}
		addr, ok := parseProcAddr(host)
		if !ok {
			continue
		}
		port, err := strconv.ParseUint(portHex, 16, 16)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(f[7], 10, 32)
		if err != nil {
			continue
		}
		ss = append(ss, socket{Listener{Address: addr, Port: int(port), UID: uint32(uid)}, f[9]})
	}
	return ss
}

// parseProcAddr decodes an address of /proc/net: 32-bit words, each in the
// machine's byte order, which is little-endian on everything zkprov runs on.
func parseProcAddr(s string) (netip.Addr, bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b)%4 != 0 {
		return netip.Addr{}, false
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	a, ok := netip.AddrFromSlice(b)
	return a.Unmap(), ok
}

// findOwners fills in PID, Exe and Unit of the sockets.
func findOwners(root string, ss []socket) {
	byInode := make(map[string]*socket)
	uids := make(map[uint32]bool)
	for i := range ss {
		byInode["socket:["+ss[i].inode+"]"] = &ss[i]
		uids[ss[i].UID] = true
	}
	// A socket's user is nearly always its process's user: looking at those
	// processes first leaves most of a busy host untouched.
	var likely, others []int
	for _, pid := range pids(root) {
		var st syscall.Stat_t
		if syscall.Stat(InRoot(root, "/proc/"+strconv.Itoa(pid)), &st) == nil && uids[st.Uid] {
			likely = append(likely, pid)
		} else {
			others = append(others, pid)
		}
	}
	for _, pid := range append(likely, others...) {
		if len(byInode) == 0 {
			return
		}
		dir := path.Join("/proc", strconv.Itoa(pid))
		fds, err := os.ReadDir(InRoot(root, dir+"/fd"))
		if err != nil {
			continue // gone meanwhile, or not ours to look at
		}
		for _, fd := range fds {
			target, err := os.Readlink(InRoot(root, dir+"/fd/"+fd.Name()))
			if err != nil {
				continue
			}
			s := byInode[target]
			if s == nil {
				continue
			}
			s.PID = pid
			// Both fail when the process ends just now; then the id must do.
			s.Exe, _ = os.Readlink(InRoot(root, dir+"/exe"))
			cgroup, _ := os.ReadFile(InRoot(root, dir+"/cgroup"))
			s.Unit = unitOfCgroup(string(cgroup))
			delete(byInode, target)
		}
	}
}

// pids lists the process ids under /proc in ascending order.
func pids(root string) []int {
	dir, err := os.Open(InRoot(root, "/proc"))
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // what was read before an error still counts
	var ids []int
	for _, n := range names {
		if id, err := strconv.Atoi(n); err == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// unitOfCgroup returns the systemd unit in the text of /proc/PID/cgroup: the last
// service or scope on the way to the process, in the unified hierarchy or, on
// older hosts, in systemd's own.
func unitOfCgroup(text string) string {
	var unified string
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		unit := lastUnit(f[2])
		if f[1] == "name=systemd" && unit != "" {
			return unit
		}
		if f[0] == "0" {
			unified = unit
		}
	}
	return unified
}

func lastUnit(cgroup string) string {
	parts := strings.Split(cgroup, "/")
	for _, p := range slices.Backward(parts) {
		if strings.HasSuffix(p, ".service") || strings.HasSuffix(p, ".scope") {
			return p
		}
	}
	return ""
}
