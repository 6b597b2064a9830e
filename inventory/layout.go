package inventory

import "path"

// What lies in the same place on every host, whatever the inventory says; see
// file-hierarchy(7) and systemd.unit(5).
const (
	// StateDir holds what zkprov keeps of each ensemble, in a folder of its name, and
	// the binaries that it brought along.
	StateDir = "/var/lib/zkprov"
	// CacheDir holds the verified archives.
	CacheDir = "/var/cache/zkprov"
	// UnitDir holds the units that are made on a host.
	UnitDir = "/etc/systemd/system"
	// AgentFile is the inventory of a host that nobody logs in to.
	AgentFile = "/etc/zkprov/inventory.toml"
)

// ConfigDir returns the folder with the generations of an instance's configuration.
func (p Paths) ConfigDir(in *Instance) string { return path.Join(p.Config, in.Name) }

// Kept is a folder in which no data may lie.
type Kept struct {
	// What names it in messages.
	What, Path string
}

// KeptDirs returns the folders that a host has once, where releases are unpacked into
// that folder. Each instance has its ConfigDir beside.
func KeptDirs(release string) []Kept {
	return []Kept{
		{"the release", release},
		{"zkprov's own state", StateDir},
		{"zkprov's own cache", CacheDir},
		{"systemd's units", UnitDir},
	}
}
