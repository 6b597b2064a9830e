package units

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zkprov/zkprov/inventory"
)

var (
	// instanceName is the part of systemd.unit(5)'s alphabet that needs no escaping
	// anywhere; the length leaves room for ".service.d" in a file name.
	instanceName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$`)
	// accountName is the strict syntax of sysusers.d(5).
	accountName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,30}$`)
	// generationName is safe as the name of a folder, in a class path and in a URL.
	generationName = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)
	memorySize     = regexp.MustCompile(`^[1-9][0-9]*[kKmMgGtT]?$`)
	variableName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	release        = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[A-Za-z0-9.]+)?$`)
)

// check returns an error for every field that would not stand in the unit as it is.
func (s Spec) check() error {
	var errs []error
	refuse := func(field, value, reason string) {
		errs = append(errs, fmt.Errorf("cannot write the unit of %q: %s %q %s", s.Instance, field, value, reason))
	}
	match := func(field, value string, re *regexp.Regexp, want string) {
		if !re.MatchString(value) {
			refuse(field, value, "is not "+want)
		}
	}
	text := func(field, value string) {
		if reason := unprintable(value); reason != "" {
			refuse(field, value, reason)
		}
	}
	folder := func(field, value string) {
		if reason := badPath(value); reason != "" {
			refuse(field, value, reason)
		} else if within(value, "/tmp", "/var/tmp") {
			refuse(field, value, "lies in a folder for temporary files, of which the unit has its own")
		}
	}

	match("Instance", s.Instance, instanceName, "made of letters, digits, dots, dashes and underscores")
	text("Ensemble", s.Ensemble)
	if strings.HasSuffix(s.Ensemble, `\`) {
		refuse("Ensemble", s.Ensemble, "ends in a backslash")
	}
	if s.ID < 0 || s.ID > 255 {
		refuse("ID", fmt.Sprint(s.ID), "is not in 0..255")
	}
	match("Version", string(s.Version), release, "a release such as 3.6.3")
	if s.JavaFeature < 8 {
		refuse("JavaFeature", fmt.Sprint(s.JavaFeature), "is not 8 or later")
	}

	folder("Java", s.Java)
	if !strings.HasSuffix(s.Java, "/bin/java") {
		refuse("Java", s.Java, "does not end in /bin/java")
	}
	if strings.ContainsAny(s.Java, `"'$`) {
		// The path of a program, unlike its arguments, has no escapes.
		refuse("Java", s.Java, "contains a quote or a dollar sign, which systemd does not take in a program's path")
	}
	onClassPath := func(field, value string) {
		folder(field, value)
		if strings.ContainsAny(value, ":*") {
			refuse(field, value, "contains a colon or an asterisk, which mean something else in a class path")
		}
	}
	onClassPath("InstallDir", s.InstallDir)
	onClassPath("ConfigDir", s.ConfigDir)
	for _, jar := range s.Jars {
		onClassPath("Jars", jar)
	}
	folder("DataDir", s.DataDir)
	if s.DataLogDir != "" {
		folder("DataLogDir", s.DataLogDir)
	}
	if s.LogDir != "" {
		folder("LogDir", s.LogDir)
	}

	match("User", s.User, accountName, "a name for a system user")
	match("Group", s.Group, accountName, "a name for a system group")
	if _, ok := inventory.ParseHeap(s.Heap); !ok {
		refuse("Heap", s.Heap, "is not a size such as 512m or 1g, nor a percentage")
	}
	if limit := s.Limits.MemoryMax; limit != "" {
		match("MemoryMax", limit, memorySize, "a size such as 2g")
	}
	if n := s.Limits.NoFile; n < 0 {
		refuse("NoFile", fmt.Sprint(n), "is not a number of files")
	}
	for _, v := range s.Limits.Environment {
		match("Environment", v.Key, variableName, "the name of a variable")
		text("Environment", v.Value)
		if strings.HasPrefix(v.Key, ownVariables) {
			refuse("Environment", v.Key, "is one of zkprov's own")
		}
	}
	for _, f := range s.Flags {
		text("Flags", f)
		if !strings.HasPrefix(f, "-") {
			refuse("Flags", f, `does not begin with a dash, so that java would take it for the class to run; write a flag and its value as one, "--flag=value"`)
		}
	}
	match("Generation", s.Generation, generationName, "made of letters and digits")
	return errors.Join(errs...)
}

// unprintable returns why s cannot stand in a line of a configuration file, as the end
// of a message; empty where it can.
func unprintable(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "is not valid UTF-8"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "contains a control character"
	}
	return ""
}

// badPath returns why p cannot be used as a path in every setting of a unit, as the end
// of a message; empty where it can. Not every setting knows quotes, so a blank at the
// end and a backslash are refused.
func badPath(p string) string {
	if reason := unprintable(p); reason != "" {
		return reason
	}
	switch {
	case !path.IsAbs(p) || path.Clean(p) != p || p == "/":
		return "is not a clean absolute path"
	case strings.Contains(p, `\`):
		return "contains a backslash"
	case strings.TrimSpace(p) != p:
		return "ends in a blank"
	}
	return ""
}
