//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/e2e/lab"
	"github.com/zkprov/zkprov/internal/finding"
)

// fixture is what a test puts on one host, in the order of its fields. It is plain data, and what takes it back follows from it:
// what lies at a path already is moved aside and comes back, folders above a path are made where they are missing and removed again.
type fixture struct {
	absent  []string // paths that the image has
	folders []folder
	files   []file
	links   []link
	mounts  []mount
	units   []unit
	key     sshKey
	off     bool // the host is switched off
}

// folder belongs to root and has mode 755 where it does not say otherwise.
type folder struct{ path, owner, mode string }

// file belongs to root and has mode 644 where it does not say otherwise. The lab replaces the addresses of examples/ in its content by
// its own.
type file struct{ path, content, owner, mode string }

// link is a symbolic link.
type link struct{ path, target string }

// mount is a bind mount of a folder or, where it names none, a tmpfs with these options.
type mount struct{ path, folder, options string }

// unit is a service that runs a command until it is taken back. It has started when the command has called systemd-notify --ready.
type unit struct {
	name    string
	command []string
}

// listener returns a unit that listens on a port.
func listener(port int) unit {
	return unit{fmt.Sprintf("squatter-%d", port), []string{"perl", "-MSocket", "-e", fmt.Sprintf(`socket(S, PF_INET, SOCK_STREAM, 0);
bind(S, sockaddr_in(%d, INADDR_ANY)) and listen(S, 1) or die; system "systemd-notify", "--ready"; sleep 600`, port)}}
}

// sshKey is how a host's SSH key relates to the one in known_hosts.
type sshKey int

const (
	keyKnown    sshKey = iota
	keyUnknown         // known_hosts has none
	keyReplaced        // known_hosts has the one from before a reinstallation
)

// putting defines what the script of a fixture calls. Each function notes the command that takes back what it has done. The notes lie
// on the disk, so that a fixture is taken back as well of which only a part could be put there.
const putting = `notes=/var/tmp/fixture
note() { printf '%q ' "$@" >>$notes; echo >>$notes; }
made() { note rm -r --one-file-system -- "$1"; }
owned() { made "$1"; chown -- "$2" "$1"; chmod -- "$3" "$1"; }
above() { local dir; dir=$(dirname -- "$1"); [ -d "$dir" ] || { above "$dir"; mkdir -- "$dir"; made "$dir"; }; }
absent() { if [ -e "$1" ] || [ -L "$1" ]; then mv -T -- "$1" "$1.aside"; note mv -T -- "$1.aside" "$1"; fi; }
folder() { absent "$1"; above "$1"; mkdir -- "$1"; owned "$@"; }
file() { absent "$1"; above "$1"; printf %s "$4" >"$1"; owned "$@"; }
link() { absent "$1"; above "$1"; ln -s -- "$2" "$1"; made "$1"; }
mounted() { above "$1/."; mount "${@:2}" "$1"; note umount "$1"; }
unit() { systemd-run -q --collect --unit="$1" --service-type=notify --property=NotifyAccess=all -- "${@:2}"; note systemctl stop "$1"; }
`

// takingBack does what was noted, the last first. A command that fails does not keep the others from being done.
const takingBack = `failed=0
while read -r line; do eval "$line" || failed=1; done <<<"$(tac /var/tmp/fixture)"
rm /var/tmp/fixture; exit $failed`

// calls returns the commands that put on a running host what is put there by commands.
func (f fixture) calls() []string {
	var calls []string
	call := func(words ...string) { calls = append(calls, finding.Shell(words...)) }
	for _, path := range f.absent {
		call("absent", path)
	}
	for _, d := range f.folders {
		call("folder", d.path, cmp.Or(d.owner, "root:root"), cmp.Or(d.mode, "755"))
	}
	for _, file := range f.files {
		call("file", file.path, cmp.Or(file.owner, "root:root"), cmp.Or(file.mode, "644"), file.content)
	}
	for _, l := range f.links {
		call("link", l.path, l.target)
	}
	if slices.ContainsFunc(calls, func(c string) bool { return strings.Contains(c, " /etc/systemd/system/") }) {
		// The last that is noted is the first that is taken back.
		calls = append([]string{"note systemctl daemon-reload"}, append(calls, "systemctl daemon-reload")...)
	}
	for _, m := range f.mounts {
		if m.folder != "" {
			call("mounted", m.path, "--bind", m.folder)
		} else {
			call("mounted", m.path, "-t", "tmpfs", "-o", m.options, "tmpfs")
		}
	}
	for _, u := range f.units {
		call(append([]string{"unit", u.name}, u.command...)...)
	}
	return calls
}

// put puts fixtures on hosts, by their names, and takes them back when the test ends.
func (e *ensemble) put(fixtures map[string]fixture) {
	e.t.Helper()
	e.t.Cleanup(func() { e.takeBack(fixtures) })
	var known []*lab.Host
	for _, h := range e.lab.Hosts() {
		f := fixtures[h.Name]
		if calls := f.calls(); len(calls) > 0 {
			e.in(h.Name, putting+e.lab.Subnet.Move(strings.Join(calls, "\n")))
		}
		if f.key != keyUnknown {
			known = append(known, h)
		}
	}
	if err := e.lab.Trust(known...); err != nil {
		e.t.Fatal(err)
	}
	for name, f := range fixtures {
		if f.key == keyReplaced {
			if err := e.host(name).ReplaceHostKey(e.t.Context()); err != nil {
				e.t.Fatal(err)
			}
		}
		if f.off {
			if err := e.host(name).Stop(e.t.Context()); err != nil {
				e.t.Fatal(err)
			}
		}
	}
}

// takeBack takes fixtures back, also where only a part of them could be put there. A host keeps a key that replaced another, which is
// known from now on.
func (e *ensemble) takeBack(fixtures map[string]fixture) {
	ctx := context.Background()
	for name, f := range fixtures {
		if f.off {
			if err := e.host(name).Start(ctx); err != nil {
				e.t.Error(err)
			}
		}
		if len(f.calls()) > 0 {
			if _, err := e.host(name).Run(ctx, takingBack); err != nil {
				e.t.Errorf("cannot take back what was put there: %v", err)
			}
		}
	}
	if err := e.lab.Trust(e.lab.Hosts()...); err != nil {
		e.t.Error(err)
	}
}
