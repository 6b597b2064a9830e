package host_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/zkprov/zkprov/internal/skip"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/host"
)

// TestTrustMended types what is said of an inventory that others can write to, or
// read: it is trusted then.
func TestTrustMended(t *testing.T) {
	e := testEnsemble(t, "")
	e.Bootstrap = &inventory.Bootstrap{ID: "id", Expires: time.Now()}
	type state struct {
		uid  int
		mode fs.FileMode
	}
	for name, s := range map[string]state{
		"another user's": {12345, 0o600}, "everybody writes": {0, 0o606}, "its group writes": {0, 0o660}, "everybody reads": {0, 0o604},
	} {
		t.Run(name, func(t *testing.T) {
			if s.uid != 0 && os.Geteuid() != 0 {
				skip.OutsideCI(t, "only root gives files to others")
			}
			path := filepath.Join(t.TempDir(), "an inventory.toml")
			write(t, path, "")
			if s.uid != 0 {
				if err := os.Chown(path, s.uid, -1); err != nil {
					t.Fatal(err)
				}
			}
			chmod(t, path, s.mode)
			look := func() (lines []string) {
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				var refused *provision.Error
				if errors.As(host.TrustInventory(path, info), &refused) {
					for _, c := range refused.Commands {
						lines = append(lines, c.Line)
					}
				}
				if f := host.SecretReadable(e, path, info); f != nil {
					lines = append(lines, f.Hint)
				}
				return lines
			}
			lines := look()
			if len(lines) == 0 {
				t.Fatal("nothing is said to type")
			}
			for _, line := range lines {
				if out, err := exec.CommandContext(t.Context(), "sh", "-c", line).CombinedOutput(); err != nil {
					t.Fatalf("%s: %v\n%s", line, err, out)
				}
			}
			if left := look(); len(left) > 0 {
				t.Errorf("after %q it still says %q", lines, left)
			}
		})
	}
}
