package load

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStrength(t *testing.T) {
	begin := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }
	three := []Server{{Name: "a", Voter: true}, {Name: "b", Voter: true}, {Name: "c", Voter: true}, {Name: "o"}}
	all := []change{{at(0), 0, Serving, false}, {at(1), 1, Serving, true}, {at(2), 2, Serving, false}, {at(3), 3, Serving, false}}
	marks := []Mark{{at(50), "restart a"}, {at(5000), "restart b"}}
	for _, test := range []struct {
		name    string
		changes []change
		want    Strength
	}{
		{"Quiet", nil, Strength{Voters: 3, LeastUp: 3}},
		{"FollowerRestarted", []change{{at(100), 0, Away, false}, {at(600), 0, Up, false}, {at(900), 0, Serving, false}}, Strength{
			Voters: 3, LeastUp: 2, LeastUpAt: at(100), LeastUpStep: "restart a", BelowFull: 800 * time.Millisecond, BelowFullIn: 800 * time.Millisecond,
			Ends: []End{{Server: "a", At: at(100), Serving: 2, Back: at(900), Step: "restart a"}},
		}},
		{"ObserverRestarted", []change{{at(100), 3, Away, false}, {at(600), 3, Serving, false}}, Strength{
			Voters: 3, LeastUp: 3, Ends: []End{{Server: "o", At: at(100), Serving: 3, Back: at(600), Step: "restart a"}},
		}},
		// The followers are seen not to serve before the leader is seen to be away, which is because of it.
		{"LeaderRestarted", []change{{at(5100), 0, Up, false}, {at(5110), 1, Away, false}, {at(5130), 2, Up, false},
			{at(5400), 0, Serving, false}, {at(5450), 2, Serving, true}, {at(6000), 1, Serving, false}}, Strength{
			Voters: 3, LeastUp: 2, LeastUpAt: at(5110), LeastUpStep: "restart b", NoMajority: 340 * time.Millisecond,
			BelowFull: 900 * time.Millisecond, BelowFullIn: 900 * time.Millisecond,
			Ends: []End{{Server: "b", At: at(5110), Serving: 2, Leader: true, Back: at(6000), Step: "restart b"}},
		}},
		// The second is taken down while the first does not serve yet.
		{"TwoAtOnce", []change{{at(100), 0, Away, false}, {at(2000), 2, Away, false}, {at(2010), 1, Up, false}, {at(3000), 0, Serving, false}}, Strength{
			Voters: 3, LeastUp: 1, LeastUpAt: at(2000), LeastUpStep: "restart a", NoMajority: 8 * time.Second,
			BelowFull: 9900 * time.Millisecond, BelowFullIn: 9900 * time.Millisecond,
			Ends: []End{{Server: "a", At: at(100), Serving: 2, Back: at(3000), Step: "restart a"}, {Server: "c", At: at(2000), Serving: 1, Step: "restart a"}},
		}},
		{"SecondBeforeTheFirstServes", []change{{at(100), 0, Away, false}, {at(800), 0, Up, false}, {at(2000), 2, Away, false}}, Strength{
			Voters: 3, LeastUp: 2, LeastUpAt: at(100), LeastUpStep: "restart a", NoMajority: 8 * time.Second,
			BelowFull: 9900 * time.Millisecond, BelowFullIn: 9900 * time.Millisecond,
			Ends: []End{{Server: "a", At: at(100), Serving: 2, Step: "restart a"}, {Server: "c", At: at(2000), Serving: 1, Step: "restart a"}},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := strength(three, append(append([]change{}, all...), test.changes...), marks, at(10000))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
