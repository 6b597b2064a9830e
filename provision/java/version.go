package java

import (
	"strconv"
	"strings"
)

// maxFeature bounds a feature release; a greater number is a misread file.
const maxFeature = 999

// Feature returns the feature release (7, 8, 11, 17 …) of a Java version: "1.8.0_402"
// is 8, "17.0.15" is 17, "21-ea" is 21. ok is false where there is none, and for text
// that should not reach a terminal.
func Feature(version string) (feature int, ok bool) {
	if strings.ContainsFunc(version, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return 0, false
	}
	first, rest := leadingNumber(version)
	if first == 1 && strings.HasPrefix(rest, ".") {
		// Up to Java 8 versions began with "1."; JEP 223 ended that.
		first, rest = leadingNumber(rest[1:])
	}
	if first < 1 || first > maxFeature {
		return 0, false
	}
	// What follows a version's first number is a separator of JEP 223, or of the
	// scheme before it, or nothing.
	if rest != "" && !strings.ContainsRune(".-+_u", rune(rest[0])) {
		return 0, false
	}
	return first, true
}

// TakesShare reports whether the Java knows -XX:MaxRAMPercentage: from 10 on, and 8 from its
// update 191 on (JDK-8186315). A Java 8 that does not tell its update is taken to.
func (r Result) TakesShare() bool {
	if r.Feature != 8 {
		return r.Feature >= 10
	}
	if i := strings.IndexAny(r.Version, "_u"); i >= 0 {
		update, _ := leadingNumber(r.Version[i+1:])
		return update < 0 || update >= 191
	}
	return true
}

// leadingNumber splits the decimal digits off the front; the number is -1 where there
// are none or far too many.
func leadingNumber(s string) (int, string) {
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil {
		return -1, s
	}
	return n, s[end:]
}

// release holds what zkprov reads of the file "release" in a Java home.
type release struct {
	version string // JAVA_VERSION
	arch    string // OS_ARCH
}

// parseRelease reads a release file: lines of KEY="value". ok is false where it
// names no version that can be understood.
func parseRelease(text string) (r release, ok bool) {
	for line := range strings.Lines(text) {
		key, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if !found {
			continue
		}
		value = strings.Trim(value, `"`)
		switch key {
		case "JAVA_VERSION":
			r.version = value
		case "OS_ARCH":
			r.arch = value
		}
	}
	_, ok = Feature(r.version)
	return r, ok
}

// parseVersionOutput finds the version in what `java -version` prints, such as
//
//	openjdk version "17.0.15" 2025-04-15
//
// Other lines may come first: a JVM says so when it picks up JAVA_TOOL_OPTIONS.
func parseVersionOutput(text string) (version string, ok bool) {
	for line := range strings.Lines(text) {
		_, rest, found := strings.Cut(line, ` version "`)
		if !found {
			continue
		}
		version, _, found = strings.Cut(rest, `"`)
		if _, ok := Feature(version); found && ok {
			return version, true
		}
	}
	return "", false
}

// goArch returns Go's name for a Java os.arch; one that is not listed is the same in
// both.
func goArch(osArch string) string {
	switch strings.ToLower(osArch) {
	case "x86_64", "amd64", "x64":
		return "amd64"
	case "i386", "i486", "i586", "i686", "x86":
		return "386"
	case "aarch64", "arm64":
		return "arm64"
	case "arm", "arm32", "armv7l":
		return "arm"
	case "loongarch64":
		return "loong64"
	default:
		return strings.ToLower(osArch)
	}
}
