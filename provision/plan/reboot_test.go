package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
)

// rebooting returns the reboots of some hosts.
func rebooting(t *testing.T, hosts []string, these ...string) Reboots {
	s := given{hosts: hosts}.sorting(t)
	r := Reboots{Ensemble: s.Ensemble, Ranks: Ranks{Ensemble: s.Ensemble, Answers: s.Answers}, Formed: time.Minute}
	for _, host := range these {
		r.Parts = append(r.Parts, provision.HostPlan{Host: host, Changes: []provision.Change{{Resource: "reboot:" + host, Action: provision.Again}}})
	}
	return r
}

// TestReboots looks at the order of hosts, and at what is waited for before each.
func TestReboots(t *testing.T) {
	for name, test := range map[string]struct {
		hosts, these []string
		outage       bool
		want         []string
	}{
		"leader last":     {[]string{"zk1 1l", "zk2 2f", "zk3 3f", "zk4 4o"}, []string{"zk1", "zk2", "zk3", "zk4"}, false, []string{"zk4 spared", "zk2 spared", "zk3 spared", "zk1 spared"}},
		"broken first":    {[]string{"zk1 1f", "zk2 2l", "zk3 3-"}, []string{"zk1", "zk2", "zk3"}, false, []string{"zk3 spared", "zk1 spared", "zk2 spared"}},
		"all of a host":   {[]string{"zk1 1l 2f", "zk2 3f", "zk3 4f", "zk4 5f"}, []string{"zk1", "zk2"}, false, []string{"zk2 spared", "zk1 spared zookeeper-1 zookeeper-2"}},
		"these only":      {[]string{"zk1 1l", "zk2 2f", "zk3 3f"}, []string{"zk3"}, false, []string{"zk3 spared"}},
		"none":            {[]string{"zk1 1l", "zk2 2f", "zk3 3f"}, nil, false, nil},
		"an outage":       {[]string{"zk1 1l 2f", "zk2 3f"}, []string{"zk1", "zk2"}, true, []string{"zk2 spared", "zk1 zookeeper-1 zookeeper-2"}},
		"no such consent": {[]string{"zk1 1l 2f", "zk2 3f"}, []string{"zk1"}, false, []string{"zk1 spared zookeeper-1 zookeeper-2"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := rebooting(t, test.hosts, test.these...)
			r.AllowOutage, r.Proof = test.outage, []Gate{{Kind: Formed}}
			steps := r.Steps()
			var got []string
			for _, s := range steps {
				if s.Name == Prove {
					continue
				}
				text := s.Reboots()
				if len(s.Before) == 1 && s.Before[0].Kind == Spared && fmt.Sprint(s.Before[0].Instances) == fmt.Sprint(s.Instances) {
					text += " spared"
				}
				if len(s.Instances) > 1 {
					text += " " + strings.Join(s.Instances, " ")
				}
				if len(s.After) != 3 || s.After[0].Kind != Back || s.After[1].Kind != InSync || s.After[1].Settle != SettleTime || s.After[2].Kind != Written {
					t.Errorf("after %s is waited for %v", s.Name, s.After)
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if last := len(steps) - 1; last >= 0 && steps[last].Name != Prove {
				t.Errorf("the last step is %s", steps[last].Name)
			}
		})
	}
}

// TestHoldsMajority tells hosts without which there is no quorum.
func TestHoldsMajority(t *testing.T) {
	for line, want := range map[string]bool{
		"zk1 1l": true, "zk1 1l|zk2 2f": true, "zk1 1l|zk2 2f|zk3 3f": false, "zk1 1l 2f|zk2 3f": true, "zk1 1l 2f|zk2 3f|zk3 4f": true,
		"zk1 1l 2f|zk2 3f|zk3 4f|zk4 5f": false, "zk1 1o|zk2 2l": false,
	} {
		s := given{hosts: strings.Split(line, "|")}.sorting(t)
		if got := HoldsMajority(s.Ensemble, "zk1"); got != want {
			t.Errorf("%s: zk1 holds a majority: %v", line, got)
		}
	}
}

// TestBereft tells what a reset of some hosts leaves of a quorum.
func TestBereft(t *testing.T) {
	for _, test := range []struct {
		hosts, these, want string
	}{
		{"zk1 1l|zk2 2f|zk3 3f", "zk3", ""},
		{"zk1 1l|zk2 2f|zk3 3f", "zk2 zk3", "without zookeeper-2, zookeeper-3 there is no majority: 1 of 3 voters would be left that serve, and it takes 2"},
		{"zk1 1l|zk2 2f|zk3 3-", "zk2", "without zookeeper-2 there is no majority: 1 of 3 voters would be left that serve, and it takes 2"},
		{"zk1 1l|zk2 2f|zk3 3-", "zk3", ""},        // it does not serve
		{"zk1 1-|zk2 2-|zk3 3f", "zk3", ""},        // there is no quorum to be kept
		{"zk1 1l|zk2 2f|zk3 3f|zk4 4o", "zk4", ""}, // it has no vote
		{"zk1 1l|zk2 2f|zk3 3r", "zk2", "without zookeeper-2 there is no majority: 1 of 3 voters would be left that serve, and it takes 2"}, // one reads only
	} {
		s := given{hosts: strings.Split(test.hosts, "|")}.sorting(t)
		if got := Bereft(s.Ensemble, strings.Fields(test.these), s.Answers); got != test.want {
			t.Errorf("%s without %s: %q, want %q", test.hosts, test.these, got, test.want)
		}
	}
}

// TestResetSteps stops all servers before anything is removed.
func TestResetSteps(t *testing.T) {
	parts := []provision.HostPlan{
		{Host: "zk1", Changes: []provision.Change{{Resource: "enabled:1", Action: provision.Disable}, {Resource: "stopped:1", Action: provision.Stop}, {Resource: "unit:1", Action: provision.Remove}, {Resource: "reload:systemd", Action: provision.Reload}}},
		{Host: "zk2", Changes: []provision.Change{{Resource: "dir:2", Action: provision.Remove}}},
		{Host: "zk3"},
	}
	var got []string
	for _, s := range ResetSteps(parts, nil) {
		for _, h := range s.Changes {
			for _, c := range h.Changes {
				got = append(got, s.Name+" "+h.Host+" "+c.Resource)
			}
		}
	}
	want := []string{"stop zk1 enabled:1", "stop zk1 stopped:1", "remove zk1 unit:1", "remove zk1 reload:systemd", "remove zk2 dir:2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
