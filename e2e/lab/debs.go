package lab

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// debTools make the index of a repository.
var debTools = map[string]string{"dpkg-scanpackages": "dpkg-dev"}

// Debs returns a folder of these Debian packages and of all that they need besides the hosts' image, as a flat apt repository; see
// Host.UseDebs. A package is there even where the image has it. What was fetched once is kept in the store.
func (s *Store) Debs(ctx context.Context, packages ...string) (dir string, err error) {
	image, err := s.image(ctx, plain)
	if err != nil {
		return "", err
	}
	packages = slices.Sorted(slices.Values(packages))
	hash := sha256.Sum256([]byte(image + " " + strings.Join(packages, " ")))
	dir = s.path("debs", fmt.Sprintf("%x", hash[:6]))
	unlock, err := lockFile(ctx, s.path("debs.lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	done := s.step("Debian packages %s", strings.Join(packages, " "))
	defer func() { done(err) }()
	if err := s.install(ctx, debTools); err != nil {
		return "", err
	}
	staging := dir + ".staging"
	if err := errors.Join(os.RemoveAll(staging), os.MkdirAll(filepath.Join(staging, "partial"), 0o755)); err != nil {
		return "", fmt.Errorf("cannot fetch Debian packages: %w", err)
	}
	// apt resolves against what the image has, and not against the machine.
	fetch := append([]string{"-o", "Dir::State::status=" + filepath.Join(image, "var/lib/dpkg/status"), "-o", "Dir::Cache::archives=" + staging,
		"-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=", "-o", "APT::Sandbox::User=root",
		"--yes", "--no-install-recommends", "--download-only", "--reinstall", "install"}, packages...)
	if err := apt(ctx, fetch...); err != nil {
		// The machine's lists may be older than its mirror.
		if err := apt(ctx, "update"); err != nil {
			return "", err
		}
		if err := apt(ctx, fetch...); err != nil {
			return "", err
		}
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(staging, "partial")), os.RemoveAll(filepath.Join(staging, "lock"))); err != nil {
		return "", err
	}
	index, err := command{name: "dpkg-scanpackages", args: []string{"--multiversion", "."}, dir: staging}.output(ctx)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(staging, "Packages"), []byte(index), 0o644); err != nil {
		return "", err
	}
	return dir, os.Rename(staging, dir)
}

// debsOnHost is where a host has the packages of UseDebs.
const debsOnHost = "/srv/debs"

// UseDebs copies a folder of Debs to the host and makes it the only place that the host's apt fetches from. The lists are as they
// were: whoever wants the packages has to fetch new ones. The host may be down.
func (h *Host) UseDebs(dir string) error {
	if err := h.CopyTree(dir, debsOnHost); err != nil {
		return fmt.Errorf("cannot give the host %s packages: %w", h.Name, err)
	}
	elsewhere, _ := filepath.Glob(h.merged("etc/apt/sources.list.d/*"))
	for _, path := range elsewhere {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("cannot give the host %s packages: %w", h.Name, err)
		}
	}
	return os.WriteFile(h.merged("etc/apt/sources.list"), []byte("deb [trusted=yes] file:"+debsOnHost+" ./\n"), 0o644)
}
