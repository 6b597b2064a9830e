package host_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// bootStat is /proc/1/stat of a first process that was started so many ticks after the kernel.
func bootStat(ticks string) string {
	return "1 (sys) temd) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 " + ticks + " 1 2\n"
}

// newRebootHost returns a host that serves, and asks for its reboot.
func newRebootHost(t *testing.T, what provision.Reboot) *testHost {
	t.Helper()
	h := newHost(t)
	write(t, filepath.Join(h.root, "/etc/debian_version"), "12\n")
	write(t, filepath.Join(h.root, "/proc/sys/kernel/random/boot_id"), "kernel-1\n")
	write(t, filepath.Join(h.root, "/proc/1/stat"), bootStat("7"))
	h.bootstrap(t, h.plan(t))
	h.task.Reboot = &what
	return h
}

// found returns the names of a plan's findings.
func found(p provision.HostPlan) []string {
	var names []string
	for _, f := range p.Findings {
		names = append(names, f.Name)
	}
	return names
}

// TestReboot tells hosts to boot, and tells one boot from another: by the kernel's or, in a
// container, by that of the first process.
func TestReboot(t *testing.T) {
	h := newRebootHost(t, provision.Reboot{})
	p := h.plan(t)
	if len(p.Changes) != 1 || p.Changes[0].Kind() != provision.KindReboot || len(p.Findings) > 0 {
		t.Fatalf("the plan is %+v", p)
	}
	boots := make(map[string]bool)
	for _, boot := range []struct{ kernel, first string }{{"kernel-1", "7"}, {"kernel-2", "7"}, {"kernel-1", "8"}} {
		write(t, filepath.Join(h.root, "/proc/sys/kernel/random/boot_id"), boot.kernel+"\n")
		write(t, filepath.Join(h.root, "/proc/1/stat"), bootStat(boot.first))
		o, err := h.Observe(t.Context(), h.task)
		if err != nil || o.Boot == "" {
			t.Fatalf("the boot is %q, %v", o.Boot, err)
		}
		boots[o.Boot] = true
	}
	if len(boots) != 3 {
		t.Errorf("three boots are told apart as %v", boots)
	}
	if err := h.Lock(t.Context(), h.task, 0); err != nil {
		t.Fatal(err)
	}
	// It has booted since it was planned.
	if err := h.Apply(t.Context(), h.task, p.Changes, nil, func(provision.Event) {}); err == nil || slices.Contains(h.systemd.Calls(), "reboot") {
		t.Errorf("a host that has booted meanwhile is booted again: %v", err)
	}
	if err := h.Apply(t.Context(), h.task, h.plan(t).Changes, nil, func(provision.Event) {}); err != nil || !slices.Contains(h.systemd.Calls(), "reboot") {
		t.Errorf("it was not booted: %v", err)
	}
}

// restarting answers needs-restarting(1).
type restarting struct {
	sysusers
	script string
}

func (r restarting) Run(ctx context.Context, env []string, argv ...string) (string, error) {
	if argv[0] != "needs-restarting" {
		return r.sysusers.Run(ctx, env, argv...)
	}
	if r.script == "" {
		return "", exec.ErrNotFound
	}
	return "", exec.CommandContext(ctx, "sh", "-c", r.script).Run()
}

// TestRebootIfNeeded asks hosts whether they need it.
func TestRebootIfNeeded(t *testing.T) {
	for name, test := range map[string]struct {
		debian  bool
		file    string
		script  string
		reboots bool
		finding string
	}{
		"debian":             {debian: true},
		"debian that asks":   {debian: true, file: "/run/reboot-required", reboots: true},
		"rpm":                {script: "exit 0"},
		"rpm that asks":      {script: "exit 1", reboots: true},
		"rpm that fails":     {script: "exit 2", finding: "reboot-unknown"},
		"rpm without a tool": {finding: "reboot-unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newRebootHost(t, provision.Reboot{IfNeeded: true})
			h.Runner = restarting{sysusers{h.root}, test.script}
			if !test.debian {
				remove(t, filepath.Join(h.root, "/etc/debian_version"))
			}
			if test.file != "" {
				write(t, filepath.Join(h.root, test.file), "")
			}
			p := h.plan(t)
			if (len(p.Changes) > 0) != test.reboots {
				t.Errorf("the changes are %v", p.Changes)
			}
			if names := found(p); test.finding == "" && names != nil || test.finding != "" && !slices.Equal(names, []string{test.finding}) {
				t.Errorf("it finds %v, want %q", names, test.finding)
			}
		})
	}
}

// TestRebootComesBack finds what would not come back as it is.
func TestRebootComesBack(t *testing.T) {
	h := newRebootHost(t, provision.Reboot{})
	if err := h.systemd.Disable(t.Context(), "zookeeper-1.service"); err != nil {
		t.Fatal(err)
	}
	if names := found(h.plan(t)); !slices.Equal(names, []string{"not-at-boot"}) {
		t.Errorf("of a unit that is disabled it finds %v", names)
	}

	h = newRebootHost(t, provision.Reboot{})
	unit := filepath.Join(h.root, units.Path("zookeeper-1"))
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	write(t, unit, strings.ReplaceAll(string(text), units.GenerationOf(text), "0123456789abcdef"))
	if names := found(h.plan(t)); !slices.Contains(names, "reboot-changes") {
		t.Errorf("of another unit than it runs with it finds %v", names)
	}

	h = newRebootHost(t, provision.Reboot{})
	write(t, filepath.Join(h.root, "/proc/self/mountinfo"), "1 1 0:1 / / rw - ext4 /dev/sda rw\n2 1 0:2 / /var/lib/zookeeper rw - ext4 /dev/sdb rw\n")
	if names := found(h.plan(t)); !slices.Contains(names, "mount-not-at-boot") {
		t.Errorf("of a disk that was mounted by hand it finds %v", names)
	}
	write(t, filepath.Join(h.root, units.Dir, "var-lib-zookeeper.mount"), "[Mount]\n")
	if names := found(h.plan(t)); slices.Contains(names, "mount-not-at-boot") {
		t.Errorf("of a disk that a unit mounts it finds %v", names)
	}
}
