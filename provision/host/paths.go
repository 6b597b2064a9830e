package host

import (
	"path"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/archive"
)

// stateRoot holds what zkprov itself keeps on a host.
const stateRoot = "/var/lib/zkprov"

// cacheRoot holds the verified archives of a host.
const cacheRoot = "/var/cache/zkprov"

func stateDir(e *inventory.Ensemble) string { return path.Join(stateRoot, e.Name) }

func formedPath(e *inventory.Ensemble) string { return path.Join(stateDir(e), "formed.json") }

// incarnationPath holds a random word that is made once and goes with the rest of
// zkprov's memory when the host is installed anew.
func incarnationPath(e *inventory.Ensemble) string { return path.Join(stateDir(e), "incarnation") }

func foundersPath(e *inventory.Ensemble) string { return path.Join(stateDir(e), "founders.json") }

// disksPath returns where an instance's guard.Disks are kept.
func disksPath(e *inventory.Ensemble, in *inventory.Instance) string {
	return path.Join(stateDir(e), in.Name+".disks")
}

func configDir(e *inventory.Ensemble, in *inventory.Instance) string {
	return path.Join(e.Paths.Config, in.Name)
}

func releaseDir(e *inventory.Ensemble, release archive.Place) string {
	return path.Join(e.Paths.Install, release.Name)
}

func jarPath(e *inventory.Ensemble, release archive.Place) string {
	return path.Join(releaseDir(e, release), archive.Jar(e.Version))
}
