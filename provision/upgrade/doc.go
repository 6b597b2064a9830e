// Package upgrade judges a change of the ZooKeeper release, before any host is changed:
// from what runs to what the inventory wants. It is pure.
package upgrade
