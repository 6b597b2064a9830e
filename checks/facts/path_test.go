package facts

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts/factstest"
)

// TestFollowLookedIn wants every folder in which a name is looked up, in the kernel's
// order, up to what is missing.
func TestFollowLookedIn(t *testing.T) {
	root := factstest.Root(t, map[string]string{
		"/var/lib/zk/f": "x", "/disk/zk/f": "x",
		"/var/lib/abs": "->/disk/zk", "/var/lib/rel": "->../../disk/./zk", "/var/lib/gone": "->/disk/gone/zk", "/var/loop": "->loop",
	})
	for name, want := range map[string][]string{
		"/":                nil,
		"/var/lib/zk":      {"/", "/var", "/var/lib"},
		"/var/lib/zk/f":    {"/", "/var", "/var/lib", "/var/lib/zk"},
		"/var/lib/zk/f/g":  {"/", "/var", "/var/lib", "/var/lib/zk"},
		"/var/lib/new/new": {"/", "/var", "/var/lib"},
		"/var/lib/abs/f":   {"/", "/var", "/var/lib", "/", "/disk", "/disk/zk"},
		"/var/lib/rel/f":   {"/", "/var", "/var/lib", "/", "/disk", "/disk/zk"},
		"/var/lib/gone":    {"/", "/var", "/var/lib", "/", "/disk"},
	} {
		f, _ := Follow(root, name)
		var got []string
		for _, d := range f.LookedIn {
			got = append(got, d.Path)
			if !d.Info.IsDir() {
				t.Errorf("%s: %s is no folder", name, d.Path)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestFollow(t *testing.T) {
	root := factstest.Root(t, map[string]string{
		"/opt/real/bin/java":        "x",
		"/opt/link":                 "->real",
		"/etc/alternatives/java":    "->/opt/link/bin/java",
		"/usr/bin/java":             "->../../etc/alternatives/java",
		"/usr/bin/up":               "->../..",
		"/usr/bin/above":            "->../../../../../../opt/real",
		"/usr/bin/loop":             "->loop",
		"/usr/bin/dangling":         "->/opt/gone/bin/java",
		"/usr/bin/through-dangling": "->dangling/more",
	})
	tests := []struct {
		name, want string
		dirs       []string
		err        error
	}{
		{name: "/", want: "/"},
		{name: "/opt/real/bin/java", want: "/opt/real/bin/java", dirs: []string{"/opt", "/opt/real", "/opt/real/bin"}},
		{name: "/usr/bin/java", want: "/opt/real/bin/java",
			dirs: []string{"/usr", "/usr/bin", "/etc", "/etc/alternatives", "/opt", "/opt/real", "/opt/real/bin"}},
		{name: "/usr/bin/up", want: "/", dirs: []string{"/usr", "/usr/bin"}},
		{name: "/usr/bin/above/../real", want: "/usr/bin/real", dirs: []string{"/usr", "/usr/bin"}, err: fs.ErrNotExist},
		{name: "/usr/bin/above", want: "/opt/real", dirs: []string{"/usr", "/usr/bin", "/opt", "/opt/real"}},
		{name: "/usr/bin/loop", want: "/usr/bin/loop", dirs: []string{"/usr", "/usr/bin"}, err: errLinkLoop},
		{name: "/usr/bin/dangling", want: "/opt/gone", dirs: []string{"/usr", "/usr/bin", "/opt"}, err: fs.ErrNotExist},
		{name: "/usr/bin/through-dangling", want: "/opt/gone", dirs: []string{"/usr", "/usr/bin", "/opt"}, err: fs.ErrNotExist},
		{name: "/none/at/all", want: "/none", err: fs.ErrNotExist},
	}
	for _, tt := range tests {
		f, err := Follow(root, tt.name)
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.err)
		}
		if f.Path != tt.want {
			t.Errorf("%s leads to %s, want %s", tt.name, f.Path, tt.want)
		}
		var dirs []string
		for _, d := range f.Dirs {
			dirs = append(dirs, d.Path)
		}
		if diff := cmp.Diff(tt.dirs, dirs); diff != "" {
			t.Errorf("%s: folders (-want +got):\n%s", tt.name, diff)
		}
		if err == nil && f.Info == nil {
			t.Errorf("%s: no info", tt.name)
		}
	}
}
