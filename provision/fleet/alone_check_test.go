package fleet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
)

// TestAloneCheck looks at a host, and at the others over the network.
func TestAloneCheck(t *testing.T) {
	for name, test := range map[string]struct {
		set    func(l *lone)
		found  []string // names and instances of what is found
		formed bool
		probes int // of the host's own servers
	}{
		"all is well": {func(l *lone) { l.seen = sees("zookeeper-1", formed); l.serve(1, 2, 3) }, nil, true, 1},
		"its server has no data, and a quorum serves": {func(l *lone) { l.serve(1, 2, 3) }, []string{"empty-data zookeeper-1"}, true, 1},
		"its server has no data, and it remembers": {func(l *lone) { l.seen = remembers(l.seen); l.serve(1) },
			[]string{"no-quorum ", "instance-down zookeeper-2", "instance-down zookeeper-3", "empty-data zookeeper-1"}, false, 1},
		"nothing is there yet": {func(l *lone) { l.answers[1] = starting(1).Answer },
			[]string{"no-quorum ", "not-serving zookeeper-1", "instance-down zookeeper-2", "instance-down zookeeper-3"}, false, 1},
		"its server may not stay": {func(l *lone) {
			l.seen = sees("zookeeper-1", formed)
			l.serve(1, 2, 3)
			l.reports = func(int) []provision.Report { return []provision.Report{deaf(1, "")} }
		}, []string{"election-port-closed zookeeper-1"}, false, 1},
		"there is no systemd": {func(l *lone) {
			l.seen = sees("zookeeper-1", formed)
			l.seen.Facts.Systemd = false
			l.serve(1, 2, 3)
		}, nil, true, 0},
	} {
		inTime(t, name, func(t *testing.T) {
			a, l := newAlone(t)
			l.changes = nil
			test.set(l)
			s, err := a.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, f := range s.Findings {
				found = append(found, f.Name+" "+f.Instance)
			}
			if diff := cmp.Diff(test.found, found); diff != "" || s.Verdict.Formed != test.formed || l.probes != test.probes || l.calls() != "" {
				t.Errorf("formed %t, %d probes, it did %q:\n%s", s.Verdict.Formed, l.probes, l.calls(), diff)
			}
		})
	}
}
