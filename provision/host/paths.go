package host

import (
	"path"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/archive"
)

func stateDir(e *inventory.Ensemble) string { return path.Join(inventory.StateDir, e.Name) }

func formedPath(e *inventory.Ensemble) string { return path.Join(stateDir(e), "formed.json") }

// placesPath holds the record of the servers to which the server list was being changed
// last.
func placesPath(e *inventory.Ensemble) string { return path.Join(stateDir(e), "places.json") }

// incarnationPath holds a random word that is made once and goes with the rest of
// zkprov's memory when the host is installed anew.
func incarnationPath(e *inventory.Ensemble) string { return path.Join(stateDir(e), "incarnation") }

func foundersPath(e *inventory.Ensemble) string { return path.Join(stateDir(e), "founders.json") }

// disksPath returns where an instance's guard.Disks are kept.
func disksPath(e *inventory.Ensemble, in *inventory.Instance) string {
	return path.Join(stateDir(e), in.Name+".disks")
}

// outdatedPath holds the invocation of an instance's process that has to be restarted
// although it was started with its current generation. Once what it has read is put
// back, nothing else tells.
func outdatedPath(e *inventory.Ensemble, in *inventory.Instance) string {
	return path.Join(stateDir(e), in.Name+".outdated")
}

// historyDir holds the entries of the histories of a host's instances.
func historyDir(e *inventory.Ensemble) string { return path.Join(stateDir(e), "history") }

// attemptPath holds the generation that an instance was last to be restarted with.
func attemptPath(e *inventory.Ensemble, in *inventory.Instance) string {
	return path.Join(stateDir(e), in.Name+".attempt")
}

func configDir(e *inventory.Ensemble, in *inventory.Instance) string {
	return e.Paths.ConfigDir(in)
}

func releaseDir(e *inventory.Ensemble, release archive.Place) string {
	return path.Join(e.Paths.Install, release.Name)
}

func jarPath(e *inventory.Ensemble, release archive.Place) string {
	return path.Join(releaseDir(e, release), archive.Jar(e.Version))
}
