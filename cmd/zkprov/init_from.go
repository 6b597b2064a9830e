package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/existing"
)

// fromOptions holds the files that init --from reads, and what the user says of them.
type fromOptions struct {
	configs  []string
	javaEnvs []string
	unit     string
	myid     string
	version  string
}

func (o *fromOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.configs, "from", nil, "a zoo.cfg or dynamic `FILE` to make the inventory of, or - for stdin; several where servers differ")
	f.StringArrayVar(&o.javaEnvs, "java-env", nil, "a `FILE` with the variables of the servers: java.env, zookeeper-env.sh, /etc/default/zookeeper")
	f.StringVar(&o.unit, "unit", "", "the systemd unit `FILE` that starts the server")
	f.StringVar(&o.myid, "myid", "", "the `FILE` myid of a server that runs alone")
	f.StringVar(&o.version, "zookeeper-version", "", "the `RELEASE` that runs, such as 3.6.3, which no zoo.cfg says")
	for _, name := range []string{"from", "java-env", "unit", "myid"} {
		_ = cmd.MarkFlagFilename(name)
	}
}

func (o *fromOptions) given() bool { return len(o.configs) > 0 }

// beside returns the name of an option that was given and means nothing without --from;
// empty where there is none.
func (o *fromOptions) beside() string {
	switch {
	case len(o.javaEnvs) > 0:
		return "java-env"
	case o.unit != "":
		return "unit"
	case o.myid != "":
		return "myid"
	case o.version != "":
		return "zookeeper-version"
	}
	return ""
}

// maxExisting bounds a file that is read, bytes.
const maxExisting = 1 << 20

// initFrom writes the inventory of an ensemble that is there.
func (c *command) initFrom(ctx context.Context, o fromOptions) error {
	version := inventory.Version("3.6.3")
	if o.version != "" {
		if version = inventory.Version(o.version); !version.Valid() {
			return fmt.Errorf("--zookeeper-version is %q, and is written like 3.6.3", inventory.Clip(o.version))
		}
	}
	files := func(path string) ([]byte, error) {
		return unlessDone(ctx, func() ([]byte, error) { return readExisting(path) })
	}
	var servers []*existing.Server
	var found finding.Findings
	piped := false
	for _, config := range o.configs {
		who, path := whose(config)
		name, text, err := path, []byte(nil), error(nil)
		if path == stdin {
			if piped {
				return errors.New("--from - is there twice, and stdin is one file")
			}
			piped, name = true, stdinName
			text, err = unlessDone(ctx, func() ([]byte, error) { return readBounded(stdinName, c.io.in) })
		} else {
			text, err = files(path)
		}
		if err != nil {
			return err
		}
		s, bad := existing.ReadConfig(name, text, files)
		found = append(found, bad...)
		if id, err := strconv.Atoi(who); err == nil {
			s.ID = &id
		} else {
			s.Host = who
		}
		servers = append(servers, s)
	}
	if o.myid != "" {
		if len(servers) > 1 {
			return errors.New("--myid goes with a single --from; with several say --from ID=FILE")
		}
		text, err := files(o.myid)
		if err != nil {
			return err
		}
		id, err := existing.ParseMyid(text)
		if err != nil {
			return fmt.Errorf("%s: %w", o.myid, err)
		}
		servers[0].Myid = &id
	}
	process, bad, err := readProcess(o, files)
	if err != nil {
		return err
	}
	found = append(found, bad...)
	for _, s := range servers {
		s.Process = process
	}
	var written *existing.Written
	if !found.Failed() {
		written, found = existing.Write(version, o.version != "", servers, rules()...)
	}
	if found.Failed() {
		c.sayFindings(found)
		return &saidError{c.usage()}
	}
	if _, err := c.io.out.Write(written.Text); err != nil {
		return err
	}
	c.sayLeft(written)
	return nil
}

// sayLeft prints to stderr how much the inventory leaves out, and which encryption or authentication.
func (c *command) sayLeft(w *existing.Written) {
	if w.Left > 0 {
		c.styled(c.io.err).printf("%s left out: see the comments with \"left out\"\n", count(w.Left, "thing"))
	}
	if len(w.Guards) > 0 {
		c.styled(c.io.err).printf("left out although it keeps others out: %s; where flags of the JVM belong to it, give their file with --java-env or --unit\n", strings.Join(w.Guards, ", "))
	}
	if w.Secrets > 0 {
		c.styled(c.io.err).printf("%s to write by hand: see the comments with \"secret\"\n", count(w.Secrets, "secret"))
	}
}

// readProcess reads how the servers are started.
func readProcess(o fromOptions, files existing.Files) (p existing.Process, found finding.Findings, err error) {
	var service *existing.Input
	if o.unit != "" {
		text, err := files(o.unit)
		if err != nil {
			return p, nil, err
		}
		service = &existing.Input{Name: o.unit, Text: text}
	}
	var javaEnvs []existing.Input
	for _, name := range o.javaEnvs {
		text, err := files(name)
		if err != nil {
			return p, nil, err
		}
		javaEnvs = append(javaEnvs, existing.Input{Name: name, Text: text})
	}
	p, found = existing.ReadProcess(service, javaEnvs)
	return p, found, nil
}

// whosePattern matches what stands before a file: an id, a name or an address.
var whosePattern = regexp.MustCompile(`^([A-Za-z0-9_.:-]+)=(.+)$`)

// whose cuts ID=FILE and NAME=FILE.
func whose(config string) (who, path string) {
	if parts := whosePattern.FindStringSubmatch(config); parts != nil {
		if _, err := os.Lstat(config); err != nil {
			return parts[1], parts[2]
		}
	}
	return "", config
}

// readExisting returns the content of a regular file.
func readExisting(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	switch info, err := f.Stat(); {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("is a folder: name the file in it, such as " + strings.TrimSuffix(path, "/") + "/zoo.cfg")}
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("is no regular file; - is stdin")}
	}
	return readBounded(path, f)
}

func readBounded(name string, r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	if _, err := b.ReadFrom(io.LimitReader(r, maxExisting+1)); err != nil {
		return nil, err
	}
	if b.Len() > maxExisting {
		return nil, fmt.Errorf("%s has more than %d bytes: is this the right file?", name, maxExisting)
	}
	return b.Bytes(), nil
}
