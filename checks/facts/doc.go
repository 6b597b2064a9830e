// Package facts gathers what a host is: its addresses, disks, mounts, ports, data
// directories and the servers that run on it. It knows nothing of an inventory and
// judges nothing. It only reads, and starts no process; what it returns is plain data.
package facts
