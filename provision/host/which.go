package host

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/guard"
)

// otherHostData is data of another host of the ensemble on this machine.
const otherHostData = "other-host-data"

// WhichHost returns the host of the inventory that this machine is: the one of that
// name or, where it is empty, the one that its marks, addresses or names tell. A
// machine that holds the data of another host's instance is refused: it was that
// host before. The error is a *preflight.NoHostError, an *Error, or says why the
// machine could not be looked at.
func (m *Machine) WhichHost(ctx context.Context, e *inventory.Ensemble, name string) (*inventory.Host, error) {
	h := e.Host(name)
	if name != "" && h == nil {
		return nil, &provision.Error{Kind: provision.Failed, Message: fmt.Sprintf("cannot be host %q: the inventory has none of that name", name)}
	}
	if h == nil {
		q := m.Query
		q.Root = m.Root
		identity, err := facts.GatherIdentity(q)
		if err != nil {
			return nil, err
		}
		lookup := q.Lookup
		if lookup == nil {
			lookup = facts.Lookup
		}
		if h, err = preflight.WhichHost(ctx, e, identity, lookup); err != nil {
			return nil, err
		}
	}
	return h, m.noneOfOthers(ctx, e, h)
}

// noneOfOthers looks for the data of instances that are not this host's, wherever
// the inventory puts it: several hosts may use the same path, so that only the stamp
// tells whose the data is.
func (m *Machine) noneOfOthers(ctx context.Context, e *inventory.Ensemble, h *inventory.Host) error {
	q := facts.Query{Root: m.Root, Stamp: guard.StampName, Interfaces: m.Query.Interfaces}
	hosts := make(map[int]string) // of the others' instances, by id
	for _, member := range e.Members() {
		if member.Host.Name != h.Name {
			q.DataDirs = append(q.DataDirs, facts.DataDirQuery{Instance: member.Instance.Name, Dir: member.Instance.DataDir, LogDir: member.Instance.DataLogDir})
			hosts[member.Instance.ID] = member.Host.Name
		}
	}
	seen, err := facts.Gather(ctx, q)
	if err != nil {
		return err
	}
	for _, d := range q.DataDirs {
		data := seen.DataDirs[d.Instance]
		places := []facts.DataDir{data}
		if data.Log != nil {
			places = append(places, *data.Log)
		}
		for _, p := range places {
			var s guard.Stamp
			if json.Unmarshal(p.Stamp, &s) != nil || s.Ensemble != e.Name || hosts[s.ID] == "" {
				continue
			}
			return &provision.Error{Kind: provision.Refused, Name: otherHostData,
				Message: fmt.Sprintf("this machine is taken for host %s, and %s holds data of server %d, which is on host %s", h.Name, p.Path, s.ID, hosts[s.ID]),
				Hint:    "correct the inventory, or move that data to where it belongs"}
		}
	}
	return nil
}
