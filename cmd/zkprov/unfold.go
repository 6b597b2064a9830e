package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// mostUnfolded bounds how many names one argument stands for.
const mostUnfolded = 1000

// unfoldHosts returns the hosts that arguments stand for: a plan writes zk1, zk2 and zk3
// as zk[1-3], and names that differ otherwise with commas. An address behind = is
// unfolded along with its name.
func unfoldHosts(args []string) ([]string, error) {
	var all []string
	for _, arg := range args {
		parts := splitOutside(arg)
		if last := len(parts) - 1; last > 0 && parts[last] == "" {
			parts = parts[:last] // zk1, zk2, zk3: a comma and a blank
		}
		for _, part := range parts {
			if part == "" {
				return nil, fmt.Errorf("a host is missing in %q", inventory.Clip(arg))
			}
			hosts, err := unfoldHost(part)
			if err != nil {
				return nil, err
			}
			if all = append(all, hosts...); len(all) > mostUnfolded {
				return nil, fmt.Errorf("%q and what stands before it are more than %d hosts", inventory.Clip(arg), mostUnfolded)
			}
		}
	}
	return all, nil
}

// splitOutside cuts a list at its commas, those within brackets apart.
func splitOutside(list string) []string {
	var parts []string
	start, depth := 0, 0
	for i, r := range list {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case r == ',' && depth <= 0:
			parts = append(parts, list[start:i])
			start = i + 1
		}
	}
	return append(parts, list[start:])
}

func unfoldHost(host string) ([]string, error) {
	name, address, given := strings.Cut(host, "=")
	if name == "" {
		return nil, fmt.Errorf("a host is missing in %q", inventory.Clip(host))
	}
	names, err := unfold(name)
	if err != nil || !given {
		return names, err
	}
	addresses := []string{address}
	if !strings.HasPrefix(address, "[") || strings.Contains(address, "-") || !strings.Contains(address, ":") {
		if addresses, err = unfold(address); err != nil {
			return nil, err
		}
	}
	if len(names) != len(addresses) {
		return nil, fmt.Errorf("%q has addresses for %d of %s: write as many of each, as in zk[1-3]=10.0.0.[11-13]", inventory.Clip(host), len(addresses), count(len(names), "host"))
	}
	for i := range names {
		names[i] += "=" + addresses[i]
	}
	return names, nil
}

// unfold returns the words that one with numbers in brackets stands for: zk[1-3,5] is
// zk1, zk2, zk3 and zk5, and zk[01-03] keeps the zeros. Several brackets are unfolded one
// in another.
func unfold(word string) ([]string, error) {
	if strings.ContainsAny(word, "*?{}") {
		return nil, fmt.Errorf("%q has a character of a shell's patterns, which zkprov does not have: number hosts as in zk[1-3], or write commas between them", inventory.Clip(word))
	}
	open := strings.IndexByte(word, '[')
	if open < 0 {
		if strings.Contains(word, "]") {
			return nil, fmt.Errorf("%q closes a bracket that is not open", inventory.Clip(word))
		}
		return []string{word}, nil
	}
	length := strings.IndexByte(word[open:], ']')
	if length < 0 {
		return nil, fmt.Errorf("%q opens a bracket and does not close it", inventory.Clip(word))
	}
	numbers, err := unfoldNumbers(word[open+1 : open+length])
	if err != nil {
		return nil, fmt.Errorf("%q %w", inventory.Clip(word), err)
	}
	rest, err := unfold(word[open+length+1:])
	if err != nil {
		return nil, err
	}
	if len(numbers)*len(rest) > mostUnfolded {
		return nil, fmt.Errorf("%q stands for more than %d hosts", inventory.Clip(word), mostUnfolded)
	}
	var words []string
	for _, n := range numbers {
		for _, r := range rest {
			words = append(words, word[:open]+n+r)
		}
	}
	return words, nil
}

// unfoldNumbers reads what stands within brackets. The error continues a sentence.
func unfoldNumbers(list string) ([]string, error) {
	var all []string
	for item := range strings.SplitSeq(list, ",") {
		low, high, ranged := strings.Cut(item, "-")
		if !ranged {
			high = low
		}
		from, to := digits(low), digits(high)
		if from < 0 || to < 0 {
			return nil, fmt.Errorf("has %q in brackets, and may have numbers there, as in zk[1-3,5]; a shell's pattern is none", inventory.Clip(item))
		}
		padded := len(low) > 1 && low[0] == '0' || len(high) > 1 && high[0] == '0'
		switch {
		case from > to:
			return nil, fmt.Errorf("counts from %s down to %s", low, high)
		case to-from >= mostUnfolded || len(all)+to-from >= mostUnfolded:
			return nil, fmt.Errorf("stands for more than %d hosts", mostUnfolded)
		case padded && len(low) != len(high):
			return nil, fmt.Errorf("has %q in brackets: with zeros in front both numbers have the same length", item)
		}
		for n := from; n <= to; n++ {
			text := strconv.Itoa(n)
			if padded {
				text = fmt.Sprintf("%0*d", len(low), n)
			}
			all = append(all, text)
		}
	}
	return all, nil
}

// digits returns a number of at most nine digits; -1 where it is none.
func digits(text string) int {
	if text == "" || len(text) > 9 || strings.Trim(text, "0123456789") != "" {
		return -1
	}
	n, _ := strconv.Atoi(text)
	return n
}
