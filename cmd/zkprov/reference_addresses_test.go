package main

// addressesSection is the section of the inventory's page about addresses and ports.
const addressesSection = `
## Addresses and ports

**One address.** ` + "`address`" + ` of a host stands in ` + "`server.N`" + `. A server listens there for the other servers, or on all addresses with ` + "`quorumListenOnAllIPs = true`" + `; for clients it listens on all addresses, or on ` + "`clientPortAddress`" + ` alone. Two listeners may have the same port on different addresses of a host. A literal address that several hosts are told to listen on, or another host's, is an error.

**Several addresses**, ` + "`address = [\"10.0.0.12\", \"192.168.0.12\"]`" + `, from 3.6.0 on: the servers go on over one network when another fails. zkprov writes ` + "`multiAddress.enabled=true`" + ` into zoo.cfg and gives the JVM ` + "`-Dzookeeper.multiAddress.enabled=true`" + `, without which no release reads such a list. The first address of a host names it, and ` + "`[bootstrap]`" + ` asks at each. Before a server uses an address it tries whether the host answers there: as it does not run as root, with a connection to TCP port 7, where a refusal is an answer. A firewall that drops such packets makes all addresses look dead, and ZooKeeper then takes any: let it refuse them, or set ` + "`multiAddress.reachabilityCheckEnabled = false`" + `. How addresses come and go on a running ensemble stands in [membership.md](membership.md).

**An address for each instance**: ` + "`instance = [ { id = 1, address = \"10.0.0.11\" }, { id = 2, address = \"10.0.0.12\" } ]`" + ` on one host, and both may have the same ports. Such an instance listens for clients on its own address alone, the first where it has several, with TLS as well: zkprov writes ` + "`clientPortAddress` and `secureClientPortAddress`" + ` unless you set them, and asks the server there. AdminServer stays on 127.0.0.1, so that ` + "`admin_port`" + ` differs, and so do ports of ` + "`metricsProvider`" + ` without ` + "`httpHost`" + `.

**TLS alone**: ` + "`client_port = 0`" + ` with ` + "`secureClientPort`" + `, the Netty factory and key stores under ` + "`[zoo_cfg]`" + `. zkprov asks servers how they are, and writes through them, without TLS: for that it would need a client's certificate and the passwords of the key stores. So zoo.cfg gets ` + "`clientPort=<probe_port>`" + ` and ` + "`clientPortAddress=127.0.0.1`" + `, a plain port that nobody but the host itself reaches; whoever may log in there reaches it. Servers of one host need a ` + "`probe_port`" + ` each. Where servers run already, let it be the ` + "`client_port`" + ` that they had: zkprov asks them there before it restarts them.

**AdminServer** has no authentication and listens on 127.0.0.1. ` + "`admin_address`" + ` has it listen elsewhere, with ` + "`admin.forceHttps = true`" + ` (from 3.6.3 on; it takes the key stores of ` + "`ssl.quorum`" + `), or with ` + "`admin_open = true`" + `. TLS encrypts and keeps nobody out: only from 3.9.0 on, ` + "`admin.needClientAuth = true`" + ` asks for a certificate.

**Server id 0** works, and is warned of (` + "`id-zero`" + `): ZooKeeper's documentation allows 1 to 255, and tools may take 0 for no id. Its sessions have ids without the highest byte.

**Transaction logs below the data**, ` + "`data_log_dir = \"<data_dir>/log\"`" + `: the data directory is root's then, as root works in the way to the logs, and the service writes to ` + "`version-2`" + ` and to the folder of the logs alone.

**Groups and weights** (` + "`group.N`, `weight.N`" + `) are not supported, by whatever way: zkprov restarts servers by the majority of all voters.
`
