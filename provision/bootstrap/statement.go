package bootstrap

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/zkprov/zkprov/inventory"
)

// askLimit bounds one question to one host.
const askLimit = time.Second

// maxStatement bounds an answer in bytes; one of a host with 255 voters has 6 KiB.
const maxStatement = 64 << 10

// maxHeader bounds the header of a question in bytes; Ask's has 200.
const maxHeader = 8 << 10

// statementPath ends in "word": older releases ask there.
const statementPath = "/bootstrap/v1/word"

// Why a host gave no statement.
var (
	// ErrNobody means that nobody answers there.
	ErrNobody = errors.New("nobody answers")
	// ErrStranger means that a zkprov with another inventory answers: with another
	// bootstrap id, ensemble or host name. What its host knows stays unknown.
	ErrStranger = errors.New("a zkprov with another inventory answers")
)

// sealed is a statement with the proof that it answers this question and comes from
// somebody who knows the bootstrap id. Its keys are a contract between releases.
type sealed struct {
	Statement json.RawMessage `json:"word"`
	Seal      string          `json:"seal"`
}

// seal returns the HMAC-SHA256, in hex and under the bootstrap id, of the nonce and the
// statement's JSON.
func seal(id, nonce string, statement []byte) string {
	mac := hmac.New(sha256.New, []byte(id))
	fmt.Fprintf(mac, "%s\n%s", nonce, statement)
	return hex.EncodeToString(mac.Sum(nil))
}

// Listen answers the other hosts' questions with what statement returns, on b.Port of all
// addresses of this host, until the context ends or stop is called.
func Listen(ctx context.Context, b *inventory.Bootstrap, statement func() Statement) (stop func(), err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", ":"+strconv.Itoa(b.Port))
	if err != nil {
		return nil, fmt.Errorf("cannot be heard by the other hosts: %w; set bootstrap.agent_port to a port that is free", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+statementPath, func(w http.ResponseWriter, r *http.Request) {
		text, err := json.Marshal(statement())
		if err != nil {
			http.Error(w, "no word", http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(sealed{text, seal(b.ID, r.URL.Query().Get("nonce"), text)})
	})
	server := &http.Server{Handler: mux, ReadTimeout: askLimit, WriteTimeout: askLimit, IdleTimeout: askLimit, MaxHeaderBytes: maxHeader}
	go func() { _ = server.Serve(listener) }()
	end := context.AfterFunc(ctx, func() { _ = server.Close() })
	return func() { end(); _ = server.Close() }, nil
}

// Ask asks a host for its statement, for at most askLimit. The error wraps ErrNobody where
// nobody answers, and ErrStranger where the answer is not sealed with the bootstrap id or
// is another host's or ensemble's. Neither is wrapped where what answers is no zkprov.
// A host with several addresses is asked at each, for that long, until it is heard at one.
func Ask(ctx context.Context, e *inventory.Ensemble, h *inventory.Host) (s Statement, err error) {
	for _, address := range h.Addresses() {
		if s, err = askAt(ctx, e, h, address); !errors.Is(err, ErrNobody) {
			break
		}
	}
	return s, err
}

// askAt does what Ask does, at one address.
func askAt(ctx context.Context, e *inventory.Ensemble, h *inventory.Host, address string) (Statement, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	nonce := rand.Text()
	url := fmt.Sprintf("http://%s%s?nonce=%s", net.JoinHostPort(address, strconv.Itoa(e.Bootstrap.Port)), statementPath, nonce)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Statement{}, err
	}
	// No proxy: the hosts speak to one another directly, as the servers do.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return Statement{}, fmt.Errorf("%w: %w", ErrNobody, err)
	}
	defer response.Body.Close()
	var answer sealed
	if err := json.NewDecoder(io.LimitReader(response.Body, maxStatement)).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		return Statement{}, errors.New("what answers there is not zkprov")
	}
	if !hmac.Equal([]byte(seal(e.Bootstrap.ID, nonce, answer.Statement)), []byte(answer.Seal)) {
		return Statement{}, fmt.Errorf("%w: it has another bootstrap id", ErrStranger)
	}
	var statement Statement
	if err := json.Unmarshal(answer.Statement, &statement); err != nil {
		return Statement{}, err
	}
	if statement.Ensemble != e.Name || statement.Host != h.Name {
		return Statement{}, fmt.Errorf("%w: it calls itself %s of ensemble %s", ErrStranger, statement.Host, statement.Ensemble)
	}
	return statement, nil
}
