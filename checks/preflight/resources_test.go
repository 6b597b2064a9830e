package preflight

import (
	"testing"

	"github.com/zkprov/zkprov/inventory"
)

func TestMaxHeap(t *testing.T) {
	for _, tt := range []struct {
		jvm  inventory.JVM
		want uint64
		ok   bool
	}{
		{inventory.JVM{Heap: "1g"}, 1 << 30, true},
		{inventory.JVM{Heap: "512M"}, 512 << 20, true},
		{inventory.JVM{Heap: "1024k"}, 1 << 20, true},
		{inventory.JVM{Heap: "1t"}, 1 << 40, true},
		{inventory.JVM{Heap: "65536"}, 65536, true},
		{inventory.JVM{Heap: "1g", Flags: []string{"-Xms1g", "-Xmx2g", "-XX:MaxHeapSize=3g"}}, 3 << 30, true},
		{inventory.JVM{Heap: ""}, 0, false},
		{inventory.JVM{Heap: "g"}, 0, false},
		{inventory.JVM{Heap: "much"}, 0, false},
		{inventory.JVM{Heap: "99999999999g"}, 0, false},
	} {
		if got, ok := maxHeap(tt.jvm); got != tt.want || ok != tt.ok {
			t.Errorf("%+v: %d, %t; want %d, %t", tt.jvm, got, ok, tt.want, tt.ok)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 bytes", 1023: "1023 bytes", 1024: "1.0 KiB", 64 << 20: "64.0 MiB", 4294967296: "4.0 GiB", 3 << 39: "1.5 TiB",
	} {
		if got := size(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
