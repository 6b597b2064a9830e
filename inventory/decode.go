package inventory

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// decode makes the ensemble: the file's values over the defaults, instances over hosts
// over the whole. A value of the wrong type counts as missing; conform reports it.
func decode(file string, root *node) *decoded {
	of := func(name string) *node { return root.get(name) }
	ensemble, archive, paths, service := of("ensemble"), of("archive"), of("paths"), of("service")
	e := &Ensemble{
		File:      file,
		Name:      ensemble.text("name", "zookeeper"),
		Version:   Version(ensemble.text("version", "3.6.3")),
		Ignore:    ensemble.texts("ignore", nil),
		IgnorePos: make(map[string]finding.Position),
		Java:      layJava(Java{Minimum: 7}, of("java")),
		Archive: Archive{
			URLs:   archive.texts("urls", nil),
			SHA512: strings.ToLower(archive.text("sha512", "")),
			Fetch:  archive.text("fetch", FetchControl),
		},
		Paths: Paths{
			Install: paths.text("install", "/opt/zookeeper"),
			Config:  paths.text("config", "/etc/zookeeper"),
			Data:    paths.text("data", "/var/lib/zookeeper"),
			Logs:    paths.text("logs", ""),
		},
	}
	e.Service.User = service.text("user", "zookeeper")
	e.Service.Group = service.text("group", e.Service.User)
	if ignore := ensemble.get("ignore"); ignore != nil {
		for _, item := range ignore.items {
			e.IgnorePos[item.scalar] = item.pos
		}
	}
	if n := of("bootstrap"); n != nil {
		e.Bootstrap = &Bootstrap{ID: n.text("id", ""), Expires: n.moment("expires"), Port: n.integer("agent_port", 2180)}
	}
	jvm := layJVM(JVM{Heap: "1g"}, of("jvm"))
	unit, logging := layUnit(Unit{}, of("unit")), layLogging(Logging{}, of("logging"))
	zooCfg, unchecked := laySettings(nil, of("zoo_cfg")), laySettings(nil, of("zoo_cfg_unchecked"))

	d := &decoded{ensemble: e, root: root, hosts: root.tables("host")}
	for _, n := range d.hosts {
		h := Host{
			Name:  n.text("name", ""),
			Local: n.boolean("local", false),
			Match: decodeMatch(n.get("match")),
			Java:  layJava(e.Java, n.get("java")),
			Pos:   n.at("name"),
		}
		h.Address, h.MoreAddresses = n.addresses("address")
		if !h.Local {
			h.SSH = n.text("ssh", h.Name)
		}
		hostJVM, hostCfg := layJVM(jvm, n.get("jvm")), laySettings(zooCfg, n.get("zoo_cfg"))
		hostUnit, hostLogging := layUnit(unit, n.get("unit")), layLogging(logging, n.get("logging"))
		hostUnchecked := laySettings(unchecked, n.get("zoo_cfg_unchecked"))
		instances := n.tables("instance")
		for _, n := range instances {
			in := Instance{
				ID:           n.integer("id", -1),
				Role:         Role(n.text("role", string(Participant))),
				ClientPort:   n.integer("client_port", 2181),
				QuorumPort:   n.integer("quorum_port", 2888),
				ElectionPort: n.integer("election_port", 3888),
				AdminPort:    n.integer("admin_port", 0),
				AdminAddress: n.text("admin_address", ""),
				AdminOpen:    n.boolean("admin_open", false),
				JVM:          layJVM(hostJVM, n.get("jvm")),
				Unit:         layUnit(hostUnit, n.get("unit")),
				Logging:      layLogging(hostLogging, n.get("logging")).withDefaults(),
				ZooCfg:       laySettings(hostCfg, n.get("zoo_cfg")),
				Pos:          n.at("id"),

				ZooCfgUnchecked: laySettings(hostUnchecked, n.get("zoo_cfg_unchecked")),
			}
			in.Name = InstanceName(e.Name, in.ID)
			in.Address, in.MoreAddresses = n.addresses("address")
			if in.TLSOnly() {
				in.ProbePort = n.integer("probe_port", 2181)
			}
			in.DataDir = n.text("data_dir", path.Join(e.Paths.Data, in.Name))
			if logs := n.text("data_log_dir", ""); logs != in.DataDir {
				in.DataLogDir = logs
			}
			in.LogDir = e.Paths.logDir(&in)
			h.Instances = append(h.Instances, in)
		}
		e.Hosts = append(e.Hosts, h)
		d.instances = append(d.instances, instances)
	}
	return d
}

// addresses returns the first of one or several addresses, and the others.
func (n *node) addresses(key string) (first string, more []string) {
	all := []string{n.text(key, "")}
	if v := n.get(key); v != nil && v.kind == nodeArray {
		all = n.texts(key, nil)
	}
	switch len(all) {
	case 0:
		return "", nil
	case 1:
		return all[0], nil
	}
	return all[0], all[1:]
}

func decodeMatch(n *node) Match {
	return Match{
		InstanceID: n.text("instance_id", ""),
		MachineID:  strings.ToLower(n.text("machine_id", "")),
		Serial:     n.text("serial", ""),
		MAC:        strings.ToLower(n.text("mac", "")),
	}
}

func layJava(under Java, n *node) Java {
	return Java{
		Home:    n.text("home", under.Home),
		Minimum: n.integer("minimum", under.Minimum),
		Install: n.boolean("install", under.Install),
	}
}

func layJVM(under JVM, n *node) JVM {
	jvm := JVM{Heap: n.text("heap", under.Heap), Flags: n.texts("flags", under.Flags), FlagPos: under.FlagPos, Jars: layJars(under.Jars, n)}
	if flags := n.get("flags"); flags != nil && flags.kind == nodeArray {
		jvm.FlagPos = nil
		for _, item := range flags.items {
			if item.kind == string(text) {
				jvm.FlagPos = append(jvm.FlagPos, item.pos)
			}
		}
	}
	return jvm
}

// laySettings lays a table of ZooKeeper's keys over others and returns them sorted by
// key. Without a table it returns under itself, not a copy.
func laySettings(under Settings, n *node) Settings {
	if n == nil {
		return under
	}
	all := slices.Clone(under)
	var add func(prefix string, n *node)
	add = func(prefix string, n *node) {
		if n == nil {
			return
		}
		for _, f := range n.fields {
			key := prefix + f.key
			switch f.value.kind {
			case nodeTable:
				add(key+".", f.value)
				continue
			case "string", "integer", "boolean", "float":
			default:
				continue
			}
			s := Setting{Key: key, Value: f.value.scalar, Kind: f.value.kind, Pos: f.pos}
			if f.value.kind == string(integer) {
				s.Value = decimal(f.value.scalar)
			}
			i, found := slices.BinarySearchFunc(all, key, func(o Setting, key string) int { return strings.Compare(o.Key, key) })
			if !found {
				all = slices.Insert(all, i, Setting{})
			}
			all[i] = s
		}
	}
	add("", n)
	return all
}

// decimal writes a TOML integer as ZooKeeper reads one: without underscores and
// in base ten.
func decimal(s string) string {
	if n, ok := parseInteger(s); ok {
		return fmt.Sprint(n)
	}
	return s
}
