package packaging

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// purge runs the script after a removal as dpkg does for a purge, on a root of
// its own: the same script with other paths in it.
func purge(t *testing.T, root string) string {
	t.Helper()
	script, err := os.ReadFile("scripts/postremove.sh")
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.NewReplacer("/etc/", root+"/etc/", "/var/", root+"/var/", "/run/", root+"/run/").Replace(string(script))
	cmd := exec.Command("sh", "-c", moved, "postremove", "purge")
	// With something in it that a stray * would name.
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// TestPurge wants a purge to keep what the servers that stay installed need.
func TestPurge(t *testing.T) {
	// unit is one that zkprov wrote for an instance of an ensemble.
	unit := func(ensemble string) string {
		return fmt.Sprintf("# Written by zkprov, and written anew.\n[Unit]\nDescription=ZooKeeper server 1 of ensemble %[1]s\n[Service]\nReadWritePaths=/data/%[1]s\n", ensemble)
	}
	all := []string{"/etc/zkprov/inventory.toml", "/var/lib/zkprov/.hidden", "/var/lib/zkprov/a/formed.json", "/var/lib/zkprov/b/formed.json", "/var/lib/zkprov/status.json"}
	tests := map[string]struct {
		units map[string]string
		want  []string
	}{
		"no server": {},
		"a server of somebody else's": {
			units: map[string]string{"zookeeper.service": "[Unit]\n"},
		},
		"a server of one ensemble": {
			units: map[string]string{"a-1.service": unit("a")},
			want:  []string{"/etc/zkprov/inventory.toml", "/var/lib/zkprov/a/formed.json"},
		},
		"servers of two ensembles": {
			units: map[string]string{"a-1.service": unit("a"), "b-1.service": unit("b")},
			want:  []string{"/etc/zkprov/inventory.toml", "/var/lib/zkprov/a/formed.json", "/var/lib/zkprov/b/formed.json"},
		},
		"a server that does not tell its ensemble": {
			units: map[string]string{"a-1.service": unit("a"), "b-1.service": strings.ReplaceAll(unit("b"), "Description", "# Description")},
			want:  all,
		},
		"a server whose ensemble is a pattern": {
			units: map[string]string{"a-1.service": unit("[a-b]")},
			want:  []string{"/etc/zkprov/inventory.toml"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			files := test.units
			for name := range files {
				if err := write(filepath.Join(root, "etc/systemd/system", name), files[name]); err != nil {
					t.Fatal(err)
				}
			}
			for _, path := range append(all, "/var/cache/zkprov/archive") {
				if err := write(root+path, ""); err != nil {
					t.Fatal(err)
				}
			}
			said := purge(t, root)
			if left := left(t, root); !cmp.Equal(left, test.want) {
				t.Errorf("a purge leaves (-want +got):\n%s", cmp.Diff(test.want, left))
			}
			for name, text := range files {
				told := strings.Contains(said, "  "+name+": data in /data/")
				if ours := strings.Contains(text, "Written by zkprov"); told != ours {
					t.Errorf("%s is told of: %v; the purge says\n%s", name, told, said)
				}
			}
		})
	}
}

func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// left returns the files below a root that are not units.
func left(t *testing.T, root string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Ext(path) != ".service" {
			files = append(files, strings.TrimPrefix(path, root))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestPurgeTells wants the commands that take a server away, as no document is there
// any more that has them.
func TestPurgeTells(t *testing.T) {
	service := func(ensemble, config string) string {
		return "# Written by zkprov, which puts it back.\n[Unit]\nDescription=ZooKeeper server 1 of ensemble " + ensemble + "\n" +
			"[Service]\nEnvironment=ZKPROV_GENERATION=0f1e\nExecStart=/bin/java \\\n    Main \\\n    " + config + "/zoo.cfg\nReadWritePaths=/data/a /log/a\n"
	}
	root := t.TempDir()
	for name, text := range map[string]string{
		"a-1": service("a", "/etc/zookeeper/a-1/0f1e"),
		"a-2": service("a", "/srv/config/a-2/0f1e"),
		// A shell would take these for something else.
		"b-1":   service("*", "/etc/*"),
		"b ; 2": service("b", "/etc/zookeeper/b-2"),
		"c-1":   service("..", "/etc/zookeeper/c-1"),
	} {
		if err := write(root+"/etc/systemd/system/"+name+".service", text); err != nil {
			t.Fatal(err)
		}
	}
	var commands []string
	said := purge(t, root)
	for line := range strings.Lines(said) {
		if strings.Contains(line, "rm -r") {
			commands = append(commands, strings.ReplaceAll(strings.TrimSpace(line), root, ""))
		}
	}
	want := []string{
		"systemctl disable --now a-1; rm -r /etc/systemd/system/a-1.service /etc/zookeeper/a-1; systemctl daemon-reload",
		"systemctl disable --now a-2; rm -r /etc/systemd/system/a-2.service /srv/config/a-2; systemctl daemon-reload",
		"systemctl disable --now b-1; rm -r /etc/systemd/system/b-1.service; systemctl daemon-reload",
		"systemctl disable --now c-1; rm -r /etc/systemd/system/c-1.service /etc/zookeeper/c-1; systemctl daemon-reload",
		"rm -r /var/lib/zkprov/a",
		"rm -r /var/lib/zkprov/b",
	}
	if diff := cmp.Diff(want, commands); diff != "" {
		t.Errorf("%s\n%s", diff, said)
	}
	if strings.Contains(said, "/usr/share/doc") {
		t.Errorf("it names a document that is gone:\n%s", said)
	}
}
