package preflight

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// The names of what is found about servers that are not the inventory's.
const (
	// OtherZooKeeper is a server that holds what an instance of the inventory is to have.
	OtherZooKeeper = "other-zookeeper"
	// EnsembleBeside is a server, not of zkprov's, whose list names hosts of the inventory.
	EnsembleBeside = "ensemble-beside"
)

// notTakenOver advises what to do about a ZooKeeper that zkprov did not start.
const notTakenOver = "leave it running: it may hold all that there is of its data, and zkprov does not yet take over a ZooKeeper that it did not start; give this ensemble other hosts, or ports and data directories of its own"

// notReplaced advises what to do about one that zkprov itself has started.
const notReplaced = "leave it running: zkprov started it for an inventory that named it, or for another ensemble, and does not yet put one server in the place of another; give it its place in the inventory back, or give this one ports and data directories of its own"

// takenOut advises what to do about one of this ensemble that holds nothing of another's.
const takenOut = "leave it running until it may go: give it its place in the inventory back, or, where it was taken out for good and the others have a majority without it, stop and disable its unit first"

func adviceOn(z facts.ZooKeeper) string {
	if z.Managed {
		return notReplaced
	}
	return notTakenOver
}

// isUnitOf reports whether a unit has the name of a server of the ensemble, be it one that
// the inventory has no more.
func isUnitOf(e *inventory.Ensemble, unit string) bool {
	id, ok := strings.CutPrefix(strings.TrimSuffix(unit, ".service"), e.Name+"-")
	_, err := strconv.Atoi(id)
	return ok && err == nil
}

// isInstance reports whether a server is an instance of the host, started by its unit.
func isInstance(h *inventory.Host, z facts.ZooKeeper) bool {
	return z.Managed && slices.ContainsFunc(h.Instances, func(in inventory.Instance) bool { return z.Unit == in.Name+".service" })
}

// rivals finds the servers on host h that are not the inventory's and have a port, a
// data directory or a place in a server list that the inventory gives away.
func (p *judgment) rivals() {
	for _, z := range p.f.ZooKeepers {
		if isInstance(p.h, z) {
			continue
		}
		told := false
		for n := range p.h.Instances {
			i := &p.h.Instances[n]
			var holds []string
			for _, want := range p.portsOf(i) {
				if slices.ContainsFunc(p.f.Listeners, func(l facts.Listener) bool {
					return l.Port == want.port && z.Holds(l) && collides(l.Address, want.addrs)
				}) {
					holds = append(holds, fmt.Sprintf("%s %d", want.what, want.port))
				}
			}
			for _, folder := range p.foldersOf(i) {
				if folder == z.DataDir || folder == z.DataLogDir {
					holds = append(holds, "data directory "+folder)
				}
			}
			if len(holds) > 0 {
				told = true
				p.refuse(OtherZooKeeper, i.Name, fmt.Sprintf("another ZooKeeper has its %s: %s", strings.Join(holds, ", "), z), adviceOn(z))
			}
		}
		if told {
			continue
		}
		if at := p.claims(z); at != "" {
			advice := adviceOn(z)
			if z.Managed && isUnitOf(p.e, z.Unit) {
				advice = takenOut
			}
			p.refuse(OtherZooKeeper, "", fmt.Sprintf("another ZooKeeper runs here, and its list of servers has %s, which is in the inventory: %s", at, z), advice)
		}
	}
}

// foldersOf returns the folders of an instance's data, as the inventory names them and
// without links.
func (p *judgment) foldersOf(i *inventory.Instance) []string {
	folders := []string{i.DataDir}
	if i.DataLogDir != "" && i.DataLogDir != i.DataDir {
		folders = append(folders, i.DataLogDir)
	}
	data := p.f.DataDirs[i.Name]
	for _, real := range []string{data.Real, logReal(data)} {
		if real != "" && !slices.Contains(folders, real) {
			folders = append(folders, real)
		}
	}
	return folders
}

func logReal(data facts.DataDir) string {
	if data.Log == nil {
		return ""
	}
	return data.Log.Real
}

// claims returns a place in the server's list, host:port, that the inventory gives to one
// of its own servers; empty where there is none.
func (p *judgment) claims(z facts.ZooKeeper) string {
	for _, line := range z.Servers {
		for n := range p.e.Hosts {
			h := &p.e.Hosts[n]
			for k := range h.Instances {
				in := &h.Instances[k]
				if !p.isNameOf(line.Host, h, (inventory.Member{Host: h, Instance: in}).Addresses()) {
					continue
				}
				for _, port := range []int{line.QuorumPort, line.ElectionPort} {
					if port != 0 && (port == in.QuorumPort || port == in.ElectionPort) {
						return line.Host + ":" + strconv.Itoa(port)
					}
				}
			}
		}
	}
	return ""
}

// isNameOf reports whether a name or address in a server's list is that of a host, which
// has some addresses. One on loopback means the host that it stands on.
func (p *judgment) isNameOf(text string, h *inventory.Host, addresses []string) bool {
	if strings.EqualFold(text, h.Name) || slices.ContainsFunc(addresses, func(a string) bool { return strings.EqualFold(text, a) }) {
		return true
	}
	a, err := netip.ParseAddr(text)
	switch {
	case strings.EqualFold(text, "localhost") || err == nil && a.IsLoopback():
		return h == p.h
	case err != nil:
		return false
	}
	return slices.ContainsFunc(addresses, func(name string) bool { return slices.Contains(p.f.Names[name].Addresses, a.Unmap()) })
}

// Beside finds the servers of other ensembles that forbid to found this one: those
// that Judge finds in its way, and those that zkprov did not start and whose list
// names a host of the inventory. Such a one may be the very ensemble that is meant,
// with other ports; who means a second one silences it by name.
func Beside(e *inventory.Ensemble, h *inventory.Host, f facts.Host) finding.Findings {
	p := judgment{e: e, h: h, f: f}
	p.rivals()
	for _, z := range f.ZooKeepers {
		known := slices.ContainsFunc(p.found, func(x finding.Finding) bool { return strings.HasSuffix(x.Message, z.String()) })
		if known || z.Managed || isInstance(h, z) || e.Ignored(EnsembleBeside) {
			continue
		}
		for _, line := range z.Servers {
			if slices.ContainsFunc(e.Hosts, func(h inventory.Host) bool { return p.isNameOf(line.Host, e.Host(h.Name), h.AllAddresses()) }) {
				p.refuse(EnsembleBeside, "", fmt.Sprintf("another ensemble, whose list of servers has %s, runs here: %s", line.Host, z),
					"zkprov does not yet take over a ZooKeeper that it did not start; where a second ensemble beside that one is meant, say so under [ensemble]: ignore = [\""+EnsembleBeside+"\"]")
				break
			}
		}
	}
	p.found.Sort()
	return p.found
}
