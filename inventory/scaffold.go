package inventory

import (
	"fmt"
	"strings"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
)

// Scaffold returns a commented inventory of one participant on each host, and of an
// observer on the last where their number is even and more than two. A host is NAME, or
// NAME=ADDRESS where the others reach it by another name. With a bootstrap the hosts
// may found the ensemble among themselves.
func Scaffold(hosts []string, bootstrap *Bootstrap) ([]byte, error) {
	if len(hosts) == 0 || len(hosts) > 255 {
		return nil, fmt.Errorf("cannot write an inventory of %d hosts: there may be 1 to 255", len(hosts))
	}
	var b strings.Builder
	b.WriteString(head)
	if bootstrap != nil {
		b.WriteString("\n" + BootstrapSection(bootstrap))
	}
	for i, host := range hosts {
		if what := Strange(host, visible); what != "" {
			return nil, fmt.Errorf("cannot write an inventory of these hosts: %q holds %s: %s", Clip(host), invisible(host), what)
		}
		name, address, given := strings.Cut(host, "=")
		ssh := ""
		if user, rest, ok := strings.Cut(name, "@"); ok && rest != "" {
			ssh, name = user+"@"+rest, rest
		}
		if !given {
			address = name
		}
		b.WriteString("\n[[host]]\n")
		if i == 0 {
			b.WriteString("# The host's name and, unless ssh = \"user@host\" says otherwise, what ssh(1) is given.\n")
		}
		fmt.Fprintf(&b, "name = %q\n", name)
		if ssh != "" {
			fmt.Fprintf(&b, "ssh = %q\n", ssh)
		}
		if i == 0 {
			b.WriteString("# By what the other servers reach it: an address, or a name that resolves on every host.\n")
		}
		fmt.Fprintf(&b, "address = %q\n", address)
		if i == 0 {
			b.WriteString("# The id is the server's identity for ever. Ports are 2181, 2888 and 3888 unless\n# client_port, quorum_port and election_port say otherwise.\n")
		}
		if i == len(hosts)-1 && len(hosts)%2 == 0 && len(hosts) > 2 {
			b.WriteString("# An observer follows and does not vote: an even number of voters survives no more.\n")
			fmt.Fprintf(&b, "instance = [ { id = %d, role = \"observer\" } ]\n", i+1)
			continue
		}
		fmt.Fprintf(&b, "instance = [ { id = %d } ]\n", i+1)
	}
	return valid(b.String())
}

// BootstrapSection returns a bootstrap as the text of an inventory's section.
func BootstrapSection(b *Bootstrap) string {
	return fmt.Sprintf("# Hosts that come up by themselves (cloud-init, zkprov agent) may found the ensemble\n# until this expires. The id is a secret among the hosts.\n"+
		"[bootstrap]\nid = %q\nexpires = %s\n", b.ID, b.Expires.UTC().Format(time.RFC3339))
}

// mostPseudo bounds a pseudo-cluster, so that its ports stay apart.
const mostPseudo = 9

// ScaffoldPseudo returns a commented inventory of n instances on this machine, the last
// an observer where n is even and more than two.
func ScaffoldPseudo(n int) ([]byte, error) {
	if n < 1 || n > mostPseudo {
		return nil, fmt.Errorf("cannot write a pseudo-cluster of %d instances: there may be 1 to %d", n, mostPseudo)
	}
	var b strings.Builder
	b.WriteString(strings.Replace(head, "[ensemble]\n", "[ensemble]\n# All voters on one host: for trying out, and said to be known.\nignore = [\"voters-share-host\"]\n", 1))
	b.WriteString("\n[[host]]\nname = \"localhost\"\n# This very machine, without SSH.\nlocal = true\naddress = \"127.0.0.1\"\n# Several servers on one host need ports of their own.\ninstance = [\n")
	for i := 1; i <= n; i++ {
		role := ""
		if i == n && n%2 == 0 && n > 2 {
			role = ", role = \"observer\""
		}
		fmt.Fprintf(&b, "  { id = %d%s, client_port = %d, quorum_port = %d, election_port = %d, data_dir = \"/usr/local/data/zookeeper-%d\" },\n",
			i, role, 2180+i, 2000+i, 3000+i, i)
	}
	b.WriteString("]\n")
	return valid(b.String())
}

// valid returns the text where it is a valid inventory, and otherwise an error about
// the names that the user gave.
func valid(text string) ([]byte, error) {
	_, found := Read("inventory.toml", []byte(text))
	if !found.Failed() {
		return []byte(text), nil
	}
	var b strings.Builder
	for _, f := range found {
		if f.Severity == finding.Error {
			fmt.Fprintf(&b, "\n  %s", f.Message)
			if f.Hint != "" {
				fmt.Fprintf(&b, "; %s", f.Hint)
			}
		}
	}
	return nil, fmt.Errorf("cannot write an inventory of these hosts:%s", b.String())
}

const head = `# An inventory of zkprov: one ZooKeeper ensemble and the hosts it lives on.
#   zkprov validate FILE   is it right?
#   zkprov plan FILE       what would change?
#   zkprov apply FILE      make it so

[ensemble]
# Instances are named NAME-ID: their units, their folders.
name = "zookeeper"
version = "3.6.3"

[java]
# Your floor; what this ZooKeeper needs (8 for 3.6.3) applies on top.
minimum = 7
# Install the distribution's headless JRE where there is none that will do.
install = false

[jvm]
heap = "1g"

# ZooKeeper's own keys, in its own spelling, for all instances.
[zoo_cfg]
tickTime = 2000                  # ms
initLimit = 10                   # ticks that a follower may take to join
syncLimit = 5                    # ticks that it may lag behind
autopurge.purgeInterval = 1      # hours
`
