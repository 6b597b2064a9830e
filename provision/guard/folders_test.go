package guard

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/skip"
	"github.com/zkprov/zkprov/provision/access"
)

// TestFolders judges who may write to the folders above those of zkprov, and whether
// the service user may enter them.
func TestFolders(t *testing.T) {
	if os.Geteuid() != 0 {
		skip.OutsideCI(t, "only root gives folders away")
	}
	service := access.User{Name: "zk", HasUser: true, HasGroup: true, UID: 7, GID: 8, Groups: func() ([]uint32, error) { return []uint32{9}, nil }}
	type folder struct {
		mode     fs.FileMode
		uid, gid int
	}
	for name, test := range map[string]struct {
		files        map[string]string
		folders      map[string]folder
		lists        []string
		asked        []Folder
		open, closed []string
	}{
		"as they should be": {asked: []Folder{{Path: "/srv/zk/1", Instance: "zookeeper-1", Ours: true, Service: true}}},
		"everybody's": {folders: map[string]folder{"/srv/zk": {0o777, 0, 0}}, asked: []Folder{{Path: "/srv/zk/1", Instance: "zookeeper-1"}},
			open: []string{"unsafe-folder! zookeeper-1: everybody can write to /srv/zk, and so put a link to anywhere in the way to /srv/zk/1, where zkprov works as root; choose another folder in the inventory, or let only root write to that one: `chmod go-w /srv/zk` on zk1"}},
		"like /tmp": {folders: map[string]folder{"/srv/zk": {0o777 | fs.ModeSticky, 0, 0}}, asked: []Folder{{Path: "/srv/zk/1"}},
			open: []string{"unsafe-folder! : everybody can write to /srv/zk, and so put a link to anywhere in the way to /srv/zk/1, where zkprov works as root; choose another folder in the inventory; that one is for others to write to"}},
		"a user's": {folders: map[string]folder{"/srv/zk": {0o755, 77, 0}}, asked: []Folder{{Path: "/srv/zk/1"}},
			open: []string{"unsafe-folder! : alice can write to /srv/zk, and so put a link to anywhere in the way to /srv/zk/1, where zkprov works as root; choose another folder in the inventory; that one is for others to write to"}},
		"the service's": {folders: map[string]folder{"/srv/zk": {0o775, 7, 0}}, asked: []Folder{{Path: "/srv/zk/1"}},
			open: []string{"unsafe-folder! : alice can write to /srv/zk, and so put a link to anywhere in the way to /srv/zk/1, where zkprov works as root; choose another folder in the inventory, or let only root write to that one: `chown root /srv/zk` on zk1, then `chmod go-w /srv/zk` on zk1"}},
		"the service's, closed": {folders: map[string]folder{"/srv/zk": {0o755, 7, 0}}, asked: []Folder{{Path: "/srv/zk/1"}},
			open: []string{"unsafe-folder! : alice can write to /srv/zk, and so put a link to anywhere in the way to /srv/zk/1, where zkprov works as root; choose another folder in the inventory, or let only root write to that one: `chown root /srv/zk` on zk1$"}},
		"another and then it":  {files: map[string]string{"/opt/zk/": ""}, folders: map[string]folder{"/srv/zk": {0o777, 0, 0}}, asked: []Folder{{Path: "/opt/zk/1"}, {Path: "/srv/zk/1"}}, open: []string{"unsafe-folder! : everybody can write to /srv/zk,"}},
		"two on one way":       {files: map[string]string{"/srv/zk/a/b/": ""}, folders: map[string]folder{"/srv/zk": {0o700, 0, 0}, "/srv/zk/a/b": {0o700, 0, 0}}, asked: []Folder{{Path: "/opt/zk"}, {Path: "/srv/zk/1", Service: true}, {Path: "/srv/zk/a/b/1", Service: true}}, closed: []string{"folder-unreachable : user zk cannot enter /srv/zk (mode 0700)", "folder-unreachable : user zk cannot enter /srv/zk/a/b (mode 0700)"}},
		"may be entered, then": {files: map[string]string{"/srv/zk/a/": ""}, folders: map[string]folder{"/srv/zk/a": {0o700, 0, 0}}, asked: []Folder{{Path: "/srv/zk/a/1", Service: true}}, closed: []string{"folder-unreachable : user zk cannot enter /srv/zk/a (mode 0700)"}},
		"data of another": {files: map[string]string{"/srv/zk/myid": ""}, folders: map[string]folder{"/srv/zk": {0o755, 7, 0}}, asked: []Folder{{Path: "/srv/zk/1"}},
			open: []string{"unsafe-folder! : alice can write to /srv/zk, and so put a link to anywhere in the way to /srv/zk/1, where zkprov works as root; choose another folder in the inventory; that one is for others to write to"}},
		"data in it": {files: map[string]string{"/srv/zk/version-2/": ""}, folders: map[string]folder{"/srv/zk": {0o757, 0, 0}}, asked: []Folder{{Path: "/srv/zk/1"}},
			open: []string{"unsafe-folder! : everybody can write to /srv/zk, and so put a link to anywhere in the way to /srv/zk/1, where zkprov works as root; choose another folder in the inventory; that one is for others to write to"}},
		"its group's": {folders: map[string]folder{"/srv/zk": {0o775, 0, 9}}, asked: []Folder{{Path: "/srv/zk/1"}},
			open: []string{"unsafe-folder! : user zk, by group 9, can write to /srv/zk,"}},
		"another group's":            {folders: map[string]folder{"/srv/zk": {0o775, 0, 10}}, asked: []Folder{{Path: "/srv/zk/1"}}},
		"its group's, not to write":  {folders: map[string]folder{"/srv/zk": {0o755, 0, 9}}, asked: []Folder{{Path: "/srv/zk/1"}}},
		"an access list":             {folders: map[string]folder{"/srv/zk": {0o775, 0, 10}}, lists: []string{"/srv/zk"}, asked: []Folder{{Path: "/srv/zk/1"}}, open: []string{"unsafe-folder! : somebody in its access list can write to /srv/zk,"}},
		"an access list, to read":    {folders: map[string]folder{"/srv/zk": {0o755, 0, 10}}, lists: []string{"/srv/zk"}, asked: []Folder{{Path: "/srv/zk/1"}}},
		"the folder itself":          {files: map[string]string{"/srv/zk/1/": ""}, folders: map[string]folder{"/srv/zk/1": {0o777, 7, 8}}, asked: []Folder{{Path: "/srv/zk/1"}}},
		"once for all":               {folders: map[string]folder{"/srv/zk": {0o777, 0, 0}}, asked: []Folder{{Path: "/srv/zk/1"}, {Path: "/srv/zk/2"}}, open: []string{"unsafe-folder! : everybody can write to /srv/zk, and so put a link to anywhere in the way to /srv/zk/1"}},
		"through a link":             {files: map[string]string{"/srv/zk/1": "->/disk/zk/1", "/disk/zk/1/": ""}, folders: map[string]folder{"/disk": {0o777, 0, 0}}, asked: []Folder{{Path: "/srv/zk/1"}}, open: []string{"unsafe-folder! : everybody can write to /disk, and so put a link to anywhere in the way to /srv/zk/1"}},
		"in a file's place":          {files: map[string]string{"/srv/f": ""}, asked: []Folder{{Path: "/srv/f/1", Service: true}}},
		"closed":                     {folders: map[string]folder{"/srv/zk": {0o700, 0, 0}}, asked: []Folder{{Path: "/srv/zk/1", Instance: "zookeeper-1", Service: true}}, closed: []string{"folder-unreachable zookeeper-1: user zk cannot enter /srv/zk (mode 0700), which is on the way to /srv/zk/1; choose another folder, or let this one be entered, which lets nobody list it: `chmod o+x /srv/zk` on zk1"}},
		"closed, to its group":       {folders: map[string]folder{"/srv/zk": {0o701, 0, 9}}, asked: []Folder{{Path: "/srv/zk/1", Service: true}}, closed: []string{"folder-unreachable : user zk cannot enter /srv/zk (mode 0701), which is on the way to /srv/zk/1; choose another folder, or let this one be entered, which lets nobody list it: `chmod g+x /srv/zk` on zk1"}},
		"closed, but for its group":  {folders: map[string]folder{"/srv/zk": {0o710, 0, 9}}, asked: []Folder{{Path: "/srv/zk/1", Service: true}}},
		"closed, to nobody of ours":  {folders: map[string]folder{"/srv/zk": {0o700, 0, 0}}, asked: []Folder{{Path: "/srv/zk/1"}}},
		"closed, with a list":        {folders: map[string]folder{"/srv/zk": {0o700, 0, 0}}, lists: []string{"/srv/zk"}, asked: []Folder{{Path: "/srv/zk/1", Service: true}}},
		"closed, and put right":      {folders: map[string]folder{"/srv/zk": {0o700, 0, 0}}, asked: []Folder{{Path: "/srv/zk/1", Service: true}, {Path: "/srv/zk", Ours: true}}},
		"closed, once for all":       {folders: map[string]folder{"/srv/zk": {0o700, 0, 0}}, asked: []Folder{{Path: "/srv/zk/1", Service: true}, {Path: "/srv/zk/2", Service: true}}, closed: []string{"folder-unreachable : user zk cannot enter /srv/zk (mode 0700), which is on the way to /srv/zk/1"}},
		"closed, nobody's to repair": {folders: map[string]folder{"/srv/zk": {0o700, 0, 0}}, asked: []Folder{{Path: "/srv/zk/1", Service: true}, {Path: "/srv/zk"}}, closed: []string{"folder-unreachable"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"/srv/zk/": ""}
			for file, text := range test.files {
				files[file] = text
			}
			h := lies(t, files)
			h.lists = test.lists
			for name, f := range test.folders {
				if err := errors.Join(os.Chown(h.root+name, f.uid, f.gid), os.Chmod(h.root+name, f.mode)); err != nil {
					t.Fatal(err)
				}
			}
			open, err := UnsafeFolders(h, service, "zk1", test.asked)
			if err != nil {
				t.Error(err)
			}
			begin(t, told(open), test.open)
			closed, err := UnreachableFolders(h, service, "zk1", test.asked)
			if err != nil {
				t.Error(err)
			}
			begin(t, told(closed), test.closed)
		})
	}
	// Inside a root folder whoever works there is root, and so is root.
	mine := lies(t, map[string]string{"/srv/zk/": ""})
	mine.user = 77
	for uid, want := range map[int]int{77: 0, 0: 0, 78: 1} {
		if err := os.Chown(mine.root+"/srv/zk", uid, 0); err != nil {
			t.Fatal(err)
		}
		if found, err := UnsafeFolders(mine, service, "zk1", []Folder{{Path: "/srv/zk/1"}}); len(found) != want || err != nil {
			t.Errorf("of user %d it is %v, %v", uid, found, err)
		}
	}
	loop := lies(t, map[string]string{"/srv/loop": "->loop"})
	for _, judge := range []func(Host, access.User, string, []Folder) (finding.Findings, error){UnsafeFolders, UnreachableFolders} {
		if _, err := judge(loop, service, "zk1", []Folder{{Path: "/srv/loop/1", Service: true}}); err == nil || !strings.HasPrefix(err.Error(), "cannot look at /srv/loop/1: ") {
			t.Errorf("a way without an end is %v", err)
		}
	}
	unknown := service
	unknown.Groups = func() ([]uint32, error) { return nil, errors.New("no answer") }
	asked := lies(t, map[string]string{"/srv/zk/": ""})
	if err := errors.Join(os.Chown(asked.root+"/srv/zk", 0, 10), os.Chmod(asked.root+"/srv/zk", 0o770)); err != nil {
		t.Fatal(err)
	}
	for _, judge := range []func(Host, access.User, string, []Folder) (finding.Findings, error){UnsafeFolders, UnreachableFolders} {
		if _, err := judge(asked, unknown, "zk1", []Folder{{Path: "/srv/zk/1", Service: true}}); err == nil {
			t.Error("groups that nobody tells are no error")
		}
	}
}
