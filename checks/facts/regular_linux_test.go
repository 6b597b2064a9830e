package facts

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// TestConfigurationIsNotOpened gives a server a configuration that is no file: it is
// not even opened, as root would do that for whoever starts such a server. A socket is
// told apart by the error that opening it gives.
func TestConfigurationIsNotOpened(t *testing.T) {
	root, err := os.MkdirTemp("", "") // t.TempDir is too long for a socket's name
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	socket := filepath.Join(root, "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := os.Symlink("socket", filepath.Join(root, "zoo.cfg")); err != nil {
		t.Fatal(err)
	}
	var z ZooKeeper
	z.read(process{root, "/proc/7", "/"}, []string{"zoo.cfg"})
	if z.Error != errIrregular.Error() {
		t.Errorf("it is told as %+v", z)
	}

	if err := errors.Join(os.Remove(socket), os.WriteFile(socket, []byte("clientPort=2181\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	z = ZooKeeper{}
	if z.read(process{root, "/proc/7", "/"}, []string{"zoo.cfg"}); z.Error != "" || z.ClientPort != 2181 {
		t.Errorf("a file is told as %+v", z)
	}
}
