package preflight

import (
	"fmt"
	"path"
	"slices"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
)

// What an apply writes on a host that has nothing yet. The archive of a release
// is some 12 MB and 40 MB unpacked with its documentation; ZooKeeper reserves
// 64 MiB for each transaction log (preAllocSize) and keeps more than one.
const (
	installBytes  = 64 << 20
	installInodes = 1000
	cacheBytes    = 32 << 20
	cacheInodes   = 10
	dataBytes     = 128 << 20
	dataInodes    = 20
	logBytes      = 64 << 20
	configBytes   = 1 << 20
	configInodes  = 20
)

// Query returns what to look at on host h of ensemble e, so that Judge can judge it.
// stamp is the file name of the ownership stamp, release the folder of the unpacked
// release.
func Query(e *inventory.Ensemble, h *inventory.Host, stamp, release string) facts.Query {
	q := facts.Query{Stamp: stamp, Own: bound(h), Folders: folders(e, h, release), Places: places(e, h, release)}
	name := func(address string) {
		if !slices.Contains(q.Names, address) {
			q.Names = append(q.Names, address)
		}
	}
	for _, m := range e.Members() {
		for _, a := range append(m.Host.Addresses(), m.Addresses()...) {
			name(a)
		}
	}
	for _, a := range q.Own {
		name(a)
	}
	for n := range h.Instances {
		i := &h.Instances[n]
		for _, l := range (inventory.Member{Host: h, Instance: i}).Listeners() {
			q.Ports = append(q.Ports, l.Port)
		}
		q.DataDirs = append(q.DataDirs, facts.DataDirQuery{Instance: i.Name, Dir: i.DataDir, LogDir: i.DataLogDir})
	}
	return q
}

// bound lists the addresses that the servers of a host listen on, loopback aside, and those
// of the host.
func bound(h *inventory.Host) []string {
	all := h.AllAddresses()
	for n := range h.Instances {
		for _, l := range (inventory.Member{Host: h, Instance: &h.Instances[n]}).Listeners() {
			for _, a := range l.Addresses {
				if !inventory.IsLoopback(a) && !slices.Contains(all, a) {
					all = append(all, a)
				}
			}
		}
	}
	return all
}

// folders lists what an apply writes to on host h, where the release is unpacked
// into that folder.
func folders(e *inventory.Ensemble, h *inventory.Host, release string) []facts.FolderQuery {
	fs := []facts.FolderQuery{
		{Path: e.Paths.Install, Use: facts.UseInstall, Bytes: installBytes, Inodes: installInodes, Unless: release},
		{Path: inventory.CacheDir, Use: facts.UseInstall, Bytes: cacheBytes, Inodes: cacheInodes, Unless: release},
		{Path: e.Paths.Config, Use: facts.UseConfig, Bytes: configBytes, Inodes: configInodes},
		{Path: inventory.UnitDir, Use: facts.UseConfig, Bytes: configBytes, Inodes: configInodes},
		{Path: inventory.StateDir, Use: facts.UseConfig, Bytes: configBytes, Inodes: configInodes},
	}
	for _, i := range h.Instances {
		fs = append(fs, facts.FolderQuery{
			Path: i.DataDir, Use: facts.UseData, Bytes: dataBytes, Inodes: dataInodes,
			Unless: path.Join(i.DataDir, facts.VersionDir),
		})
		if i.DataLogDir != "" && i.DataLogDir != i.DataDir {
			fs = append(fs, facts.FolderQuery{
				Path: i.DataLogDir, Use: facts.UseData, Bytes: logBytes, Inodes: dataInodes,
				Unless: path.Join(i.DataLogDir, facts.VersionDir),
			})
		}
		if i.LogDir != "" {
			fs = append(fs, facts.FolderQuery{Path: i.LogDir, Use: facts.UseLogs, Bytes: configBytes, Inodes: configInodes, Unless: i.LogDir})
		}
	}
	return fs
}

// places lists the folders of host h that must lie apart.
func places(e *inventory.Ensemble, h *inventory.Host, release string) []facts.PlaceQuery {
	var ps []facts.PlaceQuery
	for _, k := range inventory.KeptDirs(release) {
		ps = append(ps, facts.PlaceQuery{What: k.What, Path: k.Path, Cached: k.Path == inventory.CacheDir})
	}
	for _, i := range h.Instances {
		ps = append(ps, facts.PlaceQuery{What: "the configuration of " + i.Name, Path: e.Paths.ConfigDir(&i), Instance: i.Name})
	}
	for _, i := range h.Instances {
		data := func(key, dir string) {
			what := fmt.Sprintf("the %s of %s", key, i.Name)
			ps = append(ps,
				facts.PlaceQuery{What: what, Path: dir, Instance: i.Name, Data: true},
				facts.PlaceQuery{What: facts.VersionDir + " in " + what, Path: path.Join(dir, facts.VersionDir), Instance: i.Name, Data: true, Part: true})
		}
		data("data_dir", i.DataDir)
		if i.DataLogDir != "" && i.DataLogDir != i.DataDir {
			data("data_log_dir", i.DataLogDir)
		}
		if i.LogDir != "" {
			ps = append(ps, facts.PlaceQuery{What: "the logs of " + i.Name, Path: i.LogDir, Instance: i.Name})
		}
	}
	return ps
}
