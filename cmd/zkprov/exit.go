package main

import (
	"context"
	"errors"

	"github.com/zkprov/zkprov/provision"
)

// The exit codes of all commands but check.
const (
	exitFailed      = 1  // failed on a host, or no quorum in time
	exitChanges     = 2  // only plan --detailed-exitcode
	exitUnreachable = 4  // hosts unreachable, nothing else failed
	exitUsage       = 64 // usage or inventory error
	exitStale       = 65
	exitLocked      = 75 // another run holds the lock, or others are not up yet
	exitRefused     = 78 // by a safety rule
	exitInterrupted = 130
)

// The exit codes of check, those of a monitoring plugin.
const (
	checkOK       = 0
	checkWarning  = 1
	checkCritical = 2
	checkUnknown  = 3
)

// usage returns the exit code for bad arguments or a bad inventory.
func (c *command) usage() int {
	if c.monitoring {
		return checkUnknown
	}
	return exitUsage
}

// failure returns the exit code for what went wrong on this machine.
func (c *command) failure() int {
	if c.monitoring {
		return checkUnknown
	}
	return exitFailed
}

// exitCode returns the gravest of what an error holds: a refusal before a failure, a
// failure before a host that was only not reached.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	codes := map[int]bool{}
	for _, one := range provision.Split(err) {
		codes[exitCodeOf(one)] = true
	}
	for _, code := range []int{exitRefused, exitStale, exitFailed, exitLocked, exitUnreachable} {
		if codes[code] {
			return code
		}
	}
	return exitInterrupted
}

// runCode returns the exit code of a run that changes hosts: where it was interrupted, that
// of an interruption, whatever became of the hosts.
func runCode(err error) int {
	if errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	return exitCode(err)
}

func exitCodeOf(err error) int {
	var e *provision.Error
	switch {
	case errors.As(err, &e):
		switch e.Kind {
		case provision.Refused:
			return exitRefused
		case provision.Locked, provision.Waiting:
			return exitLocked
		case provision.Stale:
			return exitStale
		case provision.Unreachable:
			return exitUnreachable
		}
		return exitFailed
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailed
}
