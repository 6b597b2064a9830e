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

// maxWord bounds an answer in bytes; one of a host with 255 voters has 6 KiB.
const maxWord = 64 << 10

const wordPath = "/bootstrap/v1/word"

// The ways in which a host gives no word.
var (
	// ErrNobody means that nobody answers there.
	ErrNobody = errors.New("nobody answers")
	// ErrStranger means that a zkprov answers that has another inventory: another
	// bootstrap id, ensemble or name. What it would say is not known.
	ErrStranger = errors.New("a zkprov with another inventory answers")
)

// sealed is a word and the proof that it answers this question and comes from
// somebody who knows the bootstrap id.
type sealed struct {
	Word json.RawMessage `json:"word"`
	Seal string          `json:"seal"`
}

func seal(id, nonce string, word []byte) string {
	mac := hmac.New(sha256.New, []byte(id))
	fmt.Fprintf(mac, "%s\n%s", nonce, word)
	return hex.EncodeToString(mac.Sum(nil))
}

// Listen answers the other hosts' questions with what word returns, until the
// context ends or stop is called. It is to be heard on all addresses of the host.
func Listen(ctx context.Context, b *inventory.Bootstrap, word func() Word) (stop func(), err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", ":"+strconv.Itoa(b.Port))
	if err != nil {
		return nil, fmt.Errorf("cannot be heard by the other hosts: %w; set bootstrap.agent_port to a port that is free", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+wordPath, func(w http.ResponseWriter, r *http.Request) {
		text, err := json.Marshal(word())
		if err != nil {
			http.Error(w, "no word", http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(sealed{text, seal(b.ID, r.URL.Query().Get("nonce"), text)})
	})
	server := &http.Server{Handler: mux, ReadTimeout: askLimit, WriteTimeout: askLimit, IdleTimeout: askLimit, MaxHeaderBytes: 8 << 10}
	go func() { _ = server.Serve(listener) }()
	end := context.AfterFunc(ctx, func() { _ = server.Close() })
	return func() { end(); _ = server.Close() }, nil
}

// Ask asks a host for its word. The error wraps ErrNobody where nobody answers; an
// answer that is not sealed with the bootstrap id, or that is another host's or
// ensemble's, is another error.
func Ask(ctx context.Context, e *inventory.Ensemble, h *inventory.Host) (Word, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	nonce := rand.Text()
	url := fmt.Sprintf("http://%s%s?nonce=%s", net.JoinHostPort(h.Address, strconv.Itoa(e.Bootstrap.Port)), wordPath, nonce)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Word{}, err
	}
	// No proxy: the hosts speak to one another directly, as the servers do.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return Word{}, fmt.Errorf("%w: %w", ErrNobody, err)
	}
	defer response.Body.Close()
	var answer sealed
	if err := json.NewDecoder(io.LimitReader(response.Body, maxWord)).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		return Word{}, errors.New("what answers there is not zkprov")
	}
	if !hmac.Equal([]byte(seal(e.Bootstrap.ID, nonce, answer.Word)), []byte(answer.Seal)) {
		return Word{}, fmt.Errorf("%w: it has another bootstrap id", ErrStranger)
	}
	var word Word
	if err := json.Unmarshal(answer.Word, &word); err != nil {
		return Word{}, err
	}
	if word.Ensemble != e.Name || word.Host != h.Name {
		return Word{}, fmt.Errorf("%w: it calls itself %s of ensemble %s", ErrStranger, word.Host, word.Ensemble)
	}
	return word, nil
}
