package provision

import (
	"encoding/json"
	"slices"

	"github.com/zkprov/zkprov/inventory"
)

// Members records the servers of an ensemble, by id, when its quorum was last proven.
// Each host keeps them: only this record tells a voter that is new from one that
// lost its data.
type Members struct {
	Ensemble string `json:"ensemble"`
	Members  []int  `json:"members"`
	// Voters lists the participants among them; nil in the records of
	// earlier versions.
	Voters []int `json:"voters,omitempty"`
	// Servers tells how each of them is known to the others and reached, so that one that
	// is in no inventory any more can be taken out; nil in the records of earlier
	// versions.
	Servers []Placed `json:"servers,omitempty"`
}

// Placed is a server, and where it is.
type Placed struct {
	Server
	// Host is the name of its host in the inventory, SSH the destination given to ssh(1),
	// Local is set where zkprov ran on that very host.
	Host  string `json:"host"`
	SSH   string `json:"ssh,omitempty"`
	Local bool   `json:"local,omitempty"`
	// ClientPort and ClientAddress are where it is asked how it is.
	ClientPort    int    `json:"client_port"`
	ClientAddress string `json:"client_address,omitempty"`
	DataDir       string `json:"data_dir"`
	DataLogDir    string `json:"data_log_dir,omitempty"`
}

// place returns where a server is.
func place(m inventory.Member) Placed {
	in := m.Instance
	p := Placed{Server: serverOf(m), Host: m.Host.Name, SSH: m.Host.SSH, Local: m.Host.Local,
		ClientPort: in.PlainPort(), ClientAddress: in.ClientAddress(), DataDir: in.DataDir, DataLogDir: in.DataLogDir}
	if a, set := in.Written("clientPortAddress"); set {
		p.ClientAddress = a.Value
	}
	return p
}

// Former returns the server as an instance of an ensemble that does not have it any more.
func (p Placed) Former(ensemble string) inventory.Instance {
	in := inventory.Instance{Name: inventory.InstanceName(ensemble, p.ID), ID: p.ID, Role: p.Role, Listed: p.Address, Former: true,
		ClientPort: p.ClientPort, QuorumPort: p.QuorumPort, ElectionPort: p.ElectionPort, DataDir: p.DataDir, DataLogDir: p.DataLogDir}
	if p.ClientAddress != "" {
		in.ZooCfg = inventory.Settings{{Key: "clientPortAddress", Value: p.ClientAddress, Kind: "string"}}
	}
	return in
}

// SameMachine reports whether two places are on one machine.
func (p Placed) SameMachine(o Placed) bool {
	return p.Local && o.Local || !p.Local && !o.Local && p.SSH == o.SSH
}

// Place returns where the server of an id was; nil where the record does not tell.
func (r *Members) Place(id int) *Placed {
	if r == nil {
		return nil
	}
	for i := range r.Servers {
		if r.Servers[i].ID == id {
			return &r.Servers[i]
		}
	}
	return nil
}

// MembersOf returns the record of the servers that the inventory names.
func MembersOf(e *inventory.Ensemble) Members {
	r := Members{Ensemble: e.Name}
	for _, m := range e.Members() {
		r.Members = append(r.Members, m.Instance.ID)
		if m.Instance.Role == inventory.Participant {
			r.Voters = append(r.Voters, m.Instance.ID)
		}
		r.Servers = append(r.Servers, place(m))
	}
	return r
}

// Text returns the record as its file has it: indented JSON.
func (r Members) Text() []byte {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		panic(err) // strings and numbers
	}
	return append(b, '\n')
}

// Census compares the voters of an inventory with those that formed the ensemble.
type Census struct {
	// Formed lists the ids of the voters that formed it; nil where no record tells,
	// and then every voter of the inventory is taken for one of them.
	Formed []int `json:"formed,omitempty"`
	// Gone lists the ids of Formed that are no voters of the inventory any more.
	Gone []int `json:"gone,omitempty"`
	// Lost lists the voters of the inventory that formed it and have no data, New those
	// that never belonged to it and have none. Both are instances' names.
	Lost []string `json:"lost,omitempty"`
	New  []string `json:"new,omitempty"`
	// Voters counts those of the inventory, Data those of them that are not known to
	// be without data.
	Voters int `json:"voters"`
	Data   int `json:"data"`
}

// TakeCensus reads the records of all hosts that have one. empty reports whether a
// voter is known to have no data.
func TakeCensus(e *inventory.Ensemble, records []*Members, empty func(*inventory.Instance) bool) Census {
	var c Census
	listed := make(map[int]inventory.Role)
	for _, m := range e.Members() {
		listed[m.Instance.ID] = m.Instance.Role
	}
	for _, r := range records {
		if r == nil {
			continue
		}
		voters := r.Voters
		if voters == nil {
			// An earlier version did not tell which of them were observers.
			voters = slices.DeleteFunc(slices.Clone(r.Members), func(id int) bool { return listed[id] == inventory.Observer })
		}
		c.Formed = append(c.Formed, voters...)
	}
	slices.Sort(c.Formed)
	c.Formed = slices.Compact(c.Formed)
	for _, id := range c.Formed {
		if listed[id] != inventory.Participant {
			c.Gone = append(c.Gone, id)
		}
	}
	for _, m := range e.Members() {
		in := m.Instance
		if in.Role != inventory.Participant {
			continue
		}
		c.Voters++
		switch {
		case !empty(in):
			c.Data++
		case c.Formed == nil || slices.Contains(c.Formed, in.ID):
			c.Lost = append(c.Lost, in.Name)
		default:
			c.New = append(c.New, in.Name)
		}
	}
	return c
}

func majority(n int) int { return n/2 + 1 }

// Parted reports whether the inventory has so few of the voters that formed the
// ensemble that the others are a majority by themselves: they may know more, and may
// go on without it.
func (c Census) Parted() bool {
	return len(c.Formed)-len(c.Gone) < majority(len(c.Formed)) && c.Formed != nil
}

// Splits reports whether a majority of the inventory's voters leaves a majority of
// those that formed the ensemble: servers that were restarted with the one list and
// those that were not yet would have a leader each, as the ones do not hear who is no
// voter to them.
func (c Census) Splits() bool {
	return len(c.Formed)-majority(c.Voters) >= majority(len(c.Formed))
}

// DataLost reports whether so many voters have lost their data that what was
// committed may be gone.
func (c Census) DataLost() bool {
	formed := len(c.Formed)
	if c.Formed == nil {
		formed = c.Voters
	}
	short := c.Data < majority(c.Voters)
	return formed-len(c.Lost) < majority(formed) || short && c.Data+len(c.Lost) >= majority(c.Voters)
}

// Outgrown reports whether the voters with data, of which none was lost, are no
// majority of the inventory's: the new ones have no vote before they have copied
// from a leader, and without them there will be none.
func (c Census) Outgrown() bool { return c.Data < majority(c.Voters) }
