package zoocfg

import (
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/zkprov/zkprov/inventory"
)

// kind is the sort of value that a key takes.
type kind string

const (
	text    kind = "text"
	number  kind = "number"
	boolean kind = "boolean" // on only for "true"
	onOff   kind = "choice"  // a word of its own; see key.words
	// fraction is a number that need not be whole.
	fraction kind = "fraction"
)

// bound says whose the least and greatest number of a key are.
type bound string

const (
	// hard: the server, or what reads the key, ends at any other.
	hard bound = "hard"
	// adjusted: the server takes the nearest, or its default, for any other, and logs it.
	adjusted bound = "adjusted"
	// protective: the server takes any other, and then does not work well, or at all.
	protective bound = "protective"
)

// key is one configuration key, as the hand knows it; which releases read it, and how, says
// reads.tsv.
type key struct {
	name string
	kind kind
	// def is the default of ZooKeeper itself, as text.
	def string
	// unit is the unit of a number, for messages.
	unit string
	// min and max bound a number, and bound says whose bounds they are; without bound they are
	// those of Java's int or long, by what reads it.
	min, max int64
	bound    bound
	// words lists the values of a key of kind choice; with fold in any case.
	words []string
	fold  bool
	// ours names what sets a key that the user may not set, for messages: a key of the
	// inventory, or why the value is fixed, behind the word nothing and a colon.
	ours string
	// same is set for keys that must be the same on every server.
	same    bool
	meaning string
}

// choices returns the words of a key that a release has.
func (k key) choices(v inventory.Version) []string {
	words := k.words
	for _, r := range k.reads(v) {
		if list, ok := strings.CutPrefix(r.call, "Enum.valueOf "); ok {
			words = slices.DeleteFunc(slices.Clone(words), func(w string) bool {
				return w != "" && !slices.ContainsFunc(strings.Split(list, "|"), func(has string) bool { return strings.EqualFold(has, w) })
			})
		}
	}
	return words
}

// takes reports whether a value is one of the words of a key that a release has.
func (k key) takes(value string, v inventory.Version) bool {
	return slices.ContainsFunc(k.choices(v), func(w string) bool { return w == value || k.fold && strings.EqualFold(w, value) })
}

// table is the keys in the order of the reference, and by name, made once: a big
// inventory asks for thousands.
type table struct {
	groups []group
	byName map[string]key
}

var tabled = sync.OnceValue(func() table {
	t := table{groups: keys(), byName: make(map[string]key)}
	for _, g := range t.groups {
		for i := range g.keys {
			k := &g.keys[i]
			k.limit()
			t.byName[k.name] = *k
		}
	}
	return t
})

// limit sets the bounds of a number that has none of its own to those of its type in Java,
// outside of which a number is none.
func (k *key) limit() {
	if k.kind != number {
		return
	}
	least, greatest := int64(math.MinInt32), int64(math.MaxInt32)
	if reads := allReads().byKey[k.name]; len(reads) > 0 && strings.HasPrefix(reads[len(reads)-1].call, "Long.") {
		least, greatest = math.MinInt64, math.MaxInt64
	}
	if k.bound == "" {
		k.min = least
	}
	if k.max == 0 {
		k.max = greatest
	}
}

// find returns the key of that name, or the one with a star at its end that stands for it.
func find(name string) (key, bool) {
	if k, ok := tabled().byName[name]; ok {
		return k, true
	}
	for n, k := range tabled().byName {
		if start, star := strings.CutSuffix(n, "*"); star && len(name) > len(start) && strings.HasPrefix(name, start) {
			return k, true
		}
	}
	return key{}, false
}

// names returns the names of all keys, in the order of the reference.
func names() []string {
	var all []string
	for _, group := range tabled().groups {
		for _, k := range group.keys {
			all = append(all, k.name)
		}
	}
	return all
}
