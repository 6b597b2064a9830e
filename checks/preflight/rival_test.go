package preflight

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// TestRivals tells a ZooKeeper in the way from one that only runs on the same host.
func TestRivals(t *testing.T) {
	at := func(addr string, port, pid int, unit string) facts.Listener {
		l := listener(addr, port)
		l.PID, l.Unit = pid, unit
		return l
	}
	debian := facts.ZooKeeper{PID: 812, Unit: "zookeeper.service", Config: "/etc/zookeeper/conf/zoo.cfg", ID: new(1), DataDir: "/var/lib/zookeeper", ClientPort: 2181,
		Servers: []facts.ServerLine{{ID: 1, Host: "10.0.0.11", QuorumPort: 2888, ElectionPort: 3888}, {ID: 2, Host: "zk2", QuorumPort: 2888, ElectionPort: 3888}}}
	const is = "server 1 of 2, configuration /etc/zookeeper/conf/zoo.cfg, data in /var/lib/zookeeper, pid 812 of zookeeper.service"
	elsewhere := debian
	elsewhere.Servers = []facts.ServerLine{{ID: 1, Host: "10.9.9.1", QuorumPort: 2888, ElectionPort: 3888}, {ID: 2, Host: "10.9.9.2", QuorumPort: 2888, ElectionPort: 3888}}
	beside := debian // on other ports
	beside.Servers = []facts.ServerLine{{ID: 1, Host: "10.0.0.11", QuorumPort: 12888, ElectionPort: 13888}, {ID: 2, Host: "10.0.0.12", QuorumPort: 12888, ElectionPort: 13888}}
	for name, test := range map[string]struct {
		edit      func(e *inventory.Ensemble, f *facts.Host)
		preflight []string // the beginnings: name, instance, message
		beside    []string // what else there is at a first bootstrap
		// mayStop is set where it is our own to stop.
		mayStop bool
	}{
		"none": {edit: func(*inventory.Ensemble, *facts.Host) {}},
		"our own": {edit: func(_ *inventory.Ensemble, f *facts.Host) {
			f.ZooKeepers = []facts.ZooKeeper{{PID: 812, Unit: "zookeeper-1.service", Managed: true, Servers: debian.Servers, DataDir: "/var/lib/zookeeper/zookeeper-1"}}
			f.Listeners = []facts.Listener{at("::", 2181, 812, "zookeeper-1.service"), at("10.0.0.11", 3888, 812, "zookeeper-1.service")}
		}},
		"a unit of our name that is not ours": {edit: func(_ *inventory.Ensemble, f *facts.Host) {
			f.ZooKeepers = []facts.ZooKeeper{{PID: 812, Unit: "zookeeper-1.service"}}
			f.Listeners = []facts.Listener{at("::", 2181, 812, "zookeeper-1.service")}
		}, preflight: []string{"other-zookeeper zookeeper-1 another ZooKeeper has its client port 2181: a server that runs alone, pid 812 of zookeeper-1.service"}},
		"on our ports": {edit: func(_ *inventory.Ensemble, f *facts.Host) {
			f.ZooKeepers = []facts.ZooKeeper{debian}
			f.Listeners = []facts.Listener{at("::", 2181, 812, "zookeeper.service"), at("10.0.0.11", 3888, 812, "zookeeper.service")}
		}, preflight: []string{"other-zookeeper zookeeper-1 another ZooKeeper has its client port 2181, election port 3888: " + is}},
		"in our data directory, by a link": {edit: func(_ *inventory.Ensemble, f *facts.Host) {
			f.ZooKeepers = []facts.ZooKeeper{elsewhere}
			f.DataDirs = map[string]facts.DataDir{"zookeeper-1": {Real: "/var/lib/zookeeper"}}
		}, preflight: []string{"other-zookeeper zookeeper-1 another ZooKeeper has its data directory /var/lib/zookeeper: " + is}},
		"with our place in its list": {edit: func(_ *inventory.Ensemble, f *facts.Host) {
			f.ZooKeepers = []facts.ZooKeeper{debian}
		}, preflight: []string{"other-zookeeper  another ZooKeeper runs here, and its list of servers has 10.0.0.11:2888, which is in the inventory: " + is}},
		"on other ports of our hosts": {edit: func(_ *inventory.Ensemble, f *facts.Host) {
			f.ZooKeepers = []facts.ZooKeeper{beside}
		}, beside: []string{"ensemble-beside  another ensemble, whose list of servers has 10.0.0.11, runs here: " + is}},
		"on other ports of our hosts, and meant": {edit: func(e *inventory.Ensemble, f *facts.Host) {
			e.Ignore = []string{"ensemble-beside"}
			f.ZooKeepers = []facts.ZooKeeper{beside}
		}},
		"another ensemble of zkprov's": {edit: func(_ *inventory.Ensemble, f *facts.Host) {
			other := beside
			other.Managed, other.Unit = true, "other-1.service"
			f.ZooKeepers = []facts.ZooKeeper{other}
		}},
		"another ensemble of zkprov's, with our place": {edit: func(_ *inventory.Ensemble, f *facts.Host) {
			other := debian
			other.Managed, other.Unit = true, "other-1.service"
			f.ZooKeepers = []facts.ZooKeeper{other}
		}, preflight: []string{"other-zookeeper  another ZooKeeper runs here, and its list of servers has 10.0.0.11:2888"}},
		"of this ensemble, taken out of the inventory": {edit: func(_ *inventory.Ensemble, f *facts.Host) {
			other := debian
			other.Managed, other.Unit = true, "zookeeper-7.service"
			f.ZooKeepers = []facts.ZooKeeper{other}
		}, preflight: []string{"other-zookeeper  another ZooKeeper runs here, and its list of servers has 10.0.0.11:2888"}, mayStop: true},
		"of other hosts": {edit: func(_ *inventory.Ensemble, f *facts.Host) { f.ZooKeepers = []facts.ZooKeeper{elsewhere} }},
		"alone, on another port": {edit: func(_ *inventory.Ensemble, f *facts.Host) {
			f.ZooKeepers = []facts.ZooKeeper{{PID: 812, DataDir: "/home/dev/zk", ClientPort: 12181}}
		}},
		"behind a proxy": {edit: func(_ *inventory.Ensemble, f *facts.Host) {
			f.ZooKeepers = []facts.ZooKeeper{{PID: 900, Unit: "docker.service", ClientPort: 2181, Answer: "standalone, zxid 0/0x0, ZooKeeper 3.8.0"}}
			f.Listeners = []facts.Listener{at("0.0.0.0", 2181, 900, "docker.service")}
		}, preflight: []string{"other-zookeeper zookeeper-1 another ZooKeeper has its client port 2181: it answers as standalone, zxid 0/0x0, ZooKeeper 3.8.0, pid 900 of docker.service"}},
	} {
		t.Run(name, func(t *testing.T) {
			e, f := testEnsemble(), goodFacts()
			test.edit(e, &f)
			tell := func(found finding.Findings) (texts []string) {
				for _, x := range found {
					if x.Severity != finding.Critical || !x.Refusal || x.Hint == "" || strings.Contains(x.Hint, "stop") != test.mayStop {
						t.Errorf("%v is %s", x, x.Severity)
					}
					texts = append(texts, x.Name+" "+x.Instance+" "+x.Message)
				}
				return texts
			}
			begin := func(got, want []string) {
				t.Helper()
				for i := range min(len(got), len(want)) {
					if strings.HasPrefix(got[i], want[i]) {
						got[i] = want[i]
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			begin(tell(Judge(e, &e.Hosts[0], f)), test.preflight)
			begin(tell(Beside(e, &e.Hosts[0], f)), append(test.preflight, test.beside...))
		})
	}
}
