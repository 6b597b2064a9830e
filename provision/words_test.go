package provision

import (
	"testing"
	"time"
)

func TestRoughly(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0 s":        -time.Second,
		"1 s":        1400 * time.Millisecond,
		"59 s":       59 * time.Second,
		"1 min":      time.Minute - 200*time.Millisecond,
		"1 min 1 s":  61 * time.Second,
		"9 min 59 s": 10*time.Minute - time.Second,
		"10 min":     10*time.Minute + time.Second,
		"59 min":     time.Hour - time.Second,
		"1 h 0 min":  time.Hour,
		"26 h 5 min": 26*time.Hour + 5*time.Minute + 30*time.Second,
	} {
		if got := Roughly(d); got != want {
			t.Errorf("%v is %q, not %q", d, got, want)
		}
	}
}
