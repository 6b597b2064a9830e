package facts

import (
	"strconv"
	"strings"
)

// OSRelease holds what matters here of /etc/os-release; see
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

// Memory is the memory of a host, in bytes; see proc_meminfo(5).
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
