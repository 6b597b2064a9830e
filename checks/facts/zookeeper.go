package facts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ZooKeeper is a server that runs on a host, whoever started it, by its command line
// and its configuration. It is plain data.
type ZooKeeper struct {
	PID  int    `json:"pid"`
	UID  uint32 `json:"uid"`
	Unit string `json:"unit,omitempty"` // systemd unit, by its control group
	// Managed is set where a unit of zkprov started it, of whatever ensemble.
	Managed bool `json:"managed,omitempty"`
	// Config is the file of its configuration; empty where the command line has all,
	// or where only its answer is known.
	Config string `json:"config,omitempty"`
	// Error is why the configuration could not be read.
	Error string `json:"error,omitempty"`
	// ID is the server id in its myid; nil where there is none.
	ID         *int   `json:"id,omitempty"`
	DataDir    string `json:"data_dir,omitempty"`
	DataLogDir string `json:"data_log_dir,omitempty"`
	ClientPort int    `json:"client_port,omitempty"`
	// Servers is its list; empty where it runs alone.
	Servers []ServerLine `json:"servers,omitempty"`
	// Answer is what it said on ClientPort, where only that tells what it is.
	Answer string `json:"answer,omitempty"`
}

// ServerLine is one address of a server in a server's list; see the admin guide,
// server.x.
type ServerLine struct {
	ID           int    `json:"id"`
	Host         string `json:"host"`
	QuorumPort   int    `json:"quorum_port"`
	ElectionPort int    `json:"election_port"`
}

// Holds reports whether a listener is the server's.
func (z ZooKeeper) Holds(l Listener) bool {
	return l.PID != 0 && l.PID == z.PID || z.Answer != "" && l.Port == z.ClientPort
}

// String describes the server: its id, its configuration and its data.
func (z ZooKeeper) String() string {
	var parts []string
	switch servers := z.servers(); {
	case z.Answer != "":
		parts = append(parts, "it answers as "+z.Answer)
	case z.Error != "":
	case servers == 0:
		parts = append(parts, "a server that runs alone")
	case z.ID == nil:
		parts = append(parts, fmt.Sprintf("a server of %d", servers))
	default:
		parts = append(parts, fmt.Sprintf("server %d of %d", *z.ID, servers))
	}
	if z.Config != "" {
		text := "configuration " + z.Config
		if z.Error != "" {
			text += " (" + z.Error + ")"
		}
		parts = append(parts, text)
	}
	if z.DataDir != "" {
		text := "data in " + z.DataDir
		if z.DataLogDir != "" && z.DataLogDir != z.DataDir {
			text += " and " + z.DataLogDir
		}
		parts = append(parts, text)
	}
	who := "pid " + strconv.Itoa(z.PID)
	if z.PID == 0 {
		who = "a process out of sight"
	}
	if z.Unit != "" {
		who += " of " + z.Unit
	}
	return strings.Join(append(parts, who), ", ")
}

// servers counts those in the list, each once however many addresses it has.
func (z ZooKeeper) servers() int {
	ids := make([]int, len(z.Servers))
	for i, line := range z.Servers {
		ids[i] = line.ID
	}
	slices.Sort(ids)
	return len(slices.Compact(ids))
}
