//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

// oracle runs the servers of releases on loopback, each with a data folder and ports of its own.
type oracle struct {
	t   *testing.T
	dir string

	mu       sync.Mutex
	releases map[inventory.Version]string // folders of releases
	last     int                          // number of the last server's folder
}

// outcome is the result of starting a server: it serves, it ended by itself with an exit code, or it did neither in time.
type outcome struct {
	serves bool
	ended  bool
	code   int
	said   string // the end of what it wrote
}

func (o outcome) String() string {
	switch {
	case o.serves:
		return "serves"
	case o.ended:
		return fmt.Sprintf("ended with exit code %d", o.code)
	}
	return never
}

// oracleLimit bounds how long a server may take to serve or to end; one takes half a second on an idle machine. hangLimit is for one that
// should do neither.
const (
	oracleLimit = 40 * time.Second
	hangLimit   = 10 * time.Second
)

// newOracle returns an oracle for servers of these releases.
func newOracle(t *testing.T, versions ...inventory.Version) *oracle {
	t.Helper()
	// Not below /tmp, where no inventory may have its data.
	dir, err := os.MkdirTemp("/var/lib", "zkprov-oracle-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	o := &oracle{t: t, dir: dir, releases: make(map[inventory.Version]string)}
	for _, v := range versions {
		r, err := store.ZooKeeper(t.Context(), string(v))
		if err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("tar", "-xzf", r.Path, "-C", dir).CombinedOutput(); err != nil {
			t.Fatalf("cannot unpack %s: %v: %s", r.Path, err, out)
		}
		o.releases[v] = filepath.Join(dir, inventory.ReleaseFolder(v))
		name, config := zoocfg.Logging(v, &inventory.Instance{})
		if err := os.WriteFile(filepath.Join(o.releases[v], name), bytes.ReplaceAll(config, []byte("INFO"), []byte("WARN")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// place is where one server lives.
type place struct {
	dir                      string
	client, quorum, election int
}

// place returns a new place for a server.
func (o *oracle) place() (place, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	p := place{dir: filepath.Join(o.dir, fmt.Sprint(o.last))}
	for _, port := range []*int{&p.client, &p.quorum, &p.election} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return p, err
		}
		defer l.Close()
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return p, nil
}

// data returns the data folder of the server.
func (p place) data() string { return filepath.Join(p.dir, "data") }

// run starts a server with a zoo.cfg and returns what becomes of it within a time. Nothing of it is left.
func (o *oracle) run(ctx context.Context, v inventory.Version, p place, cfg []byte, limit time.Duration) (outcome, error) {
	defer os.RemoveAll(p.dir)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	config := filepath.Join(p.dir, "zoo.cfg")
	err := os.MkdirAll(p.data(), 0o755)
	for path, content := range map[string][]byte{config: cfg, filepath.Join(p.data(), "myid"): zoocfg.Myid(1), filepath.Join(p.data(), "initialize"): nil} {
		err = errors.Join(err, os.WriteFile(path, content, 0o644))
	}
	if err != nil {
		return outcome{}, err
	}
	folder := o.releases[v]
	args := []string{"-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
		"-Dlog4j.configuration=file://" + folder + "/log4j.properties", "-Dlogback.configurationFile=" + folder + "/logback.xml"}
	args = append(args, "-cp", folder+"/lib/*", "org.apache.zookeeper.server.quorum.QuorumPeerMain", config)
	var said bytes.Buffer
	cmd := exec.Command("java", args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = &said, &said, p.dir
	// It does not outlive the test, however that ends; the signal comes when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return outcome{}, err
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait() // its state is read below
		close(ended)
	}()
	defer func() {
		cmd.Process.Kill()
		<-ended
	}()
	for {
		if leads(p.client) {
			return outcome{serves: true}, nil
		}
		select {
		case <-ended:
			return outcome{ended: true, code: cmd.ProcessState.ExitCode(), said: tail(said.String())}, nil
		case <-ctx.Done():
			cmd.Process.Kill()
			<-ended
			return outcome{said: tail(said.String())}, nil
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// leads reports whether a server at a port says that it leads.
func leads(port int) bool {
	c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprint(c, "srvr")
	answer := make([]byte, 4096)
	n, _ := c.Read(answer)
	return strings.Contains(string(answer[:n]), "Mode: leader")
}

// tail returns the last lines of a text that are no stack trace.
func tail(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line := strings.TrimRight(line, "\n"); line != "" && !strings.HasPrefix(line, "\t") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-6):], "\n")
}
