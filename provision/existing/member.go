package existing

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// parseMember reads the value of a server.N as QuorumPeer.QuorumServer does:
//
//	address:port:port[:role][|address:port:port[:role]…][;[address:]port]
//
// Blanks around its parts, at which ZooKeeper stops, are left out.
func parseMember(id, value string) (m Member, err error) {
	if m.ID, err = number(id, 0, 255); err != nil {
		return m, fmt.Errorf("the id %w", err)
	}
	servers, client, hasClient := strings.Cut(value, ";")
	if hasClient {
		if err := m.client(strings.TrimSpace(client)); err != nil {
			return m, err
		}
	}
	m.Role = inventory.Participant
	for i, text := range strings.Split(servers, "|") {
		a, role, err := parseAddress(strings.TrimSpace(text))
		if err != nil {
			return m, err
		}
		if role != "" && i > 0 && role != m.Role {
			return m, errors.New("its addresses have different roles")
		}
		if role != "" {
			m.Role = role
		}
		m.Addresses = append(m.Addresses, a)
	}
	return m, nil
}

// parseAddress reads an address of a server, with a role or without.
func parseAddress(text string) (a Address, role inventory.Role, err error) {
	host, fields, err := hostAndPorts(text)
	switch {
	case err != nil:
		return a, "", err
	case len(fields) < 2:
		return a, "", errors.New("it needs two ports: one for followers and one for the election")
	case len(fields) > 3:
		return a, "", errors.New("it has too many parts")
	case host == "":
		return a, "", errors.New("it has no address")
	}
	a.Host = host
	if a.QuorumPort, err = number(fields[0], 1, 65535); err != nil {
		return a, "", fmt.Errorf("the port for followers %w", err)
	}
	if a.ElectionPort, err = number(fields[1], 1, 65535); err != nil {
		return a, "", fmt.Errorf("the port for the election %w", err)
	}
	if a.QuorumPort == a.ElectionPort {
		return a, "", errors.New("its two ports are the same")
	}
	if len(fields) == 3 {
		if role = roleOf(fields[2]); role == "" {
			return a, "", fmt.Errorf("%q is no role: participant or observer", inventory.Clip(fields[2]))
		}
	}
	return a, role, nil
}

// client reads what stands behind the semicolon.
func (m *Member) client(text string) (err error) {
	host, fields, err := hostAndPorts(text)
	port := text
	switch {
	case err != nil:
		return err
	case len(fields) > 1:
		return errors.New("behind the semicolon stands no address:port")
	case len(fields) == 1:
		m.ClientAddress, port = host, fields[0]
	}
	if m.ClientPort, err = number(port, 1, 65535); err != nil {
		return fmt.Errorf("the client port %w", err)
	}
	return nil
}

// hostAndPorts cuts a text at its colons, those within brackets apart; see
// ConfigUtils.getHostAndPort.
func hostAndPorts(text string) (host string, fields []string, err error) {
	rest := ""
	if inner, ok := strings.CutPrefix(text, "["); ok {
		host, rest, ok = strings.Cut(inner, "]")
		if !ok {
			return "", nil, errors.New("a bracket is not closed")
		}
		if rest != "" && rest[0] != ':' {
			return "", nil, errors.New("behind the bracket stands no port")
		}
		rest = strings.TrimPrefix(rest, ":")
	} else {
		host, rest, _ = strings.Cut(text, ":")
	}
	if rest == "" {
		return strings.TrimSpace(host), nil, nil
	}
	fields = strings.Split(rest, ":")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return strings.TrimSpace(host), fields, nil
}

// number reads a whole number within bounds. The error continues a sentence.
func number(text string, low, high int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("is %q, which is no number", inventory.Clip(text))
	}
	if n < low || n > high {
		return 0, fmt.Errorf("is %d, and must be from %d to %d", n, low, high)
	}
	return n, nil
}
