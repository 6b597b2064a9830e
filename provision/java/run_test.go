package java

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/internal/skip"
	"github.com/zkprov/zkprov/provision/access"
)

func TestRunVersionIsBounded(t *testing.T) {
	tr := newTree(t)
	// A wrapper whose child holds the pipe, as a script that does not exec.
	tr.script("/opt/jdk", "sleep 600 & sleep 600")
	_, err := runVersion(t.Context(), tr.path("/opt/jdk/bin/java"), access.User{}, 20*time.Millisecond)
	if err == nil || err.Error() != "java -version gave no answer within 20ms" {
		t.Errorf("got %v", err)
	}
}

func TestRunVersionHasABareEnvironment(t *testing.T) {
	t.Setenv("JAVA_TOOL_OPTIONS", "-Dmark=1")
	tr := newTree(t)
	tr.script("/opt/jdk", `[ -z "$JAVA_TOOL_OPTIONS" ] && echo 'java version "11.0.13"'`)
	if v, err := runVersion(t.Context(), tr.path("/opt/jdk/bin/java"), access.User{}, versionLimit); v != "11.0.13" {
		t.Errorf("got %q, %v", v, err)
	}
}

// TestRunVersionIsNeverRoots has a java print as whom it runs, groups included.
func TestRunVersionIsNeverRoots(t *testing.T) {
	if os.Geteuid() != 0 {
		skip.OutsideCI(t, "only root can run it as somebody else")
	}
	tr := newTree(t)
	tr.script("/opt/jdk", `echo "$(id -u) $(id -G)"`)
	for name, test := range map[string]struct {
		user access.User
		want string
	}{
		"the service user":      {access.User{Name: "zookeeper", HasUser: true, HasGroup: true, UID: 64001, GID: 64002}, "64001 64002"},
		"one that is not there": {access.User{Name: "zookeeper"}, "65534 65534"},
	} {
		_, err := runVersion(t.Context(), tr.path("/opt/jdk/bin/java"), test.user, versionLimit)
		if want := "java -version named no version: " + test.want; err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestTail(t *testing.T) {
	var out tail
	for range 100 {
		if n, err := out.Write([]byte(strings.Repeat("x", 1000))); n != 1000 || err != nil {
			t.Fatal(n, err)
		}
	}
	out.Write([]byte("end"))
	if s := out.String(); len(s) != maxOutput || !strings.HasSuffix(s, "end") {
		t.Errorf("kept %d bytes", len(s))
	}
}

// TestFindHere looks at the real root: it wants a java that can be started, or an error
// with the reasons.
func TestFindHere(t *testing.T) {
	r, err := Find(t.Context(), Options{Env: os.Getenv, Version: "3.6.3"})
	if err != nil {
		if _, ok := err.(*NotFoundError); !ok {
			t.Errorf("got %T: %v", err, err)
		}
		return
	}
	if info, err := os.Stat(r.Java); err != nil || info.Mode()&0o111 == 0 || r.Feature < 8 {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestRunVersionInGroups closes a java to all but a group that is not the user's first: it
// is run in that group, and said to be closed where the user is not in it.
func TestRunVersionInGroups(t *testing.T) {
	if os.Geteuid() != 0 {
		skip.OutsideCI(t, "only root gives files to groups")
	}
	tr := newTree(t)
	tr.script("/opt/jdk", `echo 'openjdk version "17.0.15"'`)
	java := tr.path("/opt/jdk/bin/java")
	if err := os.Chown(java, 0, 64003); err != nil {
		t.Fatal(err)
	}
	tr.chmod("/opt/jdk/bin/java", 0o750)
	for group, want := range map[uint32]string{64003: "17.0.15", 64004: ""} {
		u := access.User{Name: "zookeeper", HasUser: true, HasGroup: true, UID: 64001, GID: 64002, Groups: func() ([]uint32, error) { return []uint32{group}, nil }}
		version, err := runVersion(t.Context(), java, u, versionLimit)
		if version != want || (err == nil) != (want != "") {
			t.Errorf("in group %d it is %q, %v", group, version, err)
		}
		_, err = Find(t.Context(), Options{Root: tr.root, Home: "/opt/jdk", Version: "3.6.3", User: u})
		if (err == nil) != (want != "") {
			t.Errorf("in group %d it is found: %v", group, err)
		}
	}
}
