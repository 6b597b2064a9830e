package host

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/zkprov/zkprov/inventory"
)

// TestFoundingUnseen looks for what only root may see. Others get no error for it, but
// hear that it takes root; root itself does.
func TestFoundingUnseen(t *testing.T) {
	e := &inventory.Ensemble{Name: "zookeeper"}
	for name, test := range map[string]struct {
		privileged bool
		err, want  error
	}{
		"not root":            {false, fs.ErrPermission, nil},
		"root":                {true, fs.ErrPermission, fs.ErrPermission},
		"not root, bad disk":  {false, fs.ErrInvalid, fs.ErrInvalid},
		"root, nothing there": {true, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := (&Machine{Root: t.TempDir()}).newLook(t.Context())
			l.observation.Privileged = test.privileged
			l.answers["what lies at "+foundersPath(e)] = answer{err: test.err}
			if f, err := l.founding(e); f != nil || !errors.Is(err, test.want) || test.want == nil && err != nil {
				t.Errorf("it is %v, %v, want %v", f, err, test.want)
			}
		})
	}
}
