package facts

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// resolveLimit bounds all name look-ups of one Gather together.
const resolveLimit = 2 * time.Second

// Resolution is the answer to one name.
type Resolution struct {
	Addresses []netip.Addr `json:"addresses,omitempty"`
	Error     string       `json:"error,omitempty"`
	// HostsLine is the line of /etc/hosts that gives the name a loopback
	// address, as "/etc/hosts:3: 127.0.1.1 zk1"; empty where none does.
	HostsLine string `json:"hosts_line,omitempty"`
}

// Lookup resolves a name by Go's own resolver, as Query.Lookup does where it is nil.
func Lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	resolver := &net.Resolver{PreferGo: true}
	return resolver.LookupNetIP(ctx, "ip", name)
}

// resolveAll resolves all names at once.
func resolveAll(ctx context.Context, names []string, lookup func(context.Context, string) ([]netip.Addr, error), hosts []hostsEntry) map[string]Resolution {
	if len(names) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, resolveLimit)
	defer cancel()
	var (
		mu  sync.Mutex
		all = make(map[string]Resolution, len(names))
		wg  sync.WaitGroup
	)
	for _, name := range names {
		wg.Go(func() {
			r := Resolve(ctx, name, lookup)
			r.HostsLine = loopbackLine(name, hosts)
			mu.Lock()
			defer mu.Unlock()
			all[name] = r
		})
	}
	wg.Wait()
	return all
}

// Resolve answers one name; a literal address, bracketed or not, is its own
// answer.
func Resolve(ctx context.Context, name string, lookup func(context.Context, string) ([]netip.Addr, error)) Resolution {
	if a, ok := ParseAddress(name); ok {
		return Resolution{Addresses: []netip.Addr{a}}
	}
	addrs, err := lookup(ctx, name)
	if ctx.Err() != nil {
		return Resolution{Error: fmt.Sprintf("no answer within %s", resolveLimit)}
	}
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return Resolution{Error: dns.Err}
	case err != nil:
		return Resolution{Error: err.Error()}
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return Resolution{Addresses: slices.Compact(addrs)}
}

// ParseAddress returns the IP address that s spells, with or without brackets.
func ParseAddress(s string) (netip.Addr, bool) {
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

// loopbackLine returns the line of /etc/hosts that gives name a loopback address.
func loopbackLine(name string, hosts []hostsEntry) string {
	for _, h := range hosts {
		if a, err := netip.ParseAddr(h.address); err == nil && a.Unmap().IsLoopback() && h.has(name) {
			return fmt.Sprintf("/etc/hosts:%d: %s %s", h.line, h.address, strings.Join(h.names, " "))
		}
	}
	return ""
}

// ContainsAddress reports whether a is one of all, whatever their zones.
func ContainsAddress(all []netip.Addr, a netip.Addr) bool {
	return slices.ContainsFunc(all, func(b netip.Addr) bool { return a.WithZone("") == b.WithZone("") })
}

// JoinAddresses lists addresses for a message.
func JoinAddresses(addrs []netip.Addr) string {
	if len(addrs) == 0 {
		return "none"
	}
	texts := make([]string, len(addrs))
	for i, a := range addrs {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}

// hostsEntry is one line of /etc/hosts.
type hostsEntry struct {
	line    int
	address string
	names   []string
}

// parseHosts reads a hosts(5) file.
func parseHosts(text string) []hostsEntry {
	var entries []hostsEntry
	s := bufio.NewScanner(strings.NewReader(text))
	for n := 1; s.Scan(); n++ {
		line, _, _ := strings.Cut(s.Text(), "#")
		if f := strings.Fields(line); len(f) > 1 {
			entries = append(entries, hostsEntry{n, f[0], f[1:]})
		}
	}
	return entries
}

// has reports whether the entry gives name an address; names have no case.
func (h hostsEntry) has(name string) bool {
	for _, n := range h.names {
		if strings.EqualFold(n, strings.TrimSuffix(name, ".")) {
			return true
		}
	}
	return false
}

// fqdn returns the full name of host as hosts gives it: a name with a dot on the
// first line that has host. Without one it is host itself.
func fqdn(host string, hosts []hostsEntry) string {
	for _, h := range hosts {
		if !h.has(host) {
			continue
		}
		for _, n := range h.names {
			if strings.Contains(n, ".") {
				return n
			}
		}
	}
	return host
}
