package host

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/provision"
)

// Codes of ZooKeeper's protocol: ZooDefs.OpCode and KeeperException.Code.
const (
	opCreate  = 1
	opGetData = 4
	opSync    = 9
	opClose   = -11

	codeNoNode = -101
	codeNoAuth = -102
	codeSASL   = -124
)

// keeper is as much of a server as the write test needs.
type keeper struct {
	mu    sync.Mutex
	nodes map[string][]byte
	ops   []int32
	// fails is the error code that an operation is answered with.
	fails map[int32]int32
	// expired lets no session begin, mute answers no operation.
	expired, mute bool
}

func (k *keeper) handle(c net.Conn) {
	if _, err := readFrame(c); err != nil {
		return
	}
	session := uint64(0x100)
	if k.expired {
		session = 0
	}
	connected := binary.BigEndian.AppendUint32(nil, 0)
	connected = binary.BigEndian.AppendUint32(connected, 10_000)
	connected = binary.BigEndian.AppendUint64(connected, session)
	writeFrame(c, appendBuffer(connected, make([]byte, 16)))
	for {
		request, err := readFrame(c)
		if err != nil || len(request) < 8 {
			return
		}
		op := int32(binary.BigEndian.Uint32(request[4:]))
		k.mu.Lock()
		k.ops = append(k.ops, op)
		code, answer := k.answer(op, request[8:])
		k.mu.Unlock()
		if k.mute && op != opClose {
			continue
		}
		header := binary.BigEndian.AppendUint64(request[:4:4], 1) // xid, zxid
		header = binary.BigEndian.AppendUint32(header, uint32(code))
		writeFrame(c, append(header, answer...))
		if op == opClose {
			return
		}
	}
}

func (k *keeper) answer(op int32, body []byte) (code int32, answer []byte) {
	if code := k.fails[op]; code != 0 || op == opClose {
		return code, nil
	}
	path, rest := cutBuffer(body)
	switch op {
	case opCreate:
		data, _ := cutBuffer(rest)
		k.nodes[string(path)] = data
		return 0, appendBuffer(nil, path)
	case opGetData:
		data, ok := k.nodes[string(path)]
		if !ok {
			return codeNoNode, nil
		}
		const stat = 68
		return 0, append(appendBuffer(nil, data), make([]byte, stat)...)
	default:
		return 0, appendBuffer(nil, path)
	}
}

func readFrame(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err := io.ReadFull(r, b)
	return b, err
}

func writeFrame(w io.Writer, b []byte) { w.Write(appendBuffer(nil, b)) }

func appendBuffer(to, b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(b))), b...)
}

func cutBuffer(b []byte) (buffer, rest []byte) {
	n := binary.BigEndian.Uint32(b)
	return b[4 : 4+n], b[4+n:]
}

// serve runs handle for each connection to a port of this machine, and returns
// its address.
func serve(t *testing.T, handle func(net.Conn)) string {
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
			go func() {
				defer c.Close()
				handle(c)
			}()
		}
	}()
	return l.Addr().String()
}

func bound(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func TestWriteAndReadBack(t *testing.T) {
	k := &keeper{nodes: make(map[string][]byte)}
	addr := serve(t, k.handle)
	token, release, err := writeThrough(bound(t, 10*time.Second), addr)
	if err != nil {
		t.Fatal(err)
	}
	k.mu.Lock()
	written := string(k.nodes[token.Path])
	k.mu.Unlock()
	if !strings.HasPrefix(token.Path, "/zkprov-check-") || written != string(token.Data) || len(token.Data) < 32 {
		t.Errorf("token %+v, written %q", token, written)
	}
	if err := readThrough(bound(t, 10*time.Second), addr, token); err != nil {
		t.Error(err)
	}
	other := token
	other.Data = []byte("something else")
	if err := readThrough(bound(t, 10*time.Second), addr, other); err == nil || !strings.Contains(err.Error(), "answers with something else") {
		t.Errorf("other data gives %v", err)
	}
	release()
	k.mu.Lock()
	defer k.mu.Unlock()
	// The server catches up before it is read from.
	want := []int32{opCreate, opSync, opGetData, opClose, opSync, opGetData, opClose, opClose}
	if len(k.ops) != len(want) {
		t.Fatalf("operations %v, want %v", k.ops, want)
	}
	for i := range want {
		if k.ops[i] != want[i] {
			t.Fatalf("operations %v, want %v", k.ops, want)
		}
	}
}

func TestWriteFails(t *testing.T) {
	tests := map[string]struct {
		keeper *keeper
		want   error  // of the chain
		text   string // of the message
	}{
		"no permission":         {&keeper{fails: map[int32]int32{opCreate: codeNoAuth}}, errNotPermitted, "cannot write through "},
		"authentication wanted": {&keeper{fails: map[int32]int32{opCreate: codeSASL}}, errNotPermitted, "cannot write through "},
		"another error":         {&keeper{fails: map[int32]int32{opCreate: -6}}, nil, "cannot write through "},
		"silent":                {&keeper{mute: true, nodes: make(map[string][]byte)}, ensemble.ErrNoAnswer, "cannot write through "},
		"no session":            {&keeper{expired: true}, nil, "the session expired at once"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := serve(t, test.keeper.handle)
			limit := 10 * time.Second
			if test.keeper.mute {
				limit = time.Second
			}
			_, release, err := writeThrough(bound(t, limit), addr)
			if err == nil || release != nil {
				t.Fatalf("got %v, and something to release: %t", err, release != nil)
			}
			if test.want != nil && !errors.Is(err, test.want) || test.want == nil && errors.Is(err, errNotPermitted) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if !strings.Contains(err.Error(), test.text) || !strings.Contains(err.Error(), addr) {
				t.Errorf("got %q, want %q and the address in it", err, test.text)
			}
		})
	}
}

func TestReadBackFails(t *testing.T) {
	token := provision.Token{Path: "/zkprov-check-x", Data: []byte("x")}
	tests := map[string]struct {
		keeper *keeper
		want   error
		text   string
	}{
		"lost":          {&keeper{}, nil, "what was written is not there"},
		"sync fails":    {&keeper{nodes: map[string][]byte{token.Path: token.Data}, fails: map[int32]int32{opSync: codeNoAuth}}, errNotPermitted, "cannot read back"},
		"no permission": {&keeper{fails: map[int32]int32{opGetData: codeNoAuth}}, errNotPermitted, "cannot read back"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := readThrough(bound(t, 10*time.Second), serve(t, test.keeper.handle), token)
			if err == nil || !strings.Contains(err.Error(), test.text) || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %v, want %q", err, test.text)
			}
		})
	}
}

// TestSessionIsBounded opens a session where nothing listens, and where nobody answers:
// the context ends the wait.
func TestSessionIsBounded(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	silent := func(c net.Conn) { io.Copy(io.Discard, c) }
	for name, addr := range map[string]string{"refused": nobody.Addr().String(), "silent": serve(t, silent)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			_, _, err := writeThrough(bound(t, 200*time.Millisecond), addr)
			if !errors.Is(err, ensemble.ErrNoAnswer) || !strings.Contains(err.Error(), "cannot open a session with "+addr) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}
