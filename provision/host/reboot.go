package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"strings"

	"github.com/coreos/go-systemd/v22/unit"

	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/units"
)

// The names of what is found before a reboot.
const (
	notAtBoot      = "not-at-boot"
	mountNotAtBoot = "mount-not-at-boot"
	rebootUnknown  = "reboot-unknown"
	rebootChanges  = "reboot-changes"
)

// boot identifies this boot of the host: the kernel's boot id and, as that is the
// machine's where the host is a container, when its first process was started
// (proc_pid_stat(5), field 22).
func (l *look) boot() (string, error) {
	id, err := l.Text("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("cannot tell one boot from another: %w", err)
	}
	stat, err := l.Text("/proc/1/stat")
	if err != nil {
		return "", fmt.Errorf("cannot tell one boot from another: %w", err)
	}
	// The name in field 2 may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return "", errors.New("cannot tell one boot from another: /proc/1/stat is cut off")
	}
	return strings.TrimSpace(string(id)) + " " + fields[19], nil
}

// rebooted is a host that was booted since it was looked at.
type rebooted struct {
	host string
	why  string
}

func (r *rebooted) key() string { return resourceKey(provision.KindReboot, r.host) }

func (r *rebooted) plan(v *view) (*provision.Change, error) {
	boot, err := v.look.boot()
	if err != nil || v.rebooted {
		return nil, err
	}
	summary := r.host
	if r.why != "" {
		summary += ", " + r.why
	}
	return &provision.Change{Action: provision.Again, From: "boot " + boot, To: "another boot", Summary: summary}, nil
}

func (r *rebooted) foresee(v *view) { v.rebooted = true }

// apply begins the reboot, which ends this process. That the host is back is seen by
// whoever connects to it.
func (r *rebooted) apply(ctx context.Context, m *Machine) error {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	return systemd.Reboot(ctx)
}

// reboot returns the resource that boots the host; nil where it is not needed. The finding
// says that it cannot be told.
func (l *look) reboot(t provision.Task) (*rebooted, *finding.Finding) {
	why, known := l.needsReboot()
	switch {
	case !t.Reboot.IfNeeded || known && why != "":
		return &rebooted{host: t.Host, why: why}, nil
	case !known:
		return nil, &finding.Finding{Name: rebootUnknown, Severity: finding.Warning, Host: t.Host,
			Message: "it cannot be told whether this host needs a reboot: there is no needs-restarting here",
			Hint:    "install dnf-utils or yum-utils there, or reboot it without --if-needed"}
	}
	return nil, nil
}

// needsReboot returns why the host itself says that it needs a boot; empty where it does
// not. known is not set where the host has nothing to tell it by.
func (l *look) needsReboot() (why string, known bool) {
	type answer struct {
		why   string
		known bool
	}
	a, _ := once(l, "whether a reboot is needed", func() (answer, error) {
		for _, file := range []string{"/run/reboot-required", "/var/run/reboot-required"} {
			if l.Exists(file) {
				return answer{"as " + file + " asks for", true}, nil
			}
		}
		if l.Exists("/etc/debian_version") {
			return answer{"", true}, nil
		}
		ctx, cancel := context.WithTimeout(l.ctx, namesLimit*2)
		defer cancel()
		_, err := l.m.runner().Run(ctx, nil, "needs-restarting", "-r")
		var exit *exec.ExitError
		switch {
		case err == nil:
			return answer{"", true}, nil
		case errors.As(err, &exit) && exit.ExitCode() == 1:
			return answer{"as needs-restarting -r says", true}, nil
		}
		return answer{}, nil
	})
	return a.why, a.known
}

// planReboot plans the boot of a host, and finds what would not come back with it.
func (l *look) planReboot(t provision.Task) (provision.HostPlan, error) {
	p := provision.HostPlan{Host: t.Host}
	e, h, o := t.Ensemble, t.Target(), l.observation
	if !o.Privileged {
		p.Findings = append(p.Findings, notRootFinding(h))
	}
	for _, f := range l.preflight(e, h) {
		if f.Name == preflight.NoSystemd {
			p.Findings = append(p.Findings, f)
		}
	}
	if !o.Facts.Systemd || !o.Privileged {
		return p, nil
	}
	r, unknown := l.reboot(t)
	if unknown != nil {
		p.Findings = append(p.Findings, *unknown)
	}
	if r == nil {
		return p, nil
	}
	d := &desired{resources: []resource{r}}
	needed, err := d.needed(l)
	if err != nil {
		return p, err
	}
	for _, n := range needed {
		p.Changes = append(p.Changes, n.change)
	}
	p.Findings = append(p.Findings, guard.Units(l, h, o.Instances)...)
	for i := range h.Instances {
		found, err := l.comesBack(h, &h.Instances[i])
		if err != nil {
			return p, err
		}
		p.Findings = append(p.Findings, found...)
	}
	p.Findings.Sort()
	return p, nil
}

// comesBack finds what keeps an instance from coming back with its host as it is.
func (l *look) comesBack(h *inventory.Host, in *inventory.Instance) (finding.Findings, error) {
	var found finding.Findings
	add := func(name string, severity finding.Severity, message, hint string) {
		found = append(found, finding.Finding{Name: name, Severity: severity, Host: h.Name, Instance: in.Name, Message: message, Hint: hint})
	}
	state, err := l.unit(in.Name)
	if err != nil {
		return nil, err
	}
	unitName := units.FileName(in.Name)
	if !state.Enabled() && !state.Masked() {
		add(notAtBoot, finding.Critical, unitName+" does not start at boot: after a reboot it would stay down", "zkprov apply mends it")
	}
	runs, err := l.generationOf(state)
	if err != nil {
		return nil, err
	}
	text, err := l.Text(units.Path(in.Name))
	if err == nil && runs != "" && runs != units.GenerationOf(text) {
		add(rebootChanges, finding.Critical, "it would be started with something else than it runs with: "+unitName+" has been changed since", "zkprov apply restarts it first, behind the gates of a roll and with a way back")
	}
	disks := guard.DisksOf(in, l.observation.Facts)
	for _, folder := range []string{in.DataDir, in.DataLogDir} {
		mount := disks[folder]
		if mount == "" || mount == "/" {
			continue
		}
		persistent, err := l.mountedAtBoot(mount)
		if err != nil {
			return nil, err
		}
		if !persistent {
			add(mountNotAtBoot, finding.Critical, fmt.Sprintf("%s lies on the disk that is mounted at %s, and nothing mounts that at boot", folder, mount), "add it to /etc/fstab")
		}
	}
	return found, nil
}

// mountedAtBoot reports whether systemd has a unit for a mount point, be it from fstab(5): one
// that somebody mounted by hand has none.
func (l *look) mountedAtBoot(mount string) (bool, error) {
	name := unit.UnitNamePathEscape(mount) + ".mount"
	return once(l, "the unit of the mount "+mount, func() (bool, error) {
		systemd, err := l.m.systemd(l.ctx)
		if err != nil {
			return false, err
		}
		state, err := systemd.State(l.ctx, name)
		if err != nil {
			return false, fmt.Errorf("cannot look at unit %s: %w", name, err)
		}
		return path.IsAbs(state.FragmentPath), nil
	})
}
