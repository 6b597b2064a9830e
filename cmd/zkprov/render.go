package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/inventory"
	cloudinit "github.com/zkprov/zkprov/packaging/cloud-init"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

// rendering is what render is asked for.
type rendering struct {
	cloudInit bool
	options   cloudinit.Options
	aptKey    string // a file
	expires   time.Duration
}

func (c *command) renderCommand() *cobra.Command {
	var r rendering
	cmd := &cobra.Command{
		Use:   "render INVENTORY [HOST]",
		Short: "Print what a host would get, or the user-data for cloud-init; touches no host",
		Long: `Print the configuration that a host would get, or with --cloud-init the user-data
by which hosts that nobody logs in to install zkprov and become the ensemble.
One user-data serves all hosts. No host is touched.

  zkprov render inventory.toml zk1
  zkprov render --cloud-init --apt-source 'deb [trusted=yes] https://repo.example.org/ ./' inventory.toml
  zkprov render --cloud-init --package-url https://…/zkprov_amd64.deb --package-sha256 … inventory.toml

Where the inventory has no [bootstrap], the user-data gets a new one: until it
expires the hosts may found the ensemble among themselves.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.cloudInit == (len(args) == 2) {
				return errors.New("name a host, or give --cloud-init for all of them")
			}
			e, err := c.load(cmd.Context(), "render", args[0])
			if err != nil {
				return err
			}
			if r.cloudInit {
				return c.renderCloudInit(cmd.Context(), e, args[0], r)
			}
			return c.renderHost(e, args[1])
		},
	}
	f := cmd.Flags()
	f.BoolVar(&r.cloudInit, "cloud-init", false, "the user-data for all hosts")
	f.StringVar(&r.options.AptSource, "apt-source", "", "the line of sources.list(5) of a repository that has the package")
	f.StringVar(&r.aptKey, "apt-key", "", "a `FILE` with the key of that repository")
	f.StringVar(&r.options.YumURL, "yum-url", "", "the baseurl of a repository that has the package")
	f.StringVar(&r.options.YumKey, "yum-key", "", "the `URL` of the key of that repository")
	f.StringVar(&r.options.PackageURL, "package-url", "", "where the deb or rpm itself is")
	f.StringVar(&r.options.PackageSHA256, "package-sha256", "", "its SHA-256")
	patienceFlag(cmd, &r.expires, "bootstrap-expires", 24*time.Hour, "how long a new [bootstrap] lives; 0 writes none")
	_ = cmd.MarkFlagFilename("apt-key")
	return cmd
}

// maxKey bounds the key of a repository, bytes. It becomes part of the user-data, of
// which no cloud takes so much.
const maxKey = 64 << 10

func readKey(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	key, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err == nil && len(key) > maxKey {
		err = fmt.Errorf("%s has more than %d bytes", path, maxKey)
	}
	return string(key), err
}

func (c *command) renderCloudInit(ctx context.Context, e *inventory.Ensemble, path string, r rendering) error {
	_, text, err := c.text(ctx, path)
	if err != nil {
		return c.failed(err)
	}
	if r.aptKey != "" {
		key, err := unlessDone(ctx, func() (string, error) { return readKey(r.aptKey) })
		if err != nil {
			return c.failed(fmt.Errorf("cannot read the key of the repository: %w", err))
		}
		r.options.AptKey = key
	}
	now := time.Now()
	switch b := newBootstrap(r.expires, now); {
	case e.Bootstrap == nil && b != nil:
		text = append(text, "\n"+inventory.BootstrapSection(b)...)
		c.styled(c.io.err).printf("the inventory has no [bootstrap]; the user-data has a new one, which expires at %s\n", b.Expires.UTC().Format(time.RFC3339))
	case e.Bootstrap != nil && !now.Before(e.Bootstrap.Expires):
		c.styled(c.io.err).printf("the inventory's [bootstrap] expired at %s: these hosts will join an ensemble and not found one\n", e.Bootstrap.Expires.UTC().Format(time.RFC3339))
	}
	data, err := cloudinit.UserData(text, r.options)
	if err != nil {
		return err
	}
	_, _ = c.io.out.Write(data)
	return nil
}

// renderHost prints the files of a host that do not depend on what is there.
func (c *command) renderHost(e *inventory.Ensemble, name string) error {
	h := e.Host(name)
	if h == nil {
		return fmt.Errorf("%s has no host %q", e.File, name)
	}
	for i := range h.Instances {
		in := &h.Instances[i]
		logging, text := zoocfg.Logging(e.Version, in)
		for _, file := range []struct {
			path string
			text []byte
		}{
			{e.Paths.ConfigDir(in) + "/zoo.cfg", zoocfg.Render(e, in)},
			{e.Paths.ConfigDir(in) + "/" + logging, text},
			{in.DataDir + "/myid", zoocfg.Myid(in.ID)},
		} {
			fmt.Fprintf(c.io.out, "==> %s <==\n%s\n", file.path, file.text)
		}
	}
	fmt.Fprintf(c.io.out, "The units name the host's Java: zkprov plan --diff shows them.\n")
	return nil
}
