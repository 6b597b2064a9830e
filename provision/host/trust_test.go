package host_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/skip"
)

// accessList lets user 54321 do in a folder what perm says, from 0 to 7, and
// others enter and list it; see acl(5) and linux/posix_acl_xattr.h.
func accessList(t *testing.T, name string, perm byte) {
	t.Helper()
	entry := func(tag, perm byte, id uint32) []byte {
		return binary.LittleEndian.AppendUint32([]byte{tag, 0, perm, 0}, id)
	}
	const nobody = 1<<32 - 1
	list := slices.Concat([]byte{2, 0, 0, 0}, entry(1, 7, nobody), entry(2, perm, 54321), entry(4, 5, nobody),
		entry(0x10, perm, nobody), entry(0x20, 5, nobody))
	err := unix.Setxattr(name, "system.posix_acl_access", list, 0)
	if errors.Is(err, unix.EOPNOTSUPP) {
		skip.OutsideCI(t, "this file system has no access lists")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestUnsafeFolders puts folders in the way that others may write to.
func TestUnsafeFolders(t *testing.T) {
	link := func(t *testing.T, target, name string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.Symlink(target, name)); err != nil {
			t.Fatal(err)
		}
	}
	folder := func(t *testing.T, name string, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(name, 0o755); err != nil {
			t.Fatal(err)
		}
		chmod(t, name, mode)
	}
	for name, test := range map[string]struct {
		set  func(t *testing.T, root string)
		want string // in the message; empty is no finding
	}{
		"as they are made": {func(*testing.T, string) {}, ""},
		"parent of the data": {func(t *testing.T, root string) { folder(t, root+"/var/lib/zookeeper", 0o777) },
			"everybody can write to /var/lib/zookeeper, and so put a link to anywhere in the way to /var/lib/zookeeper/zookeeper-1"},
		"sticky": {func(t *testing.T, root string) { folder(t, root+"/var/lib/zookeeper", 0o777|os.ModeSticky) }, "everybody"},
		"higher above": {func(t *testing.T, root string) {
			folder(t, root+"/var/lib/zookeeper", 0o755)
			chmod(t, root+"/var", 0o777)
		}, "to /var,"},
		"configuration": {func(t *testing.T, root string) { folder(t, root+"/etc/zookeeper", 0o777) }, "to /etc/zookeeper,"},
		"release":       {func(t *testing.T, root string) { folder(t, root+"/opt/zookeeper", 0o777) }, "to /opt/zookeeper,"},
		"the service's": {func(t *testing.T, root string) {
			if os.Geteuid() != 0 {
				skip.OutsideCI(t, "only root gives folders away")
			}
			folder(t, root+"/var/lib/zookeeper", 0o755)
			if err := os.Chown(root+"/var/lib/zookeeper", 54321, 0); err != nil {
				t.Fatal(err)
			}
		}, "user 54321 can write to /var/lib/zookeeper,"},
		"the data itself": {func(t *testing.T, root string) { folder(t, root+"/var/lib/zookeeper/zookeeper-1", 0o777) }, ""},
		"a link to another disk": {func(t *testing.T, root string) {
			folder(t, root+"/disk/zk", 0o750)
			link(t, "../../../disk/zk", root+"/var/lib/zookeeper/zookeeper-1")
		}, ""},
		"a link into a folder of others": {func(t *testing.T, root string) {
			folder(t, root+"/disk/zk", 0o750)
			chmod(t, root+"/disk", 0o777)
			link(t, "../../../disk/./zk", root+"/var/lib/zookeeper/zookeeper-1")
		}, "to /disk, and so put a link to anywhere in the way to /var/lib/zookeeper/zookeeper-1"},
		"a group that the service user is in": {func(t *testing.T, root string) {
			if os.Geteuid() != 0 {
				skip.OutsideCI(t, "only root gives folders away")
			}
			write(t, root+"/etc/passwd", "root:x:0:0::/root:/bin/sh\nzookeeper:x:900:900::/:/bin/false\n")
			write(t, root+"/etc/group", "root:x:0:\nzookeeper:x:900:\ndata:x:54321:alice,zookeeper\n")
			folder(t, root+"/var/lib/zookeeper", 0o775)
			if err := os.Chown(root+"/var/lib/zookeeper", 0, 54321); err != nil {
				t.Fatal(err)
			}
		}, "user zookeeper, by group 54321, can write to /var/lib/zookeeper"},
		"a group of root's choice": {func(t *testing.T, root string) {
			if os.Geteuid() != 0 {
				skip.OutsideCI(t, "only root gives folders away")
			}
			folder(t, root+"/var/lib/zookeeper", 0o775)
			if err := os.Chown(root+"/var/lib/zookeeper", 0, 54321); err != nil {
				t.Fatal(err)
			}
		}, ""},
		"an access list": {func(t *testing.T, root string) {
			folder(t, root+"/var/lib/zookeeper", 0o755)
			accessList(t, root+"/var/lib/zookeeper", 7)
		}, "somebody in its access list can write to /var/lib/zookeeper,"},
		"an access list without write": {func(t *testing.T, root string) {
			folder(t, root+"/var/lib/zookeeper", 0o755)
			accessList(t, root+"/var/lib/zookeeper", 5)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			test.set(t, h.root)
			var messages []string
			for _, f := range h.plan(t).Findings {
				if f.Name == "unsafe-folder" && f.Severity == finding.Critical && f.Refusal && f.Hint != "" {
					messages = append(messages, f.Message)
				}
			}
			if test.want == "" != (len(messages) == 0) || len(messages) > 1 || !strings.Contains(strings.Join(messages, ""), test.want) {
				t.Errorf("the findings are %q", messages)
			}
		})
	}
	t.Run("the service's group", func(t *testing.T) {
		h := newHost(t)
		h.bootstrap(t, h.plan(t))
		chmod(t, h.root+"/var/lib/zookeeper", 0o775)
		if found := h.plan(t).Findings; found.Worst() != finding.Critical || !strings.Contains(found[0].Message, "user zookeeper, by group ") {
			t.Errorf("the findings are %v", found)
		}
	})
}
