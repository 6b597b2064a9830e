package preflight

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestClockSkew(t *testing.T) {
	tests := []struct {
		name    string
		offsets map[string]time.Duration
		want    []string
	}{
		{"one host has no median to be compared with", map[string]time.Duration{"a": time.Hour}, nil},
		{"all a little off", map[string]time.Duration{"a": -2 * time.Second, "b": 0, "c": 2 * time.Second}, nil},
		{"all off alike", map[string]time.Duration{"a": time.Hour, "b": time.Hour, "c": time.Hour + time.Second}, nil},
		{"one off", map[string]time.Duration{"a": 0, "b": 10 * time.Minute, "c": time.Second, "d": -3 * time.Second}, []string{
			"critical b: the clock is 10m0s ahead of the median of the hosts",
			"warning d: the clock is 3s behind the median of the hosts",
		}},
		{"five years behind", map[string]time.Duration{"a": 0, "b": 0, "c": -5 * 365 * 24 * time.Hour}, []string{
			"critical c: the clock is 43800h0m0s behind the median of the hosts",
		}},
		{"of two, the one further from our clock", map[string]time.Duration{"a": -40 * time.Second, "b": time.Second}, []string{
			"critical a: the clock is 41s behind the median of the hosts",
		}},
		{"and the other way round", map[string]time.Duration{"a": -time.Second, "b": 40 * time.Second}, []string{
			"critical b: the clock is 41s ahead of the median of the hosts",
		}},
	}
	for _, tt := range tests {
		var got []string
		for _, f := range ClockSkew(tt.offsets) {
			got = append(got, string(f.Severity)+" "+f.Host+": "+f.Message)
			if f.Name != clockSkew {
				t.Errorf("%s: name %s", tt.name, f.Name)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
