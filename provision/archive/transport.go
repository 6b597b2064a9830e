package archive

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var (
	// errStalled means that a server went silent.
	errStalled = errors.New("stalled")
	// errSlow means that a server brings fewer bytes than it must.
	errSlow = errors.New("too slow")
	// errTooLarge means that an answer or a file is beyond the cap.
	errTooLarge = errors.New("it is larger than an archive may be")
	// errNoResume means that an answer does not continue where the .part ends.
	errNoResume = errors.New("the server does not resume")
)

// maxRedirects is more than any Apache mirror needs.
const maxRedirects = 5

// statusError is the error for an answer that is not the archive.
type statusError struct {
	code  int
	html  bool
	after time.Duration // Retry-After, 0 if the server did not say
}

func (e *statusError) Error() string {
	s := fmt.Sprintf("the server answered %d %s", e.code, http.StatusText(e.code))
	if e.html {
		s += " (an HTML page)"
	}
	switch e.code {
	case http.StatusNotFound, http.StatusGone:
		s += "; the release is not there, mirrors keep the current ones only"
	case http.StatusForbidden, http.StatusUnauthorized, http.StatusProxyAuthRequired:
		s += "; the server or a proxy wants a login"
	}
	return s
}

func (e *statusError) transient() bool {
	return e.code >= 500 || e.code == http.StatusTooManyRequests || e.code == http.StatusRequestTimeout
}

// transient reports whether the same request may succeed a little later.
func transient(err error) bool {
	var status *statusError
	var dns *net.DNSError
	var op *net.OpError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &status):
		return status.transient()
	case errors.As(err, &dns):
		return !dns.IsNotFound
	case errors.Is(err, errStalled), errors.Is(err, errSlow), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrShortWrite), errors.Is(err, syscall.ECONNRESET), errors.As(err, &op):
		return true
	default:
		return errors.As(err, &timeout) && timeout.Timeout()
	}
}

// newClient returns an HTTP client without a limit on the whole request or its head:
// the caller watches that bytes keep coming.
func newClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: strict{&http.Transport{
			Proxy:       http.ProxyFromEnvironment,
			DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSClientConfig: &tls.Config{
				MinVersion: tls.VersionTLS12,
				RootCAs:    roots,
			},
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			// Otherwise an answer marked "Content-Encoding: gzip" is unpacked
			// on the way, and its hash is not that of the archive.
			DisableCompression: true,
			// Each request has a transport of its own, which would leave an idle
			// connection behind.
			DisableKeepAlives: true,
		}},
		CheckRedirect: checkRedirect,
	}
}

func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return fmt.Errorf("it redirects to %s, and only http and https are followed", display(r.URL))
	}
	if via[len(via)-1].URL.Scheme == "https" && r.URL.Scheme != "https" {
		return fmt.Errorf("it redirects from https to %s, which is not followed", display(r.URL))
	}
	return nil
}

// strict turns answers that go-getter would take for the archive, or report
// without a type, into errors.
type strict struct{ next http.RoundTripper }

func (s strict) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(r)
	if err != nil || r.Method != http.MethodGet || isRedirect(resp) {
		return resp, err
	}
	if err := judge(r, resp); err != nil {
		resp.Body.Close()
		return nil, err
	}
	return resp, nil
}

func isRedirect(resp *http.Response) bool {
	return resp.StatusCode/100 == 3 && resp.Header.Get("Location") != ""
}

// judge returns an error where the head of an answer to a GET is not that of the
// archive, or of the range that was asked for.
func judge(r *http.Request, resp *http.Response) error {
	asked := r.Header.Get("Range")
	switch resp.StatusCode {
	case http.StatusOK:
		// Appended to what is there, a whole file would make nonsense.
		if asked != "" {
			return errNoResume
		}
		return nil
	case http.StatusPartialContent:
		from := strings.TrimPrefix(asked, "bytes=")
		if asked == "" || !strings.HasPrefix(resp.Header.Get("Content-Range"), "bytes "+from) {
			return errNoResume
		}
		return nil
	case http.StatusRequestedRangeNotSatisfiable:
		return errNoResume
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return &statusError{code: resp.StatusCode, html: kind == "text/html", after: retryAfter(resp)}
}

// retryAfter returns the pause that the server asks for, at most half a minute. The
// form with a date counts as none.
func retryAfter(resp *http.Response) time.Duration {
	s, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || s <= 0 {
		return 0
	}
	return min(time.Duration(s)*time.Second, 30*time.Second)
}

// reason takes the request out of an HTTP error: its text has the whole URL, with
// whatever secret the query holds, and the list of mirrors names it anyway. What is
// left is put in words for people.
func reason(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if words := inWords(err); words != "" {
		return &toldError{words, err}
	}
	return err
}

// toldError is an error with a text for people.
type toldError struct {
	text string
	err  error
}

func (e *toldError) Error() string { return e.text }
func (e *toldError) Unwrap() error { return e.err }

// inWords describes an error of a connection for people who do not know the libraries;
// empty where their own text will do.
func inWords(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("the name %s does not resolve", dns.Name)
	case errors.As(err, &dns):
		return fmt.Sprintf("the name %s does not resolve: the name service did not answer", dns.Name)
	case errors.As(err, &plain), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return "the server does not speak TLS there"
	case errors.As(err, &op) && op.Op == "dial" && op.Timeout():
		return fmt.Sprintf("%s does not answer", op.Addr)
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "the proxy did not connect: " + bare(op.Err)
	case errors.As(err, &op) && op.Op == "dial" && op.Addr != nil:
		return fmt.Sprintf("cannot connect to %s: %s", op.Addr, bare(op.Err))
	case errors.As(err, &op):
		return "the connection broke: " + bare(op.Err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection ended in the middle of the answer"
	case err == io.EOF:
		return "the server closed the connection without an answer"
	case strings.Contains(err.Error(), "malformed HTTP"):
		return "what answers does not speak HTTP"
	case strings.Contains(err.Error(), "TLS handshake timeout"):
		return "the server does not answer to the beginning of TLS"
	}
	return ""
}

// bare returns the text of an error of the system without the call that it came from.
func bare(err error) string {
	if words := inWords(err); words != "" {
		return words
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	return err.Error()
}
