package host

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

const (
	// unsafeInventory is found where others decide what is done as root.
	unsafeInventory = "unsafe-inventory"
	// secretReadable is found where everybody can read the bootstrap id.
	secretReadable = "secret-readable"
)

// TrustInventory returns why a host that nobody watches must not do what is in the file:
// who can write to it decides what is run as root there. The error is an *Error of
// kind Refused. info is of the open file, which cannot be another one by the time
// that it is read.
func TrustInventory(path string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("cannot see the owner of %s", path)
	}
	refuse := func(what string, mend ...string) error {
		return &provision.Error{Kind: provision.Refused, Name: unsafeInventory,
			Message: fmt.Sprintf("cannot obey the inventory %s: %s, and could have anything run as the user that zkprov runs as", path, what),
			Hint:    "look at what is in it before it is trusted", Commands: []finding.Command{{Line: finding.Shell(append(mend, path)...)}}}
	}
	if stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return refuse("it belongs to "+userName(stat.Uid), "chown", "root")
	}
	switch perm := info.Mode().Perm(); {
	case perm&0o002 != 0:
		return refuse("everybody can write to it", "chmod", "go-w")
	case perm&0o020 != 0:
		return refuse("its group can write to it", "chmod", "go-w")
	}
	return nil
}

// SecretReadable finds that everybody on a host can read the id of a [bootstrap],
// and so answer in a voter's stead; nil where it is not so.
func SecretReadable(e *inventory.Ensemble, path string, info fs.FileInfo) *finding.Finding {
	if e.Bootstrap == nil || e.Ignored(secretReadable) || info.Mode().Perm()&0o004 == 0 {
		return nil
	}
	return &finding.Finding{Pos: finding.Position{File: path}, Severity: finding.Warning, Name: secretReadable,
		Message: "everybody on this host can read the id under [bootstrap], which is a secret among the hosts",
		Hint:    finding.Shell("chmod", "600", path)}
}
