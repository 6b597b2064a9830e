package provision_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/checks"
)

// TestOwnership puts into the folders of an instance what is not this server's.
func TestOwnership(t *testing.T) {
	const (
		data   = "/var/lib/zookeeper/zookeeper-1/"
		secret = "root:$6$secret"
	)
	for name, test := range map[string]struct {
		files map[string]string // a value that begins with "->" is a link
		want  []string          // the findings: a name and a message; none forbids nothing
	}{
		"nothing there": {nil, nil},
		"ours": {
			map[string]string{data + ".zkprov.json": `{"ensemble":"zookeeper","id":1}`, data + "myid": "1\n", data + "version-2/log.1": "", data + "dump": ""},
			nil,
		},
		"another server's": {
			map[string]string{data + ".zkprov.json": `{"ensemble":"other","id":2}`},
			[]string{`foreign-data ` + data[:len(data)-1] + ` belongs to server 2 of ensemble "other", not to server 1 of "zookeeper"`},
		},
		"a stamp that is no stamp": {
			map[string]string{data + ".zkprov.json": `{"ensemble":"` + secret + `","id":1}`},
			[]string{`foreign-data ` + data[:len(data)-1] + ` belongs to somebody whose ownership stamp names no server, not to server 1 of "zookeeper"`},
		},
		"a stamp of another shape": {
			map[string]string{data + ".zkprov.json": `["` + secret + `"]`},
			[]string{`foreign-data ` + data[:len(data)-1] + ` belongs to somebody whose ownership stamp names no server, not to server 1 of "zookeeper"`},
		},
		"a link for a stamp": {
			map[string]string{data + ".zkprov.json": "->/etc/shadow"},
			[]string{`data-unreadable cannot read the ownership stamp ` + data + `.zkprov.json: a symbolic link, and none is followed in a data directory`},
		},
		"a myid that is no number": {
			map[string]string{data + "myid": secret + "\n"},
			[]string{`foreign-myid ` + data + `myid is not this server's: its first line, of 14 bytes, is not a number, and the inventory says 1`},
		},
		"a link for a myid": {
			map[string]string{data + "myid": "->/etc/shadow"},
			[]string{`foreign-myid ` + data + `myid is not this server's: a symbolic link, and none is followed in a data directory, and the inventory says 1`},
		},
		"a link for version-2": {
			map[string]string{data + ".zkprov.json": `{"ensemble":"zookeeper","id":1}`, data + "version-2": "->/etc"},
			[]string{`data-unreadable cannot tell whose data lies in ` + data[:len(data)-1] + `: ` + data + `version-2: a symbolic link, and none is followed in a data directory`},
		},
		"data without a stamp": {
			map[string]string{data + "version-2/snapshot.1": ""},
			[]string{`unstamped-data ` + data[:len(data)-1] + ` holds ZooKeeper data without zkprov's ownership stamp: somebody else's, or a disk that came back`},
		},
		"strangers": {
			map[string]string{data + "dump": "", data + "lost+found/x": ""},
			[]string{`foreign-data ` + data[:len(data)-1] + ` holds what is not ZooKeeper's: dump`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			write(t, filepath.Join(h.root, "/etc/shadow"), secret+"\n")
			for name, text := range test.files {
				put(t, filepath.Join(h.root, name), text)
			}
			var got []string
			for _, f := range h.plan(t).Findings {
				if strings.Contains(f.Message+f.Hint, secret) {
					t.Errorf("it tells the content of a file: %s", f)
				}
				if f.Severity == checks.Critical {
					got = append(got, f.Name+" "+f.Message)
				}
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("the findings are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// put writes a file or, where the text begins with "->", a link.
func put(t *testing.T, path, text string) {
	t.Helper()
	target, isLink := strings.CutPrefix(text, "->")
	if !isLink {
		write(t, path, text)
		return
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Symlink(target, path)); err != nil {
		t.Fatal(err)
	}
}
