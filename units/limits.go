package units

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

const (
	// ownVariables begins the names of the variables that zkprov itself sets.
	ownVariables = "ZKPROV_"
	// language makes a JVM before 18 read and write UTF-8.
	language = "LANG"
	// defaultFiles is how many files a server may have open.
	defaultFiles = 524288
)

// environment returns the variables of the server. The user may set zkprov's own LANG.
func (s Spec) environment() string {
	var b strings.Builder
	own := slices.ContainsFunc(s.Limits.Environment, func(v inventory.Setting) bool { return v.Key == language })
	if !own {
		b.WriteString("Environment=" + language + "=C.UTF-8\n")
	}
	fmt.Fprintf(&b, "Environment=%s\n", words(GenerationVariable+"="+s.Generation))
	for _, v := range s.Limits.Environment {
		fmt.Fprintf(&b, "Environment=%s\n", words(v.Key+"="+v.Value))
	}
	return b.String()
}

// limits returns the limits of the server.
func (s Spec) limits() string {
	var b strings.Builder
	fmt.Fprintf(&b, "LimitNOFILE=%d\n", cmp.Or(s.Limits.NoFile, defaultFiles))
	if limit := s.Limits.MemoryMax; limit != "" {
		fmt.Fprintf(&b, "MemoryMax=%s\n", strings.ToUpper(limit))
	}
	return b.String()
}

// heap returns the flags that bound the heap. A share of the unit's own limit is worked
// out here: a JVM before 8u372, 11.0.16 and 15 takes the memory of the host for its own
// where that has cgroups of version 2. A share of the host's memory is left to the JVM, so
// that the unit stays the same when the host gets more. Both flags are for that: with the
// first alone half the memory is the most that a JVM takes of less than 250 MB.
func (s Spec) heap() []string {
	h, _ := inventory.ParseHeap(s.Heap)
	limit, limited := inventory.ParseSize(s.Limits.MemoryMax)
	switch {
	case h.Bytes > 0:
		return []string{"-Xmx" + s.Heap}
	case h.Percent > 0 && limited:
		return []string{fmt.Sprintf("-Xmx%dm", h.Of(limit)>>20)}
	case h.Percent > 0:
		return []string{mostMemory + percentage(h.Percent), leastMemory + percentage(h.Percent)}
	}
	return nil
}

const (
	mostMemory  = "-XX:MaxRAMPercentage="
	leastMemory = "-XX:MinRAMPercentage="
)

// percentage writes a number as a JVM reads one: an integer is refused by Java 8 to 12.
func percentage(n float64) string {
	text := strconv.FormatFloat(n, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// BoundsHeap reports whether a flag is one of those by which units of zkprov's bound the
// heap.
func BoundsHeap(flag string) bool {
	return slices.ContainsFunc([]string{"-Xmx", mostMemory, leastMemory}, func(begin string) bool { return strings.HasPrefix(flag, begin) })
}
