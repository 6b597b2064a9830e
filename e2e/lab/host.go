package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Host is one machine of a lab.
type Host struct {
	Spec

	lab   *Lab
	image string // the name of its folder in the store
	power power
}

// Address is the host's address in the lab's subnet.
func (h *Host) Address() netip.Addr { return h.lab.Subnet.Address(h.Octet) }

// machine names the container: short, as an interface's name derives from it, and unlike any other on the machine.
func (h *Host) machine() string { return h.lab.Subnet.Bridge() + "-" + h.Name }

func (h *Host) path(elem ...string) string {
	return filepath.Join(append([]string{h.lab.dir, "hosts", h.Name}, elem...)...)
}

// merged is a path on the host's disk as the machine sees it, whether the host runs or not.
func (h *Host) merged(elem ...string) string {
	return h.path(append([]string{"merged"}, elem...)...)
}

// Run runs a script with bash in the host, as root, and returns its standard output. The script fails at the first command that
// fails, in a pipe too (set -euo pipefail). It enters the host's namespaces from outside, so it works without the host's network.
func (h *Host) Run(ctx context.Context, script string) (stdout string, err error) {
	return h.run(ctx, nil, script)
}

func (h *Host) run(ctx context.Context, stdin io.Reader, script string, args ...string) (string, error) {
	enter, err := h.enter()
	if err != nil {
		return "", err
	}
	stdout, err := command{
		name:  enter[0],
		args:  append(append(enter[1:], "bash", "-euo", "pipefail", "-c", script, "bash"), args...),
		env:   hostEnvironment,
		stdin: stdin,
	}.output(ctx)
	if err != nil {
		return stdout, fmt.Errorf("host %s: %w", h.Name, err)
	}
	return stdout, nil
}

// hostEnvironment is what a process has that is started by Run.
var hostEnvironment = []string{
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "USER=root", "LOGNAME=root", "LANG=C.UTF-8", "TERM=dumb",
}

// enter is the start of a command line that runs a program in the host.
func (h *Host) enter() ([]string, error) {
	state, err := h.running()
	if err != nil {
		return nil, err
	}
	leader := strconv.Itoa(state.Leader.PID)
	return []string{"nsenter", "--target", leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd", "--"}, nil
}

// WriteFile replaces a file of the running host by one of root's with this mode. Its folder must exist.
func (h *Host) WriteFile(ctx context.Context, path string, content []byte, mode fs.FileMode) error {
	_, err := h.run(ctx, bytes.NewReader(content), `rm -f -- "$1"; cat >"$1"; chmod "$2" "$1"`, path, fmt.Sprintf("%o", mode.Perm()))
	return err
}

// ReadFile returns a file of the running host. One that is not there is fs.ErrNotExist.
func (h *Host) ReadFile(ctx context.Context, path string) ([]byte, error) {
	content, err := h.run(ctx, nil, `[ -e "$1" ] || { echo -n absent; exit 66; }; cat -- "$1"`, path)
	if err != nil && content == "absent" {
		return nil, fmt.Errorf("host %s: %s: %w", h.Name, path, fs.ErrNotExist)
	}
	return []byte(content), err
}

// InvocationID is systemd's id of a unit's current run; it changes with each start. A unit that does not run is an error.
func (h *Host) InvocationID(ctx context.Context, unit string) (string, error) {
	id, err := h.run(ctx, nil, `systemctl show --property InvocationID --value -- "$1"`, unit)
	if err != nil {
		return "", err
	}
	if id = strings.TrimSpace(id); id == "" {
		return "", fmt.Errorf("host %s: the unit %s is not running", h.Name, unit)
	}
	return id, nil
}

// Journal is what a unit wrote to the host's journal since the host was first booted; an empty name is the whole journal. It works
// for a host that is down as well.
func (h *Host) Journal(ctx context.Context, unit string) (string, error) {
	args := []string{"--quiet", "--no-pager", "--output=short-iso-precise", "--directory=" + h.merged("var/log/journal")}
	if unit != "" {
		args = append(args, "--unit="+unit)
	}
	return run(ctx, "journalctl", args...)
}

// errDown is what a host says that has to be up.
var errDown = errors.New("the host is down")

// hostState is the host's processes on the machine, kept in its folder while it runs.
type hostState struct {
	Nspawn process `json:"nspawn"`
	Leader process `json:"leader"` // PID 1 of the host
}

func (h *Host) running() (hostState, error) {
	var state hostState
	err := readJSON(h.path("process.json"), &state)
	if err == nil && state.Leader.alive() {
		return state, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return hostState{}, fmt.Errorf("host %s: %w", h.Name, err)
	}
	return hostState{}, fmt.Errorf("host %s: %w", h.Name, errDown)
}

// Running reports whether the host is up.
func (h *Host) Running() bool {
	_, err := h.running()
	return err == nil
}

// Console is the path of what the host's console showed.
func (h *Host) Console() string { return h.path("console.log") }

// consoleTail is the end of the console, for an error message.
func (h *Host) consoleTail() string {
	text, err := os.ReadFile(h.Console())
	if err != nil {
		return ""
	}
	return tail(string(text), 10)
}
