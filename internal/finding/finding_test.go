package finding

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFindingString(t *testing.T) {
	for want, f := range map[string]Finding{
		"zk1: zookeeper-1: port taken; free it [port-in-use]": {
			Name: "port-in-use", Severity: Critical, Host: "zk1", Instance: "zookeeper-1", Message: "port taken", Hint: "free it"},
		"zk1: warning: little space [disk-space]": {Name: "disk-space", Severity: Warning, Host: "zk1", Message: "little space"},
		"notice: swap is on [swap-on]":            {Name: "swap-on", Severity: Notice, Message: "swap is on"},
		"quorum formed [quorum]":                  {Name: "quorum", Severity: OK, Message: "quorum formed"},
	} {
		if got := f.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestFindings(t *testing.T) {
	fs := Findings{
		{Name: "b", Severity: OK, Host: "zk1"},
		{Name: "b", Severity: Warning, Host: "zk2"},
		{Name: "c", Severity: Critical, Host: "zk2"},
		{Name: "a", Severity: Warning, Host: "zk2"},
		{Name: "a", Severity: Notice, Host: "zk1"},
		{Name: "a", Severity: Warning, Host: "zk1"},
	}
	fs.Sort()
	var order []string
	for _, f := range fs {
		order = append(order, string(f.Severity)+" "+f.Host+" "+f.Name)
	}
	want := []string{"critical zk2 c", "warning zk1 a", "warning zk2 a", "warning zk2 b", "notice zk1 a", "ok zk1 b"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if got := fs.Count(Warning); got != 3 {
		t.Errorf("%d warnings, want 3", got)
	}
	for n, want := range []Severity{Critical, Warning, Warning, Warning, Notice, OK, OK} {
		if got := fs[n:].Worst(); got != want {
			t.Errorf("the worst of the last %d is %s, want %s", len(fs)-n, got, want)
		}
	}
	kept := fs.Without(func(name string) bool { return name == "a" || name == "c" })
	if len(kept) != 3 || kept.Count(Critical) != 1 || kept.Count(Notice) != 0 {
		t.Errorf("kept %v", kept)
	}
}
