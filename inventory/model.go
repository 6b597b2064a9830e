// Package inventory turns a TOML inventory into a validated model of one
// ensemble. It is pure: it reads one file and touches nothing else. Everything
// that can be wrong is reported at once, each finding with file, line and column.
package inventory

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
)

// Role is the part of an instance in the ensemble. Only participants vote.
type Role string

// The two roles that a ZooKeeper server list knows.
const (
	Participant Role = "participant"
	Observer    Role = "observer"
)

// Ensemble is the whole inventory with every default filled in: one ZooKeeper
// ensemble and the hosts that it lives on. It is plain data and survives a trip
// through JSON unchanged, because every host gets a copy of it.
type Ensemble struct {
	// File is the inventory's path as the user gave it, for messages.
	File string
	// Name is the first part of every instance's name: <Name>-<id>.
	Name string
	// Version is the ZooKeeper release, such as "3.6.3".
	Version Version
	// Ignore lists the names of notices and warnings that the user silenced.
	Ignore []string
	// IgnorePos is where each of them stands.
	IgnorePos map[string]finding.Position `json:"-"`

	Java    Java
	Archive Archive
	Paths   Paths
	Service Service
	// Bootstrap lets hosts found the ensemble among themselves; nil is not.
	Bootstrap *Bootstrap `json:",omitempty"`

	Hosts []Host
}

// Bootstrap lets hosts without a control machine found the ensemble: a proof that those
// who find one another belong together, and an end after which no voter may start empty
// any more.
type Bootstrap struct {
	// ID is a random word that only the hosts of this ensemble know.
	ID      string
	Expires time.Time
	// Port is where the hosts ask one another while they wait, 1..65535.
	Port int
}

// Java selects the Java runtime that the instances of a host run on.
type Java struct {
	// Home is a Java home (a folder with bin/java); empty means: find one.
	Home string
	// Minimum is the user's floor for the feature release (7, 8, 11, 17 …).
	// The ZooKeeper version's own minimum applies on top.
	Minimum int
	// Install lets zkprov install the distribution's headless JRE where no
	// candidate is good enough. The default is to check only.
	Install bool
}

// JVM configures the Java process of one instance.
type JVM struct {
	// Heap is a size such as "1g" or "512m", a percentage of the memory such as "75%", or
	// HeapAuto; see ParseHeap.
	Heap string
	// Flags holds further flags, passed as they are, after zkprov's own.
	Flags []string
	// FlagPos is where each of Flags stands.
	FlagPos []finding.Position `json:"-"`
	// Jars are on the class path behind the release's own.
	Jars []Jar `json:",omitempty"`
}

// Where an archive is fetched.
const (
	FetchControl = "control" // once on the control machine, then sent to the hosts
	FetchHost    = "host"    // by each host for itself
)

// Archive is where the release is fetched, and what it must hash to.
type Archive struct {
	// URLs are tried in order: https, http and file.
	URLs []string
	// SHA512 is the pinned hash, 128 lower-case hex digits.
	SHA512 string
	// Fetch is FetchControl or FetchHost.
	Fetch string
}

// Paths holds the folders on every host; absolute and clean.
type Paths struct {
	Install string // releases: <Install>/apache-zookeeper-<version>-bin, and others of that version beside it
	Config  string // configuration: <Config>/<instance>
	Data    string // data directories: <Data>/<instance>, unless an instance sets its own
	// Logs is for logs and dumps: <Logs>/<instance>; empty where the inventory names none.
	Logs string `json:",omitempty"`
}

// Service is the system user that the instances run as.
type Service struct {
	User  string
	Group string
}

// Host is one machine.
type Host struct {
	// Name is the host's name in the inventory and, unless SSH says otherwise,
	// its SSH destination.
	Name string
	// Address is the host's address in server.N on every instance's list, and
	// MoreAddresses are others that it has there.
	Address       string
	MoreAddresses []string `json:",omitempty"`
	// SSH is the destination given to ssh(1); empty for a local host.
	SSH string
	// Local is set where zkprov runs on this very host: no SSH.
	Local bool
	// Match tells the machine that is this host, beyond its address and name.
	Match Match
	Java  Java

	Instances []Instance

	Pos finding.Position `json:"-"`
}

// Match identifies a machine by what no other machine has. The zero value matches
// nothing.
type Match struct {
	InstanceID string // cloud-init's
	MachineID  string // /etc/machine-id
	Serial     string // of the machine, by its firmware (DMI)
	MAC        string // of one of its network interfaces
}

// Instance is one ZooKeeper server on one host.
type Instance struct {
	// Name is <ensemble>-<id>: its unit, its folders.
	Name string
	// ID is the server id, 0..255, always written down by the user.
	ID   int
	Role Role

	// ClientPort is 1..65535; 0 where clients are served by TLS alone, and then ProbePort
	// is where the server answers the host itself.
	ClientPort   int
	ProbePort    int `json:",omitempty"`
	QuorumPort   int
	ElectionPort int
	AdminPort    int // AdminServer; 0 is off
	// AdminAddress is where AdminServer listens; empty is 127.0.0.1. AdminOpen lets it
	// listen elsewhere without TLS.
	AdminAddress string `json:",omitempty"`
	AdminOpen    bool   `json:",omitempty"`

	DataDir    string
	DataLogDir string // empty: transaction logs lie in DataDir
	// LogDir is where the server may write logs and dumps; empty is nowhere.
	LogDir string `json:",omitempty"`

	JVM JVM
	// Unit holds what the unit is to have beyond what every unit has.
	Unit Unit `json:",omitzero"`
	// Logging tells where the server logs to. Its zero value is the journal.
	Logging Logging `json:",omitzero"`
	// ZooCfg holds ZooKeeper's own keys for this instance: those of the instance over
	// those of the host over those of the ensemble, sorted by key.
	ZooCfg Settings
	// ZooCfgUnchecked holds keys in the same way that nobody judges: they are written
	// behind ZooCfg, as they stand.
	ZooCfgUnchecked Settings `json:",omitempty"`

	// Address is an address of the instance's own, in the place of the host's, and
	// MoreAddresses are others; empty where it has those of the host.
	Address       string   `json:",omitempty"`
	MoreAddresses []string `json:",omitempty"`

	// Listed stands in the server list in the place of all addresses, as JoinAddresses
	// writes them, while a server is on its way to another address; empty otherwise. No
	// inventory sets it.
	Listed string `json:",omitempty"`
	// Former is set where the server has left the inventory and the ensemble does not yet
	// do without it: nothing of it is changed. No inventory sets it.
	Former bool `json:",omitempty"`

	Pos finding.Position `json:"-"`
}

// SettingPort is a port that a server listens on because of one of ZooKeeper's own
// keys, or of a flag of the JVM.
type SettingPort struct {
	Key     string
	Port    int
	Address string // empty is all
	Pos     finding.Position
}

// SettingPorts returns the ports that ZooKeeper's own keys and the JVM's flags make the
// server listen on, beside the four that every instance has. Values that are no port are
// left out.
func (in *Instance) SettingPorts() []SettingPort {
	var ports []SettingPort
	add := func(key, addressKey string, byDefault int) {
		p := SettingPort{Key: key, Port: byDefault, Pos: in.Pos}
		if s, ok := in.Written(key); ok {
			p.Port, _ = strconv.Atoi(s.Value)
			p.Pos = s.Pos
		}
		if s, ok := in.Written(addressKey); ok {
			p.Address = s.Value
		}
		if p.Port > 0 && p.Port <= 65535 {
			ports = append(ports, p)
		}
	}
	add("secureClientPort", "secureClientPortAddress", 0)
	for i := range ports {
		ports[i].Address = in.SecureClientAddress()
	}
	add("observerMasterPort", "", 0)
	if provider, _ := in.Written("metricsProvider.className"); strings.HasSuffix(provider.Value, ".PrometheusMetricsProvider") {
		add("metricsProvider.httpPort", "metricsProvider.httpHost", 7000)
	}
	return append(ports, in.flagPorts()...)
}

// Settings holds ZooKeeper configuration keys and values as the user wrote them.
type Settings []Setting

// Setting is one key under [zoo_cfg] in ZooKeeper's own spelling, without the
// "zookeeper." prefix; its value is the text that would stand in zoo.cfg.
type Setting struct {
	Key   string
	Value string
	// Kind is the TOML type that the user wrote: "string", "integer",
	// "boolean", "float". A linter may want to know.
	Kind string           `json:",omitempty"`
	Pos  finding.Position `json:"-"`
}

// Get returns the value of key and reports whether it is set.
func (s Settings) Get(key string) (string, bool) {
	x, ok := s.Setting(key)
	return x.Value, ok
}

// Host returns the host of that name, or nil.
func (e *Ensemble) Host(name string) *Host {
	for i := range e.Hosts {
		if e.Hosts[i].Name == name {
			return &e.Hosts[i]
		}
	}
	return nil
}

// InstanceName returns the name of a server: <ensemble>-<id>.
func InstanceName(ensemble string, id int) string { return fmt.Sprintf("%s-%d", ensemble, id) }

// Member is an instance together with the host it lives on.
type Member struct {
	Host     *Host
	Instance *Instance
}

// Members returns every instance of the ensemble in the order of server ids.
func (e *Ensemble) Members() []Member {
	var ms []Member
	for i := range e.Hosts {
		h := &e.Hosts[i]
		for j := range h.Instances {
			ms = append(ms, Member{h, &h.Instances[j]})
		}
	}
	sortMembers(ms)
	return ms
}

// Participants returns the number of voters.
func (e *Ensemble) Participants() int {
	n := 0
	for _, m := range e.Members() {
		if m.Instance.Role == Participant {
			n++
		}
	}
	return n
}

// Majority returns the smallest number of voters that is a quorum: participants/2 + 1.
// Observers never count.
func (e *Ensemble) Majority() int { return e.Participants()/2 + 1 }

// Ignored reports whether the user silenced the notice or warning of that name.
func (e *Ensemble) Ignored(name string) bool {
	for _, n := range e.Ignore {
		if n == name {
			return true
		}
	}
	return false
}
func sortMembers(ms []Member) {
	sort.SliceStable(ms, func(i, j int) bool { return ms[i].Instance.ID < ms[j].Instance.ID })
}
