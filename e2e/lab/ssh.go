package lab

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// SSHConfig is the path of a configuration for ssh -F. Its aliases are the hosts' names (as root), and NAME.USER for the users ops,
// ops-pw, ops-fish, ops-noisy and ops-tty. Host keys are checked, against a known_hosts file of the lab's own.
func (l *Lab) SSHConfig() string { return filepath.Join(l.dir, "ssh_config") }

// KnownHosts is the path of the lab's known_hosts file; see Trust.
func (l *Lab) KnownHosts() string { return filepath.Join(l.dir, "known_hosts") }

func (l *Lab) clientKey() string { return filepath.Join(l.dir, "id_ed25519") }

func (l *Lab) makeClientKey(ctx context.Context) error {
	return makeKey(ctx, l.clientKey(), "lab "+l.Name)
}

func makeKey(ctx context.Context, path, comment string) error {
	_, err := run(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path)
	return err
}

// Trust makes exactly these hosts known, with the keys that they have now. With none, every host is unknown.
func (l *Lab) Trust(hosts ...*Host) error {
	var known strings.Builder
	for _, host := range hosts {
		key, err := os.ReadFile(host.merged("etc/ssh/ssh_host_ed25519_key.pub"))
		if err != nil {
			return fmt.Errorf("cannot make the host %s known: %w", host.Name, err)
		}
		fields := strings.Fields(string(key))
		if len(fields) < 2 {
			return fmt.Errorf("cannot make the host %s known: its public key is %q", host.Name, key)
		}
		fmt.Fprintf(&known, "%s,%s %s %s\n", host.Name, host.Address(), fields[0], fields[1])
	}
	return os.WriteFile(l.KnownHosts(), []byte(known.String()), 0o644)
}

// ReplaceHostKey gives the host a new SSH host key, as a reinstallation would. Known stays the old one until Trust is called.
func (h *Host) ReplaceHostKey(ctx context.Context) error {
	_, err := h.Run(ctx, `rm /etc/ssh/ssh_host_ed25519_key*
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
systemctl restart ssh.service`)
	return err
}

func (l *Lab) writeSSHConfig() error {
	var names []string
	addresses := make(map[string]netip.Addr)
	for _, host := range l.hosts {
		names = append(names, host.Name)
		addresses[host.Name] = host.Address()
	}
	return os.WriteFile(l.SSHConfig(), []byte(renderSSHConfig(names, addresses, l.clientKey(), l.KnownHosts())), 0o644)
}

// renderSSHConfig writes the configuration of SSHConfig. As ssh takes the first value that it meets, what is particular comes first.
func renderSSHConfig(names []string, addresses map[string]netip.Addr, key, knownHosts string) string {
	var text strings.Builder
	for _, name := range names {
		fmt.Fprintf(&text, "Host %s %s.*\n\tHostName %s\n\n", name, name, addresses[name])
	}
	for _, account := range accounts {
		fmt.Fprintf(&text, "Host *.%s\n\tUser %s\n\n", account.Name, account.Name)
	}
	fmt.Fprintf(&text, `Host *
	User root
	IdentityFile %s
	IdentitiesOnly yes
	IdentityAgent none
	UserKnownHostsFile %s
	GlobalKnownHostsFile none
	StrictHostKeyChecking yes
	UpdateHostKeys no
	PreferredAuthentications publickey
	ConnectTimeout 5
	ControlMaster no
`, key, knownHosts)
	return text.String()
}
