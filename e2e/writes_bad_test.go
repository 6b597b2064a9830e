//go:build e2e

package e2e

import (
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"
)

// badFlag rolls out a flag that no JVM takes, a number of times: nothing is stopped.
func (e *ensemble) badFlag(times int) {
	e.t.Helper()
	was := e.text
	defer e.write(was)
	e.write("[jvm]\nflags = [\"-XX:NoSuchThing\"]\n" + was)
	before := e.invocationsOfAll()
	w := e.writes()
	for range times {
		e.zkprov("apply").exits(1).says("Unrecognized VM option 'NoSuchThing'")
	}
	saw := w.stops()
	if diff := cmp.Diff(before, e.invocationsOfAll()); diff != "" {
		e.t.Errorf("a flag that no JVM takes has restarted something (-before +after):\n%s", diff)
	}
	if len(saw.Ends) > 0 {
		e.t.Errorf("%v went away", saw.Order())
	}
}

// badZooCfg is a configuration that parses, and that fails when a server runs with it.
type badZooCfg struct {
	settings string
	prepare  string   // on every host
	args     []string // of apply
	says     []string
}

// badFactory names a class that is not there, which is looked for when the server has read all of its configuration.
var badFactory = badZooCfg{settings: "serverCnxnFactory = \"com.example.NoSuchCnxnFactory\"\n", says: []string{"NoSuchCnxnFactory"}}

// badKeyStore names a key store with another password than it has: the server runs and comes to no quorum.
var badKeyStore = badZooCfg{
	settings: "sslQuorum = true\nportUnification = true\n\"ssl.quorum.keyStore.location\" = \"/etc/quorum.jks\"\n\"ssl.quorum.keyStore.password\" = \"another\"\n" +
		"\"ssl.quorum.trustStore.location\" = \"/etc/quorum.jks\"\n\"ssl.quorum.trustStore.password\" = \"secret\"\n",
	prepare: "[ -e /etc/quorum.jks ] || keytool -genkeypair -alias q -keyalg RSA -dname CN=q -keystore /etc/quorum.jks -storepass secret -storetype JKS >/dev/null 2>&1; chmod 644 /etc/quorum.jks",
	args:    []string{"--timeout", "30s"},
}

// badZooCfg rolls out such a configuration a number of times: it touches one instance, the same each time, which runs with what it had
// before in the end.
func (e *ensemble) badZooCfg(times int, bad badZooCfg) {
	e.t.Helper()
	was := e.text
	defer e.write(was)
	e.desire(bad.settings)
	if bad.prepare != "" {
		for _, h := range e.lab.Hosts() {
			e.in(h.Name, bad.prepare)
		}
	}
	before := e.invocationsOfAll()
	w := e.writes()
	for i := range times {
		w.mark(fmt.Sprintf("run %d", i+1))
		e.zkprov("apply", bad.args...).exits(1).says(bad.says...)
		e.allServe(30 * time.Second)
	}
	saw := w.stops()
	var touched []string
	for name, id := range e.invocationsOfAll() {
		if id != before[name] {
			touched = append(touched, name)
		}
	}
	if len(touched) != 1 {
		e.t.Errorf("%d runs have touched %v", times, touched)
	}
	e.oneAtATime(saw)
	e.write(was)
	e.zkprov("apply").exits(0)
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}
