package upgrade

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// hazard is what a change that crosses a release may meet.
type hazard struct {
	// boundary is the first release that has it.
	boundary inventory.Version
	find     func(change) finding.Findings
}

// hazards returns the table of what releases do differently than those before them, as
// far as an inventory can meet it. What the inventory's own lint refuses for every
// release, such as a boolean that is neither true nor false (a ConfigException from 3.7
// on) or an election algorithm other than 3 (from 3.6 on), is not among them.
func hazards() []hazard {
	return []hazard{
		{boundary: "3.5.4", find: change.snapshotNeeded},
		{boundary: "3.6.0", find: change.multiAddress},
		{boundary: "3.6.0", find: change.membershipBugs},
		{boundary: "3.8.0", find: change.logback},
		{boundary: "3.9.0", find: change.fips},
		{boundary: "3.9.0", find: change.adminSnapshot},
	}
}

const (
	trustEmpty           = "snapshot.trust.empty"
	multiAddressProperty = "zookeeper.multiAddress.enabled"
)

func isOn(in *inventory.Instance, key string) bool {
	value, _, _ := in.Effective(key)
	return value == "true"
}

// each makes a finding about every server of the change that a predicate wants.
func (c change) each(wants func(Server) bool, f finding.Finding) finding.Findings {
	var found finding.Findings
	for _, s := range c.servers {
		if wants(s) {
			f.Host, f.Instance = s.Host.Name, s.Instance.Name
			found = append(found, f)
		}
	}
	return found
}

// snapshotNeeded finds servers that have no snapshot, without which one of 3.5.4 and
// later does not start (ZOOKEEPER-2325) unless it is told to trust its logs, which it can
// be from 3.5.6 on (ZOOKEEPER-3056).
func (c change) snapshotNeeded() finding.Findings {
	hint, told := "restart it once as it is, which writes one", !c.to.Before("3.5.6")
	if told {
		hint += `, or set "` + trustEmpty + `" = true for the first start with the new release alone`
	}
	found := c.each(func(s Server) bool { return !s.Snapshot && (!told || !isOn(s.Instance, trustEmpty)) }, finding.Finding{
		Name: upgradeSnapshot, Severity: finding.Critical, Refusal: true,
		Message: fmt.Sprintf("its data has no snapshot, without which ZooKeeper %s does not start", c.to),
		Hint:    hint})
	// ZOOKEEPER-3644: by itself a server loses what its logs have.
	if told && c.to.Before("3.5.7") && len(c.e.Members()) == 1 {
		found = append(found, c.each(func(s Server) bool { return isOn(s.Instance, trustEmpty) }, finding.Finding{
			Name: upgradeSnapshot, Severity: finding.Critical, Refusal: true,
			Message: fmt.Sprintf("with %s a single server of ZooKeeper %s loses data (ZOOKEEPER-3644)", trustEmpty, c.to),
			Hint:    "choose 3.5.7 or later"})...)
	}
	return found
}

// trustLeft finds that servers still trust logs without a snapshot when all run a release
// that would rather not.
func trustLeft(e *inventory.Ensemble, versions []inventory.Version) finding.Findings {
	if len(versions) != 1 || versions[0] != e.Version || e.Version.Before("3.5.4") {
		return nil
	}
	for _, m := range e.Members() {
		if isOn(m.Instance, trustEmpty) {
			f := finding.Finding{Name: trustEmptyLeft, Severity: finding.Warning, Instance: m.Instance.Name,
				Message: fmt.Sprintf("%s is for the first start after an upgrade, and all servers run ZooKeeper %s: a snapshot that is lost would go unnoticed", trustEmpty, e.Version),
				Hint:    "remove it from the inventory"}
			return finding.Findings{f}
		}
	}
	return nil
}

// multiAddress finds that servers are to have several addresses while others do not know
// of that yet (ZOOKEEPER-3720): these could not read the votes of those.
func (c change) multiAddress() finding.Findings {
	if c.e.SeveralAddresses() {
		return finding.Findings{{Name: upgradeMultiAddress, Severity: finding.Critical, Refusal: true,
			Message: fmt.Sprintf("servers with several addresses talk to each other in another way, and those of %s do not understand it", c.from),
			Hint:    "give each server one address until all run the new release; then the others, in an apply of their own"}}
	}
	return c.each(func(s Server) bool { f, _ := s.Instance.Property(multiAddressProperty); return f.Value == "true" }, finding.Finding{
		Name: upgradeMultiAddress, Severity: finding.Critical, Refusal: true,
		Message: fmt.Sprintf("multiAddress.enabled changes how servers talk to each other, and those of %s do not understand it", c.from),
		Hint:    "remove -D" + multiAddressProperty + " from jvm.flags until all servers run the new release; then set it, in an apply of its own"})
}

// membershipBugs finds that the release loses its way when the list of servers changes.
func (c change) membershipBugs() finding.Findings {
	if !c.to.Before("3.6.2") {
		return nil
	}
	f := finding.Finding{Name: upgradeMembership, Severity: finding.Warning,
		Message: fmt.Sprintf("servers of ZooKeeper %s may not find each other again when the list of servers is changed (ZOOKEEPER-3829)", c.to),
		Hint:    "choose 3.6.4"}
	return finding.Findings{f}
}

// logback finds settings of log4j, which 3.8 and later do not read.
func (c change) logback() finding.Findings {
	var found finding.Findings
	for _, s := range c.servers {
		for _, f := range s.Instance.JVM.Flags {
			name, _, _ := strings.Cut(f, "=")
			if strings.HasPrefix(name, "-Dlog4j.") || slices.Contains([]string{"-Dzookeeper.root.logger", "-Dzookeeper.console.threshold", "-Dzookeeper.log.threshold", "-Dzookeeper.log.file", "-Dzookeeper.log.dir"}, name) {
				found = append(found, finding.Finding{Name: upgradeLogging, Severity: finding.Warning, Host: s.Host.Name, Instance: s.Instance.Name,
					Message: fmt.Sprintf("%s is a setting of log4j, and ZooKeeper %s logs by logback: it has no effect any more", name, c.to),
					Hint:    "remove it from jvm.flags, or name a configuration of logback: -Dlogback.configurationFile=FILE"})
			}
		}
	}
	return found
}

// fips finds servers that speak TLS, which has other rules from 3.9 on unless it is told.
func (c change) fips() finding.Findings {
	return c.each(func(s Server) bool {
		_, _, told := s.Instance.Effective("fips-mode")
		_, clients := s.Instance.Written("secureClientPort")
		return !told && (clients || isOn(s.Instance, "sslQuorum") || isOn(s.Instance, "client.portUnification"))
	}, finding.Finding{Name: upgradeFIPS, Severity: finding.Warning,
		Message: fmt.Sprintf("from ZooKeeper 3.9 on fips-mode is on unless it is set: TLS then verifies host names by the JDK's rules, without reverse look-ups, and a certificate that %s took may be refused", c.from),
		Hint:    `keep "fips-mode" = false in [zoo_cfg] for the change, and try it without afterwards`})
}

// adminSnapshot tells of commands that AdminServer has from 3.9 on.
func (c change) adminSnapshot() finding.Findings {
	return c.each(func(s Server) bool { return s.Instance.AdminPort != 0 }, finding.Finding{Name: upgradeAdmin, Severity: finding.Notice,
		Message: "from ZooKeeper 3.9 on AdminServer hands out snapshots and restores them, to whoever may do everything on the root node",
		Hint:    "where the root node is open to the world, set admin.snapshot.enabled and admin.restore.enabled to false in [zoo_cfg], or leave admin_port out"})
}
