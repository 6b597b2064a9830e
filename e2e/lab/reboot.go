package lab

import (
	"context"
	"errors"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// Firmware is what a host's machine does when the host reboots itself.
type Firmware struct {
	// Delay is how long it takes from the end of the host to the start of the next boot.
	Delay time.Duration
	// Stuck keeps it from booting.
	Stuck bool
}

// power is what tells a host that was switched off from one that reboots itself.
type power struct {
	mu       sync.Mutex // held while the host is switched on or off
	off      atomic.Bool
	firmware atomic.Pointer[Firmware]
}

// SetFirmware says what happens when the host reboots itself, from now on.
func (h *Host) SetFirmware(f Firmware) { h.power.firmware.Store(&f) }

// forceRestart is nspawn's exit code for a host that wants to be booted again; see its
// option --keep-unit.
const forceRestart = 133

// awaitReboot boots a host again that ends because it reboots itself, as long as the process that booted it lives.
func (h *Host) awaitReboot(exited <-chan error) {
	var exit *exec.ExitError
	if err := <-exited; !errors.As(err, &exit) || exit.ExitCode() != forceRestart {
		return
	}
	var f Firmware
	if set := h.power.firmware.Load(); set != nil {
		f = *set
	}
	if f.Stuck {
		return
	}
	for end := time.Now().Add(f.Delay); time.Now().Before(end) && !h.power.off.Load(); {
		time.Sleep(100 * time.Millisecond)
	}
	h.power.mu.Lock()
	defer h.power.mu.Unlock()
	if !h.power.off.Load() {
		_ = h.boot(context.Background()) // whoever waits for it sees that it is down
	}
}
