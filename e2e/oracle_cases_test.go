//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

// startCase is an inventory, by what is special about it, and what becomes of its server.
type startCase struct {
	version  inventory.Version
	settings string // under [zoo_cfg]
	finding  string // that zkprov must have
	want     string // of the server, as outcome.String says it
}

// never is the text of an outcome in which the server did neither; see outcome.String.
const never = "neither serves nor ends"

// startCases has one case for each way in which zkprov says that a server does not start, and for those of which it says that it does.
func startCases() map[string]startCase {
	const (
		serves, stops, fails = "serves", "ended with exit code 2", "ended with exit code 1"

		refused, ignored, together = "zoo-cfg-refused", "zoo-cfg-ignored", "zoo-cfg-combination"

		netty = "serverCnxnFactory = \"org.apache.zookeeper.server.NettyServerCnxnFactory\"\n"
	)
	return map[string]startCase{
		"no number":            {"3.6.3", `tickTime = "2s"`, refused, stops},
		"no number, exception": {"3.6.3", `cnxTimeout = "5 s"`, refused, stops},
		"no number, ignored":   {"3.6.3", `snapCount = "many"`, ignored, serves},
		"a number beyond":      {"3.6.3", `syncLimit = 2147483648`, refused, stops},
		"not set":              {"3.6.3", `initLimit = 0`, refused, stops},
		"no threads":           {"3.6.3", `nio.numSelectorThreads = 0`, refused, fails},
		"an old election":      {"3.6.3", `electionAlg = 2`, refused, stops},
		"a lax boolean":        {"3.6.3", `sslQuorum = "yes"`, ignored, serves},
		"a strict boolean":     {"3.8.6", `sslQuorum = "yes"`, refused, stops},
		"no word":              {"3.6.3", `forceSync = "No"`, ignored, serves},
		"no syncs":             {"3.6.3", `leader.maxConcurrentSnapSyncs = 0`, "zoo-cfg-never-serves", never},
		"blanks":               {"3.6.3", `tickTime = " 2000 "`, "zoo-cfg-blanks", serves},
		"out of range":         {"3.6.3", `tickTime = 1`, "zoo-cfg-out-of-range", serves},
		"no address":           {"3.6.3", `clientPortAddress = "10.0.0.999"`, refused, stops},
		"an empty address":     {"3.6.3", `clientPortAddress = ""`, "zoo-cfg-unsuitable", serves},
		"no factory":           {"3.6.3", `serverCnxnFactory = "org.apache.zookeeper.server.NoSuchCnxnFactory"`, refused, fails},
		"no provider":          {"3.6.3", `metricsProvider.className = "org.apache.zookeeper.metrics.PrometheusMetricsProvider"`, refused, stops},
		"a provider's port": {"3.6.3", "metricsProvider.className = \"org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider\"\nmetricsProvider.httpPort = \"a\"",
			refused, stops},
		"nobody's port":         {"3.6.3", `metricsProvider.httpPort = "a"`, ignored, serves},
		"an address alone":      {"3.6.3", `secureClientPortAddress = "127.0.0.1"`, together, stops},
		"TLS without Netty":     {"3.6.3", `secureClientPort = 22811`, together, fails},
		"no provider for TLS":   {"3.6.3", netty + "secureClientPort = 22812\nssl.authProvider = \"word\"", together, stops},
		"sessions":              {"3.6.3", `maxSessionTimeout = 3999`, together, stops},
		"SASL of servers alone": {"3.6.3", "quorum.auth.enableSasl = true\nquorum.auth.serverRequireSasl = true", together, stops},
		"SASL required and off": {"3.6.3", `quorum.auth.learnerRequireSasl = true`, together, stops},
		"no folders made":       {"3.6.3", `datadir.autocreate = false`, together, "ended with exit code 3"},
		"by no schemes":         {"3.8.6", `enforce.auth.enabled = true`, "zoo-cfg-never-serves", never},
		"by a scheme of nobody": {"3.8.6", `sessionRequireClientSASLAuth = true`, "zoo-cfg-never-serves", never},
		"by schemes":            {"3.8.6", "enforce.auth.enabled = true\nenforce.auth.schemes = \"ip, digest\"", "", serves},
		"unchecked":             {"3.6.3", "maxCnxns = 100\n[zoo_cfg_unchecked]\ntickTime = \"2s\"", "zoo-cfg-unchecked", stops},
	}
}

// TestOracleCases asks the server about each way in which zkprov says that it does, or does not, start.
func TestOracleCases(t *testing.T) {
	o := newOracle(t, "3.6.3", "3.8.6")
	two := make(chan struct{}, 2)
	for name, test := range startCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			two <- struct{}{}
			defer func() { <-two }()
			p, err := o.place()
			if err != nil {
				t.Fatal(err)
			}
			e, found := inventory.Read("oracle.toml", []byte(oracleInventory(test.version, p, test.settings)), zoocfg.Lint)
			var names []string
			for _, f := range found {
				names = append(names, f.Name)
			}
			if test.finding != "" && !slices.Contains(names, test.finding) {
				t.Errorf("found %v, want %s", found, test.finding)
			}
			limit := oracleLimit
			if test.want == never {
				limit = hangLimit
			}
			got, err := o.run(t.Context(), test.version, p, zoocfg.Render(e, e.Members()[0].Instance), limit)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != test.want {
				t.Errorf("the server %s, want %s; it said: %s", got, test.want, got.said)
			}
		})
	}
}

// oracleInventory returns an inventory of one participant, with settings under [zoo_cfg].
func oracleInventory(v inventory.Version, p place, settings string) string {
	return fmt.Sprintf("[ensemble]\nversion = %q\n[archive]\nsha512 = \"%0128d\"\n[zoo_cfg]\n%s\n[[host]]\nname = \"oracle\"\naddress = \"127.0.0.1\"\nlocal = true\n"+
		"instance = [ { id = 1, client_port = %d, quorum_port = %d, election_port = %d, data_dir = %q } ]\n",
		v, 0, settings, p.client, p.quorum, p.election, p.data())
}
