package zoocfg

import (
	"strconv"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/inventory"
)

// TestEveryKey holds the two halves of the table together: what any server reads has a
// meaning, and what has a meaning is read by some server.
func TestEveryKey(t *testing.T) {
	covered := make(map[string]bool)
	for _, g := range tabled().groups {
		for _, k := range g.keys {
			if k.column() == "" {
				t.Errorf("no release reads %s", k.name)
			}
			for _, name := range allReads().names(k.name) {
				covered[name] = true
			}
		}
	}
	for name, reads := range allReads().byKey {
		for _, r := range reads {
			if r.way != client && !covered[name] {
				t.Errorf("%s is read by %s, and the table of meanings lacks it", name, r.classes)
				break
			}
		}
	}
}

// TestDefaults compares the defaults of the hand with those of the code, where zkprov sets
// no other.
func TestDefaults(t *testing.T) {
	newest := allReads().last()
	for _, g := range tabled().groups {
		for _, k := range g.keys {
			if _, ours := defaults().Get(k.name); ours || k.ours != "" || strings.Contains(k.def, " ") {
				continue
			}
			for _, r := range k.reads(newest) {
				if r.fallback != "" && k.def != "" && r.fallback != k.def {
					t.Errorf("%s is by default %s, and %s has %s", k.name, k.def, r.classes, r.fallback)
				}
				if r.call == "Boolean.getBoolean" && k.def == "true" {
					t.Errorf("%s is by default true, and %s asks by Boolean.getBoolean", k.name, r.classes)
				}
			}
		}
	}
}

// TestKinds wants the kind of a key to be what its readers make of it.
func TestKinds(t *testing.T) {
	for _, g := range tabled().groups {
		for _, k := range g.keys {
			for _, r := range allReads().byKey[k.name] {
				if r.way == client {
					continue
				}
				call, _, _ := strings.Cut(strings.TrimPrefix(r.call, "QuorumPeerConfig.parse"), ".")
				want := map[string]kind{"Integer": number, "Long": number, "Double": fraction, "Float": fraction, "Boolean": boolean}[call]
				if want != "" && k.kind != want {
					t.Errorf("%s is a %s, and %s reads it by %s", k.name, k.kind, r.classes, r.call)
				}
			}
			if k.kind == fraction {
				if _, err := strconv.ParseFloat(k.def, 64); err != nil {
					t.Errorf("%s is by default %q", k.name, k.def)
				}
			}
		}
	}
}

// TestReads wants the table to say what was looked up in the source at the releases' tags.
func TestReads(t *testing.T) {
	for _, test := range []struct {
		key     string
		version inventory.Version
		column  string
		known   bool
		fault   fault
		flag    string
		native  bool
	}{
		{"tickTime", "3.6.3", "all", true, refuses, "", true},
		{"forceSync", "3.6.3", "all", true, defaulted, "", false},
		{"authProvider.sasl", "3.6.3", "all", true, anything, "", false},
		{"metricsProvider.httpHost", "3.6.3", "3.8.0–", false, anything, "", false},
		{"metricsProvider.httpPort", "3.6.3", "3.6.0–", true, throws, "", true},
		{"admin.forceHttps", "3.6.3", "3.6.3–3.6.4, 3.7.1–", true, isFalse, "", false},
		{"admin.forceHttps", "3.7.0", "3.6.3–3.6.4, 3.7.1–", false, anything, "", false},
		{"admin.snapshot.enabled", "3.8.6", "3.9.0–", false, anything, "", false},
		{"sslQuorum", "3.6.4", "3.5.5–", true, isFalse, "", true},
		{"sslQuorum", "3.7.0", "3.5.5–", true, refuses, "", true},
		{"standaloneEnabled", "3.6.3", "3.5.0-alpha–", true, refuses, "", true},
		{"admin.enableServer", "3.6.3", "3.5.0-alpha–", true, defaulted, "", false},
		{"kerberos.removeHostFromPrincipal", "3.6.3", "all", true, isFalse, "", false},
		{"snapCount", "3.6.3", "all", true, defaulted, "", false},
		{"preAllocSize", "3.6.3", "all", true, warns, "", false},
		{"cnxTimeout", "3.6.3", "all", true, throws, "", false},
		{"ssl.clientAuth", "3.6.3", "3.5.5–", true, throws, "", false},
		{"connection_throttle_drop_increase", "3.6.3", "3.6.0–", true, throws, "", false},
		{"learner.asyncSending", "3.6.3", "3.6.3–", true, isFalse, "", false},
		{"learner.asyncSending", "3.7.0", "3.6.3–", true, isFalse, "-Dlearner.asyncSending=", false},
		{"jute.maxbuffer", "3.6.3", "all", true, defaulted, "-Djute.maxbuffer=", false},
		{"multiAddress.enabled", "3.9.5", "3.6.0–", true, refuses, "-Dzookeeper.multiAddress.enabled=", false},
		{"server.realm", "3.6.3", "–3.4.14, 3.5.4-beta–", true, anything, "-Dzookeeper.server.realm=", false},
		{"superUser", "3.9.5", "all", true, anything, "", false},
		{"superUser.2", "3.6.3", "3.7.0–", false, anything, "", false},
		{"leader.maxConcurrentSnapshots", "3.6.3", "3.5.0-alpha–3.5.10", false, anything, "", false},
		{"ipReachableTimeout", "3.4.6", "–3.4.14", true, warns, "", false},
		{"tickTime", "3.10.0", "all", true, refuses, "", true},
	} {
		k, ok := find(test.key)
		if !ok {
			t.Errorf("%s is not there", test.key)
			continue
		}
		if got := k.column(); got != test.column {
			t.Errorf("%s is read by %s, want %s", test.key, got, test.column)
		}
		if k.known(test.version) != test.known || k.fault(test.version) != test.fault || k.flag(test.version) != test.flag || k.native(test.version) != test.native {
			t.Errorf("%s of %s: known %v, fault %s, flag %q, native %v; want %v, %s, %q, %v", test.key, test.version,
				k.known(test.version), k.fault(test.version), k.flag(test.version), k.native(test.version), test.known, test.fault, test.flag, test.native)
		}
	}
}

// TestChoices wants the words of a release to be those that it has.
func TestChoices(t *testing.T) {
	for _, test := range []struct {
		key, value string
		version    inventory.Version
		want       bool
	}{
		{"ssl.keyStore.type", "bcfks", "3.6.2", false}, {"ssl.keyStore.type", "bcfks", "3.6.3", true},
		{"ssl.quorum.trustStore.type", "PKCS12", "3.5.5", false}, {"ssl.quorum.trustStore.type", "PKCS12", "3.5.6", true},
		{"ssl.keyStore.type", "", "3.5.5", true}, {"ssl.keyStore.type", "JCEKS", "3.9.5", false},
		{"ssl.clientAuth", "Want", "3.6.3", true}, {"ssl.clientAuth", "required", "3.6.3", false},
		{"snapshot.compression.method", "gz", "3.6.3", true}, {"snapshot.compression.method", "GZIP", "3.6.3", false}, {"snapshot.compression.method", "Snappy", "3.6.3", true},
		{"ssl.sslProvider", "OPENSSL", "3.9.5", true}, {"ssl.sslProvider", "openssl", "3.9.5", false},
		{"forceSync", "no", "3.6.3", true}, {"forceSync", "No", "3.6.3", false},
	} {
		k, _ := find(test.key)
		if got := k.takes(test.value, test.version); got != test.want {
			t.Errorf("%s = %q with %s: %v", test.key, test.value, test.version, got)
		}
	}
}

// TestFind wants a star to stand for a name, and for nothing else.
func TestFind(t *testing.T) {
	for name, want := range map[string]string{
		"authProvider.1": "authProvider.*", "authProvider.": "", "authProvider": "", "server.1": "server.*", "server.realm": "server.realm",
		"superUser": "superUser", "superUser.1": "superUser.*", "superUsers": "", "group.1": "group*", "metricsProvider.httpPrt": "",
	} {
		if k, _ := find(name); k.name != want {
			t.Errorf("%s is %q, want %q", name, k.name, want)
		}
	}
}

func TestOfClients(t *testing.T) {
	for name, want := range map[string]bool{"client.secure": true, "request.timeout": true, "sasl.clientconfig": true, "tickTime": false, "jute.maxbuffer": false, "nothing": false} {
		if got := ofClients(name, "3.6.3"); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestReleasesForPeople(t *testing.T) {
	for name, want := range map[string]string{
		"tickTime": "by all", "maxCnxns": "from 3.6.0 on", "leader.maxConcurrentSnapshots": "from 3.5.0-alpha to 3.5.10",
		"admin.forceHttps": "from 3.6.3 to 3.6.4 and from 3.7.1 on",
	} {
		if k, _ := find(name); k.releases() != want {
			t.Errorf("%s is read %s, want %s", name, k.releases(), want)
		}
	}
}
