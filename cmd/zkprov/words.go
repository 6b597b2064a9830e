package main

import (
	"cmp"
	"strings"
)

// stepText returns what a part of a run does, in words for people.
func stepText(step string) string {
	switch step {
	case "lock":
		return "lock the hosts"
	case "observe":
		return "look at the hosts"
	case "probe":
		return "ask the servers"
	case "stage":
		return "prepare the hosts"
	case "start":
		return "start the servers"
	case "record":
		return "record that the quorum formed"
	case "tidy":
		return "remove what is not kept"
	case "collect":
		return "remove what nothing uses"
	case "stop":
		return "stop the servers"
	case "remove":
		return "remove what zkprov made"
	case "history":
		return "ask what the hosts remember"
	}
	return step
}

// stepDone returns what a host has done in such a part.
func stepDone(step string) string {
	switch step {
	case "stage":
		return "prepared"
	case "start":
		return "started"
	case "record":
		return "recorded"
	case "tidy":
		return "tidied"
	case "collect":
		return "cleaned"
	case "stop":
		return "stopped"
	case "remove":
		return "removed"
	}
	return step
}

// compareNames orders zk2 before zk10.
func compareNames(a, b string) int {
	bare := func(s string) string { return strings.TrimRight(s, "0123456789") }
	if bare(a) == bare(b) && len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}
