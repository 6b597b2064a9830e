package preflight

import (
	"fmt"
	"math"
	"strconv"
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
	var all, starting uint64
	for n := range p.h.Instances {
		i := &p.h.Instances[n]
		heap, ok := maxHeap(i.JVM)
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

// runs reports whether one of the instance's ports is held by its own unit.
func (p *judgment) runs(i *inventory.Instance) bool {
	for _, l := range p.f.Listeners {
		if l.Unit == i.Name+".service" {
			return true
		}
	}
	return false
}

// maxHeap returns the greatest heap of an instance in bytes. A later -Xmx or
// -XX:MaxHeapSize beats an earlier one, as in HotSpot.
func maxHeap(j inventory.JVM) (uint64, bool) {
	heap, known := parseHeap(j.Heap)
	for _, flag := range j.Flags {
		for _, prefix := range []string{"-Xmx", "-XX:MaxHeapSize="} {
			if text, ok := strings.CutPrefix(flag, prefix); ok {
				heap, known = parseHeap(text)
			}
		}
	}
	return heap, known
}

// parseHeap reads a size as the JVM does: a number and k, m, g or t in either
// case.
func parseHeap(s string) (uint64, bool) {
	shift := 0
	if s != "" {
		switch s[len(s)-1] {
		case 'k', 'K':
			shift = 10
		case 'm', 'M':
			shift = 20
		case 'g', 'G':
			shift = 30
		case 't', 'T':
			shift = 40
		}
	}
	if shift > 0 {
		s = s[:len(s)-1]
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > math.MaxUint64>>(shift+8) {
		return 0, false // the eight spare bits let 255 heaps be added up
	}
	return n << shift, true
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
