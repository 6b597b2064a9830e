package host

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// TestTryWrite writes through a server, beside a write that waits to be read back: its
// session ends at once, and the other's does not.
func TestTryWrite(t *testing.T) {
	for name, fails := range map[string]map[int32]int32{"goes through": nil, "is denied": {opCreate: codeNoAuth}} {
		k := &keeper{nodes: make(map[string][]byte), fails: fails}
		_, port, err := net.SplitHostPort(serve(t, k.handle))
		if err != nil {
			t.Fatal(err)
		}
		number, err := strconv.Atoi(port)
		if err != nil {
			t.Fatal(err)
		}
		e := &inventory.Ensemble{Hosts: []inventory.Host{{Name: "zk1", Instances: []inventory.Instance{{ID: 1, ClientPort: number}}}}}
		released := false
		m := &Machine{write: &writeTest{func() { released = true }}}
		err = m.TryWrite(t.Context(), provision.Task{Ensemble: e, Host: "zk1"}, 1)
		var denied *provision.Error
		if (err == nil) != (fails == nil) || fails != nil && (!errors.As(err, &denied) || denied.Kind != provision.NotPermitted) {
			t.Errorf("%s: %v", name, err)
		}
		k.mu.Lock()
		ops := slices.Clone(k.ops)
		k.mu.Unlock()
		if !slices.Equal(ops, []int32{opCreate, opClose}) || released {
			t.Errorf("%s: operations %v; the other write was ended: %t", name, ops, released)
		}
		if err := m.TryWrite(t.Context(), provision.Task{Ensemble: e, Host: "zk1"}, 2); err == nil {
			t.Errorf("%s: a server that there is not was written through", name)
		}
	}
}
