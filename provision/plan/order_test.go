package plan

import (
	"slices"
	"strings"
	"testing"
)

// TestOrder decides anew which server is restarted next, by what they say by then.
func TestOrder(t *testing.T) {
	for name, test := range map[string]struct {
		hosts  []string // as in given
		steps  string   // those that are left, each the ids that go together
		failed string
		want   string
	}{
		"as planned":                   {[]string{"a 1f", "b 2f", "c 3l"}, "1 2 3", "", "1 2 3"},
		"the leadership has moved":     {[]string{"a 1l", "b 2f", "c 3f"}, "1 2 3", "", "2 3 1"},
		"to one that is done already":  {[]string{"a 1l", "b 2f", "c 3f"}, "2 3", "", "2 3"},
		"one has broken meanwhile":     {[]string{"a 1f", "b 2f", "c 3-", "d 4o"}, "4 1 2 3", "", "3 4 1 2"},
		"one reads only":               {[]string{"a 1f", "b 2r", "c 3l"}, "1 2 3", "", "2 1 3"},
		"an observer has come up":      {[]string{"a 1f", "b 2l", "d 4o"}, "1 4 2", "", "4 1 2"},
		"the last restart has failed":  {[]string{"a 1f", "b 2f", "c 3l", "d 4o"}, "4 1 2 3", "3", "3 4 1 2"},
		"before one that is broken":    {[]string{"a 1-", "b 2f", "c 3l"}, "1 2 3", "2", "2 1 3"},
		"the leader's host goes last":  {[]string{"a 1f 2l", "b 3f 4o", "c 5f"}, "1+2 3+4 5", "", "3+4 5 1+2"},
		"one of a host has failed":     {[]string{"a 1f 2l", "b 3f 4o", "c 5f"}, "3+4 5 1+2", "1", "1+2 3+4 5"},
		"nobody leads, and all follow": {[]string{"a 1f", "b 2f"}, "2 1", "", "2 1"},
	} {
		s := given{hosts: test.hosts}.sorting(t)
		named := func(ids string) []string {
			return strings.Fields(strings.ReplaceAll(" "+strings.Join(strings.Split(ids, "+"), " "), " ", " zookeeper-"))
		}
		steps := []Step{{Name: Stage}}
		for _, ids := range strings.Fields(test.steps) {
			steps = append(steps, Step{Name: ids, Instances: named(ids)})
		}
		steps = append(steps, Step{Name: Record})
		ranks := Ranks{Ensemble: s.Ensemble, Answers: s.Answers}
		if test.failed != "" {
			ranks.Failed = named(test.failed)
		}
		var got []string
		for _, step := range ranks.Order(steps) {
			got = append(got, step.Name)
		}
		if want := slices.Concat([]string{Stage}, strings.Fields(test.want), []string{Record}); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
