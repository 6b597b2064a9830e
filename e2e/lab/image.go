package lab

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// suite is the Debian release of the hosts.
const suite = "bookworm"

// imagePackages lists what a host has besides Debian's essential packages.
var imagePackages = []string{
	"ca-certificates", "dbus", "ethtool", "fish", "iproute2", "libpam-systemd", "nftables", "openjdk-17-jre-headless",
	"openssh-server", "procps", "sudo", "systemd", "systemd-sysv",
}

// maskedUnits do nothing for a test but take time at boot or work in the background.
var maskedUnits = []string{
	"apt-daily-upgrade.timer", "apt-daily.timer", "console-getty.service", "dpkg-db-backup.timer", "e2scrub_all.timer",
	"e2scrub_reap.service", "fstrim.timer", "getty.target", "man-db.timer", "systemd-pstore.service", "systemd-update-utmp-runlevel.service",
}

// imageTree is laid over the image's root.
//
//go:embed all:image
var imageTree embed.FS

// variant is a kind of hosts with an image of its own.
type variant struct {
	name     string
	packages []string
	// file is written to the root of the image with this content; empty is none.
	file, content string
}

// plain are hosts that somebody installed; cloud are those that cloud-init configures at their first boot.
var (
	plain = variant{name: "plain"}
	cloud = variant{name: "cloud", packages: []string{"cloud-init", "curl"}, file: "etc/cloud/cloud.cfg.d/99-lab.cfg", content: cloudConfig}
)

// image returns the folder of the hosts' root file system, and builds it first where there is none for this list of packages.
func (s *Store) image(ctx context.Context, v variant) (dir string, err error) {
	hash, err := imageHash(v)
	if err != nil {
		return "", err
	}
	dir = s.path("image-" + hash[:12])
	unlock, err := lockFile(ctx, s.path("image.lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	packages := append(slices.Clone(imagePackages), v.packages...)
	done := s.step("image of %s hosts (Debian %s, %d packages and what they need)", v.name, suite, len(packages))
	defer func() { done(err) }()
	staging := dir + ".staging"
	if err := os.RemoveAll(staging); err != nil {
		return "", fmt.Errorf("cannot build the image: %w", err)
	}
	if err := bootstrap(ctx, staging, packages); err != nil {
		return "", fmt.Errorf("cannot build the image: %w", err)
	}
	err = customise(ctx, staging)
	if err == nil && v.file != "" {
		err = os.WriteFile(filepath.Join(staging, v.file), []byte(v.content), 0o644)
	}
	if err != nil {
		return "", fmt.Errorf("cannot customise the image: %w", err)
	}
	if err := os.Rename(staging, dir); err != nil {
		return "", fmt.Errorf("cannot build the image: %w", err)
	}
	return dir, nil
}

// imageHash changes whenever something changes that the image is made from.
func imageHash(v variant) (string, error) {
	hash := sha256.New()
	fmt.Fprintln(hash, suite, imagePackages, maskedUnits, accounts)
	if v.name != plain.name {
		fmt.Fprintln(hash, v.name, v.packages, v.content)
	}
	err := fs.WalkDir(imageTree, "image", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := imageTree.ReadFile(path)
		fmt.Fprintf(hash, "%s %d\n%s", path, len(content), content)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil)), err
}

// bootstrap installs Debian into a folder, from the mirror that the machine itself uses.
func bootstrap(ctx context.Context, root string, packages []string) error {
	sources, err := debianSources("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list")
	if err != nil {
		return err
	}
	args := []string{"--quiet", "--variant=minbase", "--include=" + strings.Join(packages, ",")}
	options, err := aptOptions(ctx)
	if err != nil {
		return err
	}
	for _, option := range options {
		args = append(args, "--aptopt="+option)
	}
	for _, left := range []string{"/usr/share/locale/*", "/usr/share/doc/*"} {
		args = append(args, "--dpkgopt=path-exclude="+left)
	}
	_, err = run(ctx, "mmdebstrap", append(args, suite, root, sources)...)
	return err
}

func debianSources(candidates ...string) (string, error) {
	for _, path := range candidates {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("cannot find the machine's Debian mirror: none of %s exists", strings.Join(candidates, ", "))
}

// aptOptions returns the machine's own ways to its mirror: proxies, retries and what it checks.
func aptOptions(ctx context.Context) ([]string, error) {
	dump, err := run(ctx, "apt-config", "dump", "Acquire")
	if err != nil {
		return nil, err
	}
	var options []string
	for line := range strings.Lines(dump) {
		line = strings.TrimSpace(line)
		for _, prefix := range []string{"Acquire::http", "Acquire::Check-", "Acquire::Retries"} {
			if strings.HasPrefix(line, prefix) && !strings.HasSuffix(line, ` "";`) {
				options = append(options, line)
			}
		}
	}
	return options, nil
}

// customise turns a plain Debian into a host of the lab, but for what differs between hosts.
func customise(ctx context.Context, root string) error {
	if err := layTree(root); err != nil {
		return err
	}
	units := filepath.Join(root, "etc/systemd/system")
	for _, unit := range maskedUnits {
		if err := os.Symlink("/dev/null", filepath.Join(units, unit)); err != nil {
			return err
		}
	}
	links := map[string]string{
		"/etc/systemd/system/lab-network.service": "multi-user.target.wants/lab-network.service",
		"/lib/systemd/system/multi-user.target":   "default.target",
	}
	for target, link := range links {
		if err := os.Symlink(target, filepath.Join(units, link)); err != nil {
			return err
		}
	}
	// The journal of a host is kept over its reboots and read from outside.
	if err := os.MkdirAll(filepath.Join(root, "var/log/journal"), 0o755); err != nil {
		return err
	}
	// Host keys belong to a host, and a host has no name server.
	leftovers, err := filepath.Glob(filepath.Join(root, "etc/ssh/ssh_host_*"))
	if err != nil {
		return err
	}
	for _, path := range append(leftovers, filepath.Join(root, "etc/resolv.conf")) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return addAccounts(ctx, root)
}

// layTree copies the embedded files over the image: folders 0755, files 0644 but sudo's 0440.
func layTree(root string) error {
	return fs.WalkDir(imageTree, "image", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(root, strings.TrimPrefix(path, "image"))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		content, err := imageTree.ReadFile(path)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if strings.Contains(path, "/sudoers.d/") {
			mode = 0o440
		}
		return os.WriteFile(target, content, mode)
	})
}
