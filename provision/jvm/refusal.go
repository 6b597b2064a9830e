package jvm

import (
	"fmt"
	"slices"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// refusal is a flag with which a JVM does not start.
type refusal struct {
	flag inventory.Flag
	// why follows on the flag, in a message.
	why, hint string
}

// refusedBy returns the flags that a release of Java refuses.
func refusedBy(flags []inventory.Flag, feature int) []refusal {
	if ignores(flags) {
		return nil
	}
	var all []refusal
	known := spans()
	for _, f := range flags {
		s, ok := known[named(f)]
		switch {
		case !ok || s.takes(feature):
		case feature < s.first:
			all = append(all, refusal{f, fmt.Sprintf("is known from Java %d on", s.first), s.instead})
		default:
			all = append(all, refusal{f, fmt.Sprintf("is refused from Java %d on", s.gone), s.instead})
		}
		if f.Text == "-XX:+UseZGC" && s.takes(feature) && feature < zgcIsProduct && !unlocked(flags, f, experimental) {
			all = append(all, refusal{f, "is experimental up to Java 14", "write -XX:+" + experimental + " before it"})
		}
	}
	return all
}

// OnJava finds the flags of a host's instances that its Java, of that release, refuses.
func OnJava(h *inventory.Host, feature int, java string) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		if feature == 0 || in.Former {
			continue
		}
		for _, r := range refusedBy(slices.Collect(in.ParsedFlags()), feature) {
			found = append(found, finding.Finding{Name: flagOtherJava, Severity: finding.Critical, Host: h.Name, Instance: in.Name,
				Message: fmt.Sprintf("%s %s, and %s is Java %d: the JVM would end at once", shown(r.flag), r.why, java, feature), Hint: r.hint})
		}
	}
	return found
}

// unlocked reports whether the option unlocks stands before a flag.
func unlocked(flags []inventory.Flag, f inventory.Flag, unlocks string) bool {
	at := slices.Index(flags, f)
	return slices.ContainsFunc(flags[:max(at, 0)], func(before inventory.Flag) bool { return before.Text == "-XX:+"+unlocks })
}

// neverTogether returns two flags that no release of Java takes both.
func neverTogether(flags []inventory.Flag) (gone, later inventory.Flag, ok bool) {
	if ignores(flags) {
		return gone, later, false
	}
	known := spans()
	for _, a := range flags {
		for _, b := range flags {
			if x, y := known[named(a)], known[named(b)]; x.gone > 0 && y.first >= x.gone {
				return a, b, true
			}
		}
	}
	return gone, later, false
}
