// Package guard judges whose data, whose units and whose folders lie on a host, and who
// may write there: what zkprov must not touch, and what would stop an apply or a server
// half way. It changes nothing and reads nothing by itself: what it has to know is in
// an Observation, or is asked of a Host.
package guard
