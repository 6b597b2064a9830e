//go:build e2e

package e2e

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

var (
	oracleServers = flag.Int("oracle.servers", 20, "how many servers TestOracle starts of inventories that are valid, of ones that only zkprov refuses, and of ones that ZooKeeper does")
	oracleSeed    = flag.Uint64("oracle.seed", 0, "what decides which inventories; 0 is the clock")
)

// verdict is zkprov's judgement of an inventory, as far as a server can contradict it.
type verdict string

const (
	mustServe verdict = "valid, so that its server must serve"
	mustTake  verdict = "refused by zkprov and taken by ZooKeeper, so that its server must serve"
	mustEnd   verdict = "refused by ZooKeeper, so that its server must end"
	mustHang  verdict = "never served by ZooKeeper, so that its server must neither serve nor end"
	noVerdict verdict = "nothing that its server could contradict"
)

// verdictOf returns what findings mean for a server. One that ends does not come to serve.
func verdictOf(found finding.Findings) verdict {
	errors := make(map[string]bool)
	for _, f := range found {
		if f.Severity == finding.Error {
			errors[f.Name] = true
		}
	}
	others := maps.Clone(errors)
	for _, taken := range []string{"zoo-cfg-ignored", "zoo-cfg-blanks"} {
		delete(others, taken)
	}
	switch {
	case len(errors) == 0:
		return mustServe
	case errors["zoo-cfg-refused"] || errors["zoo-cfg-combination"]:
		return mustEnd
	case errors["zoo-cfg-never-serves"]:
		return mustHang
	case len(others) == 0:
		return mustTake
	}
	return noVerdict
}

// generated is an inventory of a single participant, and what zkprov makes of it.
type generated struct {
	version  inventory.Version
	place    place
	text     string
	settings []string
	e        *inventory.Ensemble
	found    finding.Findings
}

// generator makes inventories out of the table of keys.
type generator struct {
	oracle *oracle
	random *rand.Rand
	// queue holds the keys of each release that were not drawn yet, in a random order: each is drawn before any is again.
	queue map[inventory.Version][]zoocfg.Known
}

// next returns an inventory with some keys, each of which has, with this chance, a value that is none of its kind or out of its bounds.
func (g *generator) next(v inventory.Version, wrong float64) (generated, error) {
	p, err := g.oracle.place()
	if err != nil {
		return generated{}, err
	}
	made := generated{version: v, place: p}
	seen := make(map[string]bool)
	set := func(key, value string) {
		if !seen[key] {
			made.settings = append(made.settings, fmt.Sprintf("%q = %q", key, value))
		}
		seen[key] = true
	}
	for range 1 + g.random.IntN(5) {
		k := g.key(v)
		if key, value, ok := g.value(k, g.random.Float64() < wrong); ok {
			set(key, value)
		}
	}
	if seen["secureClientPort"] && g.random.IntN(4) > 0 {
		set("serverCnxnFactory", "org.apache.zookeeper.server.NettyServerCnxnFactory")
	}
	made.text = oracleInventory(v, p, strings.Join(made.settings, "\n"))
	made.e, made.found = inventory.Read("oracle.toml", []byte(made.text), zoocfg.Lint)
	return made, nil
}

// key returns the next key of a release.
func (g *generator) key(v inventory.Version) zoocfg.Known {
	if len(g.queue[v]) == 0 {
		all := zoocfg.KnownKeys(v)
		g.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		g.queue[v] = all
	}
	k := g.queue[v][0]
	g.queue[v] = g.queue[v][1:]
	return k
}

// one returns one of several values.
func (g *generator) one(values ...string) string { return values[g.random.IntN(len(values))] }

// value returns a value for a key. ok is false for keys of which a single server on loopback shows nothing, or which need files.
func (g *generator) value(k zoocfg.Known, wrong bool) (key, value string, ok bool) {
	switch {
	case k.Name == "leaderServes": // its server does not say that it leads
		return "", "", false
	case slices.Contains([]string{"sslQuorum", "quorum.auth.enableSasl", "secureClientPort"}, k.Name) && !wrong:
		return "", "", false // need key stores or a JAAS file, which the keys alone do not say
	case wrong:
		return k.Name, g.wrongValue(k), true
	}
	switch k.Kind {
	case "number":
		if strings.HasSuffix(k.Name, "Port") {
			return k.Name, fmt.Sprint(20000 + g.random.IntN(10000)), true
		}
		low, high := k.Min, min(k.Max, k.Min+1<<40)
		return k.Name, g.one(fmt.Sprint(k.Min), fmt.Sprint(k.Max), fmt.Sprint(low+g.random.Int64N(high-low+1)), fmt.Sprint(min(high, low+g.random.Int64N(1000)))), true
	case "boolean":
		return k.Name, g.one("true", "false", "TRUE", "False"), true
	case "choice":
		return k.Name, g.one(k.Words...), true
	}
	return k.Name, g.word(k), true
}

// wrongValue returns a value that may be none of the key's.
func (g *generator) wrongValue(k zoocfg.Known) string {
	any := []string{"abc", "", "-1", "0", "1", "yes", "no", "1.5", "10 s", "1k", "0x10", "2147483648", "-2147483649", "99999999999999999999", "*"}
	if k.Kind == "number" {
		any = append(any, fmt.Sprint(k.Min-1), fmt.Sprint(k.Min-1), fmt.Sprint(k.Max+1), fmt.Sprint(-k.Max))
	}
	return g.one(any...)
}

// word returns a text for a key that takes one.
func (g *generator) word(k zoocfg.Known) string {
	switch k.Name {
	case "4lw.commands.whitelist":
		return g.one("*", "srvr, mntr", "mntr")
	case "clientPortAddress":
		return g.one("127.0.0.1", "localhost", "0.0.0.0", "::")
	case "secureClientPortAddress":
		return "127.0.0.1"
	case "serverCnxnFactory":
		return g.one("org.apache.zookeeper.server.NIOServerCnxnFactory", "org.apache.zookeeper.server.NettyServerCnxnFactory")
	case "metricsProvider.className":
		return g.one("org.apache.zookeeper.metrics.impl.DefaultMetricsProvider", "org.apache.zookeeper.metrics.impl.NullMetricsProvider")
	case "watchManagerName":
		return g.one("org.apache.zookeeper.server.watch.WatchManager", "org.apache.zookeeper.server.watch.WatchManagerOptimized")
	case "DigestAuthenticationProvider.digestAlg":
		return g.one("SHA1", "SHA-256", "sha512", "MD5")
	case "enforce.auth.schemes":
		return g.one("digest", "ip, digest", "sasl")
	}
	if strings.ContainsAny(k.Default, " (") {
		return "word"
	}
	return g.one("word", cmp.Or(k.Default, "/etc/word"))
}

// TestOracle makes inventories at random and asks the server itself: one that zkprov calls valid must serve, and one of which it says that
// ZooKeeper refuses it must end.
func TestOracle(t *testing.T) {
	seed := cmp.Or(*oracleSeed, uint64(time.Now().UnixNano()))
	t.Logf("-oracle.seed=%d", seed)
	versions := []inventory.Version{"3.6.3", "3.6.3", "3.6.3", "3.5.10", "3.7.2", "3.8.6", "3.9.5"}
	o := newOracle(t, versions...)
	g := &generator{oracle: o, random: rand.New(rand.NewPCG(seed, 0)), queue: make(map[inventory.Version][]zoocfg.Known)}
	sets := map[verdict][]generated{mustServe: nil, mustTake: nil, mustEnd: nil}
	lacks := func(v verdict) bool { _, asked := sets[v]; return asked && len(sets[v]) < *oracleServers }
	for n := 0; lacks(mustServe) || lacks(mustTake) || lacks(mustEnd); n++ {
		// Few wrong values make valid inventories, and many make the others.
		wrong := 0.03
		if !lacks(mustServe) || n%2 == 1 {
			wrong = 0.5
		}
		made, err := g.next(versions[n%len(versions)], wrong)
		if err != nil {
			t.Fatal(err)
		}
		if v := verdictOf(made.found); lacks(v) {
			sets[v] = append(sets[v], made)
		}
		if n > 200*(*oracleServers) {
			t.Fatalf("%d inventories are not enough", n)
		}
	}
	all := slices.Concat(sets[mustServe], sets[mustTake], sets[mustEnd])
	began := time.Now()
	keys := make(map[string]bool)
	for _, made := range all {
		for _, s := range made.settings {
			key, _, _ := strings.Cut(s, " ")
			keys[key] = true
		}
	}
	o.asks(all)
	t.Logf("%d servers of each sort, with %d keys in all, took %s", *oracleServers, len(keys), time.Since(began).Round(time.Second))
}

// asks starts the server of each inventory, two at a time, and reports each that does not do what zkprov says of it.
func (o *oracle) asks(all []generated) {
	queue := make(chan generated)
	var servers sync.WaitGroup
	for range 2 {
		servers.Go(func() {
			for made := range queue {
				o.ask(made)
			}
		})
	}
	for _, made := range all {
		queue <- made
	}
	close(queue)
	servers.Wait()
}

// ask starts the server of an inventory and reports it where it does not do what zkprov says of it.
func (o *oracle) ask(made generated) {
	v := verdictOf(made.found)
	var got outcome
	for range 2 { // another may have taken its port meanwhile
		var err error
		if got, err = o.run(o.t.Context(), made.version, made.place, zoocfg.Render(made.e, made.e.Members()[0].Instance), oracleLimit); err != nil {
			o.t.Error(err)
			return
		}
		if got.serves == (v != mustEnd) && got.ended == (v == mustEnd) {
			return
		}
	}
	o.t.Errorf("ZooKeeper %s with\n  %s\nis %s, and it %s\nfound: %v\nit said: %s", made.version, strings.Join(made.settings, "\n  "), v, got, made.found, got.said)
}
