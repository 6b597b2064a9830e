package packaging

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/internal/skip"
)

// packageVersion returns the version that packages get where git describes the tree
// like that.
func packageVersion(t *testing.T, described string) string {
	t.Helper()
	cmd := exec.Command("make", "--silent", "--no-print-directory", "-C", "..", "package-version", "VERSION="+described, "SOURCE_DATE_EPOCH=86400")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// TestVersionsSort wants every package to be an upgrade of those of what was
// described before it.
func TestVersionsSort(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		skip.OutsideCI(t, "%v", err)
	}
	rising := []struct{ described, want string }{
		{"abcdef0", "0.0.0~19700102000000.abcdef0"},
		{"v1.0.0-alpha1", "1.0.0~alpha1"},
		{"v1.0.0-beta1", "1.0.0~beta1"},
		{"v1.0.0-beta1-dirty", "1.0.0~beta1+dirty"},
		{"v1.0.0-rc1", "1.0.0~rc1"},
		{"v1.0.0-rc1-4-gabcdef0", "1.0.0~rc1+4.gabcdef0"},
		{"v1.0.0-rc2", "1.0.0~rc2"},
		{"v1.0.0-rc.10", "1.0.0~rc.10"},
		{"v1.0.0", "1.0.0"},
		{"v1.0.0-4-gabcdef0", "1.0.0+4.gabcdef0"},
		{"v1.0.0-4-gabcdef0-dirty", "1.0.0+4.gabcdef0.dirty"},
		{"v1.0.0-12-gabcdef0", "1.0.0+12.gabcdef0"},
		{"1.0.1", "1.0.1"},
	}
	for i, v := range rising {
		if got := packageVersion(t, v.described); got != v.want {
			t.Errorf("the packages of %s have the version %s, want %s", v.described, got, v.want)
		}
		if i == 0 {
			continue
		}
		before, after := rising[i-1].want, v.want
		if dpkg, err := exec.LookPath("dpkg"); err == nil {
			if out, err := exec.Command(dpkg, "--compare-versions", before, "lt", after).CombinedOutput(); err != nil {
				t.Errorf("dpkg does not sort %s before %s: %v\n%s", before, after, err, out)
			}
		}
		if rpm, err := exec.LookPath("rpm"); err == nil {
			compare := `%{lua:print(rpm.vercmp("` + before + `","` + after + `"))}`
			if out, err := exec.Command(rpm, "--eval", compare).CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "-1" {
				t.Errorf("rpm does not sort %s before %s: %v\n%s", before, after, err, out)
			}
		}
	}
}
