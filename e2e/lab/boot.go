package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/internal/hostpath"
)

// bootLimit bounds a boot, to the SSH banner.
const bootLimit = 60 * time.Second

// create lays out the host's disk: the image below, its own changes above, and
// what makes it different from its neighbours.
func (h *Host) create(ctx context.Context) error {
	for _, dir := range []string{"upper", "work", "merged"} {
		if err := os.MkdirAll(h.path(dir), 0o755); err != nil {
			return fmt.Errorf("cannot make the host %s: %w", h.Name, err)
		}
	}
	if err := h.mount(); err != nil {
		return err
	}
	key, err := os.ReadFile(h.lab.clientKey() + ".pub")
	if err != nil {
		return fmt.Errorf("cannot make the host %s: %w", h.Name, err)
	}
	hosts := "127.0.0.1 localhost\n::1 localhost ip6-localhost\n"
	if h.OwnNameOnLoopback {
		hosts += "127.0.1.1 " + h.Name + "\n"
	}
	for _, other := range h.lab.hosts {
		if other != h || !h.OwnNameOnLoopback {
			hosts += fmt.Sprintf("%s %s\n", other.Address(), other.Name)
		}
	}
	for path, content := range map[string]string{
		"etc/hostname":                h.Name + "\n",
		"etc/hosts":                   hosts,
		"etc/lab-network":             fmt.Sprintf("ADDRESS=%s/24\n", h.Address()),
		"etc/ssh/lab_authorized_keys": string(key),
	} {
		if err := os.WriteFile(h.merged(path), []byte(content), 0o644); err != nil {
			return fmt.Errorf("cannot make the host %s: %w", h.Name, err)
		}
	}
	// An empty file lets systemd make an id at the first boot.
	if err := os.WriteFile(h.merged("etc/machine-id"), nil, 0o444); err != nil {
		return fmt.Errorf("cannot make the host %s: %w", h.Name, err)
	}
	if h.Cloud != nil {
		if err := h.Seed(*h.Cloud); err != nil {
			return err
		}
	}
	if h.NoJava {
		if err := h.removeJava(); err != nil {
			return err
		}
	}
	return makeKey(ctx, h.merged("etc/ssh/ssh_host_ed25519_key"), "root@"+h.Name)
}

func (h *Host) removeJava() error {
	for _, path := range []string{"usr/lib/jvm", "usr/bin/java", "etc/alternatives/java"} {
		if err := os.RemoveAll(h.merged(path)); err != nil {
			return fmt.Errorf("cannot take Java from the host %s: %w", h.Name, err)
		}
	}
	return nil
}

// mount puts the host's disk together, where it is not.
func (h *Host) mount() error {
	mounted, err := mountsBelow(h.merged())
	if err != nil || slices.Contains(mounted, h.merged()) {
		return err
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", h.lab.store.path(h.image), h.path("upper"), h.path("work"))
	if err := unix.Mount("overlay", h.merged(), "overlay", 0, options); err != nil {
		return fmt.Errorf("cannot mount the disk of the host %s: %w", h.Name, err)
	}
	return nil
}

// Start boots the host and returns when it answers on SSH. One that is up is left alone.
func (h *Host) Start(ctx context.Context) error {
	h.power.mu.Lock()
	defer h.power.mu.Unlock()
	h.power.off.Store(false)
	return h.boot(ctx)
}

func (h *Host) boot(ctx context.Context) error {
	if h.Running() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, bootLimit)
	defer cancel()
	if err := h.mount(); err != nil {
		return err
	}
	cgroups, err := makeCgroups(h.machine())
	if err != nil {
		return err
	}
	console, err := os.OpenFile(h.Console(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("cannot boot the host %s: %w", h.Name, err)
	}
	defer console.Close()
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: "@zkprov-lab/" + h.machine()})
	if err != nil {
		return fmt.Errorf("cannot boot the host %s: %w", h.Name, err)
	}
	defer notify.Close()
	stop := context.AfterFunc(ctx, func() { _ = notify.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()

	// The shell joins the host's cgroups before it becomes nspawn.
	script := `for dir in "$@"; do [ "$dir" = -- ] && break; echo $$ >"$dir/cgroup.procs" || exit; shift; done; shift; exec systemd-nspawn "$@"`
	args := append([]string{"-c", script, "sh"}, cgroups...)
	args = append(args, "--", "--quiet", "--register=no", "--keep-unit", "--boot", "-D", h.merged(), "-M", h.machine(), "--hostname="+h.Name,
		"--network-bridge="+h.lab.Subnet.Bridge(), "--resolv-conf=off", "--timezone=off", "--console=pipe", "--link-journal=no", "--notify-ready=yes",
		"--capability=CAP_NET_ADMIN")
	cmd := exec.Command("sh", args...)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET=@zkprov-lab/"+h.machine())
	cmd.Stdout, cmd.Stderr = console, console
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cannot boot the host %s: %w", h.Name, err)
	}
	exited := make(chan error, 1)
	go func() {
		exited <- cmd.Wait()
		_ = notify.SetReadDeadline(time.Unix(1, 0))
	}()
	leader, err := awaitReady(notify)
	if err != nil {
		_ = cmd.Process.Kill()
		<-exited
		return fmt.Errorf("cannot boot the host %s: %w: %s", h.Name, err, h.consoleTail())
	}
	var state hostState
	if state.Nspawn, err = identify(cmd.Process.Pid); err == nil {
		state.Leader, err = identify(leader)
	}
	if err == nil {
		err = writeJSON(h.path("process.json"), state)
	}
	if err == nil {
		err = awaitBanner(ctx, net.JoinHostPort(h.Address().String(), "22"))
	}
	go h.awaitReboot(exited)
	if err != nil {
		return fmt.Errorf("cannot boot the host %s: %w: %s", h.Name, err, h.consoleTail())
	}
	return nil
}

// awaitReady reads nspawn's notifications until the host's own systemd has booted. leader is its PID 1 as the machine counts it.
func awaitReady(notify *net.UnixConn) (leader int, err error) {
	buffer := make([]byte, 4096)
	for {
		n, _, err := notify.ReadFromUnix(buffer)
		if err != nil {
			return 0, errors.New("it ended or did not become ready in time")
		}
		ready := false
		for line := range strings.Lines(string(buffer[:n])) {
			line = strings.TrimSpace(line)
			if pid, ok := strings.CutPrefix(line, "X_NSPAWN_LEADER_PID="); ok {
				leader, _ = strconv.Atoi(pid)
			}
			ready = ready || line == "READY=1"
		}
		if ready && leader > 0 {
			return leader, nil
		}
	}
}

// awaitBanner returns when an SSH server greets.
func awaitBanner(ctx context.Context, address string) error {
	dialer := net.Dialer{Timeout: time.Second}
	for {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			_ = conn.SetReadDeadline(time.Now().Add(2 * time.Second))
			line, readErr := bufio.NewReader(conn).ReadString('\n')
			conn.Close()
			if readErr == nil && strings.HasPrefix(line, "SSH-") {
				return nil
			}
			err = readErr
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no SSH server at %s: %w", address, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Stop shuts the host down in order.
func (h *Host) Stop(ctx context.Context) error { return h.end(ctx, unix.SIGTERM) }

// PowerOff ends the host without ceremony, as a cut power cord would end its processes.
func (h *Host) PowerOff(ctx context.Context) error { return h.end(ctx, unix.SIGKILL) }

// Reboot shuts the host down in order and boots it again.
func (h *Host) Reboot(ctx context.Context) error {
	if err := h.Stop(ctx); err != nil {
		return err
	}
	return h.Start(ctx)
}

func (h *Host) end(ctx context.Context, signal unix.Signal) error {
	h.power.off.Store(true)
	h.power.mu.Lock()
	defer h.power.mu.Unlock()
	var state hostState
	if err := readJSON(h.path("process.json"), &state); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("cannot stop the host %s: %w", h.Name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, bootLimit)
	defer cancel()
	victim := state.Nspawn
	if signal == unix.SIGKILL {
		// With its PID 1 the kernel ends all other processes of the host.
		victim = state.Leader
	}
	if err := victim.signal(signal); err != nil {
		return err
	}
	for _, p := range []process{state.Leader, state.Nspawn} {
		if err := p.wait(ctx); err != nil {
			return fmt.Errorf("cannot stop the host %s: %w", h.Name, err)
		}
	}
	return os.Remove(h.path("process.json"))
}

// mountsBelow lists the mount points at and below a folder, the innermost first.
func mountsBelow(dir string) ([]string, error) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var points []string
	for line := range strings.Lines(string(mountinfo)) {
		fields := strings.Fields(line)
		if len(fields) > 4 && hostpath.Within(fields[4], dir) {
			points = append(points, fields[4])
		}
	}
	slices.Reverse(points)
	return points, nil
}

func unmountBelow(dir string) error {
	points, err := mountsBelow(filepath.Clean(dir))
	if err != nil {
		return err
	}
	for _, point := range points {
		if err := unix.Unmount(point, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("cannot unmount %s: %w", point, err)
		}
	}
	return nil
}
