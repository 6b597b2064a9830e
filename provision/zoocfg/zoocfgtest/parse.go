// Package zoocfgtest reads a zoo.cfg as ZooKeeper does, for tests of what writes or
// shows one. It shares no code with package zoocfg, whose escapes it checks.
package zoocfgtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

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
	for _, line := range logicalLines(latin1(data)) {
		key, value, err := splitProperty(line)
		if err != nil {
			return Config{}, err
		}
		all = set(all, trim(key), trim(value))
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

// latin1 decodes ISO 8859-1, as which Java reads properties.
func latin1(data []byte) string {
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
	}
	return string(runes)
}

// trim does what Java's String.trim does.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

// logicalLines returns the lines without comments and blank lines; a backslash at the
// end of a line joins the next.
func logicalLines(data string) []string {
	data = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data)
	var lines []string
	open := false
	for line := range strings.SplitSeq(data, "\n") {
		line = strings.TrimLeft(line, " \t\f")
		if !open && (line == "" || line[0] == '#' || line[0] == '!') {
			continue
		}
		slashes := line[len(strings.TrimRight(line, `\`)):]
		continues := len(slashes)%2 == 1
		if continues {
			line = line[:len(line)-1]
		}
		if open {
			lines[len(lines)-1] += line
		} else {
			lines = append(lines, line)
		}
		open = continues
	}
	// A line of nothing but a backslash joins nothing.
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// splitProperty cuts a line at the first =, : or blank that is not escaped.
func splitProperty(line string) (key, value string, err error) {
	end := len(line)
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' {
			i++
			continue
		}
		if strings.IndexByte("=: \t\f", line[i]) >= 0 {
			end = i
			break
		}
	}
	rest := strings.TrimLeft(line[end:], " \t\f")
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = strings.TrimLeft(rest[1:], " \t\f")
	}
	if key, err = unescape(line[:end]); err != nil {
		return "", "", err
	}
	value, err = unescape(rest)
	return key, value, err
}

func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	var units []uint16
	flush := func() {
		b.WriteString(string(utf16.Decode(units)))
		units = units[:0]
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			flush()
			if s[i] != '\\' {
				b.WriteByte(s[i])
			}
			continue
		}
		i++
		if s[i] == 'u' {
			if i+4 >= len(s) {
				return "", fmt.Errorf("cannot read zoo.cfg: \\u needs four hex digits in %q", s)
			}
			n, err := strconv.ParseUint(s[i+1:i+5], 16, 16)
			if err != nil {
				return "", fmt.Errorf("cannot read zoo.cfg: \\u needs four hex digits in %q", s)
			}
			units = append(units, uint16(n))
			i += 4
			continue
		}
		flush()
		switch s[i] {
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 'f':
			b.WriteByte('\f')
		default:
			b.WriteByte(s[i])
		}
	}
	flush()
	return b.String(), nil
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
