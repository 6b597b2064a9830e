package inventory

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zkprov/zkprov/internal/finding"
)

// Strange describes the first character of s that allowed refuses, and at which place
// it is; empty where all are allowed. Text that was copied from a web page or a chat
// has characters that no eye tells from the ones that were meant.
func Strange(s string, allowed func(rune) bool) string {
	n := 0
	for i, r := range s {
		n++
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			return fmt.Sprintf("its character %d is the byte 0x%02X, which is no UTF-8", n, s[i])
		}
		if !allowed(r) {
			return fmt.Sprintf("its character %d is %s", n, Character(r))
		}
	}
	return ""
}

// because is the part of a message that tells what is wrong with a value. It is
// zkprov's own text, so clipped leaves it whole.
type because string

// strange returns what Strange does as the end of a message.
func strange(s string, allowed func(rune) bool) because {
	if what := Strange(s, allowed); what != "" {
		return because(": " + what)
	}
	return ""
}

// Plain reports whether a character is a blank or a visible one of ASCII.
func Plain(r rune) bool { return ' ' <= r && r <= '~' }

// oneOf returns a predicate for letters and digits of ASCII and the characters in more.
func oneOf(more string) func(rune) bool {
	return func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(more, r)
	}
}

// Character returns a character's description for a message: the character itself where
// that is plain; otherwise its number, its name where it is a usual confusion, and what
// it looks like.
func Character(r rune) string {
	switch {
	case r == ' ':
		return "a blank"
	case Plain(r):
		return fmt.Sprintf("%q", string(r))
	}
	name, like := lookup(r)
	text := fmt.Sprintf("U+%04X", r)
	if name != "" {
		text += " " + name
	} else if !finding.Invisible(r) {
		text += fmt.Sprintf(" %q", string(r))
	}
	switch like {
	case "":
		if finding.Invisible(r) && !unicode.IsControl(r) {
			text += ", which cannot be seen"
		}
	case "-":
		text += `, which looks like "-" (hyphen-minus)`
	case " ":
		text += ", which looks like a blank"
	case `"`:
		text += ", which looks like a straight double quote"
	case "'":
		text += ", which looks like a straight single quote"
	default:
		text += fmt.Sprintf(", which looks like %q", like)
	}
	return text
}

// lookup returns the Unicode name of a character, where it is known, and the text in
// ASCII that it looks like; empty is none.
func lookup(r rune) (name, like string) {
	switch {
	case 0xFF10 <= r && r <= 0xFF19:
		return "FULLWIDTH DIGIT " + digitNames()[r-0xFF10], string(r - 0xFF10 + '0')
	case 0xFF21 <= r && r <= 0xFF3A:
		return "FULLWIDTH LATIN CAPITAL LETTER " + string(r-0xFF21+'A'), string(r - 0xFF21 + 'A')
	case 0xFF41 <= r && r <= 0xFF5A:
		return "FULLWIDTH LATIN SMALL LETTER " + string(r-0xFF41+'A'), string(r - 0xFF41 + 'a')
	case 0xFF01 <= r && r <= 0xFF5E:
		return "", string(r - 0xFF01 + '!')
	case 0x0660 <= r && r <= 0x0669:
		return "ARABIC-INDIC DIGIT " + digitNames()[r-0x0660], ""
	}
	for _, c := range confusables() {
		if c.r == r {
			return c.name, c.like
		}
	}
	return "", ""
}

func digitNames() [10]string {
	return [...]string{"ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"}
}

type confusable struct {
	r          rune
	name, like string
}

// confusables returns the characters that word processors, web pages, chats and
// keyboards of other alphabets put in the place of one of ASCII's. The names of all of
// Unicode would add 1 MB to the program.
func confusables() []confusable {
	return []confusable{
		{0x00, "NULL", ""}, {0x07, "BELL", ""}, {0x08, "BACKSPACE", ""}, {0x09, "TAB", ""}, {0x0A, "LINE FEED", ""}, {0x0B, "LINE TABULATION", ""}, {0x0C, "FORM FEED", ""},
		{0x0D, "CARRIAGE RETURN (files from Windows have it at the end of a line)", ""}, {0x1B, "ESCAPE", ""}, {0x7F, "DELETE", ""}, {0x85, "NEXT LINE", ""},
		{0xA0, "NO-BREAK SPACE", " "}, {0x2002, "EN SPACE", " "}, {0x2003, "EM SPACE", " "}, {0x2007, "FIGURE SPACE", " "}, {0x2009, "THIN SPACE", " "}, {0x200A, "HAIR SPACE", " "},
		{0x202F, "NARROW NO-BREAK SPACE", " "}, {0x205F, "MEDIUM MATHEMATICAL SPACE", " "}, {0x3000, "IDEOGRAPHIC SPACE", " "},
		{0xAD, "SOFT HYPHEN", ""}, {0x200B, "ZERO WIDTH SPACE", ""}, {0x200C, "ZERO WIDTH NON-JOINER", ""}, {0x200D, "ZERO WIDTH JOINER", ""}, {0x200E, "LEFT-TO-RIGHT MARK", ""},
		{0x200F, "RIGHT-TO-LEFT MARK", ""}, {0x2028, "LINE SEPARATOR", ""}, {0x2029, "PARAGRAPH SEPARATOR", ""}, {0x202A, "LEFT-TO-RIGHT EMBEDDING", ""}, {0x202B, "RIGHT-TO-LEFT EMBEDDING", ""},
		{0x202C, "POP DIRECTIONAL FORMATTING", ""}, {0x202D, "LEFT-TO-RIGHT OVERRIDE", ""}, {0x202E, "RIGHT-TO-LEFT OVERRIDE", ""}, {0x2060, "WORD JOINER", ""},
		{0x2066, "LEFT-TO-RIGHT ISOLATE", ""}, {0x2067, "RIGHT-TO-LEFT ISOLATE", ""}, {0x2069, "POP DIRECTIONAL ISOLATE", ""}, {0xFEFF, "ZERO WIDTH NO-BREAK SPACE (a byte order mark)", ""},
		{0x2010, "HYPHEN", "-"}, {0x2011, "NON-BREAKING HYPHEN", "-"}, {0x2012, "FIGURE DASH", "-"}, {0x2013, "EN DASH", "-"}, {0x2014, "EM DASH", "-"}, {0x2015, "HORIZONTAL BAR", "-"},
		{0x2043, "HYPHEN BULLET", "-"}, {0x2212, "MINUS SIGN", "-"}, {0xFE63, "SMALL HYPHEN-MINUS", "-"},
		{0x2018, "LEFT SINGLE QUOTATION MARK", "'"}, {0x2019, "RIGHT SINGLE QUOTATION MARK", "'"}, {0x201A, "SINGLE LOW-9 QUOTATION MARK", "'"}, {0x2032, "PRIME", "'"}, {0xB4, "ACUTE ACCENT", "'"},
		{0x201C, "LEFT DOUBLE QUOTATION MARK", `"`}, {0x201D, "RIGHT DOUBLE QUOTATION MARK", `"`}, {0x201E, "DOUBLE LOW-9 QUOTATION MARK", `"`}, {0x2033, "DOUBLE PRIME", `"`},
		{0xAB, "LEFT-POINTING DOUBLE ANGLE QUOTATION MARK", `"`}, {0xBB, "RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK", `"`},
		{0x2024, "ONE DOT LEADER", "."}, {0x2026, "HORIZONTAL ELLIPSIS", "..."}, {0x3002, "IDEOGRAPHIC FULL STOP", "."}, {0x2044, "FRACTION SLASH", "/"}, {0x2215, "DIVISION SLASH", "/"},
		{0x2236, "RATIO", ":"}, {0x066B, "ARABIC DECIMAL SEPARATOR", ","}, {0x201B, "SINGLE HIGH-REVERSED-9 QUOTATION MARK", "'"}, {0x2217, "ASTERISK OPERATOR", "*"},
		{0x430, "CYRILLIC SMALL LETTER A", "a"}, {0x435, "CYRILLIC SMALL LETTER IE", "e"}, {0x43E, "CYRILLIC SMALL LETTER O", "o"}, {0x440, "CYRILLIC SMALL LETTER ER", "p"},
		{0x441, "CYRILLIC SMALL LETTER ES", "c"}, {0x443, "CYRILLIC SMALL LETTER U", "y"}, {0x445, "CYRILLIC SMALL LETTER HA", "x"}, {0x455, "CYRILLIC SMALL LETTER DZE", "s"},
		{0x456, "CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I", "i"}, {0x458, "CYRILLIC SMALL LETTER JE", "j"},
		{0x410, "CYRILLIC CAPITAL LETTER A", "A"}, {0x412, "CYRILLIC CAPITAL LETTER VE", "B"}, {0x415, "CYRILLIC CAPITAL LETTER IE", "E"}, {0x41A, "CYRILLIC CAPITAL LETTER KA", "K"},
		{0x41C, "CYRILLIC CAPITAL LETTER EM", "M"}, {0x41D, "CYRILLIC CAPITAL LETTER EN", "H"}, {0x41E, "CYRILLIC CAPITAL LETTER O", "O"}, {0x420, "CYRILLIC CAPITAL LETTER ER", "P"},
		{0x421, "CYRILLIC CAPITAL LETTER ES", "C"}, {0x422, "CYRILLIC CAPITAL LETTER TE", "T"}, {0x425, "CYRILLIC CAPITAL LETTER HA", "X"}, {0x405, "CYRILLIC CAPITAL LETTER DZE", "S"},
		{0x3BF, "GREEK SMALL LETTER OMICRON", "o"}, {0x3BD, "GREEK SMALL LETTER NU", "v"}, {0x39F, "GREEK CAPITAL LETTER OMICRON", "O"}, {0x391, "GREEK CAPITAL LETTER ALPHA", "A"},
		{0x392, "GREEK CAPITAL LETTER BETA", "B"}, {0x396, "GREEK CAPITAL LETTER ZETA", "Z"}, {0x397, "GREEK CAPITAL LETTER ETA", "H"}, {0x39A, "GREEK CAPITAL LETTER KAPPA", "K"},
		{0x131, "LATIN SMALL LETTER DOTLESS I", "i"},
	}
}
