package host

import (
	"fmt"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/java"
)

// heapShareUnknown is found where a heap is a share of the host's memory and the Java knows
// no such.
const heapShareUnknown = "heap-share-unknown"

// heapShares finds the instances of a host that are to take a share of its memory on a Java
// that does not know how: the JVM would end at once.
func heapShares(h *inventory.Host, j *java.Result) finding.Findings {
	if j == nil || j.Feature == 0 || j.TakesShare() {
		return nil
	}
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		if heap, ok := inventory.ParseHeap(in.JVM.Heap); ok && heap.Percent > 0 && in.Unit.MemoryMax == "" && !in.Former {
			found = append(found, finding.Finding{Name: heapShareUnknown, Severity: finding.Critical, Host: h.Name, Instance: in.Name,
				Message: fmt.Sprintf("jvm.heap is %s, and %s (%s) cannot take a share of the memory: Java 8 can from 8u191 on, and from 10 on every Java", in.JVM.Heap, j.Java, j.Version),
				Hint:    "name a newer Java with home under [java], write heap as a size under [jvm], or set memory_max under [unit], of which zkprov works out the share itself"})
		}
	}
	return found
}
