package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// Disjoint returns a majority of each of two lists that have no voter in common; ok is
// false where there are none.
func Disjoint(a, b provision.Servers) (ofA, ofB []int, ok bool) {
	pick := func(from, other provision.Servers, taken []int) []int {
		var all, shared []int
		for _, id := range from.Voters() {
			switch {
			case slices.Contains(taken, id):
			case other.Votes(id):
				shared = append(shared, id)
			default:
				all = append(all, id)
			}
		}
		if all = append(all, shared...); len(all) < from.Majority() {
			return nil
		}
		all = all[:from.Majority()]
		slices.Sort(all)
		return all
	}
	if len(a.Voters()) == 0 || len(b.Voters()) == 0 {
		return nil, nil, false
	}
	ofA = pick(a, b, nil)
	ofB = pick(b, a, ofA)
	return ofA, ofB, ofA != nil && ofB != nil
}

// samePlace reports whether two servers are the same, but for addresses that one of them
// has more: whoever knows either reaches both.
func samePlace(a, b provision.Server) bool {
	if !inventory.Meet(a.Address, b.Address) {
		return false
	}
	a.Address = b.Address
	return a == b
}

// sameVoters reports whether two lists have the same voters in the same places.
func sameVoters(a, b provision.Servers) bool {
	voters := func(l provision.Servers) provision.Servers {
		return slices.DeleteFunc(slices.Clone(l), func(s provision.Server) bool { return s.Role != inventory.Participant })
	}
	return slices.EqualFunc(voters(a), voters(b), samePlace)
}

// differing counts the voters by which two lists differ.
func differing(a, b provision.Servers) int {
	n := 0
	for _, id := range a.Voters() {
		if !b.Votes(id) {
			n++
		}
	}
	for _, id := range b.Voters() {
		if !a.Votes(id) {
			n++
		}
	}
	return n
}

// set returns ids as a set.
func set(ids []int) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.Itoa(id)
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
