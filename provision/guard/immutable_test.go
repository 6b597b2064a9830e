package guard

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
)

// TestImmutable judges the attributes of what is written to.
func TestImmutable(t *testing.T) {
	many := func(n int, of string) (all []Touched) {
		for i := range n {
			all = append(all, Touched{Path: of + "/" + string(rune('a'+i)), Of: of})
		}
		return all
	}
	frozen := func(all []Touched, letters string) map[string]string {
		m := make(map[string]string)
		for _, f := range all {
			m[f.Path] = letters
		}
		return m
	}
	const by = " forbids that even to root (lsattr -d shows it); where nobody wants that any more, let it be written to: `chattr "
	for name, test := range map[string]struct {
		forbids map[string]string
		all     []Writing
		want    []string
	}{
		"nothing":               {nil, []Writing{{Who: "zkprov", Touched: []Touched{{Path: "/f"}}}}, nil},
		"immutable":             {map[string]string{"/f": "i"}, []Writing{{Who: "zkprov", Instance: "a", Touched: []Touched{{Path: "/f"}}}}, []string{"immutable-file a: zkprov must write to /f, and the attribute i (immutable)" + by + "-i /f` on zk1$"}},
		"behind others":         {map[string]string{"/f": "i"}, []Writing{{Who: "zkprov", Touched: []Touched{{}, {Path: "/g"}, {Path: "/f"}}}}, []string{"immutable-file : zkprov must write to /f, and"}},
		"append only":           {map[string]string{"/f": "a"}, []Writing{{Who: "zkprov", Touched: []Touched{{Path: "/f"}}}}, []string{"immutable-file : zkprov must write to /f, and the attribute a (append only)" + by + "-a /f` on zk1"}},
		"may grow":              {map[string]string{"/d": "a"}, []Writing{{Touched: []Touched{{Path: "/d", Grows: true}}}}, nil},
		"may not even grow":     {map[string]string{"/d": "i"}, []Writing{{Touched: []Touched{{Path: "/d", Grows: true}}}}, []string{"immutable-file"}},
		"cannot be looked at":   {map[string]string{"": "i"}, []Writing{{Touched: []Touched{{}}}}, nil},
		"once":                  {map[string]string{"/f": "i"}, []Writing{{Who: "zkprov", Touched: []Touched{{Path: "/f"}, {Path: "/f"}}}, {Who: "its server", Touched: []Touched{{Path: "/f"}}}}, []string{"immutable-file : zkprov must write to /f, and"}},
		"both letters":          {map[string]string{"/f": "a", "/g": "i"}, []Writing{{Who: "zkprov", Touched: []Touched{{Path: "/f"}, {Path: "/g"}}}}, []string{"immutable-file : zkprov must write to /f and 1 more, and the attribute i (immutable) or a (append only)" + by + "-ia /f /g` on zk1"}},
		"eight of a folder":     {frozen(many(8, "/d"), "i"), []Writing{{Who: "zkprov", Touched: many(8, "/d")}}, []string{"immutable-file : zkprov must write to /d/a and 7 more, and the attribute i (immutable)" + by + "-i /d/a /d/b /d/c /d/d /d/e /d/f /d/g /d/h` on zk1"}},
		"nine of a folder":      {frozen(many(9, "/d"), "i"), []Writing{{Who: "zkprov", Touched: many(9, "/d")}}, []string{"immutable-file : zkprov must write to /d/a and 8 more, and the attribute i (immutable)" + by + "-R -i /d` on zk1$"}},
		"nine and another":      {frozen(append(many(9, "/d"), Touched{Path: "/f"}), "i"), []Writing{{Who: "zkprov", Touched: append(many(9, "/d"), Touched{Path: "/f"})}}, []string{"immutable-file : zkprov must write to /d/a and 9 more, and the attribute i (immutable)" + by + "-i /f` on zk1, then `chattr -R -i /d` on zk1"}},
		"nine and their folder": {frozen(append(many(9, "/d"), Touched{Path: "/d"}), "i"), []Writing{{Who: "zkprov", Touched: append(many(9, "/d"), Touched{Path: "/d"})}}, []string{"immutable-file : zkprov must write to /d/a and 9 more, and the attribute i (immutable)" + by + "-R -i /d` on zk1$"}},
		"of one and of another": {map[string]string{"/f": "i", "/g": "i"}, []Writing{{Who: "zkprov", Instance: "a", Touched: []Touched{{Path: "/f"}}}, {Who: "its server", Instance: "b", Touched: []Touched{{Path: "/g"}}}}, []string{"immutable-file a: zkprov must write to /f, and", "immutable-file b: its server must write to /g, and"}},
	} {
		t.Run(name, func(t *testing.T) {
			begin(t, told(Immutable(onDisk{forbids: test.forbids}, "zk1", test.all)), test.want)
		})
	}
}

// TestTouched lists what is written to where names are made, files replaced, and a
// server works.
func TestTouched(t *testing.T) {
	h := lies(t, map[string]string{"/etc/x/f": "", "/etc/l": "->/etc/x", "/etc/loop": "->loop",
		"/data/1/initialize": "", "/logs/1/version-2/log.1f": "", "/logs/1/version-2/snapshot.1": "", "/logs/1/version-2/currentEpoch.tmp": "", "/logs/1/version-2/log.x": "", "/data/1/version-2": "->/etc"})
	for name, test := range map[string]struct{ got, want []Touched }{
		"replaced":                 {Replaces(h, "/etc/x/f"), []Touched{{Path: "/etc/x"}, {Path: "/etc/x/f"}}},
		"replaced, through a link": {Replaces(h, "/etc/l/f"), []Touched{{Path: "/etc/x"}, {Path: "/etc/x/f"}}},
		"in a folder to come":      {Replaces(h, "/etc/y/z/f"), []Touched{{Path: "/etc"}}},
		"in a loop":                {Replaces(h, "/etc/loop/f"), []Touched{{}}},
		"written, in one to come":  {WritesIn(h, "/none/x"), []Touched{{Path: "/"}}},
		"made":                     {MakesIn(h, "/etc/x"), []Touched{{Path: "/etc/x", Grows: true}}},
		"made, in one to come":     {MakesIn(h, "/none/x"), []Touched{{Path: "/", Grows: true}}},
		"a server": {ServerWrites(h, &inventory.Instance{DataDir: data, DataLogDir: logs}), []Touched{
			{Path: "/data/1"}, {Path: "/data/1/initialize"}, {Path: "/data/1", Grows: true},
			{Path: "/logs/1/version-2", Of: "/logs/1/version-2"}, {Path: "/logs/1/version-2/currentEpoch.tmp", Of: "/logs/1/version-2"}, {Path: "/logs/1/version-2/log.1f", Of: "/logs/1/version-2"}}},
		"a server with logs alone": {ServerWrites(h, &inventory.Instance{DataDir: "/none", DataLogDir: logs})[:1], []Touched{{Path: "/logs/1/version-2", Of: "/logs/1/version-2"}}},
		"a server without data":    {ServerWrites(h, &inventory.Instance{DataDir: "/none"}), nil},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
