package jvm

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// The names of what Lint finds.
const (
	flagEnds       = "flag-ends-jvm"
	flagTwo        = "flag-two-in-one"
	flagOtherJava  = "flag-of-other-java"
	flagUnwritable = "flag-unwritable"
	flagRelative   = "path-relative"
	flagIPv4Only   = "flag-ipv4-only"
)

// Lint judges the flags of every JVM by what can be known without one. It is an
// inventory.Rule.
func Lint(e *inventory.Ensemble) finding.Findings {
	l := linter{e: e}
	judged := make(map[string]bool)
	for i := range e.Hosts {
		h := &e.Hosts[i]
		for k := range h.Instances {
			in := &h.Instances[k]
			l.files(in)
			if len(in.JVM.Flags) == 0 {
				continue
			}
			l.written(in)
			l.addresses(in)
			// What follows depends on these alone, and most instances inherit them.
			about := fmt.Sprintf("%v %s %s %d", in.JVM.FlagPos, in.JVM.Heap, in.Unit.MemoryMax, h.Java.Minimum)
			if len(in.JVM.FlagPos) > 0 && judged[about] {
				continue
			}
			judged[about] = true
			flags := slices.Collect(in.ParsedFlags())
			for _, f := range flags {
				l.flag(f, flags)
			}
			l.heap(in, flags)
			l.collectors(flags)
			l.releases(h, flags)
		}
	}
	return l.found.Findings()
}

type linter struct {
	e     *inventory.Ensemble
	found inventory.Collector
}

func (l *linter) add(severity finding.Severity, name string, pos finding.Position, message, hint string) {
	l.found.AddOnce(finding.Finding{Pos: pos, Severity: severity, Name: name, Message: message, Hint: hint})
}

// shown returns a flag for messages, of a property and of an agent what may be no secret.
func shown(f inventory.Flag) string {
	if f.Kind == inventory.FlagAgent && f.Value != "" {
		return inventory.Clip(strings.TrimSuffix(f.Text, f.Value) + "…")
	}
	if f.Kind == inventory.FlagProperty && f.Value != "true" && f.Value != "false" {
		return inventory.Clip("-D" + f.Name + "=…")
	}
	return inventory.Clip(f.Text)
}

var (
	// another matches the begin of a second flag in one string.
	another = regexp.MustCompile(`\s-(D|X|javaagent:|agentlib:|agentpath:|-[a-z]|server\b|ea\b|verbose\b)`)
	// sizes names the flags of which the value is a size.
	sizes = regexp.MustCompile(`^-X(ms|mx|mn|ss)$`)
)

// flag judges a flag by itself, and by what stands before it.
func (l *linter) flag(f inventory.Flag, flags []inventory.Flag) {
	ends := func(why, hint string) {
		l.add(finding.Error, flagEnds, f.Pos, fmt.Sprintf("with %s the JVM ends at once: %s", shown(f), why), hint)
	}
	_, isSize := inventory.ParseSize(f.Value)
	unlocks := locked()[f.Name]
	value, hasValue := f.Value, strings.Contains(f.Text, "=")
	switch {
	case f.Kind == inventory.FlagNone || f.Kind == inventory.FlagFile:
		// The inventory says it.
	case another.MatchString(f.Text) && f.Name != "OnOutOfMemoryError" && f.Name != "OnError":
		severity, effect := finding.Error, "the JVM takes it for one, and ends"
		if f.Kind == inventory.FlagProperty || f.Kind == inventory.FlagAgent {
			severity, effect = finding.Warning, "the JVM takes all behind the first name for its value"
		}
		l.add(severity, flagTwo, f.Pos, fmt.Sprintf("%s looks like two flags in one string: %s", shown(f), effect), "write each flag as a string of its own")
	case slices.Contains(ending(), f.Name) || slices.Contains(ending(), f.Text):
		ends("it only prints something", "remove it")
	case slices.Contains(classes(), strings.Fields(f.Name + " x")[0]), f.Kind == inventory.FlagProperty && f.Name == "java.class.path":
		ends("zkprov gives the class path and the class to run itself, and one that comes later takes their place", "remove it")
	case strings.HasPrefix(f.Text, "--") && strings.ContainsAny(f.Name, " \t"):
		ends("the name of an option ends at =, not at a blank", "write "+inventory.Clip(strings.Join(strings.Fields(f.Text), "=")))
	case (strings.HasPrefix(f.Text, "--add-") || strings.HasSuffix(f.Text, "module-path")) && !hasValue:
		ends("it takes the next argument for its value", "write the value behind it, with =")
	case sizes.MatchString(f.Name) && (!isSize || f.Name == "-Xmx" && strings.Trim(value, "0kKmMgGtT") == ""):
		ends(fmt.Sprintf("%q is no size", inventory.Clip(value)), "write a number with k, m or g, such as "+f.Name+"512m")
	case f.Kind == inventory.FlagProperty && (f.Name == "java.ext.dirs" || f.Name == "java.endorsed.dirs") && l.floor(0) >= 9:
		ends("Java 9 and later refuse it", "remove it")
	case f.Kind == inventory.FlagAdvanced && unlocks != "" && !unlocked(flags, f, unlocks) && !ignores(flags):
		ends("the option is "+map[string]string{experimental: "experimental", diagnostic: "diagnostic"}[unlocks]+", and locked", "write -XX:+"+unlocks+" before it")
	}
}

// heap judges the least size of the heap by its greatest.
func (l *linter) heap(in *inventory.Instance, flags []inventory.Flag) {
	greatest, ok := in.MaxHeap(0)
	heap, _ := inventory.ParseHeap(in.JVM.Heap)
	if !ok || heap == (inventory.Heap{}) && !slices.ContainsFunc(flags, func(f inventory.Flag) bool { return f.Name == "-Xmx" || f.Name == "MaxHeapSize" }) {
		return // the JVM chooses it, and takes what it is given
	}
	least := make(map[string]inventory.Flag)
	for _, f := range flags {
		switch f.Name {
		case "-Xms", "InitialHeapSize":
			least["InitialHeapSize"] = f
		case "MinHeapSize":
			least[f.Name] = f
		}
	}
	for _, f := range least {
		if size, ok := inventory.ParseSize(f.Value); ok && size > greatest {
			l.add(finding.Error, flagEnds, f.Pos, fmt.Sprintf("with %s the JVM ends at once: the heap may grow to %dm only", shown(f), greatest>>20),
				"raise heap under [jvm], or lower this")
		}
	}
}

// collectors wants one collector at most.
func (l *linter) collectors(flags []inventory.Flag) {
	var chosen []inventory.Flag
	for _, name := range collectors() {
		var last inventory.Flag
		for _, f := range flags {
			if f.Kind == inventory.FlagAdvanced && f.Name == name {
				last = f
			}
		}
		if last.Value == "+" {
			chosen = append(chosen, last)
		}
	}
	if len(chosen) > 1 {
		slices.SortFunc(chosen, func(a, b inventory.Flag) int { return slices.Index(flags, a) - slices.Index(flags, b) })
		l.add(finding.Error, flagEnds, chosen[1].Pos, fmt.Sprintf("with %s and %s the JVM ends at once: it takes one collector", chosen[0].Text, chosen[1].Text), "remove one of them")
	}
}

// releases judges flags by the oldest Java that the inventory lets them run on: what is
// gone by then no host has.
func (l *linter) releases(h *inventory.Host, flags []inventory.Flag) {
	floor := l.floor(h.Java.Minimum)
	known := spans()
	if !ignores(flags) {
		for _, f := range flags {
			if s := known[named(f)]; s.gone > 0 && floor >= s.gone {
				l.add(finding.Error, flagOtherJava, f.Pos, fmt.Sprintf("%s is refused from Java %d on, with which the JVM ends at once, and the oldest Java that may be used is %d", shown(f), s.gone, floor), s.instead)
			}
		}
	}
	if gone, later, ok := neverTogether(flags); ok {
		l.add(finding.Error, flagOtherJava, later.Pos, fmt.Sprintf("no Java takes both %s, which is refused from Java %d on, and %s, which is known from Java %d on: the JVM ends at once",
			shown(gone), known[named(gone)].gone, shown(later), known[named(later)].first), "remove the one that is not for the Java of the hosts")
	}
}

// floor returns the oldest Java that the ensemble may run on.
func (l *linter) floor(minimum int) int {
	if l.e.Version.Before("3.5.4") {
		return max(minimum, 7)
	}
	return max(minimum, 8)
}

// addresses wants no IPv6 address where the JVM is kept from IPv6.
func (l *linter) addresses(in *inventory.Instance) {
	f, ok := in.Property("java.net.preferIPv4Stack")
	if !ok || !strings.EqualFold(f.Value, "true") {
		return
	}
	six := func(what, address string) {
		if a, err := netip.ParseAddr(address); err == nil && a.Is6() && !a.Is4In6() {
			l.add(finding.Error, flagIPv4Only, f.Pos, fmt.Sprintf("%s keeps the JVM from IPv6, and %s is %s: a server cannot listen there or reach it", shown(f), what, address), "remove the flag, or use IPv4 addresses")
		}
	}
	for _, m := range l.e.Members() {
		for _, a := range m.ListedAddresses() {
			six("the address of host "+m.Host.Name, a)
		}
	}
	for _, key := range []string{"clientPortAddress", "secureClientPortAddress", "metricsProvider.httpHost"} {
		if s, ok := in.Written(key); ok {
			six(key, s.Value)
		}
	}
}
