// Package archive brings ZooKeeper's release archive from a URL to an unpacked
// tree that is either complete or absent.
//
// The control machine fetches once into a Cache; a host receives the archive
// into its own Cache, or fetches for itself. Both verify: nothing is unpacked
// before its SHA-512 matched a pinned value, and what was hashed is what is
// unpacked. An unpacked tree carries a marker that lists its files, so that
// Inspect tells a complete tree from what a crash or a stray hand left behind.
package archive
