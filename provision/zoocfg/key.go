package zoocfg

import (
	"sync"
)

// kind is the sort of value that a key takes.
type kind string

const (
	text    kind = "text"
	number  kind = "number"
	boolean kind = "boolean" // on only for "true"
	onOff   kind = "choice"  // a word of its own; see key.words
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
	// min and max bound a number, of every key that a user may set in zoo.cfg.
	min, max int64
	// words lists the values of a key of kind choice.
	words []string
	// ours names what sets a key that the user may not set, for messages: a key of the
	// inventory, or why the value is fixed, behind the word nothing and a colon.
	ours string
	// same is set for keys that must be the same on every server.
	same    bool
	meaning string
}

// index is the table of keys by name, made once: a big inventory asks for
// thousands.
var index = sync.OnceValue(func() map[string]key {
	byName := make(map[string]key)
	for _, group := range keys() {
		for _, k := range group.keys {
			byName[k.name] = k
		}
	}
	return byName
})

// find returns the key of that name.
func find(name string) (key, bool) {
	k, ok := index()[name]
	return k, ok
}

// names returns the names of all keys, in the order of the reference.
func names() []string {
	var all []string
	for _, group := range keys() {
		for _, k := range group.keys {
			all = append(all, k.name)
		}
	}
	return all
}
