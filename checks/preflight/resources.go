package preflight

import (
	"fmt"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// folders judges space, inodes and mount options, one file system at a time:
// what several folders need from one file system adds up.
func (p *judgment) folders() {
	type demand struct {
		facts         facts.Folder
		paths         []string
		bytes, inodes uint64 // needed now
		growth        uint64 // what the data that is there wants as room to grow
	}
	var demands []*demand
	byMount := make(map[string]*demand)
	for _, f := range p.f.Folders {
		if f.Error != "" {
			p.add(folderUnusable, finding.Critical, "", f.Path+": "+f.Error, "repair it on the host or choose another path in the inventory")
			continue
		}
		if f.ReadOnly && !(f.Use == facts.UseInstall && f.Present) {
			p.add(readOnlyMount, finding.Critical, "",
				fmt.Sprintf("%s lies on %s, which is mounted read-only", f.Path, f.MountPoint),
				"remount it for writing or choose another path in the inventory")
			continue
		}
		if f.NoExec && f.Use == facts.UseInstall && f.Path == p.e.Paths.Install {
			p.add(noexecMount, finding.Notice, "",
				fmt.Sprintf("%s lies on %s, which is mounted noexec: the units run all the same, but ZooKeeper's own scripts do not", f.Path, f.MountPoint), "")
		}
		d := byMount[f.MountPoint]
		if d == nil {
			d = &demand{facts: f}
			byMount[f.MountPoint] = d
			demands = append(demands, d)
		}
		switch {
		case !f.Present:
			d.paths = append(d.paths, f.Path)
			d.bytes += f.NeedBytes
			d.inodes += f.NeedInodes
		case f.Use == facts.UseData:
			d.growth += f.NeedBytes
		}
	}
	for _, d := range demands {
		f := d.facts
		if f.FreeBytes < d.bytes {
			p.add(diskSpace, finding.Critical, "",
				fmt.Sprintf("%s has %s free (%d bytes), but what goes into %s needs %s (%d bytes)", f.MountPoint,
					size(f.FreeBytes), f.FreeBytes, strings.Join(d.paths, ", "), size(d.bytes), d.bytes),
				"make room or choose another path in the inventory")
		} else if f.FreeBytes-d.bytes < d.growth {
			p.add(diskSpace, finding.Warning, "",
				fmt.Sprintf("%s has only %s free (%d bytes) for the data on it; ZooKeeper stops when it cannot write its log", f.MountPoint, size(f.FreeBytes), f.FreeBytes),
				"make room, and see that autopurge is on")
		}
		if f.TotalInodes > 0 && f.FreeInodes < d.inodes {
			p.add(inodes, finding.Critical, "",
				fmt.Sprintf("%s has %d inodes free, but what goes into %s needs %d", f.MountPoint, f.FreeInodes, strings.Join(d.paths, ", "), d.inodes),
				"remove small files there or choose another path in the inventory")
		}
	}
}

// memory compares the heaps with what the host has. Instances that run already
// are part of what is not available any more, so only the others count there.
func (p *judgment) memory() {
	m := p.f.Memory
	if m.SwapTotal > 0 {
		p.add(swapOn, finding.Notice, "",
			fmt.Sprintf("swap is on (%s): a server that is swapped out misses its heartbeats", size(m.SwapTotal)),
			"switch it off, or keep the heaps well below the memory of the host")
	}
	if m.Total == 0 {
		return
	}
	p.limits()
	var all, starting uint64
	for n := range p.h.Instances {
		i := &p.h.Instances[n]
		heap, ok := i.MaxHeap(m.Total)
		if !ok {
			continue // what a heap may look like is the inventory's business
		}
		all += heap
		if !p.runs(i) {
			starting += heap
		}
	}
	switch {
	case all > m.Total:
		p.add(lowMemory, finding.Critical, "",
			fmt.Sprintf("the instances here may take %s of heap, but the host has %s of memory", size(all), size(m.Total)),
			"lower [jvm] heap or move an instance to another host")
	case m.Available > 0 && starting > m.Available:
		p.add(lowMemory, finding.Warning, "",
			fmt.Sprintf("the instances to start may take %s of heap, but only %s of memory is available", size(starting), size(m.Available)),
			"lower [jvm] heap or free memory on the host")
	}
}

// limits compares the limits of the units with what the host has. systemd gives a server as
// many files as the kernel allows where it is to have more, and says nothing of it.
func (p *judgment) limits() {
	for n := range p.h.Instances {
		i := &p.h.Instances[n]
		if most := p.f.OpenFiles; most > 0 && uint64(max(0, i.Unit.NoFile)) > most {
			p.add(filesAboveLimit, finding.Warning, i.Name,
				fmt.Sprintf("unit.nofile is %d, and systemd can give a service %d on this host: the server would have those", i.Unit.NoFile, most),
				"lower nofile under [unit], or raise fs.nr_open with sysctl on the host; of a container, the limit that it was started with")
		}
		if limit, ok := inventory.ParseSize(i.Unit.MemoryMax); ok && limit > p.f.Memory.Total {
			p.add(limitAboveMemory, finding.Warning, i.Name,
				fmt.Sprintf("unit.memory_max is %s, and the host has %s of memory: the limit keeps the server from nothing", size(limit), size(p.f.Memory.Total)),
				"lower memory_max under [unit]")
		}
	}
}

// runs reports whether one of the instance's ports is held by its own unit.
func (p *judgment) runs(i *inventory.Instance) bool {
	for _, l := range p.f.Listeners {
		if l.Unit == i.Name+".service" {
			return true
		}
	}
	return false
}

// size writes bytes for people, in powers of 1024 and with one decimal.
func size(n uint64) string {
	const units = "KMGTPE"
	if n < 1<<10 {
		return fmt.Sprintf("%d bytes", n)
	}
	v, u := float64(n)/1024, 0
	for v >= 1024 && u < len(units)-1 {
		v /= 1024
		u++
	}
	return fmt.Sprintf("%.1f %ciB", v, units[u])
}
