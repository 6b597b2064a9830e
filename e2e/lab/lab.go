package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Lab is a set of hosts on one bridge. Its folder holds all that belongs to it.
type Lab struct {
	Name   string
	Subnet Subnet

	store *Store
	dir   string
	owner *process // closes the lab when it ends; nil is a lab that stays until it is closed by hand
	hosts []*Host
}

// Spec describes a host before its first boot. Its zero options make an ordinary host.
type Spec struct {
	Name  string `json:"name"`
	Octet int    `json:"octet"` // the last of its address

	// NoJava removes every trace of a Java runtime.
	NoJava bool `json:"no_java,omitempty"`
	// OwnNameOnLoopback puts the host's own name on 127.0.1.1 in its /etc/hosts, as Debian's installer does.
	OwnNameOnLoopback bool `json:"own_name_on_loopback,omitempty"`
	// Cloud makes a host that cloud-init configures at its first boot.
	Cloud *Cloud `json:"cloud,omitempty"`
	// Down leaves the host switched off until Start.
	Down bool `json:"down,omitempty"`
}

func (s Spec) variant() variant {
	if s.Cloud != nil {
		return cloud
	}
	return plain
}

// Hosts describes n ordinary hosts: zk1 with the last octet 11, zk2 with 12 and so on.
func Hosts(n int) []Spec {
	specs := make([]Spec, n)
	for i := range specs {
		specs[i] = Spec{Name: fmt.Sprintf("zk%d", i+1), Octet: 11 + i}
	}
	return specs
}

// validName is what a lab or host may be called, as the names become folders, host names and parts of files.
var validName = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,62}[a-zA-Z0-9])?$`)

// Open makes an empty lab that belongs to this process: should the process end without closing it, the next Open by anyone does. A
// lab of that name which is still up is an error; see Attach.
func (s *Store) Open(ctx context.Context, name string) (*Lab, error) {
	if !validName.MatchString(name) {
		return nil, fmt.Errorf("cannot open the lab %q: a name has letters, digits and dashes, at most 64", name)
	}
	unlock, err := lockFile(ctx, registryLock)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := s.sweep(ctx); err != nil {
		return nil, err
	}
	dir := s.path("labs", name)
	if _, err := os.Stat(dir); err == nil {
		return nil, fmt.Errorf("cannot open the lab %s: it is up already", name)
	}
	taken, err := s.takenSubnets()
	if err != nil {
		return nil, err
	}
	var subnetErr error
	subnet, err := chooseSubnet(name, func(subnet Subnet) bool {
		unused, err := unusedOnMachine(subnet)
		subnetErr = errors.Join(subnetErr, err)
		return unused && !taken[subnet]
	})
	if err := errors.Join(subnetErr, err); err != nil {
		return nil, err
	}
	owner, err := identify(os.Getpid())
	if err != nil {
		return nil, err
	}
	lab := &Lab{Name: name, Subnet: subnet, store: s, dir: dir, owner: &owner}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot open the lab %s: %w", name, err)
	}
	err = lab.save()
	if err == nil {
		err = openBridge(ctx, subnet)
	}
	if err == nil {
		err = lab.makeClientKey(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, lab.Close(context.WithoutCancel(ctx)))
	}
	return lab, nil
}

// Attach returns a lab that is there: one that was detached, or that another process owns. It does not start hosts. A lab that does
// not exist is fs.ErrNotExist.
func (s *Store) Attach(ctx context.Context, name string) (*Lab, error) {
	if !validName.MatchString(name) {
		return nil, fmt.Errorf("cannot attach to the lab %q: a name has letters, digits and dashes, at most 64", name)
	}
	lab, err := s.load(name)
	if err != nil {
		return nil, err
	}
	if lab.abandoned() {
		return nil, fmt.Errorf("cannot attach to the lab %s, whose process has ended: %w", name, fs.ErrNotExist)
	}
	// After a reboot of the machine the bridge is gone, while the hosts' disks are still there.
	return lab, openBridge(ctx, lab.Subnet)
}

// Detach leaves the lab up when this process ends.
func (l *Lab) Detach() error {
	l.owner = nil
	return l.save()
}

// Boot adds hosts to the lab and starts them, all at once. It returns them in the order of the specs, each answering on SSH. Hosts of
// one lab know one another by name, so all are booted by one call.
func (l *Lab) Boot(ctx context.Context, specs ...Spec) (hosts []*Host, err error) {
	if len(l.hosts) > 0 {
		return nil, fmt.Errorf("cannot boot more hosts in the lab %s", l.Name)
	}
	done := l.store.step("lab %s: %d hosts", l.Name, len(specs))
	defer func() { done(err) }()
	for _, spec := range specs {
		image, err := l.store.image(ctx, spec.variant())
		if err != nil {
			return nil, err
		}
		if !validName.MatchString(spec.Name) || spec.Octet < 2 || spec.Octet > 254 || l.Host(spec.Name) != nil {
			return nil, fmt.Errorf("cannot boot the host %+v: it needs a name of its own and a last octet from 2 to 254", spec)
		}
		l.hosts = append(l.hosts, &Host{Spec: spec, lab: l, image: filepath.Base(image)})
	}
	if err := l.save(); err != nil {
		return nil, err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, host := range l.hosts {
		group.Go(func() error { return host.create(groupCtx) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := l.Trust(l.hosts...); err != nil {
		return nil, err
	}
	if err := l.writeSSHConfig(); err != nil {
		return nil, err
	}
	return l.hosts, l.start(ctx, func(h *Host) bool { return !h.Down })
}

// Start starts the hosts that are down.
func (l *Lab) Start(ctx context.Context) error {
	return l.start(ctx, func(*Host) bool { return true })
}

func (l *Lab) start(ctx context.Context, which func(*Host) bool) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, host := range l.hosts {
		if which(host) {
			group.Go(func() error { return host.Start(ctx) })
		}
	}
	return group.Wait()
}

// Hosts returns all hosts of the lab, in the order in which they were booted.
func (l *Lab) Hosts() []*Host { return l.hosts }

// Voters returns the hosts of an inventory with the first n, a voter each.
func (l *Lab) Voters(n int) string {
	var text strings.Builder
	for i, h := range l.hosts[:n] {
		fmt.Fprintf(&text, "[[host]]\nname = %q\naddress = %q\ninstance = [ { id = %d } ]\n\n", h.Name, h.Address(), i+1)
	}
	return text.String()
}

// Host is the host of that name, or nil.
func (l *Lab) Host(name string) *Host {
	for _, host := range l.hosts {
		if host.Name == name {
			return host
		}
	}
	return nil
}

// Close ends the hosts without ceremony and removes everything that the lab put on the machine.
func (l *Lab) Close(ctx context.Context) error {
	group := new(errgroup.Group)
	for _, host := range l.hosts {
		group.Go(func() error { return host.PowerOff(ctx) })
	}
	err := group.Wait()
	if err != nil {
		return fmt.Errorf("cannot close the lab %s: %w", l.Name, err)
	}
	for _, host := range l.hosts {
		err = errors.Join(err, removeCgroups(ctx, host.machine()))
	}
	err = errors.Join(err, unmountBelow(l.dir), closeBridge(ctx, l.Subnet))
	if err != nil {
		return fmt.Errorf("cannot close the lab %s: %w", l.Name, err)
	}
	return os.RemoveAll(l.dir)
}

// record is the lab as its folder keeps it.
type record struct {
	Subnet Subnet       `json:"subnet"`
	Owner  *process     `json:"owner,omitempty"`
	Hosts  []hostRecord `json:"hosts,omitempty"`
}

type hostRecord struct {
	Spec
	Image string `json:"image"`
}

func (l *Lab) save() error {
	record := record{Subnet: l.Subnet, Owner: l.owner}
	for _, host := range l.hosts {
		record.Hosts = append(record.Hosts, hostRecord{Spec: host.Spec, Image: host.image})
	}
	return writeJSON(filepath.Join(l.dir, "lab.json"), record)
}

func (s *Store) load(name string) (*Lab, error) {
	dir := s.path("labs", name)
	var record record
	if err := readJSON(filepath.Join(dir, "lab.json"), &record); err != nil {
		return nil, fmt.Errorf("cannot read the lab %s: %w", name, err)
	}
	lab := &Lab{Name: name, Subnet: record.Subnet, store: s, dir: dir, owner: record.Owner}
	for _, host := range record.Hosts {
		lab.hosts = append(lab.hosts, &Host{Spec: host.Spec, lab: lab, image: host.Image})
	}
	return lab, nil
}

// writeJSON replaces a file at once, so that a reader never sees half of it.
func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func readJSON(path string, value any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}
