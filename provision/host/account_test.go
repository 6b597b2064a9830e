package host

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/provision"
)

// names stands for the program that asks where nsswitch.conf says.
type names struct {
	output string
	err    error
	limit  time.Duration // that the last call had
	argv   []string
}

func (n *names) Run(ctx context.Context, _ []string, argv ...string) (string, error) {
	n.argv = argv
	if end, ok := ctx.Deadline(); ok {
		n.limit = time.Until(end)
	}
	return n.output, n.err
}

// exit is the error of a program that ends with a status.
func exit(t *testing.T, status string) error {
	t.Helper()
	err := exec.CommandContext(t.Context(), "sh", "-c", "exit "+status).Run()
	if err == nil {
		t.Fatal("sh did not fail")
	}
	return err
}

func TestLookup(t *testing.T) {
	for name, test := range map[string]struct {
		names names
		id    int
		found bool
		fails string
	}{
		"known":                {names: names{output: "zkprov-test:x:4711:4712::/:/bin/false\n"}, id: 4711, found: true},
		"unknown":              {names: names{err: exit(t, "2")}},
		"no such database":     {names: names{err: exit(t, "1"), output: "Unknown database: passwd\n"}, fails: "getent passwd zkprov-test: exit status 1: Unknown database"},
		"killed":               {names: names{err: exit(t, "$(kill -9 $$)")}, fails: "getent passwd zkprov-test: signal: killed"},
		"not installed":        {names: names{err: exec.ErrNotFound}, fails: "getent passwd zkprov-test: executable file not found"},
		"success without user": {names: names{output: "something else\n"}, fails: "getent passwd zkprov-test"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &Machine{Runner: &test.names}
			id, found, err := m.lookup(t.Context(), "passwd", "zkprov-test")
			if id != test.id || found != test.found || (err != nil) != (test.fails != "") {
				t.Fatalf("got %d, %v, %v", id, found, err)
			}
			var failure *provision.Error
			if err != nil && (!errors.As(err, &failure) || failure.Kind != provision.Failed || failure.Hint == "" || !strings.Contains(failure.Message, test.fails)) {
				t.Errorf("the error is %q", err)
			}
			if test.names.limit <= 0 || test.names.limit > 10*time.Second {
				t.Errorf("it may take %s", test.names.limit)
			}
		})
	}
}
