package bootstrap

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
)

func TestAsk(t *testing.T) {
	e := ensemble(3)
	e.Bootstrap.Port = freePort(t)
	h := &e.Hosts[1]
	statement := Statement{Ensemble: "zookeeper", Host: "zk2", Instances: map[int]State{2: Blank}}
	stop, err := Listen(t.Context(), e.Bootstrap, func() Statement { return statement })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	got, err := Ask(t.Context(), e, h)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(statement, got); diff != "" {
		t.Error(diff)
	}

	stranger := ensemble(3)
	stranger.Bootstrap.Port, stranger.Bootstrap.ID = e.Bootstrap.Port, "fedcba9876543210"
	if _, err := Ask(t.Context(), stranger, h); !errors.Is(err, ErrStranger) || !strings.Contains(err.Error(), "another bootstrap id") {
		t.Errorf("with another id: %v", err)
	}
	if _, err := Ask(t.Context(), e, &e.Hosts[2]); !errors.Is(err, ErrStranger) || !strings.Contains(err.Error(), "calls itself zk2") {
		t.Errorf("another host's answer: %v", err)
	}
	stop()
	if _, err := Ask(t.Context(), e, h); !errors.Is(err, ErrNobody) {
		t.Errorf("a host that does not listen: %v", err)
	}
}

// TestSeal wants an answer to one question to be none to another.
func TestSeal(t *testing.T) {
	one := seal("0123456789abcdef", "a", []byte("word"))
	for _, other := range []string{seal("0123456789abcdef", "b", []byte("word")), seal("0123456789abcdee", "a", []byte("word")), seal("0123456789abcdef", "a", []byte("work"))} {
		if one == other {
			t.Error("two questions have one seal")
		}
	}
}

// TestWire wants the path and the keys that the releases before this one ask with and read.
func TestWire(t *testing.T) {
	e := ensemble(3)
	e.Bootstrap.Port = freePort(t)
	statement := Statement{Ensemble: "zookeeper", Host: "zk2", List: "l", Incarnation: "i", Instances: map[int]State{2: Founding},
		Founders: map[string]string{"zk2": "i"}, Members: &provision.Members{Ensemble: "zookeeper", Members: []int{2}}}
	stop, err := Listen(t.Context(), e.Bootstrap, func() Statement { return statement })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/bootstrap/v1/word?nonce=n", e.Bootstrap.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	word := `{"ensemble":"zookeeper","host":"zk2","list":"l","incarnation":"i","instances":{"2":"founding"},"founders":{"zk2":"i"},"members":{"ensemble":"zookeeper","members":[2]}}`
	want := fmt.Sprintf(`{"word":%s,"seal":"%s"}`+"\n", word, seal(e.Bootstrap.ID, "n", []byte(word)))
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// TestAskStrangers asks what is no zkprov.
func TestAskStrangers(t *testing.T) {
	const noZkprov = "what answers there is not zkprov"
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"page":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, noZkprov},
		"error": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "{}", http.StatusTeapot) }, noZkprov},
		"unsealed": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"word":{"host":"zk2","ensemble":"zookeeper"},"seal":""}`))
		}, ErrStranger.Error() + ": it has another bootstrap id"},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		}, noZkprov},
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server := &http.Server{Handler: test.handler}
			go func() { _ = server.Serve(listener) }()
			defer server.Close()
			e := ensemble(3)
			e.Bootstrap.Port = listener.Addr().(*net.TCPAddr).Port
			if statement, err := Ask(t.Context(), e, &e.Hosts[1]); err == nil || err.Error() != test.want {
				t.Errorf("it said %+v, %v; want %s", statement, err, test.want)
			}
		})
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
