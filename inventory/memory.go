package inventory

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// HeapAuto, as the heap, leaves its size to the JVM.
const HeapAuto = "auto"

// Heap is the greatest size of a heap as [jvm] heap gives it. Its zero value is HeapAuto.
type Heap struct {
	// Bytes is a size; 0 where the heap is none.
	Bytes uint64
	// Percent is a share of the unit's memory_max or, without one, of the host's memory;
	// 0 where the heap is none.
	Percent float64
}

var (
	sizePattern    = regexp.MustCompile(`^([0-9]{1,12})([kKmMgGtT]?)$`)
	percentPattern = regexp.MustCompile(`^([0-9]{1,3}(?:\.[0-9]{1,2})?)%$`)
)

// ParseSize reads a number of bytes as a JVM does: with k, m, g or t in either case for
// the powers of 1024, or without a letter.
func ParseSize(s string) (bytes uint64, ok bool) {
	parts := sizePattern.FindStringSubmatch(s)
	if parts == nil {
		return 0, false
	}
	n, err := strconv.ParseUint(parts[1], 10, 64)
	shift := 0
	if parts[2] != "" {
		shift = 10 * (1 + strings.Index("kmgt", strings.ToLower(parts[2])))
	}
	if err != nil || n > math.MaxUint64>>(shift+8) {
		return 0, false // the eight spare bits let 255 of them be added up
	}
	return n << shift, true
}

// ParseHeap reads what [jvm] heap may be. A percentage is more than 0 and at most 100.
func ParseHeap(s string) (h Heap, ok bool) {
	if s == HeapAuto {
		return h, true
	}
	if parts := percentPattern.FindStringSubmatch(s); parts != nil {
		h.Percent, _ = strconv.ParseFloat(parts[1], 64)
		return h, h.Percent > 0 && h.Percent <= 100
	}
	h.Bytes, ok = ParseSize(s)
	return h, ok && h.Bytes > 0
}

// unsetShare is the part of the memory that a JVM takes at most where nobody tells it.
const unsetShare = 4

// Of returns the heap that a JVM takes at most of some memory.
func (h Heap) Of(memory uint64) uint64 {
	switch {
	case h.Bytes > 0:
		return h.Bytes
	case h.Percent > 0:
		return uint64(h.Percent / 100 * float64(memory))
	}
	return memory / unsetShare
}

// MaxHeap returns how large the instance's heap may become on a host with that much
// memory, flags included; ok is false where that is not known, as with a host's memory of
// 0. A later -Xmx or -XX:MaxHeapSize beats an earlier one and the heap, as in HotSpot.
func (in *Instance) MaxHeap(host uint64) (bytes uint64, ok bool) {
	h, ok := in.maxHeap()
	memory := host
	if limit, is := ParseSize(in.Unit.MemoryMax); is {
		memory = limit
	}
	if !ok || h.Bytes == 0 && memory == 0 {
		return 0, false
	}
	return h.Of(memory), true
}

// maxHeap returns the heap with what flags say of it; ok is false where that is no heap.
func (in *Instance) maxHeap() (h Heap, ok bool) {
	h, ok = ParseHeap(in.JVM.Heap)
	for f := range in.ParsedFlags() {
		switch f.Name {
		case "-Xmx", "MaxHeapSize":
			h.Percent = 0
			h.Bytes, ok = ParseSize(f.Value)
		case "MaxRAMPercentage":
			if h.Bytes == 0 && !in.limitedPercent(h) {
				var err error
				h.Percent, err = strconv.ParseFloat(f.Value, 64)
				ok = err == nil
			}
		}
	}
	return h, ok
}

// limitedPercent reports whether the heap is a share of the unit's limit, which the unit
// has as a size.
func (in *Instance) limitedPercent(h Heap) bool { return h.Percent > 0 && in.Unit.MemoryMax != "" }

// share returns how much of the host's memory the heap may take, in percent; 0 where it
// does not go by that.
func (in *Instance) share() float64 {
	h, ok := in.maxHeap()
	_, limited := ParseSize(in.Unit.MemoryMax)
	switch {
	case !ok, limited, h.Bytes > 0:
		return 0
	case h.Percent > 0:
		return math.Round(h.Percent*100) / 100
	}
	return 100.0 / unsetShare
}

// beside returns what a server's JVM needs beside a heap: classes, compiled code, threads,
// and the collector's tables, which grow with the heap. A quiet 3.6.3 on Java 17 was
// measured to take 60 MiB beside a heap of 64 MiB, and 99 MiB beside one of 1 GiB.
func beside(heap uint64) uint64 { return 96<<20 + heap/16 }

// leastHeap is a size, in bytes, below which ZooKeeper does not start at all.
const leastHeap = 32 << 20

// memory judges an instance's heap by itself and against the limit of its unit.
func (j *judge) memory(in *Instance, n *node) {
	heapAt := j.innermost(n, "jvm", "heap")
	heap, ok := ParseHeap(in.JVM.Heap)
	switch {
	case !ok:
		j.once(heapAt.pos, "bad-heap", `write a size such as "1g", a share of the memory such as "75%", or "auto"`, "jvm.heap is %q, which is no size%s", in.JVM.Heap, strange(in.JVM.Heap, oneOf("%.")))
		return
	case heap.Bytes > 0 && heap.Bytes < leastHeap:
		j.once(heapAt.pos, "bad-heap", "a number without a letter is bytes", "jvm.heap is %q, and ZooKeeper needs 32m at the very least", in.JVM.Heap)
		return
	}
	limitAt := j.innermost(n, "unit", "memory_max")
	limit, ok := ParseSize(in.Unit.MemoryMax)
	switch {
	case limitAt == nil || limitAt.kind != string(text):
		return
	case !ok:
		j.once(limitAt.pos, "bad-size", `write a number with k, m or g, such as "2g"`, "unit.memory_max is %q, which is no size%s", in.Unit.MemoryMax, strange(in.Unit.MemoryMax, oneOf("")))
		return
	case limit < leastHeap:
		j.once(limitAt.pos, "bad-size", "a number without a letter is bytes", "unit.memory_max is %q, and ZooKeeper needs more than 32m", in.Unit.MemoryMax)
		return
	}
	size, ok := in.MaxHeap(0)
	if !ok {
		return
	}
	switch needs := size + beside(size); {
	case heap.Percent > 0 && size < leastHeap:
		j.once(heapAt.pos, "bad-heap", "raise unit.memory_max, or write a size", "jvm.heap is %s of unit.memory_max, %s, and ZooKeeper needs 32m at the very least", in.JVM.Heap, in.Unit.MemoryMax)
	case size >= limit:
		j.once(limitAt.pos, "heap-above-limit", `raise unit.memory_max, or write heap = "75%" under [jvm], which follows it`,
			"the heap may take %s, and unit.memory_max is %s: the server is killed before its heap is full", mebibytes(size), in.Unit.MemoryMax)
	case needs > limit:
		j.warn(limitAt.pos, "heap-above-limit", fmt.Sprintf("raise unit.memory_max to %s, or lower heap under [jvm]", mebibytes(needs+1<<20-1)),
			"the heap may take %s, a JVM needs some %s beside it, and unit.memory_max is %s: the server may be killed when its heap fills", mebibytes(size), mebibytes(needs-size), in.Unit.MemoryMax)
	}
}

func mebibytes(n uint64) string { return fmt.Sprintf("%dm", n>>20) }

// shares judges the heaps of one host that are shares of its memory.
func (j *judge) shares(h *Host, nodes []*node) {
	var sum float64
	var last *node
	n := 0
	for i := range h.Instances {
		heap, ok := ParseHeap(h.Instances[i].JVM.Heap)
		at := j.innermost(nodes[i], "jvm", "heap")
		if share := h.Instances[i].share(); ok && heap.Percent > 0 && share > 0 && at != nil {
			sum, last = sum+share, at
			n++
		}
	}
	if n > 1 && sum > 100 {
		j.fail(last.pos, "heaps-above-memory", fmt.Sprintf("%d instances may have %d%% each at most, and some is needed beside the heaps", n, int(100/float64(n))),
			"the heaps of the %d instances of host %s come to %s%% of its memory", n, h.Name, strconv.FormatFloat(sum, 'f', -1, 64))
	}
}
