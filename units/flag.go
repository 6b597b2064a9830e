package units

import "strings"

// WithFlag returns the text of an instance's unit with another flag of the JVM, behind
// which those of the user come. A unit that has it stays as it is.
func WithFlag(text []byte, flag string) []byte {
	const classPath = "\n    -cp \\\n"
	unit, line := string(text), "\n    "+argument(flag)+" \\"
	if strings.Contains(unit, line) {
		return text
	}
	return []byte(strings.Replace(unit, classPath, line+classPath, 1))
}
