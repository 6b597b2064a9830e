// Package zoocfgtest reads a zoo.cfg as ZooKeeper does, for tests of what writes or
// shows one. It shares no code with package zoocfg, whose escapes it checks.
package zoocfgtest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/internal/properties"
	"github.com/zkprov/zkprov/inventory"
)

// Config is a zoo.cfg as ZooKeeper understands it.
type Config struct {
	// Settings has every key but the server list, in the order of the file. A key that
	// is there twice has its last value, in the place of the first.
	Settings inventory.Settings
	// Servers lists the members likewise.
	Servers []Server
}

// Server is one line of a server list.
type Server struct {
	ID           int
	Address      string // without brackets
	QuorumPort   int
	ElectionPort int
	Role         inventory.Role
}

// Parse reads a zoo.cfg as java.util.Properties and QuorumPeerConfig do. Server
// lines with several addresses or a client port are not understood, as zkprov
// writes none.
func Parse(data []byte) (Config, error) {
	var all inventory.Settings
	for _, p := range properties.Read(string(data)) {
		if p.Malformed {
			return Config{}, fmt.Errorf("cannot read zoo.cfg: \\u needs four hex digits in %s=%s", p.Key, data[p.Start:p.End])
		}
		all = set(all, properties.Trim(p.Key), properties.Trim(p.Value))
	}
	var c Config
	for _, s := range all {
		id, ok := strings.CutPrefix(s.Key, "server.")
		if !ok {
			c.Settings = append(c.Settings, s)
			continue
		}
		server, err := parseServer(id, s.Value)
		if err != nil {
			return Config{}, err
		}
		c.Servers = append(c.Servers, server)
	}
	return c, nil
}

// set puts a value in the place of an earlier one, or at the end.
func set(all inventory.Settings, key, value string) inventory.Settings {
	for i := range all {
		if all[i].Key == key {
			all[i].Value = value
			return all
		}
	}
	return append(all, inventory.Setting{Key: key, Value: value})
}

func parseServer(id, value string) (Server, error) {
	s := Server{Role: inventory.Participant}
	bad := func(what string) (Server, error) {
		return Server{}, fmt.Errorf("cannot read zoo.cfg: server.%s=%s: %s", id, value, what)
	}
	var err error
	if s.ID, err = strconv.Atoi(id); err != nil {
		return bad("the id is not a number")
	}
	rest := value
	if strings.HasPrefix(rest, "[") {
		address, after, ok := strings.Cut(rest[1:], "]:")
		if !ok {
			return bad("the address has no closing bracket")
		}
		s.Address, rest = address, after
	} else {
		address, after, ok := strings.Cut(rest, ":")
		if !ok {
			return bad("there are no ports")
		}
		s.Address, rest = address, after
	}
	if s.Address == "" {
		return bad("there is no address")
	}
	fields := strings.Split(rest, ":")
	if len(fields) != 2 && len(fields) != 3 {
		return bad("it is not address:port:port or address:port:port:role")
	}
	if s.QuorumPort, err = strconv.Atoi(fields[0]); err != nil {
		return bad("the quorum port is not a number")
	}
	if s.ElectionPort, err = strconv.Atoi(fields[1]); err != nil {
		return bad("the election port is not a number")
	}
	if len(fields) == 3 {
		switch role := inventory.Role(strings.ToLower(fields[2])); role {
		case inventory.Participant, inventory.Observer:
			s.Role = role
		default:
			return bad("the role is neither participant nor observer")
		}
	}
	return s, nil
}
