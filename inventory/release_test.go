package inventory

import (
	"slices"
	"testing"
)

func TestVersionCompare(t *testing.T) {
	ordered := []Version{"", "3.4", "3.4.14", "3.5.0-alpha", "3.5.3-beta", "3.5.10", "3.6", "3.6.3", "3.10.0", "4"}
	for i, a := range ordered {
		for k, b := range ordered {
			if got := a.Before(b); got != (i < k) {
				t.Errorf("%q before %q is %v", a, b, got)
			}
		}
	}
	// A suffix does not count, and neither does a number that is left out.
	for _, same := range [][2]Version{{"3.5.4-beta", "3.5.4"}, {"3.6", "3.6.0"}, {"3.5.4-alpha", "3.5.4-beta"}} {
		if same[0].Compare(same[1]) != 0 {
			t.Errorf("%s and %s are not equal", same[0], same[1])
		}
	}
}

func TestVersionIn(t *testing.T) {
	for v, lines := range map[Version][]Version{
		"3.6.3": {"3.6"}, "3.6": {"3.6"}, "3.5.4-beta": {"3.5"}, "3.10.1": {"3.10"}, "4.6.3": nil, "": nil,
	} {
		for _, line := range []Version{"3.1", "3.5", "3.6", "3.10"} {
			if got := v.In(line); got != slices.Contains(lines, line) {
				t.Errorf("%q in %q is %v", v, line, got)
			}
		}
	}
}

func TestReleaseIn(t *testing.T) {
	for folder, want := range map[string]Version{
		"apache-zookeeper-3.6.3-bin": "3.6.3", "apache-zookeeper-3.6.3-bin-0123456789ab": "3.6.3", "zookeeper-3.4.14": "3.4.14", "zookeeper-3.5.4-beta": "3.5.4-beta",
		"apache-zookeeper-3.6.3": "", "apache-zookeeper-3.6.3-binary": "", "zookeeper-3.4.14-bin": "", "apache-zookeeper--bin": "", "zookeeper": "", "kafka-3.6.3-bin": "", "": "",
	} {
		if got := ReleaseIn(folder); got != want {
			t.Errorf("%q is the folder of %q, want %q", folder, got, want)
		}
	}
	for _, v := range []Version{"3.4.14", "3.5.4", "3.5.5", "3.9.5"} {
		if got := ReleaseIn(ReleaseFolder(v)); got != v {
			t.Errorf("got %q for %s", got, v)
		}
	}
}
