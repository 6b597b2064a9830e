package units

import (
	"strings"
	"testing"
)

// TestWithFlag gives a unit another flag once, and leaves all else as it is.
func TestWithFlag(t *testing.T) {
	s := plain()
	s.Flags = []string{"-Dx=$y"}
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	const flag = "-Dzookeeper.multiAddress.enabled=true"
	with := WithFlag(text, flag)
	if strings.Count(string(with), flag) != 1 || strings.Replace(string(with), "    "+flag+" \\\n", "", 1) != string(text) {
		t.Errorf("it is:\n%s", with)
	}
	if again := WithFlag(with, flag); string(again) != string(with) {
		t.Errorf("the second time it is:\n%s", again)
	}
	s.Flags = append(s.Flags, flag)
	if text, err = s.Text(); err != nil || string(WithFlag(text, flag)) != string(text) {
		t.Errorf("%v, and beside that of the user it is:\n%s", err, WithFlag(text, flag))
	}
}
