// Package lab boots real hosts on one machine for the end-to-end tests and the demo: each a Debian with systemd as PID 1, D-Bus, a
// journal, sshd and an address of its own, in a systemd-nspawn container. It needs root on a Debian 12 machine, but neither Docker nor
// systemd as the machine's own PID 1.
//
// A [Store] is the folder that outlives a run: the hosts' image, ZooKeeper archives, JDKs and the labs themselves. A [Lab] is a bridge
// with a subnet and the [Host]s on it, reached by SSH as a user would reach them, or by [Host.Run], which works without a network too.
//
// What a container cannot show: it shares the machine's kernel and clock, so there is no clock skew, no sysctl and no SELinux, and
// resource limits of units are not enforced. Killing a host loses its processes, not its page cache.
package lab
