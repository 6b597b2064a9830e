//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestMirrors fetches the release from servers that do not deliver, and one that does.
func TestMirrors(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(1)...)
	t.Run("no release", func(t *testing.T) { e.on(t).refusesArchive() })
	t.Run("dead, slow, good", func(t *testing.T) { e.on(t).goesOnToTheNext() })
}

// repacked is an archive with a hash of its own, so that no cache has it. It is forgotten when the test ends.
func repacked(t *testing.T, fill func(w *tar.Writer) error) (text []byte, section func(urls ...string) string) {
	t.Helper()
	var b bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zipped.Comment = rand.Text()
	w := tar.NewWriter(zipped)
	if err := errors.Join(fill(w), w.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	hash := fmt.Sprintf("%x", sha512.Sum512(b.Bytes()))
	t.Cleanup(func() { os.Remove(filepath.Join("/var/cache/zkprov/sha512", hash)) })
	return b.Bytes(), func(urls ...string) string {
		return fmt.Sprintf("\n[archive]\nurls = [\"%s\"]\nsha512 = %q\n", strings.Join(urls, `", "`), hash)
	}
}

// theRelease copies the entries of the store's archive.
func theRelease(w *tar.Writer) error {
	f, err := os.Open(release.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(plain); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = w.WriteHeader(h)
		}
		if err == nil {
			_, err = io.Copy(w, r)
		}
		if err != nil {
			return err
		}
	}
}

// refusesArchive has an archive that is pinned and no release: no host is touched.
func (e *ensemble) refusesArchive() {
	text, section := repacked(e.t, func(w *tar.Writer) error {
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "apache-zookeeper-3.6.3-bin/lib", Linkname: "/etc", Mode: 0o777})
	})
	mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) }))
	defer mirror.Close()
	url := mirror.URL + "/zk.tar.gz"
	e.write(e.lab.Voters(1) + section(url))
	e.unchanged(ownFolders, func() {
		r := e.zkprov("apply").exits(78)
		r.says("cannot use "+url+`: its entry "apache-zookeeper-3.6.3-bin/lib" is a link`, "archive-not-a-release", "nothing was changed",
			"write urls and sha512 of Apache's apache-zookeeper-3.6.3-bin.tar.gz under [archive]")
		if strings.Contains(r.stderr, "/var/cache/zkprov") {
			e.t.Errorf("it names a file of the cache:\n%s", r.stderr)
		}
	})
}

// goesOnToTheNext has one mirror that says nothing and one that sends a byte a second. Meanwhile another ensemble is brought to the same
// host, which is locked by neither.
func (e *ensemble) goesOnToTheNext() {
	text, section := repacked(e.t, theRelease)
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		e.t.Fatal(err)
	}
	defer deaf.Close()

	asked, other := make(chan struct{}), make(chan struct{})
	var once sync.Once
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(asked) })
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		for i := 0; r.Context().Err() == nil; i++ {
			send(w, text[i:i+1])
			pause(r, time.Second)
		}
	}))
	defer slow.Close()
	// The good one is fast once the other ensemble is there, and fast enough before.
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const piece = 16 << 10
		rest := text
		for waiting := true; waiting && len(rest) > piece && r.Context().Err() == nil; {
			select {
			case <-other:
				waiting = false
			case <-time.After(time.Second):
				send(w, rest[:piece])
				rest = rest[piece:]
			}
		}
		send(w, rest)
	}))
	defer good.Close()

	first := fmt.Sprintf("http://%s/zk.tar.gz", deaf.Addr())
	text2 := e.lab.Voters(1)
	second := e.on(e.t)
	second.inventory = filepath.Join(e.t.TempDir(), "other.toml")
	second.write(text2)
	e.write("ensemble.name = \"mirrored\"\npaths = { install = \"/opt/mirrored\", config = \"/etc/mirrored\", data = \"/var/lib/mirrored\" }\n" +
		strings.Replace(text2, "{ id = 1", "{ id = 1, client_port = 2191, quorum_port = 2898, election_port = 3898", 1) + section(first, slow.URL+"/zk.tar.gz", good.URL+"/zk.tar.gz"))

	ended := make(chan result, 1)
	go func() { ended <- e.zkprov("apply") }()
	select {
	case <-asked:
	case r := <-ended:
		r.exits(0)
		e.t.Fatal("the slow mirror was never asked")
	}
	second.zkprov("apply").exits(0).says("a write was read back through every server")
	close(other)
	r := (<-ended).exits(0).says("a write was read back through every server")
	at := 0
	for _, line := range []string{
		"mirror " + first + " given up after 2", // 20 s or a little more
		"s: stalled: no byte came for 20s; trying " + slow.URL + "/zk.tar.gz",
		"mirror " + slow.URL + "/zk.tar.gz given up after 2",
		"s: too slow: ",
		"; trying " + good.URL + "/zk.tar.gz",
		"fetch apache-zookeeper-3.6.3-bin.tar.gz",
		"lock",
	} {
		i := strings.Index(r.stderr[at:], line)
		if i < 0 {
			e.t.Fatalf("no %q after the first %d bytes of\n%s", line, at, r.stderr)
		}
		at += i
	}
	e.zkprov("apply").exits(0).says("nothing to change")
}

func send(w http.ResponseWriter, b []byte) {
	_, _ = w.Write(b)
	w.(http.Flusher).Flush()
}

func pause(r *http.Request, d time.Duration) {
	select {
	case <-r.Context().Done():
	case <-time.After(d):
	}
}
