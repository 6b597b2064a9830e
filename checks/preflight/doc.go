// Package preflight judges the facts of hosts by the inventory before anything is
// changed. Its functions are pure.
package preflight
