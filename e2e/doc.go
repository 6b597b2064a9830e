// Package e2e holds the end-to-end tests: zkprov as a user runs it, against real hosts that package lab boots. They carry the build
// tag e2e and need root; make e2e runs them. Each is black box: commands, what they print, their exit codes, and what is then true of
// the hosts.
package e2e
