package units

import "strings"

// specifiers doubles the percent signs, which systemd would take for specifiers
// (systemd.unit(5)). It is enough for values that systemd does not split into
// words, such as Description=.
func specifiers(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// argument writes s as one argument of ExecStart=: no specifier and no variable
// is expanded in it (systemd.service(5), "Command lines").
func argument(s string) string {
	return quote(strings.ReplaceAll(specifiers(s), "$", "$$"))
}

// words writes a list of words for settings such as ReadWritePaths=.
func words(list ...string) string {
	quoted := make([]string, len(list))
	for i, w := range list {
		quoted[i] = quote(specifiers(w))
	}
	return strings.Join(quoted, " ")
}

// quote puts s in double quotes where it needs them (systemd.syntax(7),
// "Quoting"). Only \\ and \" are escaped, which every setting that splits words
// understands; control characters, which would need more, are refused by check.
func quote(s string) string {
	if s != "" && !strings.ContainsAny(s, " \"'\\;") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
