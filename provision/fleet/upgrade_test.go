package fleet

import (
	"errors"
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// runsRelease makes a server one of a release.
func (hs *hosts) runsRelease(host string, instance string, v inventory.Version) {
	hs.byName[host].seen.Instances = map[string]provision.InstanceState{instance: {Version: v}}
}

// TestUpgradeRefused wants a run that would change to a release that it must not to be
// refused before anything is changed, on the word of one host.
func TestUpgradeRefused(t *testing.T) {
	for name, test := range map[string]struct {
		runs inventory.Version
		want string
	}{
		"an older one":         {"3.8.4", "version-down"},
		"one that is far":      {"3.4.14", "upgrade-path"},
		"the same":             {"3.6.3", ""},
		"one before":           {"3.6.2", ""},
		"one that is not told": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, hs := newFleet(t)
			hs.runsRelease("zk2", "zookeeper-2", test.runs)
			_, err := f.Apply(t.Context())
			var refused *provision.Error
			got := ""
			if errors.As(err, &refused) && refused.Kind == provision.Refused {
				got = refused.Name
			}
			if got != test.want || (err == nil) != (test.want == "") {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if n := hs.count("apply"); n > 0 && test.want != "" {
				t.Errorf("%d hosts were changed", n)
			}
		})
	}
}
