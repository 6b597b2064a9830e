package upgrade

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding/findingtest"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

// given is a change in short.
type given struct {
	to inventory.Version
	// from holds the release of each server; "-" is one that is not known, and a release
	// with a * that of a server without a snapshot.
	from string
	cfg  string // "key=value key=value", of every server
	// flags of the JVM and admin, of server 1 alone.
	flags []string
	admin int
	more  []string // addresses of server 1
}

func (g given) judge() []string {
	e := &inventory.Ensemble{Name: "zookeeper", Version: g.to}
	versions := strings.Fields(g.from)
	for i := range versions {
		in := inventory.Instance{ID: i + 1, Name: fmt.Sprintf("zookeeper-%d", i+1), Role: inventory.Participant}
		for _, text := range strings.Fields(g.cfg) {
			key, value, _ := strings.Cut(text, "=")
			in.ZooCfg = append(in.ZooCfg, inventory.Setting{Key: key, Value: value})
		}
		if i == 0 {
			in.JVM.Flags, in.AdminPort = g.flags, g.admin
		}
		e.Hosts = append(e.Hosts, inventory.Host{Name: fmt.Sprintf("zk%d", i+1), Instances: []inventory.Instance{in}})
		if i == 0 {
			e.Hosts[0].MoreAddresses = g.more
		}
	}
	var servers []Server
	for i, m := range e.Members() {
		version, bare := strings.CutSuffix(versions[i], "*")
		servers = append(servers, Server{Member: m, Version: inventory.Version(strings.Trim(version, "-")), Snapshot: !bare})
	}
	var got []string
	for _, f := range Judge(e, servers) {
		line := strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Severity, f.Name, f.Instance))
		if f.Refusal {
			line += " refused"
		}
		if f.Name == versionDown || f.Name == upgradePath {
			line += ": " + f.Message + "; " + f.Hint
		}
		got = append(got, line)
	}
	return got
}

func TestJudge(t *testing.T) {
	tests := map[string]struct {
		given given
		want  []string
	}{
		"the same":                {given{to: "3.6.3", from: "3.6.3 3.6.3 3.6.3"}, nil},
		"nothing known":           {given{to: "3.6.3", from: "- - -"}, nil},
		"a patch":                 {given{to: "3.6.4", from: "3.6.3 3.6.3 3.6.3"}, nil},
		"3.6 to 3.8":              {given{to: "3.8.4", from: "3.6.3 3.6.3 3.6.3"}, nil},
		"3.7 to 3.8":              {given{to: "3.8.4", from: "3.7.2 3.7.2 3.7.2"}, nil},
		"3.8 to 3.9":              {given{to: "3.9.5", from: "3.8.4 3.8.4 3.8.4"}, nil},
		"in the middle of a roll": {given{to: "3.8.4", from: "3.8.4 3.6.3 3.8.4"}, nil},
		"an older release": {given{to: "3.6.3", from: "3.8.4 3.6.3 3.8.4"}, []string{
			`critical version-down refused: the inventory says ZooKeeper 3.6.3, and zookeeper-1, zookeeper-3 are set up with 3.8.4, which is newer: an older release is never rolled out; write version = "3.8.4", or go back to a configuration that the hosts have kept: zkprov rollback`}},
		"an older patch": {given{to: "3.6.3", from: "3.6.4"}, []string{
			`critical version-down refused: the inventory says ZooKeeper 3.6.3, and zookeeper-1 is set up with 3.6.4, which is newer: an older release is never rolled out; write version = "3.6.4", or go back to a configuration that the hosts have kept: zkprov rollback`}},
		"3.6 to 3.9": {given{to: "3.9.4", from: "3.6.3 3.6.3 3.6.3"}, []string{
			`critical upgrade-path refused: ZooKeeper 3.9.4 is not rolled out from 3.6.3, with which zookeeper-1, zookeeper-2, zookeeper-3 are set up: its release notes describe the way from 3.8.0 on; apply one after the other: version = "3.8.4", then "3.9.4"`}},
		"3.5 to 3.9": {given{to: "3.9.5", from: "3.5.8"}, []string{
			`critical upgrade-path refused: ZooKeeper 3.9.5 is not rolled out from 3.5.8, with which zookeeper-1 is set up: its release notes describe the way from 3.8.0 on; apply one after the other: version = "3.6.4", then "3.8.4", then "3.9.5"`}},
		"a line to come":      {given{to: "3.10.0", from: "3.9.5"}, []string{"warning upgrade-unknown"}},
		"past a line to come": {given{to: "3.10.1", from: "3.10.0"}, []string{"warning upgrade-unknown"}},

		"3.4 with snapshots":          {given{to: "3.5.9", from: "3.4.14 3.4.14"}, nil},
		"3.4 without a snapshot":      {given{to: "3.5.9", from: "3.4.14 3.4.14*"}, []string{"critical upgrade-snapshot zookeeper-2 refused"}},
		"3.4 that trusts":             {given{to: "3.5.9", from: "3.4.14 3.4.14*", cfg: "snapshot.trust.empty=true"}, nil},
		"3.5 without a snapshot":      {given{to: "3.6.4", from: "3.5.9*"}, nil}, // where one is needed it has been
		"a single server that trusts": {given{to: "3.5.6", from: "3.4.14*", cfg: "snapshot.trust.empty=true"}, []string{"critical upgrade-snapshot zookeeper-1 refused"}},
		"one that cannot be told":     {given{to: "3.5.5", from: "3.4.14*", cfg: "snapshot.trust.empty=true"}, []string{"critical upgrade-snapshot zookeeper-1 refused"}},
		"one that may trust":          {given{to: "3.5.7", from: "3.4.14*", cfg: "snapshot.trust.empty=true"}, nil},
		"trust left":                  {given{to: "3.5.9", from: "3.5.9 3.5.9", cfg: "snapshot.trust.empty=true"}, []string{"warning trust-empty-left zookeeper-1"}},
		"trust still needed":          {given{to: "3.5.9", from: "3.5.9 3.4.14", cfg: "snapshot.trust.empty=true"}, nil},
		"trust by a flag":             {given{to: "3.5.9", from: "3.4.14*", flags: []string{"-Dzookeeper.snapshot.trust.empty=true"}}, nil},

		"several addresses too early":           {given{to: "3.6.4", from: "3.5.9 3.5.9", flags: []string{"-Dzookeeper.multiAddress.enabled=true"}}, []string{"critical upgrade-multi-address zookeeper-1 refused"}},
		"several addresses of a host too early": {given{to: "3.6.4", from: "3.5.9 3.5.9", more: []string{"192.168.0.1"}}, []string{"critical upgrade-multi-address refused"}},
		"several addresses of a host, later":    {given{to: "3.6.4", from: "3.6.3 3.6.3", more: []string{"192.168.0.1"}}, nil},
		"several addresses, off":                {given{to: "3.6.4", from: "3.5.9 3.5.9", flags: []string{"-Dzookeeper.multiAddress.enabled=true", "-Dzookeeper.multiAddress.enabled=false"}}, nil},
		"several addresses, later":              {given{to: "3.6.4", from: "3.6.3 3.6.3", flags: []string{"-Dzookeeper.multiAddress.enabled=true"}}, nil},
		"3.6.1":                                 {given{to: "3.6.1", from: "3.5.9"}, []string{"warning upgrade-membership"}},
		"3.6.2":                                 {given{to: "3.6.2", from: "3.5.9"}, nil},

		"settings of log4j": {given{to: "3.8.4", from: "3.7.2 3.7.2", flags: []string{"-Dlog4j.configuration=file:/x", "-Xms1g", "-Dzookeeper.root.logger=DEBUG,CONSOLE", "-Dzookeeper.nio.x=1"}}, []string{
			"warning upgrade-logging zookeeper-1", "warning upgrade-logging zookeeper-1"}},
		"settings of log4j, in 3.7":    {given{to: "3.7.2", from: "3.6.3", flags: []string{"-Dlog4j.configuration=file:/x"}}, nil},
		"TLS":                          {given{to: "3.9.5", from: "3.8.4 3.8.4", cfg: "sslQuorum=true"}, []string{"warning upgrade-fips zookeeper-1", "warning upgrade-fips zookeeper-2"}},
		"TLS for clients":              {given{to: "3.9.5", from: "3.8.4", cfg: "secureClientPort=2281"}, []string{"warning upgrade-fips zookeeper-1"}},
		"TLS, and told":                {given{to: "3.9.5", from: "3.8.4", cfg: "sslQuorum=true fips-mode=false"}, nil},
		"TLS, before":                  {given{to: "3.8.4", from: "3.8.1", cfg: "sslQuorum=true"}, nil},
		"AdminServer":                  {given{to: "3.9.5", from: "3.8.4 3.8.4", admin: 8080}, []string{"notice upgrade-admin zookeeper-1"}},
		"all that is ahead, said once": {given{to: "3.6.1", from: "3.5.9 3.5.8"}, []string{"warning upgrade-membership"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.given.judge()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStops(t *testing.T) {
	for _, test := range []struct{ from, to, want string }{
		{"3.4.5", "3.9.5", "3.4.14 3.5.9 3.6.4 3.8.4"},
		{"3.4.6", "3.5.9", ""},
		{"3.4.14", "3.6.4", "3.5.9"},
		{"3.5.6", "3.6.4", "3.5.9"},
		{"3.5.9", "3.6.4", ""},
		{"3.5.9", "3.7.2", "3.6.4"},
		{"3.6.0", "3.8.0", ""},
		{"3.7.2", "3.9.5", "3.8.4"},
		{"3.9.0", "3.9.5", ""},
		{"3.9.5", "3.10.0", ""},
	} {
		var got []string
		from := inventory.Version(test.from)
		for _, stop := range Stops(from, inventory.Version(test.to)) {
			got = append(got, string(stop))
			if left := Stops(from, stop); left != nil {
				t.Errorf("from %s to %s is no single step: %v", from, stop, left)
			}
			from = stop
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("from %s to %s: got %v, want %s", test.from, test.to, got, test.want)
		}
	}
	for _, l := range lines() {
		if !l.stop.In(l.series) || !slices.Contains(archive.BuiltIn(), l.stop) && !l.stop.Before("3.5.0") {
			t.Errorf("%s is no release of %s that is built in", l.stop, l.series)
		}
	}
}

// TestLintRefuses wants what the table of hazards leaves out to be refused in every
// inventory, whatever its release.
func TestLintRefuses(t *testing.T) {
	for _, version := range []inventory.Version{"3.5.9", "3.6.3", "3.7.2", "3.9.5"} {
		for key, value := range map[string]string{"sslQuorum": "yes", "syncEnabled": "1", "electionAlg": "1"} {
			in := inventory.Instance{ID: 1, ZooCfg: inventory.Settings{{Key: key, Value: value}}}
			e := &inventory.Ensemble{Version: version, Hosts: []inventory.Host{{Name: "zk1", Instances: []inventory.Instance{in}}}}
			if len(zoocfg.Lint(e)) != 1 {
				t.Errorf("%s = %s is taken for ZooKeeper %s", key, value, version)
			}
		}
	}
}

func TestExplained(t *testing.T) {
	var names []string
	for _, x := range Explanations() {
		names = append(names, x.Name)
		if x.Means == "" || x.Fix == "" {
			t.Errorf("%s is not explained", x.Name)
		}
	}
	findingtest.Explained(t, names, 10)
}
