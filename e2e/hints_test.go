//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
)

// hint is a fault whose finding says what to type.
type hint struct {
	name    string
	finding string // its name, which TestCommandsTried looks for
	// fresh is of hosts before the first apply; the others are of a formed ensemble.
	fresh bool
	// prepare is run on host and is no part of the fault, which spoil, and an edit of the inventory, make.
	host           string
	prepare, spoil string
	edit           [2]string
	// types are the commands, without what stands around a zkprov command.
	types []string
	// says is in the hint.
	says string
	// leaves are findings that typing the commands may leave; touches are where it may change a disk.
	leaves, touches []string
	// tidy is run on host in the end.
	tidy string
}

// hints are all findings that say what to type.
var hints = []hint{
	{
		name: "Masked", finding: "unit-masked", fresh: true, host: "zk2",
		spoil:   "systemctl mask -q zookeeper-2.service",
		types:   []string{"systemctl unmask zookeeper-2.service"},
		touches: []string{"/etc/systemd/system/zookeeper-2.service"},
	},
	{
		name: "Unreachable", finding: "folder-unreachable", fresh: true, host: "zk2",
		spoil:   "mkdir -m 700 /var/lib/zookeeper",
		types:   []string{"chmod o+x /var/lib/zookeeper"},
		touches: []string{"/var/lib/zookeeper"}, tidy: "rmdir /var/lib/zookeeper",
	},
	{
		name: "WritableByAll", finding: "unsafe-folder", fresh: true, host: "zk3",
		spoil:   "mkdir -m 777 /var/lib/zookeeper",
		types:   []string{"chmod go-w /var/lib/zookeeper"},
		touches: []string{"/var/lib/zookeeper"}, tidy: "rmdir /var/lib/zookeeper",
	},
	{
		name: "OwnedByService", finding: "unsafe-folder", host: "zk3",
		spoil:   "chown zookeeper /var/lib/zookeeper; chmod g+w /var/lib/zookeeper",
		types:   []string{"chown root /var/lib/zookeeper", "chmod go-w /var/lib/zookeeper"},
		touches: []string{"/var/lib/zookeeper"},
	},
	{
		name: "Unstamped", finding: "unstamped-data", host: "zk1",
		spoil: "rm /var/lib/zookeeper/zookeeper-1/.zkprov.json",
		types: []string{`echo '{"ensemble":"zookeeper","id":1}' > /var/lib/zookeeper/zookeeper-1/.zkprov.json`},
		// It is root's, and an apply gives it to the service user.
		leaves: []string{"drift"}, touches: []string{"/var/lib/zookeeper/zookeeper-1/.zkprov.json"},
		tidy: "chown zookeeper: /var/lib/zookeeper/zookeeper-1/.zkprov.json; chmod 640 /var/lib/zookeeper/zookeeper-1/.zkprov.json",
	},
	{
		name: "Immutable", finding: "immutable-file", host: "zk2",
		spoil: "chattr +i /var/lib/zookeeper/zookeeper-2/version-2/currentEpoch; chattr +a /var/lib/zookeeper/zookeeper-2/version-2/acceptedEpoch",
		types: []string{"chattr -ia /var/lib/zookeeper/zookeeper-2/version-2/acceptedEpoch /var/lib/zookeeper/zookeeper-2/version-2/currentEpoch"},
	},
	{
		name: "StuckData", finding: "data-stuck", host: "zk2",
		prepare: "systemctl stop zookeeper-2",
		spoil:   "cd /var/lib/zookeeper/zookeeper-2/version-2; touch snapshot.0.old; chattr +i snapshot.0.old",
		types:   []string{"chattr -i /var/lib/zookeeper/zookeeper-2/version-2/snapshot.0.old"},
		// It is root's, and an apply gives it to the service user.
		leaves: []string{"drift"},
		tidy: `rm /var/lib/zookeeper/zookeeper-2/version-2/snapshot.0.old; systemctl start zookeeper-2
timeout 30 bash -c 'until (exec 3<>/dev/tcp/127.0.0.1/2181 && echo srvr >&3 && grep -q Mode <&3) 2>/dev/null; do sleep 0.1; done'`,
	},
	{
		name: "Drift", finding: "drift", host: "zk1",
		spoil:   "chmod 644 /etc/zookeeper/zookeeper-1/zoo.cfg",
		types:   []string{"apply --limit zk1"},
		says:    "plan --diff",
		touches: []string{"/etc/zookeeper/zookeeper-1"},
	},
	{
		name: "Staged", finding: "restart-needed", host: "zk2",
		spoil: `unit=/etc/systemd/system/zookeeper-2.service; cp -p $unit /root/unit; sed -i 's/^Environment="\?ZKPROV_GENERATION=[0-9a-f]*/&f/' $unit
systemctl daemon-reload; systemctl restart zookeeper-2; cp -p /root/unit $unit; rm /root/unit; systemctl daemon-reload`,
		types:   []string{"apply"},
		says:    "the leader last",
		touches: []string{"/var/lib/zkprov/zookeeper"},
	},
	{
		name: "Restart", finding: "restart-needed", host: "zk1",
		edit:    [2]string{"id = 1", `id = 1, jvm.heap = "300m"`},
		types:   []string{"apply"},
		says:    "the leader last",
		touches: []string{"/etc/systemd/system/zookeeper-1.service", "/etc/zookeeper/zookeeper-1", "/var/lib/zkprov/zookeeper"},
	},
	{
		name: "SharedRelease", finding: "restart-needed", host: "zk3",
		spoil:   "rm /opt/zookeeper/apache-zookeeper-3.6.3-bin/lib/zookeeper-3.6.3.jar",
		types:   []string{"apply"},
		says:    "the leader last",
		touches: []string{"/opt/zookeeper", "/var/lib/zkprov/zookeeper"},
	},
	{
		name: "EmptyData", finding: "empty-data", host: "zk3",
		spoil:   "systemctl stop zookeeper-3; find /var/lib/zookeeper/zookeeper-3 -mindepth 1 -delete",
		types:   []string{"apply --limit zookeeper-3"},
		touches: []string{"/var/lib/zookeeper/zookeeper-3"},
	},
	{
		name: "MountedOver", finding: "disk-missing", host: "zk1",
		prepare: "systemctl stop zookeeper-1",
		spoil:   "mount -t tmpfs -o mode=755 tmpfs /var/lib/zookeeper",
		types:   []string{"umount /var/lib/zookeeper"},
		says:    "the server copies from a leader",
	},
	{
		name: "NotMounted", finding: "disk-missing", host: "zk1",
		prepare: `cp -a /var/lib/zookeeper /srv/disk; echo '/srv/disk /var/lib/zookeeper none bind 0 0' >>/etc/fstab; mount /var/lib/zookeeper
echo '{"/var/lib/zookeeper/zookeeper-1": "/var/lib/zookeeper"}' >/var/lib/zkprov/zookeeper/zookeeper-1.disks`,
		spoil: "umount /var/lib/zookeeper; find /var/lib/zookeeper/zookeeper-1 -mindepth 1 -delete",
		types: []string{"mount /var/lib/zookeeper"},
		says:  "the server copies from a leader",
	},
}

// TestHints types what findings say: the fault is gone, and nothing else is.
func TestHints(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	tried := func(fresh bool) {
		for _, h := range hints {
			if h.fresh == fresh {
				t.Run(h.name, func(t *testing.T) { e.on(t).tryHint(e, h) })
			}
		}
	}
	tried(true)
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
	tried(false)
}

func (e *ensemble) tryHint(all *ensemble, h hint) {
	if h.prepare != "" {
		e.in(h.host, h.prepare)
		// It may have stopped the leader.
		waitFor(e.t, func() bool {
			return !slices.ContainsFunc(e.checked(), func(f finding.Finding) bool { return f.Name == "no-quorum" || f.Name == "not-serving" })
		})
	}
	before := e.checked()
	if h.spoil != "" {
		e.in(h.host, h.spoil)
	}
	if h.edit[0] != "" {
		e.edit(h.edit[0], h.edit[1])
		all.text = e.text
	}
	if h.tidy != "" {
		defer e.in(h.host, h.tidy)
	}

	var lines []string
	var commands []finding.Command
	for _, f := range e.checked() {
		if f.Name != h.finding {
			continue
		}
		if f.Host != h.host {
			e.t.Errorf("it is found on %s: %v", f.Host, f)
		}
		if !strings.Contains(f.Hint, h.says) {
			e.t.Errorf("no %q in %q", h.says, f.Hint)
		}
		for _, c := range f.Commands {
			lines = append(lines, e.plain(c))
		}
		commands = append(commands, f.Commands...)
	}
	if diff := cmp.Diff(h.types, lines); diff != "" {
		e.t.Fatalf("what it says to type (-want +got):\n%s", diff)
	}
	spoilt := e.disks()
	for _, c := range commands {
		e.typed(c)
	}
	mended := e.disks()

	for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		after := e.checked()
		after = slices.DeleteFunc(after, func(f finding.Finding) bool { return slices.Contains(h.leaves, f.Name) })
		diff := cmp.Diff(texts(before), texts(after))
		if diff == "" {
			break
		}
		if time.Now().After(end) { // a server that was restarted has had its time
			e.t.Fatalf("after typing it the findings are not as before the fault:\n%s", diff)
		}
	}
	for path := range changedPaths(spoilt, mended) {
		host, name, _ := strings.Cut(path, ":")
		if host != h.host || !slices.ContainsFunc(h.touches, func(t string) bool { return name == t || strings.HasPrefix(name, t+"/") }) {
			e.t.Errorf("typing it changed %s", path)
		}
	}
}

// checked are the findings of a check, or of a plan before the first apply, notices left out.
func (e *ensemble) checked() finding.Findings {
	e.t.Helper()
	var document struct {
		Result struct {
			Findings finding.Findings `json:"findings"`
		} `json:"result"`
	}
	r := e.zkprov("check", "-o", "json")
	if err := json.Unmarshal([]byte(r.stdout), &document); err != nil {
		e.t.Fatalf("check -o json: %v:\n%s%s", err, r.stdout, r.stderr)
	}
	return slices.DeleteFunc(document.Result.Findings, func(f finding.Finding) bool { return f.Severity == finding.Notice })
}

// texts are what findings say, without what a server says of itself while it is down.
func texts(found finding.Findings) []string {
	var all []string
	for _, f := range found {
		all = append(all, f.Name+" "+f.Host+" "+f.Instance)
	}
	return all
}

// plain is a command without what makes a zkprov command work as it stands.
func (e *ensemble) plain(c finding.Command) string {
	if c.Host != "" {
		return c.Line
	}
	line, ok := strings.CutPrefix(c.Line, binary+" ")
	if !ok || !strings.HasSuffix(line, " --ssh-config "+e.lab.SSHConfig()+" "+e.inventory) {
		e.t.Errorf("this does not work as it stands: %s", c.Line)
	}
	return strings.TrimSuffix(line, " --ssh-config "+e.lab.SSHConfig()+" "+e.inventory)
}

// typed types a command where it says.
func (e *ensemble) typed(c finding.Command) {
	e.t.Helper()
	if c.Host != "" {
		e.in(c.Host, c.Line)
		return
	}
	cmd := exec.CommandContext(e.t.Context(), "sh", "-c", c.Line)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		e.t.Fatalf("%s: %v\n%s", c.Line, err, out.String())
	}
}

// disks are the hosts' disks without the times, and without what servers and their callers write by themselves.
func (e *ensemble) disks() map[string]string {
	e.t.Helper()
	all := make(map[string]string)
	for host, paths := range e.snapshots(ownFolders...) {
		for path, text := range paths {
			if !strings.Contains(path, "/version-2") && !strings.HasPrefix(path, "/srv/disk") {
				fields := strings.Fields(text)
				if len(fields) == 5 { // a regular file: mode, owner, size, time, hash
					fields = slices.Delete(fields, 3, 4)
				}
				all[host+":"+path] = fmt.Sprint(fields)
			}
		}
	}
	return all
}

func changedPaths(before, after map[string]string) map[string]bool {
	changed := make(map[string]bool)
	for path, text := range before {
		if after[path] != text {
			changed[path] = true
		}
	}
	for path := range after {
		if _, ok := before[path]; !ok {
			changed[path] = true
		}
	}
	return changed
}
