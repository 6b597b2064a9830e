package preflight

import (
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// The names of the findings about hosts.
const (
	NoSystemd          = "no-systemd"
	portInUse          = "port-in-use"
	ownNameLoopback    = "own-name-loopback"
	ownAddressNotLocal = "own-address-not-local"
	ownAddressSeveral  = "own-address-several"
	peerUnresolvable   = "peer-unresolvable"
	peerLoopback       = "peer-loopback"
	peerIPv6Only       = "peer-ipv6-only"
	namesDiffer        = "names-differ"
	diskSpace          = "disk-space"
	inodes             = "inodes"
	readOnlyMount      = "read-only-mount"
	noexecMount        = "noexec-mount"
	folderUnusable     = "folder-unusable"
	overlappingFolders = "overlapping-folders"
	volatileData       = "volatile-data"
	volatileFolder     = "volatile-folder"
	lowMemory          = "low-memory"
	filesAboveLimit    = "files-above-limit"
	limitAboveMemory   = "limit-above-memory"
	swapOn             = "swap-on"
	clockSkew          = "clock-skew"
)

// Explanations returns the table of what Judge, Beside, ClockSkew and NamesAgree find.
func Explanations() []finding.Explanation {
	return []finding.Explanation{
		{Name: NoSystemd,
			Means: "systemd is not the system manager of this host: there is no folder /run/systemd/system. Instances are systemd units.",
			Fix:   "Use a host that systemd booted. On a machine without it (a container, for one) `make demo` boots lab hosts that have it."},
		{Name: portInUse,
			Means: "Another program listens on a TCP port that the inventory gives to an instance, on an address that collides. The instance's own unit does not count. Read from /proc/net/tcp and tcp6; connections that are only closing (TIME_WAIT) do not matter.",
			Fix:   "Give the instance another port, or stop the program that the message names where nobody needs it. Both the election and the client port end the server when they are taken."},
		{Name: OtherZooKeeper,
			Means: "A ZooKeeper server that is not of this inventory runs on the host and has a port, a data directory or a place in its list of servers that the inventory gives to an instance: one that Ansible, a distribution's package or somebody by hand has set up, or an instance of zkprov that the inventory no longer names. Found by its command line and its configuration, of which nothing but its id, its folders, its ports and its list is read; where the process is out of sight, by its answer on the client port.",
			Fix:   "Leave it running: it may hold all that there is of its data. This version of zkprov does not take over a ZooKeeper that it did not start, and nothing is founded beside it. Give this ensemble other hosts, or ports and data directories of its own."},
		{Name: EnsembleBeside,
			Means: "No server of the inventory has data, so that it would be founded anew; and on a host a ZooKeeper runs that zkprov did not start, on other ports, whose own list of servers names hosts of the inventory. It may be the ensemble that is meant.",
			Fix:   "Where a second ensemble on the same hosts is meant, add ensemble-beside to ignore under [ensemble], which lets it be founded although this finding is critical. Otherwise leave alone what runs: this version of zkprov does not take it over."},
		{Name: ownNameLoopback,
			Means: "On this host its own address in the inventory resolves to loopback (Debian and Ubuntu write 127.0.1.1 into /etc/hosts), and there are other hosts. ZooKeeper would bind its election port there, out of their reach.",
			Fix:   "Take the name off that line of /etc/hosts, or write the IP address into the inventory."},
		{Name: ownAddressNotLocal,
			Means: "This host's address in the inventory belongs to none of its network interfaces (critical; a warning where a server can listen on it all the same, by net.ipv4.ip_nonlocal_bind or a local route), or only some of the addresses that its name resolves to do (warning). ZooKeeper takes one of them, an IPv4 address where there is one, binds its election port to it and ends with exit code 14 when it cannot; it tries for 3 s, in which it serves. An instance with quorumListenOnAllIPs = true binds no address.",
			Fix:   "Correct the address, or what the name resolves to on this host. Where an address translation stands in front of the host, set quorumListenOnAllIPs = true in its zoo_cfg."},
		{Name: ownAddressSeveral,
			Means: "This host's address in the inventory is a name that has several addresses of this host. A server binds its election port to one of them, in the order in which its own resolver gives them, and the others connect to the one that theirs gives first: where the orders differ there is no quorum.",
			Fix:   "Write one of the addresses into the inventory, or set quorumListenOnAllIPs = true under [zoo_cfg], with which a server listens on all of them."},
		{Name: peerUnresolvable,
			Means: "This host cannot resolve the address of a member (it may be its own). Looked up in /etc/hosts and DNS, at most 2 s.",
			Fix:   "Add the name to DNS or to /etc/hosts on this host, or write the IP address into the inventory."},
		{Name: peerLoopback,
			Means: "On this host the address of another host resolves to loopback, so this host would talk to itself.",
			Fix:   "Take the name off the loopback line of /etc/hosts, or write the IP address into the inventory."},
		{Name: peerIPv6Only,
			Means: "A member's address has only IPv6 addresses, and this host has none beyond loopback and link-local.",
			Fix:   "Give this host an IPv6 address, or the member an IPv4 one."},
		{Name: namesDiffer,
			Means: "The hosts do not agree on what a member's address resolves to. It is critical where a host cannot reach the member by it: it leads to another host of the inventory, or to an address that the member does not have or does not listen on, and no address translation can stand in front (quorumListenOnAllIPs = true on the member allows for one). With quorumListenOnAllIPs a host's own name on itself counts too: a server tells the others the address that it looked up, and those with a greater id connect to that one.",
			Fix:   "Make DNS and the hosts' /etc/hosts agree, or write IP addresses into the inventory."},
		{Name: diskSpace,
			Means: "A file system has less free space than what is still to be written there, all folders on it added up (critical), or little room for the data that is already there (warning). Blocks reserved for root do not count as free.",
			Fix:   "Make room, choose another path in the inventory, or see that autopurge is on."},
		{Name: inodes,
			Means: "A file system has fewer free inodes than the files still to be written there.",
			Fix:   "Remove small files there or choose another path in the inventory."},
		{Name: readOnlyMount,
			Means: "A folder that must be written to lies on a file system that is mounted read-only. A read-only folder of releases is fine once the release is in it.",
			Fix:   "Remount it for writing (look in the kernel's log first: a disk with errors is remounted read-only), or choose another path."},
		{Name: noexecMount,
			Means: "The folder of releases lies on a file system mounted noexec. The units start Java from elsewhere and only read jars from it, so they run; zkServer.sh and zkCli.sh need `sh` in front.",
			Fix:   "Nothing, or choose another install path in the inventory."},
		{Name: folderUnusable,
			Means: "A folder of the inventory cannot be used: a file stands in its way, a link leads nowhere, or it cannot be looked at.",
			Fix:   "Repair it on the host or choose another path in the inventory."},
		{Name: overlappingFolders, Means: inventory.OverlappingMeans, Fix: inventory.OverlappingFix},
		{Name: volatileData,
			Means: "A data directory, that of the transaction logs, or version-2 in one of them lies in memory (tmpfs, ramfs, a zram disk, the overlay of a system that runs from a read-only image) or in a folder that is emptied at a boot, such as /run or /tmp: by its path, through a link, or because the folder above it is mounted so. All that a server has acknowledged would be lost when its host restarts, and with a power cut on a majority of hosts for good.",
			Fix:   "Choose a folder on a disk in the inventory, or take the link or the mount away."},
		{Name: volatileFolder,
			Means: "The release, a configuration, systemd's units, zkprov's own state or a folder of logs lies in memory (tmpfs, ramfs, a zram disk, the overlay of a system that runs from a read-only image) or in a folder that is emptied at a boot. After a reboot no server of the host would start: its unit wants the folder of its logs to be there, too.",
			Fix:   "Choose a folder on a disk in the inventory, or take the link or the mount away."},
		{Name: lowMemory,
			Means: "The greatest heaps (-Xmx, or a share of the memory) of the instances on this host come to more than its memory (critical), or those of the instances that do not run yet to more than what is available now (warning).",
			Fix:   "Lower [jvm] heap, free memory, or move an instance to another host."},
		{Name: filesAboveLimit,
			Means: "nofile under [unit] is more than what systemd can give a service on this host: fs.nr_open of the kernel or, in a container that may not raise limits, its own limit. systemd then gives the server as many files as it can, fewer than the inventory says, without a word.",
			Fix:   "Lower nofile under [unit], or raise fs.nr_open on the host: a file in /etc/sysctl.d, and sysctl --system. Of a container, raise the limit that it is started with."},
		{Name: limitAboveMemory,
			Means: "memory_max under [unit] is more than the memory of the host, so that the host runs out of memory before the server meets its limit. A heap that is a percentage of it may be more than the host has.",
			Fix:   "Lower memory_max under [unit]."},
		{Name: swapOn,
			Means: "Swap is on. A server whose heap is swapped out pauses long enough to lose its sessions or its leadership.",
			Fix:   "Switch swap off, or keep the heaps well below the memory of the host."},
		{Name: clockSkew,
			Means: "The clock of this host is more than 2 s (warning) or 30 s (critical) away from the median of all hosts. ZooKeeper itself needs no exact time, but certificates, package signatures and logs do.",
			Fix:   "Set up time synchronisation (systemd-timesyncd or chrony) and wait for it to settle."},
	}
}
