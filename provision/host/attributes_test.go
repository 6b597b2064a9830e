package host_test

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/zkprov/zkprov/provision"
)

// TestModeBits sets bits beside the permissions on a data directory: the plan
// shows them, and an apply takes them away.
func TestModeBits(t *testing.T) {
	const data = "/var/lib/zookeeper/zookeeper-1"
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	for want, mode := range map[string]fs.FileMode{
		"mode 0770 -> 0750": 0o770,
		"mode 1750 -> 0750": 0o750 | fs.ModeSticky,
		"mode 2750 -> 0750": 0o750 | fs.ModeSetgid,
		"mode 4750 -> 0750": 0o750 | fs.ModeSetuid,
		"mode 7777 -> 0750": 0o777 | fs.ModeSticky | fs.ModeSetgid | fs.ModeSetuid,
	} {
		chmod(t, filepath.Join(h.root, data), mode)
		plan := h.plan(t)
		if len(plan.Changes) != 1 || plan.Changes[0].Resource != "dir:"+data || plan.Changes[0].Action != provision.Update || plan.Changes[0].Summary != want {
			t.Errorf("%v: the changes are %+v, want %s", mode, plan.Changes, want)
		}
		h.apply(t, plan)
		if again := h.plan(t); len(again.Changes) > 0 {
			t.Errorf("%v: after an apply there are changes: %v", mode, again.Changes)
		}
	}
}
