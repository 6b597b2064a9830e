// Package skip ends tests that a machine cannot run. Only tests import it.
package skip

import (
	"os"
	"testing"
)

// OutsideCI skips a test for want of something, such as root's rights. In CI, where the
// variable CI is set and a machine has everything, the test fails instead: what is never run
// there would go wrong unseen.
func OutsideCI(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("in CI every test has to run: "+format, args...)
	}
	t.Skipf(format, args...)
}
