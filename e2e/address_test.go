//go:build e2e

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/e2e/lab"
	"github.com/zkprov/zkprov/e2e/lab/load"
)

// addressed is an inventory of four servers: 0 and 1 on one host, with an address each and the same ports, 2 that takes clients by TLS
// alone and has its logs below its data, and 3 with an AdminServer that others reach. ZK1, ZK2, ZK3 stand for the hosts' addresses,
// OWN0 and OWN1 for those of the first two.
const addressed = `[ensemble]
name = "zookeeper"
ignore = ["id-zero", "zk-eol"]
[zoo_cfg]
syncLimit = 3
[[host]]
name = "zk1"
address = ZK1
instance = [ { id = 0, address = OWN0 }, { id = 1, address = OWN1, role = "observer" } ]
[[host]]
name = "zk2"
address = ZK2
instance = [ { id = 2, client_port = 0, data_dir = "/srv/zk/2", data_log_dir = "/srv/zk/2/tx/log" } ]
[host.zoo_cfg]
secureClientPort = 2281
serverCnxnFactory = "org.apache.zookeeper.server.NettyServerCnxnFactory"
ssl.keyStore.location = "/etc/zk-tls/server.pem"
ssl.trustStore.location = "/etc/zk-tls/trusted.pem"
[[host]]
name = "zk3"
address = ZK3
instance = [ { id = 3, admin_port = 8443, admin_address = "ADMIN" } ]
[host.zoo_cfg]
admin.forceHttps = true
ssl.quorum.keyStore.location = "/etc/zk-tls/server.pem"
ssl.quorum.trustStore.location = "/etc/zk-tls/trusted.pem"
`

// second is the network that hosts have beside the lab's: the addresses of the interface net1, up to the last part.
const second = "172.29.1."

// TestAddresses forms an ensemble with the server id 0, two instances of one host with an address each, TLS alone, logs below the data
// and an AdminServer that others reach. It then gives a voter an address in a second network, under a client that writes, takes that
// network away for longer than the servers wait for one another, and the address too.
func TestAddresses(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(3)...)
	of := func(octet int) string { return e.lab.Subnet.Address(octet).String() }
	e.in("zk1", fmt.Sprintf("ip addr add %s/24 dev host0; ip addr add %s/24 dev host0", of(21), of(22)))
	cert, pool := e.keyStores()
	inventory := func(with func(string, int) string) string {
		return strings.NewReplacer("ZK1", with(of(11), 11), "ZK2", with(of(12), 12), "ZK3", with(of(13), 13), "OWN0", with(of(21), 21), "OWN1", with(of(22), 22), "ADMIN", of(13)).Replace(addressed)
	}
	single := inventory(func(address string, _ int) string { return fmt.Sprintf("%q", address) })
	e.write(single)
	r := e.zkprov("apply").exits(0)
	t.Logf("the first apply took %s", r.took)
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.waitOK(time.Minute)

	for _, server := range []string{of(21), of(22)} {
		if out := e.in("zk3", "printf srvr | timeout 3 bash -c 'exec 3<>/dev/tcp/"+server+"/2181; cat >&3; cat <&3'"); !strings.Contains(out, "Mode:") {
			t.Errorf("%s says %q", server, out)
		}
	}
	for _, closed := range []string{net.JoinHostPort(of(11), "2181"), net.JoinHostPort(of(12), "2181")} {
		if c, err := net.DialTimeout("tcp", closed, time.Second); err == nil {
			c.Close()
			t.Errorf("%s is open", closed)
		}
	}
	if answer, err := srvrByTLS(net.JoinHostPort(of(12), "2281"), cert, pool); err != nil || !strings.Contains(answer, "Mode: ") {
		t.Errorf("by TLS the server says %q, %v", answer, err)
	}
	if answer, err := srvrByTLS(net.JoinHostPort(of(12), "2281"), tls.Certificate{}, pool); err == nil && strings.Contains(answer, "Mode: ") {
		t.Error("the server takes a client without a certificate")
	}
	if out := e.in("zk2", "ls /srv/zk/2/version-2 /srv/zk/2/tx/log/version-2; cat /srv/zk/2/myid; stat -c %U:%a /srv/zk/2/tx"); !strings.Contains(out, "log/version-2:\nlog.1") || strings.Count(out, "log.1") != 1 || !strings.Contains(out, "root:750") {
		t.Errorf("the data is:\n%s", out)
	}
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "zk"}}}
	if response, err := client.Get("https://" + net.JoinHostPort(of(13), "8443") + "/commands/ruok"); err != nil {
		t.Errorf("AdminServer: %v", err)
	} else {
		response.Body.Close()
	}

	// A second network, under a client that writes.
	for i, name := range []string{"zk1", "zk2", "zk3"} {
		if err := e.host(name).Plug(t.Context(), "net1", netip.MustParsePrefix(fmt.Sprintf("%s%d/24", second, 11+i))); err != nil {
			t.Fatal(err)
		}
	}
	w := e.writesTo(slices.DeleteFunc(e.servers(), func(s load.Server) bool { return strings.HasPrefix(s.Addr, "127.") }))
	both := inventory(func(address string, octet int) string {
		if octet == 13 {
			return fmt.Sprintf("[\"%s%d\", %q]", second, octet, address)
		}
		return fmt.Sprintf("%q", address)
	})
	e.write(both)
	u := e.begins("apply", "--settle", "1s")
	w.follows(u)
	u.ends(commandLimit).exits(0)
	if out := e.in("zk3", "ss -ltnH | awk '{print $4}'"); strings.Count(out, second+"13") == 0 || strings.Count(out, ":3888") != 2 {
		t.Errorf("zk3 listens on:\n%s", out)
	}
	w.mark(fmt.Sprintf("the first network of zk3 fails, and server %d leads", e.told()))
	e.in("zk3", "ip link set net1 down")
	time.Sleep(9 * time.Second) // more than syncLimit
	e.waitOK(time.Minute)
	w.goesOn(time.Minute)
	w.mark("the network is back")
	e.in("zk3", "ip link set net1 up")
	e.write(single)
	u = e.begins("apply", "--settle", "1s")
	w.follows(u)
	u.ends(commandLimit).exits(0)
	w.stops()
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}

// told returns the id of the server that leads, by what check says.
func (e *ensemble) told() int {
	e.t.Helper()
	var state struct {
		Result struct {
			Verdict struct{ Leader *int }
		}
	}
	r := e.zkprov("check", "-o", "json")
	if err := json.Unmarshal([]byte(r.stdout), &state); err != nil || state.Result.Verdict.Leader == nil {
		e.t.Fatalf("no leader: %v\n%s%s", err, r.stdout, r.stderr)
	}
	return *state.Result.Verdict.Leader
}

// keyStores puts a key with its certificate, and what is to be trusted, on all hosts, and returns both.
func (e *ensemble) keyStores() (tls.Certificate, *x509.CertPool) {
	e.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		e.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "zk"}, DNSNames: []string{"zk"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		e.t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		e.t.Fatal(err)
	}
	trusted := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	for _, h := range e.lab.Hosts() {
		e.in(h.Name, "mkdir -p /etc/zk-tls")
		for name, content := range map[string][]byte{"server.pem": append(slices.Clone(private), trusted...), "trusted.pem": trusted} {
			if err := h.WriteFile(e.t.Context(), "/etc/zk-tls/"+name, content, 0o644); err != nil {
				e.t.Fatal(err)
			}
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(trusted)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// srvrByTLS asks a server how it is on the port that takes TLS.
func srvrByTLS(addr string, cert tls.Certificate, pool *x509.CertPool) (string, error) {
	config := &tls.Config{RootCAs: pool, ServerName: "zk"}
	if cert.Certificate != nil {
		config.Certificates = []tls.Certificate{cert}
	}
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", addr, config)
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, "srvr"); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(c)
	return string(answer), err
}
