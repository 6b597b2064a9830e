package main

import (
	"slices"
	"strings"
)

// value is what may be known of a value: the strings and numbers that it may be, and the
// reads that it may come from. Nil is nothing.
type value struct {
	strings []string
	numbers []int64
	reads   []*reading
	// many is set where the strings are too many to be those of a key; they are dropped then.
	many bool
}

// unknown stands in a string for a part that is not known.
const unknown = "*"

// The greatest sizes of what is followed; what is beyond is no key.
const (
	maxStrings = 150
	maxNumbers = 3
	maxLength  = 120
)

// text returns a string that may be part of a key or a word; nil for any other, of which
// messages are full.
func text(s string) *value {
	if len(s) > maxLength || strings.IndexFunc(s, strange) >= 0 {
		return nil
	}
	return &value{strings: []string{s}}
}

// strange reports whether a character is in no key.
func strange(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_/$"+unknown, r)
}

func number(n int64) *value { return &value{numbers: []int64{n}} }

// join returns what is known of a value that is either of two.
func join(a, b *value) *value {
	switch {
	case a == nil, a == b:
		return b
	case b == nil, a.holds(b):
		return a
	}
	v := &value{strings: union(a.strings, b.strings), numbers: union(a.numbers, b.numbers), reads: a.reads}
	for _, r := range b.reads {
		if !slices.Contains(v.reads, r) {
			v.reads = append(slices.Clip(v.reads), r)
		}
	}
	if v.many = a.many || b.many || len(v.strings) > maxStrings; v.many {
		v.strings = nil
	}
	if len(v.numbers) > maxNumbers {
		v.numbers = v.numbers[:maxNumbers]
	}
	return v
}

// holds reports whether all that b may be, a may be.
func (a *value) holds(b *value) bool {
	return (a.many || !b.many && within(b.strings, a.strings)) && (len(a.numbers) == maxNumbers || within(b.numbers, a.numbers)) && within(b.reads, a.reads)
}

func within[T comparable](part, whole []T) bool {
	for _, x := range part {
		if !slices.Contains(whole, x) {
			return false
		}
	}
	return true
}

func union[T string | int64](a, b []T) []T {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// texts returns the strings that a value may be.
func (a *value) texts() []string {
	if a == nil {
		return nil
	}
	return a.strings
}

// origin returns what is known of a value that was made from a by a method of String.
func (a *value) origin() *value {
	if a == nil || len(a.reads) == 0 {
		return nil
	}
	return &value{reads: a.reads}
}

// concat returns the strings of a with each of b behind it; where nothing is known of b,
// with rest.
func concat(a, b *value, rest []string) *value {
	behind := b.texts()
	if len(behind) == 0 {
		behind = rest
	}
	v := &value{}
	for _, x := range a.texts() {
		for _, y := range behind {
			if len(x)+len(y) <= maxLength {
				v.strings = append(v.strings, x+y)
			}
		}
	}
	if v.many = a != nil && a.many || len(v.strings) > maxStrings; v.many {
		v.strings = nil
	}
	slices.Sort(v.strings)
	v.strings = slices.Compact(v.strings)
	return v
}
