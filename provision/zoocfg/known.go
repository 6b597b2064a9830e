package zoocfg

import "github.com/zkprov/zkprov/inventory"

// Known describes a key that an inventory may set under [zoo_cfg].
type Known struct {
	// Name ends in a star where that stands for any name.
	Name    string
	Kind    string // "number", "fraction", "boolean", "choice" or "text"
	Default string // ZooKeeper's own, in words where it is no value
	// Min and Max bound a number, and Words lists the values of a choice.
	Min, Max int64
	Words    []string
}

// KnownKeys returns the keys that a release reads from zoo.cfg, in the order of the
// reference, without those that zkprov writes itself.
func KnownKeys(v inventory.Version) []Known {
	var all []Known
	for _, g := range tabled().groups {
		for _, k := range g.keys {
			if k.ours == "" && k.known(v) && k.flag(v) == "" {
				all = append(all, Known{k.name, string(k.kind), k.def, k.min, k.max, k.choices(v)})
			}
		}
	}
	return all
}
