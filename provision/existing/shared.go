package existing

import (
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// shared tells the keys that all servers have with one value from those of some.
type shared struct {
	all []*instance
	// common has the keys that stand at the top.
	common map[string]bool
}

func newShared(all []*instance) *shared {
	s := &shared{all: all, common: make(map[string]bool)}
	for _, set := range all[0].settings {
		s.common[set.Key] = !slices.ContainsFunc(all, func(in *instance) bool {
			return !slices.ContainsFunc(in.settings, func(o Setting) bool { return o.Key == set.Key && o.Value == set.Value })
		})
	}
	return s
}

// blocks writes the table of that name: at the top what is common, elsewhere what is the
// instance's own. What ZooKeeper does not know gets a table beside it.
func (s *shared) blocks(table string, of []*instance, w *making) []*block {
	top := table == "zoo_cfg"
	var settings []Setting
	for _, set := range of[0].settings {
		if s.common[set.Key] == top {
			settings = append(settings, set)
		}
	}
	b := &block{header: "[" + table + "]", optional: true}
	unchecked := &block{header: "[" + table + "_unchecked]", optional: true, about: []string{"ZooKeeper does not read these keys. They may be a plugin's: they are written as they stand, and not judged."}}
	if top {
		b.about = []string{"ZooKeeper's own keys, in its own spelling, for all instances."}
	}
	var keys []string
	for _, set := range settings {
		keys = append(keys, set.Key)
	}
	for _, set := range settings {
		if isSecret(set.Key) && set.Value != "" {
			b.leave(secretNote(set))
			continue
		}
		e := settingEntry(set, keys)
		beside := &entry{what: written(set), pos: set.Pos, hidden: true, forms: []form{{text: tableKey(set.Key, keys) + " = " + quoted(set.Value)}}}
		unchecked.add(beside)
		e.instead = func(f finding.Finding) *entry {
			mistyped := strings.HasPrefix(f.Hint, "did you mean")
			switch {
			case f.Name != unknownKey, mistyped && !strings.Contains(set.Key, "."):
				return nil
			case mistyped:
				beside.above = []string{where(set.Pos) + ": " + f.Hint}
			}
			return beside
		}
		b.add(e)
	}
	if top && !slices.ContainsFunc(s.all, func(in *instance) bool { return in.has("autopurge.purgeInterval") || len(in.source.Settings) == 0 }) {
		b.comment("No file sets autopurge.purgeInterval: ZooKeeper then keeps all old snapshots and logs. zkprov sets 1, so that all but the newest three go each hour; 0 keeps them all.")
	}
	if top && !slices.ContainsFunc(s.all, func(in *instance) bool { return in.setsAdmin() || len(in.source.Settings) == 0 }) {
		b.comment("No file sets AdminServer: from ZooKeeper 3.5 on it is on port 8080 of all addresses then. zkprov has it off; admin_port = 8080 with an instance has it on 127.0.0.1.")
	}
	return []*block{b, unchecked}
}

// unknownKey is the finding about a key that the release does not read.
const unknownKey = "zoo-cfg-unknown-key"

func (in *instance) has(key string) bool {
	return slices.ContainsFunc(in.settings, func(s Setting) bool { return s.Key == key })
}

func secretNote(set Setting) Note {
	return Note{What: set.Key + ` = "…"`, Pos: set.Pos, Secret: true, Why: "a secret is not copied: write it here by hand, as it stands there"}
}

// settingEntry writes a key of zoo.cfg.
func settingEntry(set Setting, keys []string) *entry {
	key := tableKey(set.Key, keys)
	e := &entry{what: written(set), pos: set.Pos, silent: isSecret(set.Key)}
	one := form{text: key + " = " + literal(set.Value)}
	switch {
	case set.Pos.Line == 0:
		one.note = "Not set in the file: this is ZooKeeper's own default, and zkprov's would be 2000."
		e.what = set.Key + "=" + set.Value
	case set.Key == "4lw.commands.whitelist":
		e.forms = append(e.forms, one)
		one = form{key + " = " + quoted(set.Value+",mntr"), "mntr is added: by it zkprov tells whether the followers are in sync."}
	}
	e.forms = append(e.forms, one)
	if one.text != key+" = "+quoted(set.Value) && set.Key != "4lw.commands.whitelist" {
		// Where a key takes text, what looks like a number is quoted.
		e.forms = append(e.forms, form{text: key + " = " + quoted(set.Value), note: one.note})
	}
	return e
}
