package archive

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// raw returns the URL path of a server that reads a request and answers with a text,
// which need be no HTTP.
func raw(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096))
			_, _ = c.Write([]byte(answer))
			c.Close()
		}
	}()
	return "http://" + l.Addr().String() + "/zk.tar.gz"
}

// TestFailuresInWords wants failures of a connection in words for people who do not
// know the libraries.
func TestFailuresInWords(t *testing.T) {
	redirects := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	closed := raw(t, "")
	tests := map[string]struct{ url, want string }{
		"closed":               {closed, "the server closed the connection without an answer"},
		"cut off":              {raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"), "the connection ended in the middle of the answer"},
		"another protocol":     {raw(t, "SSH-2.0-OpenSSH_9.2\r\n"), "what answers does not speak HTTP"},
		"plain where TLS is":   {strings.Replace(raw(t, "HTTP/1.0 400 Bad Request\r\n\r\n"), "http:", "https:", 1), "the server does not speak TLS there"},
		"closed before TLS":    {strings.Replace(closed, "http:", "https:", 1), "the server closed the connection without an answer"},
		"nobody listens":       {"http://127.0.0.1:1/zk.tar.gz", "cannot connect to 127.0.0.1:1: connection refused"},
		"redirected to a file": {redirects.url(), "it redirects to file:///etc/passwd, and only http and https are followed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFetcher(t)
			_, err := f.Fetch(t.Context(), pinnedSource(release(t), test.url), nil)
			var failed *FetchError
			if !errors.As(err, &failed) || failed.Rejected[0].Why() != test.want {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestInWords(t *testing.T) {
	ip := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}
	for want, err := range map[string]error{
		"the name m.example.org does not resolve":                                      &net.OpError{Op: "dial", Err: &net.DNSError{Name: "m.example.org", IsNotFound: true}},
		"the name m.example.org does not resolve: the name service did not answer":     &net.OpError{Op: "dial", Err: &net.DNSError{Name: "m.example.org", IsTimeout: true}},
		"192.0.2.1:443 does not answer":                                                &net.OpError{Op: "dial", Addr: ip, Err: syscall.ETIMEDOUT},
		"the connection broke: connection reset by peer":                               &net.OpError{Op: "read", Addr: ip, Err: syscall.ECONNRESET},
		"the proxy did not connect: cannot connect to 192.0.2.1:443: no route to host": &net.OpError{Op: "proxyconnect", Err: &net.OpError{Op: "dial", Addr: ip, Err: syscall.EHOSTUNREACH}},
		"": errors.New("anything else"),
	} {
		if got := inWords(fmt.Errorf("outer: %w", err)); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

// TestWhy wants the reason without the URL that the line begins with.
func TestWhy(t *testing.T) {
	r := Rejection{URL: "http://m/a", Err: &ChecksumError{URL: "http://m/a", Want: "1", Got: "2", Size: 3}}
	if want := "wrong SHA-512: want 1, got 2 from 3 bytes"; r.Why() != want {
		t.Errorf("got %q, want %q", r.Why(), want)
	}
}
