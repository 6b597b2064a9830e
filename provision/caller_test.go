package provision

import "testing"

// TestCaller says who asked for a run, as far as that is known.
func TestCaller(t *testing.T) {
	for want, c := range map[string]Caller{
		"ops on ctl1":         {User: "ops", Host: "ctl1", Command: "apply"},
		"somebody on ctl1":    {Host: "ctl1"},
		"ops":                 {User: "ops"},
		"":                    {},
		"zkprov agent on zk1": {Host: "zk1", Command: "agent"},
	} {
		if got := c.String(); got != want {
			t.Errorf("%+v is %q, want %q", c, got, want)
		}
	}
}
