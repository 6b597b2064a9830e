package remote

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

const nonce = "0123456789abcdef01234567"

// hash returns a SHA-256 that is easy to see.
func hash(digit string) string { return strings.Repeat(digit, 64) }

func TestScriptText(t *testing.T) {
	binaries := []binary{{"amd64", hash("a"), 11}, {"arm64", hash("b"), 22}}
	for name, text := range map[string]string{
		"apply":    hostPlaces.script(nonce, binaries, sudoArgs(""), false),
		"plan":     hostPlaces.script(nonce, binaries, sudoArgs(""), true),
		"password": hostPlaces.script(nonce, binaries, sudoArgs("zkprov-password-"+nonce+":"), false),
		"nothing":  hostPlaces.script(nonce, nil, sudoArgs(""), false),
	} {
		t.Run(name, func(t *testing.T) {
			golden := filepath.Join("testdata", name+".sh")
			if *update {
				if err := os.WriteFile(golden, []byte(text+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), text+"\n"); diff != "" {
				t.Error(diff)
			}
			// Words in single quotes mean the same to every shell, fish and csh
			// included, as long as they hold none of these.
			if n := strings.Count(text, "'"); n != 4 {
				t.Errorf("%d single quotes, want those of two words", n)
			}
			if i := strings.IndexAny(text, "\\!\n"); i >= 0 {
				t.Errorf("holds %q", text[i])
			}
		})
	}
}

// stub stands for zkprov on the host: it prints how it was called, removes itself where
// it is told to, and repeats what follows the binary on its standard input.
const stub = `#!/bin/sh
echo "$0 $*"
if [ "$2" = --once ]; then rm -r "${0%/*}"; fi
exec cat
`

// far is a host's folders, and a PATH on which id and sudo are under control.
type far struct {
	places
	root, path string
}

func newFar(t *testing.T, uid string) far {
	t.Helper()
	root := t.TempDir()
	f := far{places{root + "/lib/zkprov/bin", []string{root + "/memory", root + "/lib"}, root + "/installed"}, root, root + "/path"}
	for _, dir := range append(f.passing, f.path) {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(t, f.path+"/id", "#!/bin/sh\necho "+uid+"\n")
	put(t, f.path+"/sudo", "#!/bin/sh\necho \"sudo $*\" | head -n 1 | cut -c 1-40 >&2\n"+
		"while [ \"$1\" != -- ]; do shift; done; shift\nexec \"$@\"\n")
	return f
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
}

// files returns what a host has in the end, empty folders included, with their modes.
func (f far) files(t *testing.T) map[string]fs.FileMode {
	t.Helper()
	all := make(map[string]fs.FileMode)
	err := filepath.WalkDir(f.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == f.path {
			return fs.SkipDir
		}
		if d.IsDir() {
			inside, err := os.ReadDir(path)
			if err != nil || len(inside) > 0 || slices.Contains(f.passing, path) {
				return err
			}
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		all[strings.TrimPrefix(path, f.root)] = info.Mode()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// shells returns the login shells at hand.
func shells(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, name := range []string{"sh", "dash", "bash", "zsh", "ksh", "fish", "tcsh"} {
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		t.Fatal("there is no shell")
	}
	return found
}

// TestScriptRuns runs the script in every shell there is.
func TestScriptRuns(t *testing.T) {
	sum := sha256.Sum256([]byte(stub))
	key := hex.EncodeToString(sum[:])
	ours := []binary{{runtime.GOARCH, key, int64(len(stub))}}
	machine := "Linux-" + map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	hello := greeting(nonce)
	tests := map[string]struct {
		prepare  func(t *testing.T, f far)
		uid      string // empty: root
		prompt   string
		binaries []binary
		readOnly bool
		in       string

		out, err string // ROOT stands for the host's folder
		code     int
		files    map[string]fs.FileMode
	}{
		"there already": {
			prepare:  func(t *testing.T, f far) { put(t, f.kept+"/"+key+"/zkprov", stub) },
			binaries: ours, in: "rpc\n",
			out:   hello + "have " + machine + "\nROOT/lib/zkprov/bin/" + key + "/zkprov serve\nrpc\n",
			files: map[string]fs.FileMode{"/lib/zkprov/bin/" + key + "/zkprov": 0o755},
		},
		"installed by a package": {
			prepare:  func(t *testing.T, f far) { put(t, f.installed, stub) },
			binaries: ours, in: "rpc\n",
			out:   hello + "have " + machine + "\nROOT/installed serve\nrpc\n",
			files: map[string]fs.FileMode{"/installed": 0o755},
		},
		"another one is installed": {
			prepare:  func(t *testing.T, f far) { put(t, f.installed, stub+"# older\n") },
			binaries: ours, in: ship + "\n" + stub + "rpc\n",
			out:   hello + "need " + machine + "\nROOT/lib/zkprov/bin/" + key + "/zkprov serve\nrpc\n",
			files: map[string]fs.FileMode{"/lib/zkprov/bin/" + key + "/zkprov": 0o700, "/installed": 0o755},
		},
		"shipped": {
			binaries: ours, in: ship + "\n" + stub + "rpc\n",
			out:   hello + "need " + machine + "\nROOT/lib/zkprov/bin/" + key + "/zkprov serve\nrpc\n",
			files: map[string]fs.FileMode{"/lib/zkprov/bin/" + key + "/zkprov": 0o700},
		},
		"shipped where an earlier one was cut off": {
			prepare:  func(t *testing.T, f far) { put(t, f.kept+"/"+key+"/.new-other", "half") },
			binaries: ours, in: ship + "\n" + stub,
			out:   hello + "need " + machine + "\nROOT/lib/zkprov/bin/" + key + "/zkprov serve\n",
			files: map[string]fs.FileMode{"/lib/zkprov/bin/" + key + "/zkprov": 0o700, "/lib/zkprov/bin/" + key + "/.new-other": 0o755},
		},
		"a reader": {
			binaries: ours, readOnly: true, in: ship + "\n" + stub + "rpc\n",
			out: hello + "need " + machine + "\nROOT/memory/zkprov-" + nonce + "/zkprov serve --once\nrpc\n",
		},
		"a reader uses what is there": {
			prepare:  func(t *testing.T, f far) { put(t, f.kept+"/"+key+"/zkprov", stub) },
			binaries: ours, readOnly: true,
			out:   hello + "have " + machine + "\nROOT/lib/zkprov/bin/" + key + "/zkprov serve\n",
			files: map[string]fs.FileMode{"/lib/zkprov/bin/" + key + "/zkprov": 0o755},
		},
		"a reader where no program may run in memory": {
			prepare:  func(t *testing.T, f far) { remove(t, f.passing[0]) },
			binaries: ours, readOnly: true, in: ship + "\n" + stub + "rpc\n",
			out: hello + "need " + machine + "\nROOT/lib/zkprov-" + nonce + "/zkprov serve --once\nrpc\n",
		},
		"a reader where no program may run": {
			prepare: func(t *testing.T, f far) {
				for _, dir := range f.passing {
					remove(t, dir)
				}
			},
			binaries: ours, readOnly: true, in: ship + "\n" + stub,
			out: hello + "need " + machine + "\n", err: "no program can be put and run in any of: ROOT/memory ROOT/lib\n", code: 1,
		},
		"spoiled on the way": {
			binaries: ours, in: ship + "\n" + strings.Replace(stub, "echo", "ECHO", 1),
			out: hello + "need " + machine + "\n", err: "the binary did not arrive whole\n", code: 1,
			files: map[string]fs.FileMode{"/lib/zkprov/bin/" + key: fs.ModeDir | 0o700},
		},
		"cut off on the way": {
			binaries: ours, in: ship + "\n" + stub[:10],
			out: hello + "need " + machine + "\n", err: "the binary did not arrive whole\n", code: 1,
			files: map[string]fs.FileMode{"/lib/zkprov/bin/" + key: fs.ModeDir | 0o700},
		},
		"a reader's cut off on the way": {
			binaries: ours, readOnly: true, in: ship + "\n" + stub[:10],
			out: hello + "need " + machine + "\n", err: "the binary did not arrive whole\n", code: 1,
		},
		"a reader's cut off on the way, on disk": {
			prepare:  func(t *testing.T, f far) { remove(t, f.passing[0]) },
			binaries: ours, readOnly: true, in: ship + "\n" + stub[:10],
			out: hello + "need " + machine + "\n", err: "the binary did not arrive whole\n", code: 1,
		},
		"a reader's cannot be written to the disk": {
			prepare:  func(t *testing.T, f far) { put(t, f.path+"/sync", "#!/bin/sh\nexit 1\n") },
			binaries: ours, readOnly: true, in: ship + "\n" + stub,
			out: hello + "need " + machine + "\n", code: 1,
		},
		"not sent": {binaries: ours, out: hello + "need " + machine + "\n"},
		"refused":  {binaries: ours, in: "no\n" + stub, out: hello + "need " + machine + "\n"},
		"another architecture": {
			binaries: []binary{{"riscv64", hash("c"), 1}}, in: ship + "\n" + stub, out: hello + "none " + machine + "\n",
		},
		"no binary": {in: ship + "\n" + stub, out: hello + "none " + machine + "\n"},
		"by sudo": {
			uid: "1000", binaries: ours, in: ship + "\n" + stub,
			out: hello + "need " + machine + "\nROOT/lib/zkprov/bin/" + key + "/zkprov serve\n", err: "sudo -n -- sh -c umask 077; m=$(uname -s\n",
			files: map[string]fs.FileMode{"/lib/zkprov/bin/" + key + "/zkprov": 0o700},
		},
		"by sudo with a password": {
			uid: "1000", prompt: "zkprov-password:", binaries: ours, in: ship + "\n" + stub,
			out: hello + "need " + machine + "\nROOT/lib/zkprov/bin/" + key + "/zkprov serve\n", err: "sudo -k -S -p zkprov-password: -- sh -c \n",
			files: map[string]fs.FileMode{"/lib/zkprov/bin/" + key + "/zkprov": 0o700},
		},
	}
	for _, shell := range shells(t) {
		for name, test := range tests {
			t.Run(filepath.Base(shell)+" "+name, func(t *testing.T) {
				t.Parallel()
				uid := test.uid
				if uid == "" {
					uid = "0"
				}
				f := newFar(t, uid)
				if test.prepare != nil {
					test.prepare(t, f)
				}
				cmd := exec.Command(shell, "-c", f.script(nonce, test.binaries, sudoArgs(test.prompt), test.readOnly))
				cmd.Env = append(os.Environ(), "PATH="+f.path+":"+os.Getenv("PATH"))
				var out, errs bytes.Buffer
				cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(test.in), &out, &errs
				_ = cmd.Run()
				type result struct {
					Out, Err string
					Code     int
					Files    map[string]fs.FileMode
				}
				want := result{strings.ReplaceAll(test.out, "ROOT", f.root), strings.ReplaceAll(test.err, "ROOT", f.root), test.code, test.files}
				if want.Files == nil {
					want.Files = map[string]fs.FileMode{}
				}
				got := result{out.String(), errs.String(), cmd.ProcessState.ExitCode(), f.files(t)}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}
