package hostpath

import "testing"

func TestWithin(t *testing.T) {
	for _, test := range []struct {
		name, dir string
		want      bool
	}{
		{"/srv/zk", "/srv/zk", true},
		{"/srv/zk/1", "/srv/zk", true},
		{"/srv/zk/1/version-2", "/srv/zk", true},
		{"/srv/zk1", "/srv/zk", false},
		{"/srv", "/srv/zk", false},
		{"/var", "/srv", false},
		{"/srv", "/", true},
		{"/", "/", true},
		{"/", "/srv", false},
		{"", "/", false},
	} {
		if got := Within(test.name, test.dir); got != test.want {
			t.Errorf("%q within %q: %v", test.name, test.dir, got)
		}
	}
	var found bool
	if n := testing.AllocsPerRun(10, func() { found = Within("/srv/zk/1", "/srv/zk") }); n != 0 || !found {
		t.Errorf("%v allocations", n)
	}
}
