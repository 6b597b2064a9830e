// Package bootstrap founds an ensemble among hosts that no control machine
// coordinates: each comes up when it does, and asks the others for a statement of
// their instances.
//
// The danger is an empty voter in an ensemble that exists: it could complete a
// majority that does not know what was committed. An empty voter may therefore
// vote only where a majority of all voters was heard to be without history: any
// quorum that ever acknowledged a write had one of them in it, and that one would
// have had to lose its disk. An instance that remembers a quorum, observers
// included, keeps the others from founding. All must have the same server list:
// the majorities of two lists may have no voter in common. A statement is sealed
// with the inventory's bootstrap id, which expires.
package bootstrap
