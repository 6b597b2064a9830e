package lab

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// inotifyInstances is the kernel's limit for one user, which all hosts of all labs share: each of them takes some ten.
const inotifyInstances = "/proc/sys/fs/inotify/max_user_instances"

// leastInotify is enough for some hundred hosts. The kernel's own 128 end at a dozen: a systemd that gets no more says "Too many
// open files" and does not boot.
const leastInotify = 2048

// allowInotify raises the limit where it is lower.
func allowInotify() error {
	text, err := os.ReadFile(inotifyInstances)
	if err != nil {
		return fmt.Errorf("cannot read how many inotify instances are allowed: %w", err)
	}
	now, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("cannot read how many inotify instances are allowed: %w", err)
	}
	if now >= leastInotify {
		return nil
	}
	if err := os.WriteFile(inotifyInstances, []byte(strconv.Itoa(leastInotify)), 0); err != nil {
		return fmt.Errorf("cannot allow more inotify instances, which many hosts at once need: %w", err)
	}
	return nil
}
