package zoocfg

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/zkprov/zkprov/inventory"
)

// Config is a zoo.cfg as ZooKeeper understands it.
type Config struct {
	// Settings are all keys but the server list, in the order of the file; of one
	// that is there twice the last value, in the place of the first.
	Settings inventory.Settings
	// Servers are the members, in the order of the file.
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
	var c Config
	for _, line := range logicalLines(string(data)) {
		key, value, err := splitProperty(line)
		if err != nil {
			return Config{}, err
		}
		value = strings.TrimSpace(value)
		if id, ok := strings.CutPrefix(key, "server."); ok {
			s, err := parseServer(id, value)
			if err != nil {
				return Config{}, err
			}
			c.Servers = append(c.Servers, s)
			continue
		}
		c.set(key, value)
	}
	return c, nil
}

func (c *Config) set(key, value string) {
	for i := range c.Settings {
		if c.Settings[i].Key == key {
			c.Settings[i].Value = value
			return
		}
	}
	c.Settings = append(c.Settings, inventory.Setting{Key: key, Value: value})
}

// logicalLines are the lines without comments and blanks; a backslash at the end
// of one joins the next.
func logicalLines(data string) []string {
	data = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data)
	var lines []string
	open := false
	for line := range strings.SplitSeq(data, "\n") {
		line = strings.TrimLeft(line, " \t\f")
		if !open && (line == "" || line[0] == '#' || line[0] == '!') {
			continue
		}
		slashes := len(line) - len(strings.TrimRight(line, `\`))
		continues := slashes%2 == 1
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
	return lines
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
