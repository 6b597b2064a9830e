package units

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/hostpath"
)

// sandbox returns the settings that confine the instance; see systemd.exec(5). A JVM
// works under all of them except:
//
//   - MemoryDenyWriteExecute=, since it compiles at run time,
//   - ProcSubset=pid, which hides /proc/net/if_inet6, without which it takes the
//     host for one without IPv6, and /proc/cgroups, without which it does not see
//     its own limits,
//   - RemoveIPC=, which would also remove what other instances of the same user
//     made; PrivateIPC= keeps them apart instead.
//
// The folders of data and logs are not optional: where one is missing, its disk perhaps not mounted,
// the start fails.
func (s Spec) sandbox() string {
	home := "yes"
	for _, p := range s.folders() {
		if within(p, "/home", "/root", "/run/user") {
			home = "read-only"
		}
	}
	var b strings.Builder
	b.WriteString("ProtectSystem=strict\n")
	fmt.Fprintf(&b, "ReadWritePaths=%s\n", words(s.writable()...))
	fmt.Fprintf(&b, "ProtectHome=%s\n", home)
	b.WriteString(`PrivateTmp=yes
# Native libraries are unpacked to /tmp, which may be mounted noexec.
ExecPaths=/tmp
PrivateDevices=yes
DevicePolicy=closed
PrivateIPC=yes
PrivateMounts=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
KeyringMode=private
LockPersonality=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
`)
	return b.String()
}

// within reports whether p is one of dirs or lies below one.
func within(p string, dirs ...string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return hostpath.Within(p, dir) })
}
