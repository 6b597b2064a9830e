package zoocfg

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/zkprov/zkprov/inventory"
)

// suggested is how many keys are suggested at most.
const suggested = 3

// suggest returns the keys of a release that a user may have meant by one that is none: the
// same but for case and signs, with another or no prefix, with its words in another order,
// or misspelt; empty where none is near.
func suggest(name string, v inventory.Version) []string {
	if len(name) > longestSuggested {
		return nil
	}
	var all []string
	for _, n := range names() {
		if k, _ := find(n); k.known(v) {
			all = append(all, n)
		}
	}
	words, last := wordsOf(name), wordsOf(lastPart(name))
	for _, like := range []func(other string) bool{
		func(o string) bool { return equalWords(words, wordsOf(o)) },
		func(o string) bool { return slices.Equal(sorted(words), sorted(wordsOf(o))) },
		func(o string) bool { return endsIn(wordsOf(o), words) || endsIn(words, wordsOf(o)) },
		func(o string) bool { return len(last) > 1 && equalWords(last, wordsOf(lastPart(o))) },
		func(o string) bool { return len(words) > 1 && holds(wordsOf(o), words) },
	} {
		var found []string
		for _, n := range all {
			if like(n) {
				found = append(found, n)
			}
		}
		if len(found) > 0 && len(found) <= suggested {
			return found
		}
	}
	if near := inventory.Nearest(name, all); near != "" {
		return []string{near}
	}
	// A misspelt one without its prefix, or with its words in another order.
	short := make(map[string]string)
	for _, n := range all {
		if last := lastPart(n); last != n && len(last) > 5 {
			short[last] = n
		}
		if words := wordsOf(n); len(words) > 1 {
			short[strings.Join(sorted(words), "")] = n
		}
	}
	keys := slices.Sorted(maps.Keys(short))
	for _, form := range []string{lastPart(name), strings.Join(sorted(words), "")} {
		if near := inventory.Nearest(form, keys); near != "" {
			return []string{short[near]}
		}
	}
	return nil
}

// longestSuggested bounds the names, in bytes, for which suggestions are looked for.
const longestSuggested = 64

// lastPart returns what stands behind the last dot of a key.
func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// wordsOf returns the words of a key in lower case: dots and other signs part them, and
// capitals do.
func wordsOf(name string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(runes[i-1]):
			end()
		}
		word = append(word, r)
	}
	end()
	return words
}

func sorted(words []string) []string {
	words = slices.Clone(words)
	slices.Sort(words)
	return words
}

// equalWords reports whether two keys are the same but for case and signs.
func equalWords(a, b []string) bool { return strings.Join(a, "") == strings.Join(b, "") }

// endsIn reports whether the words of a key end in those of another, which are not all.
func endsIn(words, end []string) bool {
	return len(end) > 0 && len(words) > len(end) && strings.HasSuffix(strings.Join(words, "."), "."+strings.Join(end, "."))
}

// holds reports whether a key has all of the words, in any order.
func holds(words, some []string) bool {
	for _, w := range some {
		if !slices.Contains(words, w) {
			return false
		}
	}
	return true
}
