package zoocfg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// unchecked judges the keys that the user knows better, by nothing but whether zkprov
// would be broken by them.
func (l *linter) unchecked(in *inventory.Instance) {
	for _, s := range in.ZooCfgUnchecked {
		if l.reserved(s) || l.padded(s) {
			continue
		}
		if same, twice := in.ZooCfg.Setting(s.Key); twice {
			l.add(finding.Error, keyTwice, s.Pos, fmt.Sprintf("%s stands under zoo_cfg as well, line %d, and a server has one value", inventory.Clip(s.Key), same.Pos.Line), "remove one of them")
			continue
		}
		if s.Key == whitelist {
			l.whitelist(s)
		}
	}
}

// reserved finds a key that zkprov writes itself, or restarts servers without knowing of.
// It reports whether it found one.
func (l *linter) reserved(s inventory.Setting) bool {
	name := trim(s.Key)
	shown := inventory.Clip(name)
	if isGroupKey(name) {
		l.add(finding.Error, keyGroups, s.Pos, shown+" makes a hierarchical quorum, of groups or with weights, and zkprov restarts servers by the majority of all voters alone, which may be none there", "remove it")
		return true
	}
	k, ok := find(name)
	if ok && k.name == "server.*" {
		l.add(finding.Error, keyOurs, s.Pos, shown+" is written by zkprov, from the hosts and instances of the inventory", "describe the member as an instance of a [[host]]")
		return true
	}
	if !ok || k.ours == "" {
		return false
	}
	hint, fixed := strings.CutPrefix(k.ours, "nothing: ")
	if !fixed {
		hint = "it follows from " + k.ours
	}
	l.add(finding.Error, keyOurs, s.Pos, name+" is written by zkprov", hint)
	return true
}

// padded finds a key with blanks around it, which would be another key's second value. It
// reports whether it found one.
func (l *linter) padded(s inventory.Setting) bool {
	bare := trim(s.Key)
	if bare == s.Key && bare != "" {
		return false
	}
	hint := "write " + inventory.Clip(bare)
	if bare == "" {
		hint = "remove it"
	}
	l.add(finding.Error, padded, s.Pos, fmt.Sprintf("the key %q has blanks around it, which ZooKeeper leaves out", inventory.Clip(s.Key)), hint)
	return true
}

// shownUnchecked is how many names of keys that are not judged are told.
const shownUnchecked = 12

// tellUnchecked tells once which keys nobody judges.
func (l *linter) tellUnchecked() {
	var keys []string
	var first finding.Position
	for _, m := range l.e.Members() {
		for _, s := range m.Instance.ZooCfgUnchecked {
			keys = append(keys, inventory.Clip(s.Key))
			if first.Line == 0 || s.Pos.Line < first.Line {
				first = s.Pos
			}
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if len(keys) == 0 {
		return
	}
	named := strings.Join(keys[:min(len(keys), shownUnchecked)], ", ")
	if more := len(keys) - shownUnchecked; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	l.add(finding.Notice, uncheckedKeys, first, "keys under zoo_cfg_unchecked are written as they stand, without being judged: "+named, "")
}
