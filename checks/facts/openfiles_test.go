package facts

import (
	"testing"

	"github.com/zkprov/zkprov/checks/facts/factstest"
)

func TestOpenFiles(t *testing.T) {
	const (
		all      = "         0          0 4294967295\n"
		some     = "         0     100000      65536\n"
		mighty   = "Name:\tsystemd\nCapEff:\t000001ffffffffff\n"
		confined = "Name:\tsystemd\nCapEff:\t000001fffeffffff\n"
		limits   = "Limit                     Soft Limit           Hard Limit           Units     \nMax processes             1 2 processes \nMax open files            1024                 20000                files     \n"
	)
	for name, test := range map[string]struct {
		nrOpen, status, uidMap, limits string
		want                           uint64
	}{
		"a host":                       {"1048576\n", mighty, all, limits, 1048576},
		"a container without a right":  {"1048576\n", confined, all, limits, 20000},
		"a container of an own root":   {"1048576\n", mighty, some, limits, 20000},
		"a kernel that gives less":     {"10000\n", confined, all, limits, 10000},
		"nothing is told of process 1": {"1048576\n", "", "", "", 1048576},
		"limits of another form":       {"1048576\n", confined, all, "Max open files unlimited\n", 1048576},
		"no kernel's bound":            {"", mighty, all, limits, 0},
	} {
		root := factstest.Root(t, map[string]string{"/proc/sys/fs/nr_open": test.nrOpen, "/proc/1/status": test.status, "/proc/1/uid_map": test.uidMap, "/proc/1/limits": test.limits})
		if got := (Query{Root: root}).openFiles(); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}
