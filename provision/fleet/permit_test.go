package fleet

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestPermit looks at everything that stops a run before its first change, and
// of which kind it is.
func TestPermit(t *testing.T) {
	critical := func(name string) finding.Finding {
		return finding.Finding{Name: name, Severity: finding.Critical, Host: "zk1", Message: "m", Hint: "h"}
	}
	refused := func(name string) finding.Finding {
		f := critical(name)
		f.Refusal = true
		return f
	}
	fresh := func(f *Fleet, hs *hosts) {
		for _, m := range f.Ensemble.Members() {
			hs.byName[m.Host.Name].seen = sees(m.Instance.Name, nothing)
		}
	}
	type refusal struct {
		Kind provision.Kind
		Text string // the beginning
	}
	lost := refusal{provision.Unreachable, "zk2: zk2 does not answer"}
	tests := map[string]struct {
		prepare func(f *Fleet, hs *hosts)
		want    []refusal
	}{
		"nothing": {prepare: func(*Fleet, *hosts) {}},
		"warnings": {prepare: func(_ *Fleet, hs *hosts) {
			w, n := critical("zk-eol"), critical("noted")
			w.Severity, n.Severity = finding.Warning, finding.Notice
			hs.byName["zk1"].plan.Findings = finding.Findings{w, n}
		}},
		"critical": {
			prepare: func(_ *Fleet, hs *hosts) { hs.byName["zk1"].plan.Findings = finding.Findings{critical("port-in-use")} },
			want:    []refusal{{provision.Failed, "zk1: m; h [port-in-use]"}},
		},
		"critical, and a refusal": {
			prepare: func(_ *Fleet, hs *hosts) { hs.byName["zk1"].plan.Findings = finding.Findings{refused("foreign-data")} },
			want:    []refusal{{provision.Refused, "zk1: m; h [foreign-data]"}},
		},
		"critical and silenced": {
			prepare: func(f *Fleet, hs *hosts) {
				f.Ensemble.Ignore = []string{"port-in-use"}
				hs.byName["zk1"].plan.Findings = finding.Findings{critical("port-in-use")}
			},
			want: []refusal{{provision.Failed, "zk1: m; h [port-in-use]"}},
		},
		"two voters less, with which all run": {
			prepare: func(f *Fleet, hs *hosts) {
				hs.runWith(f.Ensemble, provision.ServersOf(f.Ensemble), nil)
				hs.byName["zk1"].seen = formedBy(hs.byName["zk1"].seen, 1, 2, 3, 8, 9)
			},
		},
		"a host is down": {
			prepare: func(_ *Fleet, hs *hosts) { hs.byName["zk2"].errs["connect"] = unreachable("zk2") },
			want:    []refusal{lost},
		},
		"a host outside of the limit is down": {
			prepare: func(f *Fleet, hs *hosts) {
				f.Limit = []string{"zk1"}
				hs.byName["zk2"].errs["connect"] = unreachable("zk2")
			},
		},
		"a host is down at a first bootstrap": {
			prepare: func(f *Fleet, hs *hosts) {
				fresh(f, hs)
				hs.byName["zk2"].errs["connect"] = unreachable("zk2")
			},
			want: []refusal{lost},
		},
		"a host outside of the limit is down at a first bootstrap": {
			prepare: func(f *Fleet, hs *hosts) {
				fresh(f, hs)
				f.Limit = []string{"zk1"}
				hs.byName["zk2"].errs["connect"] = unreachable("zk2")
			},
			want: []refusal{lost},
		},
		"a host cannot plan its part": {
			prepare: func(f *Fleet, hs *hosts) {
				fresh(f, hs)
				hs.byName["zk2"].errs["plan"] = errors.New("broken")
			},
			want: []refusal{{provision.Failed, "zk2: broken"}},
		},
		"a voter outside of the limit is unreadable at a first bootstrap": {
			prepare: func(f *Fleet, hs *hosts) {
				fresh(f, hs)
				f.Limit = []string{"zk1"}
				hs.byName["zk2"].seen = sees("zookeeper-2", unreadable)
			},
			want: []refusal{{provision.Refused, "cannot tell whether this ensemble exists already: nothing is known of zookeeper-2"}},
		},
		"data lost": {
			prepare: func(f *Fleet, hs *hosts) {
				fresh(f, hs)
				hs.byName["zk1"].seen.Formed = true
			},
			want: []refusal{{provision.Refused, "this ensemble once had a quorum"}},
		},
		"everything at once": {
			prepare: func(_ *Fleet, hs *hosts) {
				hs.byName["zk1"].plan.Findings = finding.Findings{critical("port-in-use"), refused("foreign-data")}
				hs.byName["zk2"].errs["observe"] = unreachable("zk2")
			},
			want: []refusal{{provision.Refused, "zk1: m; h [foreign-data]"}, {provision.Failed, "zk1: m; h [port-in-use]"}, lost},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, hs := newFleet(t)
			for _, h := range hs.byName {
				h.changes = []provision.Change{change(plan.Stage)}
			}
			test.prepare(f, hs)
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []refusal
			if joined, ok := p.Stops().(interface{ Unwrap() []error }); ok {
				for i, one := range joined.Unwrap() {
					text := one.Error()
					if i < len(test.want) && strings.HasPrefix(text, test.want[i].Text) {
						text = test.want[i].Text
					}
					got = append(got, refusal{kindOf(one), text})
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if test.want == nil {
				return
			}
			o, err := f.Apply(t.Context())
			if err == nil || err.Error() != p.Stops().Error() {
				t.Errorf("apply stopped at %v, and plan foretold %v", err, p.Stops())
			}
			if n := hs.count("stage") + hs.count("archive"); n > 0 || o.Changes() > 0 {
				t.Errorf("%d calls and %d changes were made before", n, o.Changes())
			}
		})
	}
}
