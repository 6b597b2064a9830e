package checks

import (
	"bufio"
	"strconv"
	"strings"
)

// OSRelease is what /etc/os-release says, as far as it matters here; see
// os-release(5).
type OSRelease struct {
	ID         string   `json:"id"`                   // "debian"
	IDLike     []string `json:"id_like,omitempty"`    // closest relatives first
	VersionID  string   `json:"version_id,omitempty"` // "12"; rolling distributions have none
	PrettyName string   `json:"pretty_name,omitempty"`
}

// ParseOSRelease reads the text of an os-release file. Lines that it does not
// understand are passed over; a missing ID is "linux", as os-release(5) says.
func ParseOSRelease(text string) OSRelease {
	r := OSRelease{ID: "linux"}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok {
			continue
		}
		value = unquote(value)
		switch key {
		case "ID":
			r.ID = value
		case "ID_LIKE":
			r.IDLike = strings.Fields(value)
		case "VERSION_ID":
			r.VersionID = value
		case "PRETTY_NAME":
			r.PrettyName = value
		}
	}
	return r
}

// unquote takes away a shell word's quotes; names and versions in os-release
// hold no escapes worth undoing.
func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// Memory is the host's, in bytes; see proc_meminfo(5).
type Memory struct {
	Total     uint64 `json:"total"`
	Available uint64 `json:"available"`
	SwapTotal uint64 `json:"swap_total"`
}

// parseMeminfo reads /proc/meminfo. Kernels before 3.14 know no MemAvailable;
// then it is zero, and so unknown.
func parseMeminfo(text string) Memory {
	var m Memory
	for line := range strings.Lines(text) {
		key, rest, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		if len(fields) != 2 || fields[1] != "kB" {
			continue
		}
		kib, err := strconv.ParseUint(fields[0], 10, 54)
		if err != nil {
			continue
		}
		switch key {
		case "MemTotal":
			m.Total = kib << 10
		case "MemAvailable":
			m.Available = kib << 10
		case "SwapTotal":
			m.SwapTotal = kib << 10
		}
	}
	return m
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

// has says whether the entry gives name an address; names have no case.
func (h hostsEntry) has(name string) bool {
	for _, n := range h.names {
		if strings.EqualFold(n, strings.TrimSuffix(name, ".")) {
			return true
		}
	}
	return false
}

// fqdn is the full name of host as hosts gives it: a name with a dot on the
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
