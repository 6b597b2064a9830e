package host

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// folderUnreachable is found where the service user cannot get to its folders.
const folderUnreachable = "folder-unreachable"

// unreachableFolders finds the folders that keep the service user from what its
// instances are started with: a server that cannot read its configuration or its
// jars ends without a word of permissions.
func (m *Machine) unreachableFolders(ctx context.Context, who serviceUser, h *inventory.Host, d *desired) (finding.Findings, error) {
	type goal struct{ name, instance string }
	goals := []goal{{d.tree.dest, ""}}
	// What zkprov gives an owner and a mode is in order once that was done.
	ours := make(map[string]bool)
	for _, r := range d.resources {
		folder, ok := r.(*dir)
		if !ok || folder.shared {
			continue
		}
		if real, err := facts.Follow(m.Root, folder.name); err == nil {
			ours[real.Path] = true
		}
		if folder.instance != "" {
			goals = append(goals, goal{folder.name, folder.instance})
		}
	}
	var found finding.Findings
	told := make(map[string]bool)
	for _, g := range goals {
		for folder, err := range m.wayTo(g.name) {
			if err != nil {
				return nil, err
			}
			if told[folder.path] || ours[folder.path] {
				continue
			}
			class, err := who.shutOut(ctx, folder)
			if err != nil {
				return nil, err
			}
			if class == "" || m.hasAccessList(folder.path) {
				continue
			}
			told[folder.path] = true
			found = append(found, finding.Finding{Name: folderUnreachable, Severity: finding.Critical, Host: h.Name, Instance: g.instance,
				Message: fmt.Sprintf("user %s cannot enter %s (mode %04o), which is on the way to %s", who.name, folder.path, folder.info.Mode().Perm(), g.name),
				Hint:    "choose another folder, or let this one be entered, which lets nobody list it", Commands: []finding.Command{{Host: h.Name, Line: finding.Shell("chmod", class+"+x", folder.path)}}})
		}
	}
	return found, nil
}

// serviceUser is the user of the instances, as far as it exists yet.
type serviceUser struct {
	m                 *Machine
	name              string
	uid, gid          int
	hasUser, hasGroup bool
}

func (m *Machine) serviceUser(ctx context.Context, e *inventory.Ensemble) (serviceUser, error) {
	u := serviceUser{m: m, name: e.Service.User}
	var err error
	if u.uid, u.hasUser, err = m.lookup(ctx, "passwd", e.Service.User); err != nil {
		return u, err
	}
	u.gid, u.hasGroup, err = m.lookup(ctx, "group", e.Service.Group)
	return u, err
}

// shutOut is the class of a folder's mode, as chmod names it, that keeps the user
// from entering; empty where the user may. Only the first class that the user is
// in counts; see path_resolution(7).
func (u serviceUser) shutOut(ctx context.Context, folder lookedIn) (string, error) {
	stat, ok := folder.info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", fmt.Errorf("cannot see the owner of %s", folder.path)
	}
	perm := folder.info.Mode().Perm()
	if perm&0o111 == 0o111 || u.hasUser && u.uid == 0 {
		return "", nil
	}
	class, bit := "o", perm&0o001
	if u.hasUser && int(stat.Uid) == u.uid {
		class, bit = "u", perm&0o100
	} else if in, err := u.in(ctx, int(stat.Gid)); err != nil {
		return "", err
	} else if in {
		class, bit = "g", perm&0o010
	}
	if bit != 0 {
		return "", nil
	}
	return class, nil
}

// in says whether the user is in a group, be it one that the host's own files do
// not tell.
func (u serviceUser) in(ctx context.Context, gid int) (bool, error) {
	if u.hasGroup && u.gid == gid {
		return true, nil
	}
	if !u.hasUser {
		return false, nil
	}
	content, err := os.ReadFile(u.m.path("/etc/group"))
	if err != nil {
		return false, fmt.Errorf("cannot read the groups of this host: %w", err)
	}
	if slices.Contains(groupsOf(content, u.name), gid) {
		return true, nil
	}
	if u.m.Root != "" {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, namesLimit)
	defer cancel()
	out, err := u.m.runner().Run(ctx, nil, "id", "-G", u.name)
	if err != nil {
		return false, &provision.Error{Kind: provision.Failed, Message: fmt.Sprintf("cannot tell which groups %s is in: id -G %[1]s: %v", u.name, err),
			Hint: "see to what /etc/nsswitch.conf names"}
	}
	return slices.Contains(strings.Fields(out), strconv.Itoa(gid)), nil
}

// groupsOf are the groups that name is a member of, in the format of group(5).
func groupsOf(content []byte, name string) []int {
	var gids []int
	for line := range bytes.Lines(content) {
		fields := strings.Split(strings.TrimSpace(string(line)), ":")
		if len(fields) < 4 || !slices.Contains(strings.Split(fields[3], ","), name) {
			continue
		}
		if gid, err := strconv.Atoi(fields[2]); err == nil {
			gids = append(gids, gid)
		}
	}
	return gids
}

// hasAccessList says whether a folder has an access list (acl(5)), which may give
// what the mode denies.
func (m *Machine) hasAccessList(name string) bool {
	n, err := unix.Getxattr(m.path(name), "system.posix_acl_access", nil)
	return err == nil && n > 0
}
