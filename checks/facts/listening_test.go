package facts

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/zkprov/zkprov/checks/facts/factstest"
)

// TestWhoListens looks at files as the kernel writes them, where process 812 listens on
// 2181 and process 900 on 3999.
func TestWhoListens(t *testing.T) {
	line := func(n int, local string, inode int) string {
		return fmt.Sprintf("   %d: %s 00000000:0000 0A 00000000:00000000 00:00000000 00000000  %d        0 %d 1 0 100 0 0 10 0\n", n, local, os.Getuid(), inode)
	}
	root := factstest.Root(t, map[string]string{
		"/proc/net/tcp":    procNetTCP + line(5, "00000000:0885", 9001) + line(6, "0B00000A:0F9F", 9002),
		"/proc/812/fd/3":   "->/dev/null",
		"/proc/812/fd/7":   "->socket:[9001]",
		"/proc/900/fd/4":   "->socket:[9002]",
		"/proc/900/exe":    "->/usr/sbin/nginx",
		"/proc/900/cgroup": "0::/system.slice/nginx.service\n",
	})
	for name, test := range map[string]struct {
		port, pid int
		unit      string
		want      Listening
	}{
		"its own":              {2181, 812, "zookeeper-1.service", Listening{Port: 2181, Own: true}},
		"another's":            {3999, 812, "zookeeper-1.service", Listening{Port: 3999, By: "pid 900 (/usr/sbin/nginx) of nginx.service"}},
		"nobody's":             {2888, 812, "zookeeper-1.service", Listening{Port: 2888}},
		"no process":           {3999, 0, "nginx.service", Listening{Port: 3999, By: "pid 900 (/usr/sbin/nginx) of nginx.service"}},
		"that of its child":    {3999, 812, "nginx.service", Listening{Port: 3999, Own: true}},
		"a process that ended": {2181, 813, "zookeeper-1.service", Listening{Port: 2181, By: "pid 812 (unknown program)"}},
	} {
		got, err := WhoListens(root, test.port, test.pid, test.unit)
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestWhoListensHere asks the kernel of a socket of this process, and of one that is
// bound and does not listen.
func TestWhoListensHere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := int(netip.MustParseAddrPort(l.Addr().String()).Port())
	if got, err := WhoListens("", port, os.Getpid(), ""); err != nil || !got.Own {
		t.Errorf("it listens: %+v, %v", got, err)
	}
	l.Close()
	if got, err := WhoListens("", port, os.Getpid(), ""); err != nil || got.Own || got.By != "" {
		t.Errorf("it listens no more: %+v, %v", got, err)
	}
}
