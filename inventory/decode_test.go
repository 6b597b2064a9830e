package inventory

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
)

func decodeWithout(t *testing.T, text string) *Ensemble {
	t.Helper()
	e, found := Read("zk.toml", []byte(text))
	if found.Failed() {
		t.Fatalf("cannot be read: %v", found)
	}
	return e
}

func TestDefaults(t *testing.T) {
	e := decodeWithout(t, "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ { id = 7 } ]\n")
	want := &Ensemble{
		File:      "zk.toml",
		Name:      "zookeeper",
		Version:   "3.6.3",
		IgnorePos: map[string]finding.Position{},
		Java:      Java{Minimum: 7},
		Archive:   Archive{Fetch: FetchControl},
		Paths:     Paths{Install: "/opt/zookeeper", Config: "/etc/zookeeper", Data: "/var/lib/zookeeper"},
		Service:   Service{User: "zookeeper", Group: "zookeeper"},
		Hosts: []Host{{
			Name:    "zk1",
			Address: "10.0.0.1",
			SSH:     "zk1",
			Java:    Java{Minimum: 7},
			Pos:     finding.Position{File: "zk.toml", Line: 2, Column: 8},
			Instances: []Instance{{
				Name:         "zookeeper-7",
				ID:           7,
				Role:         Participant,
				ClientPort:   2181,
				QuorumPort:   2888,
				ElectionPort: 3888,
				DataDir:      "/var/lib/zookeeper/zookeeper-7",
				JVM:          JVM{Heap: "1g"},
				Pos:          finding.Position{File: "zk.toml", Line: 4, Column: 21},
			}},
		}},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const everything = `[ensemble]
name = "orders"
version = "3.8.6"
ignore = ["few-voters", "even-voters"]
[java]
home = "/opt/jdk"
minimum = 0x0b
install = true
[jvm]
heap = "2G"
flags = ["-Da", "-Db=c d"]
[archive]
urls = ["https://example.org/zk.tar.gz", "file:///srv/zk.tar.gz"]
sha512 = "AB0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000CD"
fetch = "host"
[paths]
install = "/srv/install"
config = "/srv/config"
data = "/srv/data"
[service]
user = "zk"
[zoo_cfg]
tickTime = 2_000
initLimit = 0xA
autopurge.purgeInterval = 1
"4lw.commands.whitelist" = "*"
jvm.pause = { monitor = true, "info-threshold.ms" = +5 }
x = 1.5
[[host]]
name = "zk1"
local = true
address = "fd00::1"
[[host.instance]]
id = 1
role = "observer"
client_port = 1
quorum_port = 2
election_port = 3
admin_port = 4
data_dir = "/srv/1"
data_log_dir = "/srv/log"
[[host.instance]]
id = 2
data_log_dir = "/srv/data/orders-2"
`

func TestEverything(t *testing.T) {
	e := decodeWithout(t, everything)
	at := func(line, column int) finding.Position {
		return finding.Position{File: "zk.toml", Line: line, Column: column}
	}
	settings := Settings{
		{"4lw.commands.whitelist", "*", "string", at(26, 1)},
		{"autopurge.purgeInterval", "1", "integer", at(25, 1)},
		{"initLimit", "10", "integer", at(24, 1)},
		{"jvm.pause.info-threshold.ms", "5", "integer", at(27, 31)},
		{"jvm.pause.monitor", "true", "boolean", at(27, 15)},
		{"tickTime", "2000", "integer", at(23, 1)},
		{"x", "1.5", "float", at(28, 1)},
	}
	java := Java{Home: "/opt/jdk", Minimum: 11, Install: true}
	jvm := JVM{Heap: "2G", Flags: []string{"-Da", "-Db=c d"}, FlagPos: []finding.Position{at(11, 10), at(11, 17)}}
	want := &Ensemble{
		File:      "zk.toml",
		Name:      "orders",
		Version:   "3.8.6",
		Ignore:    []string{"few-voters", "even-voters"},
		IgnorePos: map[string]finding.Position{"few-voters": at(4, 11), "even-voters": at(4, 25)},
		Java:      java,
		Archive: Archive{
			URLs:   []string{"https://example.org/zk.tar.gz", "file:///srv/zk.tar.gz"},
			SHA512: "ab0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000cd",
			Fetch:  FetchHost,
		},
		Paths:   Paths{Install: "/srv/install", Config: "/srv/config", Data: "/srv/data"},
		Service: Service{User: "zk", Group: "zk"},
		Hosts: []Host{{
			Name:    "zk1",
			Address: "fd00::1",
			Local:   true,
			Java:    java,
			Pos:     at(30, 8),
			Instances: []Instance{
				{
					Name: "orders-1", ID: 1, Role: Observer,
					ClientPort: 1, QuorumPort: 2, ElectionPort: 3, AdminPort: 4,
					DataDir: "/srv/1", DataLogDir: "/srv/log",
					JVM: jvm, ZooCfg: settings, Pos: at(34, 6),
				},
				{
					Name: "orders-2", ID: 2, Role: Participant,
					ClientPort: 2181, QuorumPort: 2888, ElectionPort: 3888,
					DataDir: "/srv/data/orders-2", // and the logs in it
					JVM:     jvm, ZooCfg: settings, Pos: at(43, 6),
				},
			},
		}},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestInheritance wants the innermost value to win, key by key.
func TestInheritance(t *testing.T) {
	e := decodeWithout(t, `
java = { home = "/opt/a", minimum = 8 }
jvm = { heap = "1g", flags = ["-Da"] }
zoo_cfg = { tickTime = 1, initLimit = 1, syncLimit = 1 }
[[host]]
name = "zk1"
address = "zk1"
java.minimum = 11
jvm.heap = "2g"
zoo_cfg.initLimit = 2
zoo_cfg.syncLimit = 2
[[host.instance]]
id = 1
jvm.flags = []
zoo_cfg.syncLimit = 3
zoo_cfg.maxCnxns = 3
[[host.instance]]
id = 2
client_port = 1
quorum_port = 2
election_port = 3
jvm.heap = "3g"
[[host]]
name = "zk2"
address = "zk2"
java.home = ""
java.install = true
instance = [ { id = 3 } ]
`)
	type layers struct {
		Java     Java
		JVM      JVM
		Settings map[string]string
	}
	got := make(map[string]layers)
	for _, m := range e.Members() {
		settings := make(map[string]string)
		for _, s := range m.Instance.ZooCfg {
			settings[s.Key] = s.Value
		}
		m.Instance.JVM.FlagPos = nil // TestEverything looks at those
		got[m.Instance.Name] = layers{m.Host.Java, m.Instance.JVM, settings}
	}
	zk1 := Java{Home: "/opt/a", Minimum: 11}
	want := map[string]layers{
		"zookeeper-1": {zk1, JVM{Heap: "2g"}, map[string]string{"tickTime": "1", "initLimit": "2", "syncLimit": "3", "maxCnxns": "3"}},
		"zookeeper-2": {zk1, JVM{Heap: "3g", Flags: []string{"-Da"}}, map[string]string{"tickTime": "1", "initLimit": "2", "syncLimit": "2"}},
		"zookeeper-3": {Java{Minimum: 8, Install: true}, JVM{Heap: "1g", Flags: []string{"-Da"}}, map[string]string{"tickTime": "1", "initLimit": "1", "syncLimit": "1"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEnsembleLookups(t *testing.T) {
	e := decodeWithout(t, "[[host]]\nname = \"b\"\naddress = \"b\"\ninstance = [ { id = 3 }, { id = 1, role = \"observer\", client_port = 1, quorum_port = 2, election_port = 3 } ]\n"+
		"[[host]]\nname = \"a\"\naddress = \"a\"\ninstance = [ { id = 2 } ]\n")
	var members []string
	for _, m := range e.Members() {
		members = append(members, m.Host.Name+" "+m.Instance.Name)
	}
	if diff := cmp.Diff([]string{"b zookeeper-1", "a zookeeper-2", "b zookeeper-3"}, members); diff != "" {
		t.Errorf("members: -want +got:\n%s", diff)
	}
	if e.Participants() != 2 || e.Majority() != 2 {
		t.Errorf("%d participants, majority %d", e.Participants(), e.Majority())
	}
	if h := e.Host("a"); h != &e.Hosts[1] {
		t.Errorf("host a is %v", h)
	}
	if h := e.Host("c"); h != nil {
		t.Errorf("host c is %v", h)
	}
}

func TestMajority(t *testing.T) {
	for participants, want := range map[int]int{1: 1, 2: 2, 3: 2, 4: 3, 5: 3, 7: 4} {
		e := &Ensemble{Hosts: []Host{{Instances: []Instance{{Role: Observer}, {Role: Observer}}}}}
		for range participants {
			e.Hosts[0].Instances = append(e.Hosts[0].Instances, Instance{Role: Participant})
		}
		if got := e.Majority(); got != want {
			t.Errorf("majority of %d is %d, want %d", participants, got, want)
		}
	}
}
