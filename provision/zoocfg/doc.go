// Package zoocfg knows ZooKeeper's configuration: which keys a release really
// reads, what they mean, which combinations it refuses, and how a zoo.cfg is
// written. It is pure.
package zoocfg
