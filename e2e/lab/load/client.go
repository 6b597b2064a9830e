package load

import (
	"net"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

const (
	// sessionTimeout is the time after which a session is lost that no server has heard of.
	sessionTimeout = 10 * time.Second
	// silenceLimit bounds how long a server may say nothing to a client before it tries another.
	silenceLimit = 5 * time.Second
	// retryPause is how long a client waits that has tried all its servers in vain. It is short, as it bounds how exactly a gap is
	// measured.
	retryPause = 20 * time.Millisecond
)

// client is a session with an ensemble. Its calls wait while no server takes it.
type client interface {
	Create(path string, data []byte) error
	Sync(path string) error
	// Get returns a value, and the transaction that created it.
	Get(path string) (data []byte, created int64, err error)
	Close()
}

// dial opens a session with these servers, of which it uses one at a time. lost is called each time it expires.
func dial(addrs []string, lost func()) (client, error) {
	conn, _, err := zk.Connect(addrs, sessionTimeout, zk.WithLogger(silence{}), zk.WithLogInfo(false), zk.WithHostProvider(&turns{}),
		zk.WithDialer(dialPatient), zk.WithEventCallback(func(e zk.Event) {
			if e.State == zk.StateExpired {
				lost()
			}
		}))
	if err != nil {
		return nil, err
	}
	return session{conn}, nil
}

type session struct{ conn *zk.Conn }

func (s session) Create(path string, data []byte) error {
	_, err := s.conn.Create(path, data, 0, zk.WorldACL(zk.PermAll))
	return err
}

func (s session) Sync(path string) error {
	_, err := s.conn.Sync(path)
	return err
}

func (s session) Get(path string) ([]byte, int64, error) {
	data, stat, err := s.conn.Get(path)
	if err != nil {
		return nil, 0, err
	}
	return data, stat.Czxid, nil
}

func (s session) Close() { s.conn.Close() }

// turns takes the servers in turn. Unlike the client's own provider, which waits a second each time that it has tried all of them,
// it waits for retryPause, and requests that were not sent yet are kept.
type turns struct {
	mu      sync.Mutex
	addrs   []string
	next    int
	refused int // since the last that took the session
}

func (p *turns) Init(addrs []string) error {
	p.addrs = addrs
	return nil
}

func (p *turns) Len() int { return len(p.addrs) }

func (p *turns) Next() (addr string, retryStart bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refused > 0 && p.refused%len(p.addrs) == 0 {
		time.Sleep(retryPause)
	}
	addr = p.addrs[p.next]
	p.next = (p.next + 1) % len(p.addrs)
	p.refused++
	return addr, false
}

func (p *turns) Connected() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = 0
}

// dialPatient connects as the client does. Waiting for an answer to its first request, the client would wait for a minute.
func dialPatient(network, addr string, limit time.Duration) (net.Conn, error) {
	conn, err := net.DialTimeout(network, addr, limit)
	if err != nil {
		return nil, err
	}
	return patient{conn}, nil
}

type patient struct{ net.Conn }

func (c patient) SetReadDeadline(t time.Time) error {
	if latest := time.Now().Add(silenceLimit); t.After(latest) {
		t = latest
	}
	return c.Conn.SetReadDeadline(t)
}

// silence keeps the client from printing.
type silence struct{}

func (silence) Printf(string, ...any) {}
