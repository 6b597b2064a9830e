package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"syscall"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/access"
)

// fileUnusable is found where a server cannot read a file that it is told to.
const fileUnusable = "named-file-unusable"

// Sandbox is what the unit of an instance lets its server see.
type Sandbox struct {
	// HidesHome is set where the homes of people are hidden (ProtectHome=yes).
	HidesHome bool
	// Changed is set where drop-ins may say otherwise.
	Changed bool
}

// NamedFiles finds the files that zoo.cfg or the flags of the JVM name and that an instance
// cannot read, as the service user in its unit. None is opened: what is in them may be a
// secret.
func NamedFiles(on Host, service access.User, host string, in *inventory.Instance, unit Sandbox) (finding.Findings, error) {
	var found finding.Findings
	for _, f := range in.NamedFiles() {
		if !path.IsAbs(f.Path) {
			continue // said of the inventory
		}
		why, hint, err := unusable(on, service, f.Path, unit)
		if err != nil {
			return found, err
		}
		if why == "" {
			continue
		}
		one := finding.Finding{Name: fileUnusable, Severity: finding.Warning, Host: host, Instance: in.Name, Hint: hint,
			Message: fmt.Sprintf("%s names %s, %s", f.By, f.Path, why)}
		switch {
		case f.Ends:
			one.Message += ": the server ends as it starts"
		case f.Needed:
			one.Message += ": the server starts, and no TLS handshake succeeds"
		}
		if (f.Ends || f.Needed) && !unit.Changed {
			one.Severity = finding.Critical
		}
		found = append(found, one)
	}
	return found, nil
}

// unusable returns why a file cannot be read; empty where it can.
func unusable(on Host, service access.User, name string, unit Sandbox) (why, hint string, err error) {
	const elsewhere = "put it where the service sees it, such as a folder below /etc"
	there, err := on.Follow(name)
	for _, p := range []string{path.Clean(name), there.Path} {
		if dir := within(p, "/tmp", "/var/tmp"); dir != "" {
			return fmt.Sprintf("and a server has a %s of its own (PrivateTmp), where it is not", dir), elsewhere, nil
		}
		if dir := within(p, "/home", "/root", "/run/user"); dir != "" && unit.HidesHome {
			return fmt.Sprintf("and its unit hides %s from a server (ProtectHome)", dir), elsewhere, nil
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return fmt.Sprintf("which is not there (there is no %s)", there.Path), "put it there, or correct the path", nil
	case err != nil:
		return "", "", fmt.Errorf("cannot look at %s: %w", name, err)
	case there.Info.IsDir():
		return "which is a folder", "name the file in it", nil
	}
	for _, folder := range there.LookedIn {
		may, _, err := service.May(folder.Info, access.Execute)
		if err != nil {
			return "", "", err
		}
		if !may && !on.HasAccessList(folder.Path) {
			return fmt.Sprintf("and user %s cannot enter %s (mode %04o)", service.Name, folder.Path, folder.Info.Mode().Perm()), "let the folder be entered, or " + elsewhere, nil
		}
	}
	may, _, err := service.May(there.Info, access.Read)
	if err != nil || may || on.HasAccessList(there.Path) {
		return "", "", err
	}
	return fmt.Sprintf("which user %s cannot read (mode %04o)", service.Name, there.Info.Mode().Perm()), "give it to a group of that user, with the mode 0640", nil
}

// within returns the folder that a path lies in; empty where it is none of them.
func within(p string, folders ...string) string {
	for _, dir := range folders {
		if hostpath.Within(p, dir) {
			return dir
		}
	}
	return ""
}
