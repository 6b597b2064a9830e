// Package fleet brings all hosts of an ensemble to the desired state together:
// it looks at every one of them before it decides anything, stages everywhere
// before it starts anywhere, and is done when the quorum is proven.
package fleet
