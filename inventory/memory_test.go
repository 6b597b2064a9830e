package inventory

import (
	"fmt"
	"testing"
)

func TestMaxHeap(t *testing.T) {
	for _, tt := range []struct {
		jvm   JVM
		limit string
		host  uint64
		want  uint64
		ok    bool
	}{
		{jvm: JVM{Heap: "1g"}, want: 1 << 30, ok: true},
		{jvm: JVM{Heap: "512M"}, want: 512 << 20, ok: true},
		{jvm: JVM{Heap: "1024k"}, want: 1 << 20, ok: true},
		{jvm: JVM{Heap: "1t"}, want: 1 << 40, ok: true},
		{jvm: JVM{Heap: "65536"}, want: 65536, ok: true},
		{jvm: JVM{Heap: "1g", Flags: []string{"-Xms1g", "-Xmx2g", "-XX:MaxHeapSize=3g"}}, want: 3 << 30, ok: true},
		{jvm: JVM{Heap: "1g", Flags: []string{"-Xmxmuch"}}},
		{jvm: JVM{Heap: "75%"}, host: 8 << 30, want: 6 << 30, ok: true},
		{jvm: JVM{Heap: "12.5%"}, host: 8 << 30, want: 1 << 30, ok: true},
		{jvm: JVM{Heap: "75%"}},
		{jvm: JVM{Heap: "75%"}, limit: "4g", host: 64 << 30, want: 3 << 30, ok: true},
		{jvm: JVM{Heap: "75%", Flags: []string{"-Xmx1g"}}, limit: "4g", want: 1 << 30, ok: true},
		{jvm: JVM{Heap: "auto"}, host: 8 << 30, want: 2 << 30, ok: true},
		{jvm: JVM{Heap: "auto"}, limit: "4g", host: 8 << 30, want: 1 << 30, ok: true},
		{jvm: JVM{Heap: "auto", Flags: []string{"-XX:MaxRAMPercentage=50.0"}}, host: 8 << 30, want: 4 << 30, ok: true},
		{jvm: JVM{Heap: "75%", Flags: []string{"-XX:MaxRAMPercentage=50"}}, host: 8 << 30, want: 4 << 30, ok: true},
		// -Xmx beats a share, and a share of the limit is an -Xmx.
		{jvm: JVM{Heap: "1g", Flags: []string{"-XX:MaxRAMPercentage=50"}}, host: 8 << 30, want: 1 << 30, ok: true},
		{jvm: JVM{Heap: "75%", Flags: []string{"-XX:MaxRAMPercentage=50"}}, limit: "4g", want: 3 << 30, ok: true},
		{jvm: JVM{Heap: ""}},
		{jvm: JVM{Heap: "g"}},
		{jvm: JVM{Heap: "much"}},
		{jvm: JVM{Heap: "0%"}, host: 1 << 30},
		{jvm: JVM{Heap: "101%"}, host: 1 << 30},
		{jvm: JVM{Heap: "99999999999g"}},
	} {
		in := Instance{JVM: tt.jvm, Unit: Unit{MemoryMax: tt.limit}}
		if got, ok := in.MaxHeap(tt.host); got != tt.want || ok != tt.ok {
			t.Errorf("%+v, limit %q: %d, %t; want %d, %t", tt.jvm, tt.limit, got, ok, tt.want, tt.ok)
		}
	}
}

func memoryCases() map[string]readCase {
	const two = "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ { id = 1, jvm.heap = \"%s\" }, { id = 2, client_port = 1, quorum_port = 2, election_port = 3, jvm.heap = \"%s\" }, { id = 3, client_port = 11, quorum_port = 12, election_port = 13, jvm.heap = \"%s\" } ]\n"
	return map[string]readCase{
		"shares and auto": {supported + "[jvm]\nheap = \"75%\"" + threeHosts, nil},
		"auto":            {supported + "[jvm]\nheap = \"auto\"" + threeHosts, nil},
		"a limit":         {supported + "[jvm]\nheap = \"75%\"\n[unit]\nmemory_max = \"2g\"\nnofile = 4096" + threeHosts, nil},
		"no share": {"[jvm]\nheap = \"120%\"" + threeHosts, []string{
			`zk.toml:2:8: jvm.heap is "120%", which is no size; write a size such as "1g", a share of the memory such as "75%", or "auto" [bad-heap]`,
		}},
		"a share of little": {"[jvm]\nheap = \"10%\"\n[unit]\nmemory_max = \"200m\"" + threeHosts, []string{
			`zk.toml:2:8: jvm.heap is 10% of unit.memory_max, 200m, and ZooKeeper needs 32m at the very least; raise unit.memory_max, or write a size [bad-heap]`,
		}},
		"no size": {"[unit]\nmemory_max = \"2gb\"" + threeHosts, []string{
			`zk.toml:2:14: unit.memory_max is "2gb", which is no size; write a number with k, m or g, such as "2g" [bad-size]`,
		}},
		"bytes": {"[unit]\nmemory_max = \"2048\"" + threeHosts, []string{
			`zk.toml:2:14: unit.memory_max is "2048", and ZooKeeper needs more than 32m; a number without a letter is bytes [bad-size]`,
		}},
		"heap as the limit": {"[unit]\nmemory_max = \"1g\"" + threeHosts, []string{
			`zk.toml:2:14: the heap may take 1024m, and unit.memory_max is 1g: the server is killed before its heap is full; raise unit.memory_max, or write heap = "75%" under [jvm], which follows it [heap-above-limit]`,
		}},
		"a flag above the limit": {"[jvm]\nflags = [\"-Xmx4g\"]\n[unit]\nmemory_max = \"2g\"" + threeHosts, []string{
			`zk.toml:4:14: the heap may take 4096m, and unit.memory_max is 2g: the server is killed before its heap is full; raise unit.memory_max, or write heap = "75%" under [jvm], which follows it [heap-above-limit]`,
		}},
		"little beside": {supported + "[unit]\nmemory_max = \"1100m\"" + threeHosts, []string{
			`zk.toml:4:14: warning: the heap may take 1024m, a JVM needs some 160m beside it, and unit.memory_max is 1100m: the server may be killed when its heap fills; raise unit.memory_max to 1184m, or lower heap under [jvm] [heap-above-limit]`,
		}},
		"shares of one host": {fmt.Sprintf(two, "40%", "40%", "30%"), []string{
			`zk.toml:4:204: the heaps of the 3 instances of host zk1 come to 110% of its memory; 3 instances may have 33% each at most, and some is needed beside the heaps [heaps-above-memory]`,
		}},
		"shares that a flag beats":    {supported + "ignore = [\"few-voters\", \"voters-share-host\"]\n[jvm]\nflags = [\"-Xmx1g\"]\n" + fmt.Sprintf(two, "40%", "40%", "30%"), nil},
		"shares of one host that fit": {supported + "ignore = [\"few-voters\", \"voters-share-host\"]\n" + fmt.Sprintf(two, "40%", "30%", "30%"), nil},
	}
}
