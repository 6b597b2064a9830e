// Package history tells what an ensemble was, by what its hosts remember of each server:
// the states of the whole, who made them, and which can be gone back to. It is pure.
package history
