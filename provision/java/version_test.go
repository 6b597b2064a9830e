package java

import (
	"strings"
	"testing"
	"unicode"
)

func TestFeature(t *testing.T) {
	for version, want := range map[string]int{
		"1.8.0_402": 8, "1.7.0_80": 7, "1.6.0": 6, "1.8.0-internal": 8,
		"9": 9, "10.0.2": 10, "11.0.13": 11, "17.0.15": 17, "17.0.15+6": 17,
		"21-ea": 21, "21": 21, "25.0.3": 25, "8u402": 8,
		"": 0, "0": 0, "x": 0, "-1": 0, "1": 1, "1.": 0, "1.x": 0, "17x": 0, "99999999999999999999": 0, "1000": 0, "17.\x1b[31m": 0, "17.0 1": 0,
	} {
		got, ok := Feature(version)
		if got != want || ok != (want > 0) {
			t.Errorf("Feature(%q) = %d, %t; want %d", version, got, ok, want)
		}
	}
}

func TestTakesShare(t *testing.T) {
	for version, want := range map[string]bool{
		"1.8.0_181": false, "1.8.0_191": true, "1.8.0_402-b06": true, "8u181": false, "8u402": true, "1.8.0-internal": true,
		"1.7.0_80": false, "9.0.4": false, "10.0.2": true, "17.0.15": true,
	} {
		feature, _ := Feature(version)
		if got := (Result{Feature: feature, Version: version}).TakesShare(); got != want {
			t.Errorf("%s: %t", version, got)
		}
	}
}

func TestParseVersionOutput(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)\n", "17.0.15"},
		{"java version \"1.8.0_402\"\n", "1.8.0_402"},
		{"Picked up JAVA_TOOL_OPTIONS: -Dx=\"1\"\r\nopenjdk version \"21-ea\" 2023-09-19\r\n", "21-ea"},
		{"java version \"garbage\"\njava version \"11.0.1\"", "11.0.1"},
		{"java version \"17", ""},
		{"", ""},
		{"command not found", ""},
	} {
		got, ok := parseVersionOutput(tt.text)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q gives %q, %t; want %q", tt.text, got, ok, tt.want)
		}
	}
}

func TestGoArch(t *testing.T) {
	for osArch, want := range map[string]string{
		"x86_64": "amd64", "amd64": "amd64", "i586": "386", "aarch64": "arm64", "ppc64le": "ppc64le",
		"s390x": "s390x", "riscv64": "riscv64", "loongarch64": "loong64", "arm": "arm",
	} {
		if got := goArch(osArch); got != want {
			t.Errorf("goArch(%q) = %q, want %q", osArch, got, want)
		}
	}
}

// checkParsed wants a version that was read from any text to have a feature release,
// and to hold nothing that could not stand on one line of a message.
func checkParsed(t *testing.T, version string, ok bool) {
	t.Helper()
	feature, has := Feature(version)
	if ok && (!has || feature < 1 || feature > maxFeature) {
		t.Errorf("version %q has no feature release", version)
	}
	if ok && strings.ContainsFunc(version, func(r rune) bool { return !unicode.IsGraphic(r) || r == ' ' }) {
		t.Errorf("version %q is not fit for a message", version)
	}
	if ok && !unicode.IsDigit(rune(version[0])) {
		t.Errorf("version %q does not begin with a digit", version)
	}
}

func FuzzParseRelease(f *testing.F) {
	f.Add("JAVA_VERSION=\"17.0.15\"\nOS_ARCH=\"x86_64\"\n")
	f.Add("JAVA_VERSION=\"1.8.0_402\"\r\nOS_ARCH=\"amd64\"\r\n")
	f.Add("JAVA_VERSION=21-ea")
	f.Add("=\n=\"\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := parseRelease(text)
		checkParsed(t, r.version, ok)
	})
}

func FuzzParseVersionOutput(f *testing.F) {
	f.Add("openjdk version \"17.0.15\" 2025-04-15\n")
	f.Add("java version \"1.8.0_402\"\n")
	f.Add(" version \"\" version \"11")
	f.Fuzz(func(t *testing.T, text string) {
		version, ok := parseVersionOutput(text)
		checkParsed(t, version, ok)
	})
}
