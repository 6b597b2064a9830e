package skip

import (
	"fmt"
	"testing"
)

// TestOutsideCI wants a test that lacks something to be skipped, and to fail in CI.
func TestOutsideCI(t *testing.T) {
	for ci, want := range map[string]string{"": "skipped: no x", "true": "failed: in CI every test has to run: no x"} {
		t.Setenv("CI", ci)
		r := &recorder{TB: t}
		OutsideCI(r, "no %s", "x")
		if r.said != want {
			t.Errorf("with CI=%q the test is %q, want %q", ci, r.said, want)
		}
	}
}

// recorder notes how a test would end. As it does not end, the first word counts.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Fatalf(format string, args ...any) { r.note("failed: ", format, args) }
func (r *recorder) Skipf(format string, args ...any)  { r.note("skipped: ", format, args) }

func (r *recorder) note(how, format string, args []any) {
	if r.said == "" {
		r.said = how + fmt.Sprintf(format, args...)
	}
}
