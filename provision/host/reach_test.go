package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/skip"
)

// TestUnreachableFolders closes folders on the way to those of the service user.
func TestUnreachableFolders(t *testing.T) {
	if os.Geteuid() != 0 {
		skip.OutsideCI(t, "only root gives folders away")
	}
	folder := func(t *testing.T, name string, mode os.FileMode, uid, gid int) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(name, 0o755), os.Chown(name, uid, gid)); err != nil {
			t.Fatal(err)
		}
		chmod(t, name, mode)
	}
	link := func(t *testing.T, target, name string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.Symlink(target, name)); err != nil {
			t.Fatal(err)
		}
	}
	const (
		uid = 54321 // of zookeeper
		gid = 54322
	)
	exists := func(t *testing.T, root string) {
		t.Helper()
		err := errors.Join(add(root+"/etc/passwd", "zookeeper:x:54321:54322::/:/bin/false\n"),
			add(root+"/etc/group", "zookeeper:x:54322:\ndata:x:54323:other,zookeeper\nmore:x:54324:zookeeper2\n"))
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		set  func(t *testing.T, root string)
		want []string // message and hint of each
	}{
		"fresh host": {func(*testing.T, string) {}, nil},
		"data": {func(t *testing.T, root string) { folder(t, root+"/var/lib/zookeeper", 0o700, 0, 0) }, []string{
			"user zookeeper cannot enter /var/lib/zookeeper (mode 0700), which is on the way to /var/lib/zookeeper/zookeeper-1; choose another folder, or let this one be entered, which lets nobody list it: `chmod o+x /var/lib/zookeeper` on zk1"}},
		"configuration": {func(t *testing.T, root string) { folder(t, root+"/etc/zookeeper", 0o700, 0, 0) }, []string{
			"user zookeeper cannot enter /etc/zookeeper (mode 0700), which is on the way to /etc/zookeeper/zookeeper-1; choose another folder, or let this one be entered, which lets nobody list it: `chmod o+x /etc/zookeeper` on zk1"}},
		"release, by a link": {func(t *testing.T, root string) {
			folder(t, root+"/srv/zk", 0o700, 0, 0)
			link(t, "../srv/zk", root+"/opt/zookeeper")
		}, []string{
			"user zookeeper cannot enter /srv/zk (mode 0700), which is on the way to /opt/zookeeper/apache-zookeeper-3.6.3-bin; choose another folder, or let this one be entered, which lets nobody list it: `chmod o+x /srv/zk` on zk1"}},
		"once for all": {func(t *testing.T, root string) { folder(t, root+"/var", 0o700, 0, 0) }, []string{
			"user zookeeper cannot enter /var (mode 0700), which is on the way to /var/lib/zookeeper/zookeeper-1; choose another folder, or let this one be entered, which lets nobody list it: `chmod o+x /var` on zk1"}},
		"entered but not listed": {func(t *testing.T, root string) { folder(t, root+"/var/lib/zookeeper", 0o711, 0, 0) }, nil},
		"zkprov's own":           {func(t *testing.T, root string) { folder(t, root+"/var/lib/zkprov", 0o700, 0, 0) }, nil},
		"what is repaired": {func(t *testing.T, root string) {
			folder(t, root+"/var/lib/zookeeper/zookeeper-1", 0o700, 0, 0)
			folder(t, root+"/etc/zookeeper/zookeeper-1", 0o700, 0, 0)
		}, nil},
		"the group of a user to come": {func(t *testing.T, root string) {
			if err := add(root+"/etc/group", "zookeeper:x:54322:\n"); err != nil {
				t.Fatal(err)
			}
			folder(t, root+"/var/lib/zookeeper", 0o750, 0, gid)
		}, nil},
		"its group": {func(t *testing.T, root string) {
			exists(t, root)
			folder(t, root+"/var/lib/zookeeper", 0o710, 0, gid)
		}, nil},
		"another group that it is in": {func(t *testing.T, root string) {
			exists(t, root)
			folder(t, root+"/var/lib/zookeeper", 0o710, 0, 54323)
		}, nil},
		"a group that it is not in": {func(t *testing.T, root string) {
			exists(t, root)
			folder(t, root+"/var/lib/zookeeper", 0o710, 0, 54324)
		}, []string{
			"user zookeeper cannot enter /var/lib/zookeeper (mode 0710), which is on the way to /var/lib/zookeeper/zookeeper-1; choose another folder, or let this one be entered, which lets nobody list it: `chmod o+x /var/lib/zookeeper` on zk1"}},
		"a group with less than others": {func(t *testing.T, root string) {
			exists(t, root)
			folder(t, root+"/var/lib/zookeeper", 0o701, 0, gid)
		}, []string{
			"user zookeeper cannot enter /var/lib/zookeeper (mode 0701), which is on the way to /var/lib/zookeeper/zookeeper-1; choose another folder, or let this one be entered, which lets nobody list it: `chmod g+x /var/lib/zookeeper` on zk1"}},
		"an access list": {func(t *testing.T, root string) {
			folder(t, root+"/var/lib/zookeeper", 0o700, 0, 0)
			// Version 2; rwx for the owner, --x for user 54321, nothing for the group,
			// --x as the mask, nothing for others; see acl(5) and linux/posix_acl_xattr.h.
			list := "\x02\x00\x00\x00" +
				"\x01\x00\x07\x00\xff\xff\xff\xff" + "\x02\x00\x01\x00\x31\xd4\x00\x00" + "\x04\x00\x00\x00\xff\xff\xff\xff" +
				"\x10\x00\x01\x00\xff\xff\xff\xff" + "\x20\x00\x00\x00\xff\xff\xff\xff"
			err := unix.Setxattr(root+"/var/lib/zookeeper", "system.posix_acl_access", []byte(list), 0)
			if errors.Is(err, unix.EOPNOTSUPP) {
				skip.OutsideCI(t, "this file system has no access lists")
			}
			if err != nil {
				t.Fatal(err)
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			test.set(t, h.root)
			var got []string
			for _, f := range h.plan(t).Findings {
				if f.Name == "folder-unreachable" && f.Severity == finding.Critical {
					got = append(got, f.Message+"; "+finding.Advice(f.Hint, f.Commands))
				}
			}
			if got, want := strings.Join(got, "\n"), strings.Join(test.want, "\n"); got != want {
				t.Errorf("found\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestUmask looks whether what is made above the service user's folders can be
// entered, whatever umask the agent was started with.
func TestUmask(t *testing.T) {
	h := newHost(t)
	plan := h.plan(t)
	defer syscall.Umask(syscall.Umask(0o077))
	h.apply(t, plan)
	seen := h.snapshot(t)
	for _, name := range []string{"/opt", "/opt/zookeeper", "/opt/zookeeper/apache-zookeeper-3.6.3-bin/lib", "/etc/zookeeper", "/var/lib/zookeeper"} {
		if got, want := seen[name].Mode, os.ModeDir|0o755; got != want {
			t.Errorf("%s has mode %v, want %v", name, got, want)
		}
	}
}
