// Package failpoint ends a process on the spot where a test wants it to, as a power cut
// or a kill -9 would.
//
// A point is named by the side that it is on, when, and what is done there: a change, by
// host, resource and action, or a step, by name. It costs nothing and is not in a binary that is built without the
// tag failpoints, such as every one that users get: there Reached is empty.
//
// A binary that has the tag is armed by the environment variable ZKPROV_FAILPOINT or, as
// it travels to hosts by itself, by a file on the host: /run/zkprov-failpoint. Either
// holds the name of one point. The file is removed as the point is reached, so that the
// next run passes it.
package failpoint

// Side is where a point is: on the host that is changed, or with whoever decided so.
type Side string

// The sides.
const (
	There Side = "there"
	Here  Side = "here"
)

// When is on which side of an act a point is.
type When string

// The moments.
const (
	Before When = "before"
	After  When = "after"
)
