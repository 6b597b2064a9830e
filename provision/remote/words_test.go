package remote

import (
	"strings"
	"testing"

	"github.com/zkprov/zkprov/provision"
)

// TestWords wants every method to be told in words, and none of its own name.
func TestWords(t *testing.T) {
	for method := range (&server{agent: &recorder{}}).methods() {
		words := doing(method)
		if words == "answer" || !strings.Contains(words, " ") || strings.Contains(words, ".") || words == method {
			t.Errorf("%s is told as %q", method, words)
		}
		c := &client{host: "zk1", link: &pipe{}}
		e := c.connectionLost(method, false).(*provision.Error)
		if want := "the connection was lost while the host was to " + words; !strings.HasPrefix(e.Message, want) {
			t.Errorf("got %q, want %q", e.Message, want)
		}
	}
}
