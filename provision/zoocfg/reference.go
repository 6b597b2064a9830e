package zoocfg

import (
	"fmt"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// Reference returns the keys of all releases as tables in Markdown, with what zkprov does
// with each.
func Reference() []byte {
	var b strings.Builder
	for _, g := range tabled().groups {
		fmt.Fprintf(&b, "\n### %s\n\n", g.title)
		switch g.title {
		case ofInventory:
			b.WriteString("zkprov writes these itself; under `[zoo_cfg]` they are an error.\n\n| key | releases | follows from | meaning |\n|---|---|---|---|\n")
		case ofFlags:
			b.WriteString("These have no effect in zoo.cfg; they belong in `[jvm] flags`.\n\n| flag | releases | default | meaning |\n|---|---|---|---|\n")
		default:
			b.WriteString("| key | releases | default | unit | meaning |\n|---|---|---|---|---|\n")
		}
		for _, k := range g.keys {
			switch {
			case k.ours != "":
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.name, k.column(), k.ours, k.meaning)
			case g.title == ofFlags:
				fmt.Fprintf(&b, "| `%s…` | %s | %s | %s |\n", k.flag(allReads().last()), k.column(), k.def, k.meaning)
			default:
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", k.name, k.column(), k.def, k.unitOrKind(), k.meaning)
			}
		}
	}
	return []byte(b.String())
}

func (k key) unitOrKind() string {
	switch {
	case k.unit != "":
		return k.unit
	case k.kind == boolean:
		return "true or false"
	case k.kind == fraction:
		return "a number"
	case k.kind == onOff:
		return strings.ReplaceAll(quotedEmpty(k.words), `""`, "empty")
	}
	return ""
}

// Explanations explains every finding of Lint.
func Explanations() []finding.Explanation {
	return append(flagExplanations(), []finding.Explanation{
		{Name: keyUnknown, Means: "A key under [zoo_cfg] is not one that this ZooKeeper reads. ZooKeeper itself takes such a key for a system property, without a word, and it has no effect.", Fix: "Correct the spelling. What a plugin reads goes under [zoo_cfg_unchecked]."},
		{Name: keyPrefix, Means: "In zoo.cfg keys stand without the prefix zookeeper., which ZooKeeper adds itself.", Fix: "Leave the prefix out."},
		{Name: keyRenamed, Means: "ZooKeeper's documentation names this key differently from what its code reads.", Fix: "Use the name that the message gives."},
		{Name: keyOurs, Means: "zkprov writes this key itself, from other parts of the inventory.", Fix: "Set what the message names."},
		{Name: keyGroups, Means: "With group.N or weight.N ZooKeeper does not count a majority of all voters, but of groups, or by weights. Neither is supported, under whatever table: zkprov would restart a server on which the quorum hangs.", Fix: "Remove the key. Every participant of an ensemble of zkprov's has one vote."},
		{Name: keyFlag, Means: "ZooKeeper reads this only as a system property, before or apart from zoo.cfg.", Fix: "Put the flag that the message shows into jvm.flags."},
		{Name: keyVersion, Means: "The key is read by other releases than the inventory's.", Fix: "Remove it, or choose a release that reads it."},
		{Name: keyTwice, Means: "The key stands both under zoo_cfg and under zoo_cfg_unchecked, of whatever levels, and a server would silently take the second value.", Fix: "Keep one of them."},
		{Name: padded, Means: "A key or a value has blanks around it. In zoo.cfg ZooKeeper leaves them out, so that it is not what stands there; in a flag of the JVM they belong to the value, which is wrong with them.", Fix: "Write it without."},
		{Name: uncheckedKeys, Means: "The inventory has keys under [zoo_cfg_unchecked]. They are written into zoo.cfg as they stand, and whether ZooKeeper reads them, and starts with them, is yours to know.", Fix: "Nothing, where that is meant. Keys that zkprov knows are better off under [zoo_cfg], where they are judged."},
		{Name: refusedValue, Means: "The server of this release does not start with the value: it stops with exit code 2, as with every configuration that it does not understand, or ends with an exception. The message says which.", Fix: "Write what the message asks for."},
		{Name: neverServing, Means: "A server of this release starts with the value and never serves: whatever is elected with it fails with an exception and begins anew, while its process stays.", Fix: "Write what the message asks for."},
		{Name: ignoredValue, Means: "The server of this release starts with the value and takes another one in its place: its default or, for what is true or false, false. The message says which, and whether a line is logged.", Fix: "Write what the message asks for."},
		{Name: valueRange, Means: "The number is outside of what makes sense for this key. ZooKeeper starts with it, and may then not work well, or not at all for want of memory or threads.", Fix: "Choose one within the bounds that the message gives."},
		{Name: unitAsked, Means: "The number is so big in the unit of its key that another unit may have been meant: preAllocSize is in KB, and takes the size of a transaction log in bytes for a thousand times as much.", Fix: "Convert it, or silence the warning where it is meant."},
		{Name: valueUnsafe, Means: "The value gives up a safety that an ensemble should have.", Fix: "Remove the key."},
		{Name: combination, Means: "The server of this release does not start with the keys together: it stops with exit code 2, or ends with an exception.", Fix: "See the message."},
		{Name: unsuitable, Means: "ZooKeeper takes the keys together, and zkprov cannot work with them.", Fix: "See the message."},
		{Name: purgeOff, Means: "Without purging, snapshots and transaction logs pile up until the disk is full.", Fix: "Set autopurge.purgeInterval to a number of hours."},
		{Name: differsBetween, Means: "Servers that do not agree on this key can misunderstand each other.", Fix: "Set it once, under the top-level [zoo_cfg]."},
		{Name: whitelistClosed, Means: "zkprov asks every server by mntr.", Fix: "Add mntr to 4lw.commands.whitelist."},
	}...)
}
