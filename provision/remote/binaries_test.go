package remote

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// other returns the architecture that the tests do not run on.
func other() string {
	if runtime.GOARCH == "arm64" {
		return "amd64"
	}
	return "arm64"
}

func built(arch, text string) binary {
	sum := sha256.Sum256([]byte(text))
	return binary{arch, hex.EncodeToString(sum[:]), int64(len(text))}
}

func TestBinaries(t *testing.T) {
	const mac = "darwin/arm64"
	tests := map[string]struct {
		platform string
		files    map[string]string
		want     map[string]string // texts by architecture
		fails    bool
	}{
		"alone":                 {files: map[string]string{"bin/zkprov": "own"}, want: map[string]string{runtime.GOARCH: "own"}},
		"with the other":        {files: map[string]string{"bin/zkprov": "own", "bin/" + FileFor(other()): "other"}, want: map[string]string{runtime.GOARCH: "own", other(): "other"}},
		"from a package":        {files: map[string]string{"bin/zkprov": "own", "lib/zkprov/" + FileFor(other()): "other"}, want: map[string]string{runtime.GOARCH: "own", other(): "other"}},
		"beside goes first":     {files: map[string]string{"bin/zkprov": "own", "bin/" + FileFor(other()): "beside", "lib/zkprov/" + FileFor(other()): "packaged"}, want: map[string]string{runtime.GOARCH: "own", other(): "beside"}},
		"the running one":       {files: map[string]string{"bin/zkprov": "own", "bin/" + FileFor(runtime.GOARCH): "older"}, want: map[string]string{runtime.GOARCH: "own"}},
		"others are not":        {files: map[string]string{"bin/zkprov": "own", "bin/" + FileFor("riscv64"): "foreign"}, want: map[string]string{runtime.GOARCH: "own"}},
		"no Linux":              {platform: mac, files: map[string]string{"bin/zkprov": "own"}, want: map[string]string{}},
		"no Linux, with builds": {platform: mac, files: map[string]string{"bin/zkprov": "own", "bin/" + FileFor("arm64"): "a", "lib/zkprov/" + FileFor("amd64"): "b"}, want: map[string]string{"arm64": "a", "amd64": "b"}},
		"gone":                  {fails: true},
		"a folder instead":      {files: map[string]string{"bin/zkprov": "own", "bin/" + FileFor(other()) + "/file": ""}, fails: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range test.files {
				put(t, filepath.Join(dir, file), text)
			}
			b := &Binaries{Executable: filepath.Join(dir, "bin", "zkprov"), Platform: test.platform}
			found, err := b.list()
			if test.fails {
				if err == nil {
					t.Fatalf("found %v", found)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var want []binary
			for _, arch := range architectures {
				if text, ok := test.want[arch]; ok {
					want = append(want, built(arch, text))
				}
			}
			if diff := cmp.Diff(want, found, cmp.AllowUnexported(binary{})); diff != "" {
				t.Error(diff)
			}
			for _, arch := range append(architectures, "riscv64") {
				f, err := b.open(arch)
				if text, ok := test.want[arch]; !ok {
					if err == nil {
						t.Errorf("there is a build for %s", arch)
					}
					continue
				} else if err != nil {
					t.Error(err)
				} else if got, _ := io.ReadAll(f); string(got) != text {
					t.Errorf("the build for %s is %q, want %q", arch, got, text)
				}
				f.Close()
			}
		})
	}
}

// TestOwnBinary looks whether the running program finds itself.
func TestOwnBinary(t *testing.T) {
	found, err := new(Binaries).list()
	if err != nil || len(found) == 0 || found[0].size == 0 {
		t.Errorf("found %v, %v", found, err)
	}
}
