package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// strangeArguments names the characters of arguments that are not what they look like:
// a command line that was copied from a web page has dashes for hyphens, and blanks at
// which no shell parts words.
func strangeArguments(args []string) []string {
	var remarks []string
	for _, arg := range args {
		if what := inventory.Strange(arg, inventory.Plain); what != "" {
			remarks = append(remarks, fmt.Sprintf("of the argument %q: %s", inventory.Clip(arg), what))
		}
	}
	return remarks
}

// shortened returns a complaint about arguments with those cut that are very long.
func shortened(complaint string, args []string) string {
	for _, arg := range args {
		value := arg
		if flag, of, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(flag, "-") {
			value = of
		}
		for _, written := range []string{value, strings.Trim(strconv.Quote(value), `"`)} {
			if short := inventory.Clip(written); short != written {
				complaint = strings.ReplaceAll(complaint, written, short)
			}
		}
	}
	return complaint
}
