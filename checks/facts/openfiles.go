package facts

import (
	"strconv"
	"strings"
)

// capSysResource is the bit of CAP_SYS_RESOURCE in a mask of capabilities: who has it may
// raise limits (capabilities(7)).
const capSysResource = 24

// openFiles returns how many files the system manager can let a process have open at most;
// 0 where that is not known. The kernel's bound is for all, and what lacks the right to
// raise limits, as in a container, passes no more on than it may have itself.
func (q Query) openFiles() uint64 {
	most, err := strconv.ParseUint(strings.TrimSpace(q.text("/proc/sys/fs/nr_open")), 10, 64)
	if err != nil {
		return 0
	}
	if own, ok := hardFiles(q.text("/proc/1/limits")); ok && !raisesLimits(q.text("/proc/1/status"), q.text("/proc/1/uid_map")) {
		return min(most, own)
	}
	return most
}

// hardFiles reads the greatest number of open files of proc_pid_limits(5).
func hardFiles(limits string) (uint64, bool) {
	for line := range strings.Lines(limits) {
		if rest, ok := strings.CutPrefix(line, "Max open files"); ok {
			if fields := strings.Fields(rest); len(fields) > 1 {
				n, err := strconv.ParseUint(fields[1], 10, 64)
				return n, err == nil
			}
		}
	}
	return 0, false
}

// raisesLimits reports whether a process may raise limits: it has the capability, in the
// first of all user namespaces. What is not told counts as one that may.
func raisesLimits(status, uidMap string) bool {
	for line := range strings.Lines(status) {
		if text, ok := strings.CutPrefix(line, "CapEff:"); ok {
			mask, err := strconv.ParseUint(strings.TrimSpace(text), 16, 64)
			if err == nil && mask>>capSysResource&1 == 0 {
				return false
			}
		}
	}
	all := strings.Fields(uidMap)
	return len(all) == 0 || len(all) == 3 && all[0] == "0" && all[1] == "0" && all[2] == "4294967295"
}
