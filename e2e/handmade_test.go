//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHandMade begins where ZooKeeper runs already: an ensemble that somebody set up by hand, as root.
func TestHandMade(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	e.handMade()
	for _, r := range handMadeRefusals() {
		e.refused(r)
	}
	t.Run("Adopted", func(t *testing.T) { e.on(t).adopted(e) })
	t.Run("Grown", func(t *testing.T) { e.on(t).grown() })
}

// handMade unpacks the release on every host and starts an ensemble by its own script, as root. Which of the servers leads is left to them.
func (e *ensemble) handMade() {
	e.t.Helper()
	var servers strings.Builder
	for i, h := range e.lab.Hosts() {
		fmt.Fprintf(&servers, "server.%d=%s:2888:3888\n", i+1, h.Address())
	}
	for i, h := range e.lab.Hosts() {
		if err := h.CopyIn(release.Path, "/srv/release.tar.gz", 0o644); err != nil {
			e.t.Fatal(err)
		}
		e.in(h.Name, fmt.Sprintf(`mkdir -p /srv/zk/data; tar -xzf /srv/release.tar.gz -C /srv/zk --strip-components 1; echo %d >/srv/zk/data/myid
printf 'tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/srv/zk/data\nclientPort=2181\nadmin.enableServer=false\n%%s' '%s' >/srv/zk/conf/zoo.cfg
systemd-run -q --unit=zookeeper --working-directory=/srv/zk /srv/zk/bin/zkServer.sh start-foreground conf/zoo.cfg`, i+1, servers.String()))
	}
	waitFor(e.t, func() bool { return cmp.Equal(e.roles(), map[string]int{"leader": 1, "follower": 2}) })
	e.in("zk1", "/srv/zk/bin/zkCli.sh -server 127.0.0.1:2181 create /kept 'by hand' 2>&1")
}

// handMadeRefusals are about an ensemble that serves already: it is called what it is, and nothing is founded beside it unless that is
// asked for.
func handMadeRefusals() []refusal {
	otherPorts := func(id int) edit {
		return edit{fmt.Sprintf("{ id = %d }", id), fmt.Sprintf("{ id = %d, client_port = 2191, quorum_port = 2898, election_port = 3898 }", id)}
	}
	served := []string{"/srv/zk/data"}
	return []refusal{
		{
			name:     "SamePorts",
			commands: []string{"plan", "apply", "plan --limit zk2", "apply --limit zk2"},
			code:     78,
			says: []string{"zk1", "other-zookeeper", "another ZooKeeper has its client port 2181, election port 3888", "server 2 of 3",
				"configuration /srv/zk/conf/zoo.cfg", "data in /srv/zk/data", "of zookeeper.service", "does not yet take over"},
			silent: []string{"first bootstrap", "stop that program"},
			ignore: served,
		},
		{
			name:     "OneServerIsEnough",
			edits:    []edit{otherPorts(1), otherPorts(3)},
			commands: []string{"plan"},
			code:     78,
			says:     []string{"other-zookeeper", "zk2: zookeeper-2"},
			silent:   []string{"first bootstrap"},
			ignore:   served,
		},
		{
			name:     "ItsListIsEnough",
			edits:    []edit{otherPorts(1), otherPorts(2), otherPorts(3)},
			commands: []string{"plan"},
			code:     78,
			says:     []string{"ensemble-beside", "zk1", "server 1 of 3"},
			silent:   []string{"first bootstrap"},
			ignore:   served,
		},
		{
			name: "AskedFor",
			edits: []edit{otherPorts(1), otherPorts(2), otherPorts(3),
				{"[[host]]", "[ensemble]\nname = \"second\"\nignore = [\"ensemble-beside\"]\n[[host]]"}},
			commands: []string{"plan"},
			code:     0,
			says:     []string{"first bootstrap"},
			ignore:   served,
		},
	}
}

// adopted stops that ensemble and stamps its data as it is told. What root owns there is shown and mended, and the servers serve what they had.
func (e *ensemble) adopted(all *ensemble) {
	for i := range e.lab.Hosts() {
		e.edit(fmt.Sprintf("{ id = %d }", i+1), fmt.Sprintf(`{ id = %d, data_dir = "/srv/zk/data" }`, i+1))
	}
	e.zkprov("plan").exits(78).says("another ZooKeeper has its client port 2181, election port 3888, data directory /srv/zk/data")
	for _, h := range e.lab.Hosts() {
		e.in(h.Name, "systemctl stop zookeeper")
	}
	e.zkprov("plan").exits(78).says("unstamped-data", "no other process uses it", "files of root -> zookeeper:zookeeper")
	for _, f := range e.checked() {
		if f.Name == "unstamped-data" {
			for _, c := range f.Commands {
				e.typed(c)
			}
		}
	}
	// A backup by cp -l has given one file a second name.
	e.in("zk2", "cd /srv/zk/data/version-2; ln $(ls -d log.* | head -n 1) /srv/zk/backup")
	e.unchanged(ownFolders, func() { e.zkprov("apply").exits(78).says("data-stuck", "zk2", "a hard link") })
	e.in("zk2", "rm /srv/zk/backup")
	if r := e.zkprov("plan").exits(0).says("files of root -> zookeeper:zookeeper"); strings.Contains(r.stdout, "first bootstrap") {
		e.t.Errorf("it would found another ensemble:\n%s", r.stdout)
	}
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
	e.zkprov("apply").exits(0).says("nothing to change")
	for _, h := range e.lab.Hosts() {
		if got := e.read1(h.Name, "/kept"); got != "by hand" {
			e.t.Errorf("%s has %q", h.Name, got)
		}
		if others := e.in(h.Name, "find /srv/zk/data ! -user zookeeper"); others != "" {
			e.t.Errorf("%s: not the service user's:\n%s", h.Name, others)
		}
	}
	all.text = e.text
}

// grown makes one server of a second ensemble three: what it knew is known by all, once that there is nobody to serve for a moment was
// allowed.
func (e *ensemble) grown() {
	hosts := e.lab.Hosts()
	list := func(n int) string {
		text := "[ensemble]\nname = \"solo\"\n"
		for i, h := range hosts[:n] {
			text += fmt.Sprintf("[[host]]\nname = %q\naddress = %q\ninstance = [ { id = %d, client_port = 2191, quorum_port = 2898, election_port = 3898, admin_port = 8091 } ]\n", h.Name, h.Address(), i+1)
		}
		return text
	}
	e.write(list(1))
	e.zkprov("apply").exits(0)
	cli := "/opt/zookeeper/apache-zookeeper-3.6.3-bin/bin/zkCli.sh -server 127.0.0.1:2191 "
	e.in("zk1", cli+"create /alone 'known to one' 2>&1")
	before := e.invocation("zk1", "solo-1")
	e.write(list(3))
	e.unchanged(append(ownFolders, "/srv/zk/data/version-2", "/var/lib/zookeeper/solo-1/version-2"), func() {
		r := e.zkprov("apply").exits(78).says("outage-needed", "there is no quorum for a moment", "make a voter of server 2: {1, 2} with 3 observing", "make a voter of server 3: {1, 2, 3}")
		for _, harm := range []string{"remove", "systemctl stop", "data-lost", "lost it"} {
			if strings.Contains(r.stdout+r.stderr, harm) {
				e.t.Errorf("it says %q:\n%s%s", harm, r.stdout, r.stderr)
			}
		}
		e.write(list(1))
		e.zkprov("apply").exits(0).says("nothing to change on 1 host")
	})
	if e.invocation("zk1", "solo-1") != before {
		e.t.Error("the server was restarted")
	}
	e.write(list(3))
	e.zkprov("apply", "--limit", "zk1").exits(78).says("membership-change", "that is changed on all hosts")
	e.zkprov("apply", "--allow-outage").exits(0).says("2/2 followers in sync")
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	for _, h := range hosts {
		if got := e.in(h.Name, cli+"get /alone 2>/dev/null"); !strings.HasSuffix(got, "known to one") {
			e.t.Errorf("%s has %q", h.Name, got)
		}
	}
}
