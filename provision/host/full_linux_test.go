package host_test

import (
	"os"
	"os/exec"
	"os/signal"
	"path"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zkprov/zkprov/provision"
)

// full lets every write of this process to a file fail, as on a full disk, until the
// function that it returns is called.
func full(t *testing.T) (room func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 0, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFull gives a running server another generation on a host whose disk is full from
// some change on. Every file is the old one or the new one, none is left over, and the
// server runs on; with room again the same command goes on from there.
func TestFull(t *testing.T) {
	if os.Getenv("ZKPROV_TEST_FULL") == "" {
		// In a process of its own: what package testing writes would fail too.
		cmd := exec.Command(os.Args[0], "-test.run", "^TestFull$")
		cmd.Env = append(os.Environ(), "ZKPROV_TEST_FULL=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	failed := 0
	for n := 0; ; n++ {
		h := newHost(t)
		h.bootstrap(t, h.plan(t))
		old := h.snapshot(t)
		h.setHeap("300m")
		plan := h.plan(t)
		if n == len(plan.Changes) {
			break
		}
		before := h.runsWith(t)
		h.systemctl(t, h.Lock(t.Context(), h.task, 0))
		room, begun := func() {}, 0
		var err error
		for _, s := range stepsOf(plan) {
			err = h.Apply(t.Context(), h.task, s.changes, s.others, func(e provision.Event) {
				if e.Done {
					return
				}
				if begun == n {
					room = full(t)
				}
				begun++
			})
			if err != nil {
				break
			}
		}
		room()
		if err != nil {
			failed++
			if !strings.Contains(err.Error(), "file too large") || !strings.Contains(err.Error(), "cannot ") {
				t.Errorf("full from change %d on: it says %v", n, err)
			}
		}
		if with := h.runsWith(t); with != before && err != nil && with != "" && plan.Changes[n].Kind() != provision.KindHistory {
			t.Errorf("full from change %d on (%s): it runs with %s, before with %s", n, plan.Changes[n].Resource, with, before)
		}
		after := h.snapshot(t)
		h.apply(t, h.plan(t))
		want := h.snapshot(t)
		for name, e := range after {
			o, w := old[name], want[name]
			e.ModTime, o.ModTime, w.ModTime = time.Time{}, time.Time{}, time.Time{}
			if e != o && e != w && !strings.HasPrefix(name, "/proc/") && name != "/run/zkprov/lock" && !strings.Contains(name, "/history/") {
				t.Errorf("full from change %d on (%s): %s is %+v, neither %+v nor %+v", n, plan.Changes[n].Resource, name, e, o, w)
			}
			if base := path.Base(name); name != "" && strings.HasPrefix(base, ".") && base != ".zkprov.json" && !strings.HasPrefix(base, ".zkprov-") {
				t.Errorf("full from change %d on: %s is left over", n, name)
			}
		}
		if again := h.plan(t); len(again.Changes) > 0 {
			t.Errorf("full from change %d on: in the end %v is to be changed", n, again.Changes)
		}
	}
	if failed < 5 {
		t.Errorf("only %d changes failed: is this test blind?", failed)
	}
}
