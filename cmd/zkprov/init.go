package main

import (
	"crypto/rand"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/inventory"
)

func (c *command) initCommand() *cobra.Command {
	var pseudo int
	var expires time.Duration
	var from fromOptions
	cmd := &cobra.Command{
		Use:   "init [HOST…]",
		Short: "Write a commented inventory to stdout",
		Long: `Write a commented inventory to stdout, which validates as it is: of hosts that are
named, or of a ZooKeeper that is there already, by its zoo.cfg.

  zkprov init zk1 zk2 zk3 > inventory.toml            three hosts, reached by ssh zk1 …
  zkprov init 'zk[1-3]' > inventory.toml              the same, as plan writes them
  zkprov init zk1=10.0.0.11 zk2=10.0.0.12 …           with their addresses
  zkprov init 'zk[1-3]=10.0.0.[11-13]'                the same
  zkprov init --pseudo 4 > inventory.toml             four instances on this machine

  zkprov init --from /etc/zookeeper/zoo.cfg > inventory.toml
  zkprov init --from zoo.cfg --java-env java.env --unit zookeeper.service
  ssh zk1 cat /etc/zookeeper/zoo.cfg | zkprov init --from -
  zkprov init --from 1=zk1.cfg --from 2=zk2.cfg --from 3=zk3.cfg

One zoo.cfg stands for all servers of its list. Where theirs differ, or several share
a host, give each; which server a file is of is found by its ports, its name, its
dataDir or its myid, or said: ID=FILE, or NAME=FILE with the server's address. The
dynamic file that a zoo.cfg names is read as well. Comments of the inventory name what
it does not keep, and why; passwords are not copied.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var text []byte
			hosts, err := unfoldHosts(args)
			switch {
			case err != nil:
			case from.given() && (len(args) > 0 || cmd.Flags().Changed("pseudo")):
				err = errors.New("give --from, hosts or --pseudo, and only one of them")
			case from.given():
				return c.initFrom(cmd.Context(), from)
			case from.beside() != "":
				err = errors.New("--" + from.beside() + " goes with --from zoo.cfg")
			case cmd.Flags().Changed("pseudo") && len(args) > 0:
				err = errors.New("give hosts or --pseudo, not both")
			case cmd.Flags().Changed("pseudo"):
				text, err = inventory.ScaffoldPseudo(pseudo)
			case len(args) == 0:
				err = errors.New("name at least one host, or give --from zoo.cfg for what is there, or --pseudo N for instances on this machine")
			default:
				text, err = inventory.Scaffold(hosts, newBootstrap(expires, time.Now()))
			}
			if err != nil {
				return err
			}
			_, _ = c.io.out.Write(text)
			return nil
		},
	}
	patienceFlag(cmd, &expires, "bootstrap-expires", 24*time.Hour, "how long hosts that come up by themselves may found the ensemble; 0 is not at all")
	cmd.Flags().IntVar(&pseudo, "pseudo", 0, "a pseudo-cluster of `N` instances on this machine, from 1 to 9")
	from.flags(cmd)
	return cmd
}

// newBootstrap returns one with a new id; nil where it would not live.
func newBootstrap(life time.Duration, now time.Time) *inventory.Bootstrap {
	if life <= 0 {
		return nil
	}
	return &inventory.Bootstrap{ID: rand.Text(), Expires: now.Add(life)}
}
