package zoocfg

// group is a theme of keys, in the order of the reference.
type group struct {
	title string
	keys  []key
}

// keys returns the table of every key that ZooKeeper reads, by QuorumPeerConfig and the
// classes that read zookeeper.* system properties, at release-3.6.3 and its neighbours.
func keys() []group {
	return []group{
		{"Timing", timingKeys()},
		{"Set by the inventory", ourKeys()},
		{"Clients", clientKeys()},
		{"Snapshots and transaction logs", storageKeys()},
		{"Quorum", quorumKeys()},
		{"Security", securityKeys()},
		{"Monitoring and administration", adminKeys()},
		{"Only as a flag of the JVM", flagKeys()},
	}
}

func timingKeys() []key {
	return []key{
		{name: "tickTime", kind: number, def: "2000", unit: "ms", min: 100, max: 600_000, same: true, meaning: "The unit of time of everything that is given in ticks. Session time-outs are between 2 and 20 ticks unless set otherwise."},
		{name: "initLimit", kind: number, def: "10", unit: "ticks", min: 1, max: 100_000, same: true, meaning: "How long a follower may take to connect to a new leader and to copy its data. Raise it for much data."},
		{name: "syncLimit", kind: number, def: "5", unit: "ticks", min: 1, max: 100_000, same: true, meaning: "How far a follower may lag behind the leader before it is dropped; also how fast a dead leader is noticed."},
		{name: "connectToLearnerMasterLimit", kind: number, def: "0", unit: "ticks", min: 0, max: 100_000, same: true, meaning: "How long a follower tries to connect to its leader; 0 is initLimit."},
		{name: "minSessionTimeout", kind: number, def: "2 ticks", unit: "ms", min: -1, max: 86_400_000, same: true, meaning: "The shortest session time-out that a client can get; -1 is 2 ticks."},
		{name: "maxSessionTimeout", kind: number, def: "20 ticks", unit: "ms", min: -1, max: 86_400_000, same: true, meaning: "The longest session time-out that a client can get; -1 is 20 ticks."},
	}
}

func ourKeys() []key {
	return []key{
		{name: "dataDir", kind: text, ours: "data_dir of the instance, or paths.data", meaning: "Where snapshots and myid lie."},
		{name: "dataLogDir", kind: text, ours: "data_log_dir of the instance", meaning: "Where transaction logs lie."},
		{name: "clientPort", kind: number, ours: "client_port of the instance", meaning: "The port for clients."},
		{name: "peerType", kind: text, ours: "role of the instance", meaning: "participant or observer."},
		{name: "dynamicConfigFile", kind: text, ours: "[[host]] and their instances", meaning: "The server list in a file of its own."},
		{name: "standaloneEnabled", kind: boolean, ours: "the number of participants", meaning: "Whether a single participant runs without a quorum."},
		{name: "reconfigEnabled", kind: boolean, ours: "[[host]] and their instances; zkprov keeps the membership", meaning: "Whether the server list can be changed by clients. With it ZooKeeper rewrites zoo.cfg."},
		{name: "admin.enableServer", kind: boolean, ours: "admin_port of the instance", meaning: "Whether AdminServer runs."},
		{name: "admin.serverPort", kind: number, ours: "admin_port of the instance", meaning: "The port of AdminServer."},
		{name: "admin.serverAddress", kind: text, ours: "nothing: AdminServer has no authentication and listens on 127.0.0.1", meaning: "The address of AdminServer."},
		{name: "db.autocreate", kind: boolean, ours: "nothing: it is false, so that an empty disk never votes", meaning: "Whether an empty server may vote without the file initialize."},
	}
}

func clientKeys() []key {
	return []key{
		{name: "clientPortAddress", kind: text, def: "all", meaning: "The address that the client port listens on."},
		{name: "clientPortListenBacklog", kind: number, def: "-1", unit: "connections", min: -1, max: 65535, meaning: "The length of the queue of new connections; -1 is the system's."},
		{name: "maxClientCnxns", kind: number, def: "60", unit: "connections", min: 0, max: 1_000_000, meaning: "How many connections one client address may have; 0 is no limit."},
		{name: "maxCnxns", kind: number, def: "0", unit: "connections", min: 0, max: 10_000_000, meaning: "How many connections a server takes in all; 0 is no limit."},
		{name: "globalOutstandingLimit", kind: number, def: "1000", unit: "requests", min: 1, max: 10_000_000, meaning: "How many requests may wait before clients are slowed down."},
		{name: "request_throttle_max_requests", kind: number, def: "0", unit: "requests", min: 0, max: 10_000_000, meaning: "How many requests are worked on before new ones wait; 0 is off. Documented as requestThrottleLimit."},
		{name: "request_throttle_stall_time", kind: number, def: "100", unit: "ms", min: 1, max: 600_000, meaning: "How long a waiting request is left alone. Documented as requestThrottleStallTime."},
		{name: "request_throttle_drop_stale", kind: boolean, def: "true", meaning: "Whether requests of closed connections are dropped. Documented as requestThrottleDropStale."},
		{name: "request_stale_latency_check", kind: boolean, def: "false", meaning: "Whether a request that is older than its session time-out is stale. Documented as requestStaleLatencyCheck."},
		{name: "request_stale_connection_check", kind: boolean, def: "true", meaning: "Whether a request of a closed connection is stale. Documented as requestStaleConnectionCheck."},
		{name: "connection_throttle_tokens", kind: number, def: "0", unit: "connections", min: 0, max: 10_000_000, meaning: "How many connections may be made at once; 0 is no limit. Documented as connectionMaxTokens."},
		{name: "connection_throttle_fill_time", kind: number, def: "1", unit: "ms", min: 1, max: 600_000, meaning: "How often tokens are given back."},
		{name: "connection_throttle_fill_count", kind: number, def: "1", unit: "connections", min: 1, max: 1_000_000, meaning: "How many tokens are given back at a time."},
		{name: "localSessionsEnabled", kind: boolean, def: "false", same: true, meaning: "Whether sessions may stay with one server, unknown to the leader."},
		{name: "localSessionsUpgradingEnabled", kind: boolean, def: "false", same: true, meaning: "Whether a local session becomes a global one when it needs to."},
		{name: "serverCnxnFactory", kind: text, def: "org.apache.zookeeper.server.NIOServerCnxnFactory", meaning: "The class that serves clients; TLS wants org.apache.zookeeper.server.NettyServerCnxnFactory."},
		{name: "nio.numSelectorThreads", kind: number, def: "sqrt(cores/2)", unit: "threads", min: 1, max: 1024, meaning: "Selector threads of the NIO factory."},
		{name: "nio.numWorkerThreads", kind: number, def: "2 x cores", unit: "threads", min: 0, max: 4096, meaning: "Worker threads of the NIO factory; 0 uses the selectors."},
		{name: "tcpKeepAlive", kind: boolean, def: "false", meaning: "Whether quorum connections keep alive by TCP."},
		{name: "leaderServes", kind: onOff, def: "yes", words: []string{"yes", "no"}, meaning: "Whether the leader takes clients. It is off for exactly no; zkprov could then not see that the leader serves."},
		{name: "extendedTypesEnabled", kind: boolean, def: "false", same: true, meaning: "Whether TTL nodes are allowed; server ids are then at most 254."},
	}
}

func storageKeys() []key {
	return []key{
		{name: "autopurge.snapRetainCount", kind: number, def: "3", unit: "snapshots", min: 3, max: 100_000, meaning: "How many snapshots are kept; ZooKeeper keeps at least 3."},
		{name: "autopurge.purgeInterval", kind: number, def: "1", unit: "hours", min: 0, max: 8760, meaning: "How often old snapshots are removed; 0 is never, which is ZooKeeper's own default and fills the disk."},
		{name: "snapCount", kind: number, def: "100000", unit: "transactions", min: 2, max: 1<<31 - 1, meaning: "After how many transactions a snapshot is written; really at random between half of it and all."},
		{name: "snapSizeLimitInKb", kind: number, def: "4194304", unit: "KB", min: 0, max: 1 << 40, meaning: "After how many KB of transactions a snapshot is written; 0 is off."},
		{name: "preAllocSize", kind: number, def: "65536", unit: "KB", min: 1, max: 1 << 30, meaning: "How much a transaction log is grown at a time."},
		{name: "txnLogSizeLimitInKb", kind: number, def: "-1", unit: "KB", min: -1, max: 1 << 40, meaning: "The size of a transaction log at which the next is begun; -1 is off."},
		{name: "commitLogCount", kind: number, def: "500", unit: "transactions", min: 1, max: 10_000_000, meaning: "How many committed transactions are kept in memory for followers that lag."},
		{name: "forceSync", kind: onOff, def: "yes", words: []string{"yes", "no"}, meaning: "Whether a transaction is on the disk before it is acknowledged. It is off for exactly no, and then a power cut loses data."},
		{name: "syncEnabled", kind: boolean, def: "true", meaning: "Whether observers keep logs and snapshots of their own."},
		{name: "fsync.warningthresholdms", kind: number, def: "1000", unit: "ms", min: 0, max: 600_000, meaning: "How slow a write to the disk is warned of."},
		{name: "snapshot.compression.method", kind: onOff, def: "CHECKED", words: []string{"CHECKED", "GZIP", "SNAPPY"}, meaning: "How snapshots are compressed; CHECKED is not at all. Releases before 3.6 cannot read the others."},
		{name: "serializeLastProcessedZxid.enabled", kind: boolean, def: "true", same: true, meaning: "Whether a snapshot holds the zxid of its last transaction; AdminServer's snapshots need it."},
		{name: "snapshot.trust.empty", kind: boolean, def: "false", meaning: "Whether a server without a snapshot may trust its transaction logs; only for the first start after an upgrade from 3.4."},
		{name: "datadir.autocreate", kind: boolean, def: "true", meaning: "Whether ZooKeeper makes its data directories."},
		{name: "digest.enabled", kind: boolean, def: "true", same: true, meaning: "Whether the data's digest is compared between servers."},
	}
}

func quorumKeys() []key {
	return []key{
		{name: "electionAlg", kind: number, def: "3", min: 3, max: 3, meaning: "The election's algorithm; there is only 3."},
		{name: "quorumListenOnAllIPs", kind: boolean, def: "false", meaning: "Whether the quorum and election ports listen on all addresses; for hosts behind an address translation."},
		{name: "observerMasterPort", kind: number, def: "0", min: 0, max: 65535, meaning: "The port by which observers may follow a follower; 0 is off."},
		{name: "observer.reconnectDelayMs", kind: number, def: "0", unit: "ms", min: 0, max: 600_000, meaning: "How long an observer waits before it connects again."},
		{name: "observer.election.DelayMs", kind: number, def: "200", unit: "ms", min: 0, max: 600_000, meaning: "How long an observer waits before it looks for the leader."},
		{name: "cnxTimeout", kind: number, def: "5000", unit: "ms", min: 100, max: 600_000, meaning: "How long a connection for the election may take."},
		{name: "quorumCnxnTimeoutMs", kind: number, def: "-1", unit: "ms", min: -1, max: 600_000, meaning: "The read time-out of election connections; -1 is syncLimit ticks."},
		{name: "electionPortBindRetry", kind: number, def: "3", unit: "tries", min: 0, max: 10_000, meaning: "How often the election port is tried; 0 is for ever."},
		{name: "fastleader.minNotificationInterval", kind: number, def: "200", unit: "ms", min: 10, max: 600_000, meaning: "The shortest time between two votes of a server that waits."},
		{name: "fastleader.maxNotificationInterval", kind: number, def: "60000", unit: "ms", min: 10, max: 3_600_000, meaning: "The longest time between two votes of a server that waits."},
		{name: "leaderConnectDelayDuringRetryMs", kind: number, def: "100", unit: "ms", min: 1, max: 600_000, meaning: "How long a follower waits before it tries the leader again."},
		{name: "leader.maxTimeToWaitForEpoch", kind: number, def: "-1", unit: "ms", min: -1, max: 600_000, meaning: "How long a leader waits for a majority; -1 is initLimit ticks."},
		{name: "leader.maxConcurrentSnapSyncs", kind: number, def: "10", min: 1, max: 1000, meaning: "How many followers may copy a snapshot at once."},
		{name: "leader.maxConcurrentDiffSyncs", kind: number, def: "100", min: 1, max: 10_000, meaning: "How many followers may copy a difference at once."},
		{name: "quorum.cnxn.threads.size", kind: number, def: "20", unit: "threads", min: 1, max: 1000, meaning: "Threads for election connections with SASL."},
		{name: "multiAddress.enabled", kind: boolean, def: "false", meaning: "Whether a server may have several addresses. In zoo.cfg alone it has no effect."},
		{name: "multiAddress.reachabilityCheckEnabled", kind: boolean, def: "true", meaning: "Whether addresses are tried before they are used."},
		{name: "multiAddress.reachabilityCheckTimeoutMs", kind: number, def: "1000", unit: "ms", min: 1, max: 600_000, meaning: "How long that may take."},
	}
}

func securityKeys() []key {
	ks := []key{
		{name: "secureClientPort", kind: number, min: 1, max: 65535, meaning: "The port for clients with TLS; wants the Netty factory."},
		{name: "secureClientPortAddress", kind: text, def: "all", meaning: "The address of that port."},
		{name: "sslQuorum", kind: boolean, def: "false", same: true, meaning: "Whether the servers speak TLS with each other."},
		{name: "portUnification", kind: boolean, def: "false", meaning: "Whether the quorum ports take both TLS and plain; for the way from one to the other."},
		{name: "sslQuorumReloadCertFiles", kind: boolean, def: "false", meaning: "Whether changed key stores are read again."},
		{name: "client.portUnification", kind: boolean, def: "false", meaning: "Whether the TLS client port takes plain clients as well."},
		{name: "skipACL", kind: onOff, def: "no", words: []string{"yes", "no"}, meaning: "Whether access lists are ignored. It is on for exactly yes, and then everybody may do everything."},
		{name: "DigestAuthenticationProvider.superDigest", kind: text, meaning: "The digest of the user super, who may do everything."},
		{name: "quorum.auth.enableSasl", kind: boolean, def: "false", same: true, meaning: "Whether the servers authenticate each other."},
		{name: "quorum.auth.serverRequireSasl", kind: boolean, def: "false", meaning: "Whether servers that do not are refused; wants learnerRequireSasl."},
		{name: "quorum.auth.learnerRequireSasl", kind: boolean, def: "false", meaning: "Whether followers insist on it; wants enableSasl."},
		{name: "quorum.auth.server.saslLoginContext", kind: text, def: "QuorumServer", meaning: "The section of the JAAS file for servers."},
		{name: "quorum.auth.learner.saslLoginContext", kind: text, def: "QuorumLearner", meaning: "The section of the JAAS file for followers."},
		{name: "quorum.auth.kerberos.servicePrincipal", kind: text, def: "zkquorum/localhost", meaning: "The Kerberos principal; _HOST is replaced."},
		{name: "sessionRequireClientSASLAuth", kind: boolean, def: "false", meaning: "Whether clients must authenticate by SASL."},
		{name: "enforce.auth.enabled", kind: boolean, def: "false", meaning: "Whether clients must authenticate."},
		{name: "enforce.auth.schemes", kind: text, meaning: "By which schemes."},
		{name: "audit.enable", kind: boolean, def: "false", meaning: "Whether changes are written to an audit log."},
		{name: "ssl.authProvider", kind: text, def: "x509", meaning: "Who checks a client's certificate."},
		{name: "fips-mode", kind: boolean, meaning: "Whether TLS keeps to FIPS; on by default from 3.9."},
	}
	for _, prefix := range []string{"ssl.", "ssl.quorum."} {
		for _, k := range []key{
			{name: "keyStore.location", meaning: "The key store."},
			{name: "keyStore.password", meaning: "Its password; zoo.cfg is readable by root and the service alone."},
			{name: "keyStore.passwordPath", meaning: "A file with its password."},
			{name: "keyStore.type", meaning: "JKS, PEM, PKCS12 or BCFKS."},
			{name: "trustStore.location", meaning: "The trust store."},
			{name: "trustStore.password", meaning: "Its password."},
			{name: "trustStore.passwordPath", meaning: "A file with its password."},
			{name: "trustStore.type", meaning: "JKS, PEM, PKCS12 or BCFKS."},
			{name: "protocol", def: "TLSv1.2", meaning: "The newest version of TLS."},
			{name: "enabledProtocols", meaning: "The versions of TLS, with commas between."},
			{name: "ciphersuites", meaning: "The cipher suites, with commas between."},
			{name: "hostnameVerification", kind: boolean, def: "true", meaning: "Whether the name in a certificate is compared."},
			{name: "clientAuth", kind: onOff, def: "need", words: []string{"need", "want", "none"}, meaning: "Whether the other side needs a certificate."},
			{name: "crl", kind: boolean, def: "false", meaning: "Whether revocation lists are asked."},
			{name: "ocsp", kind: boolean, def: "false", meaning: "Whether OCSP is asked."},
			{name: "handshakeDetectionTimeoutMillis", kind: number, def: "5000", unit: "ms", min: 1, max: 600_000, meaning: "How long a first packet is waited for."},
		} {
			k.name = prefix + k.name
			if k.kind == "" {
				k.kind = text
			}
			ks = append(ks, k)
		}
	}
	return ks
}

func adminKeys() []key {
	return []key{
		{name: "4lw.commands.whitelist", kind: text, def: "srvr,mntr,ruok,conf,isro", meaning: "The four-letter words that are answered, or *; zkprov needs srvr and mntr."},
		{name: "admin.idleTimeout", kind: number, def: "30000", unit: "ms", min: 0, max: 3_600_000, meaning: "How long AdminServer keeps a silent connection."},
		{name: "admin.commandURL", kind: text, def: "/commands", meaning: "The path of AdminServer's commands."},
		{name: "admin.portUnification", kind: boolean, def: "false", meaning: "Whether AdminServer takes TLS and plain."},
		{name: "admin.forceHttps", kind: boolean, def: "false", meaning: "Whether AdminServer takes TLS only."},
		{name: "admin.snapshot.enabled", kind: boolean, def: "true", meaning: "Whether AdminServer hands out snapshots."},
		{name: "admin.restore.enabled", kind: boolean, def: "true", meaning: "Whether AdminServer restores them."},
		{name: "metricsProvider.className", kind: text, def: "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider", meaning: "Who gets the metrics; for Prometheus org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider."},
		{name: "metricsProvider.httpPort", kind: number, def: "7000", min: 1, max: 65535, meaning: "The port of the Prometheus provider; one for each instance of a host."},
		{name: "metricsProvider.httpHost", kind: text, def: "all", meaning: "The address of that port."},
		{name: "metricsProvider.exportJvmInfo", kind: boolean, def: "true", meaning: "Whether it tells of the JVM."},
		{name: "jvm.pause.monitor", kind: boolean, def: "false", meaning: "Whether pauses of the JVM are logged."},
		{name: "jvm.pause.info-threshold.ms", kind: number, def: "1000", unit: "ms", min: 1, max: 3_600_000, meaning: "Which pauses are worth a line."},
		{name: "jvm.pause.warn-threshold.ms", kind: number, def: "10000", unit: "ms", min: 1, max: 3_600_000, meaning: "Which are worth a warning."},
		{name: "jvm.pause.sleep.time.ms", kind: number, def: "500", unit: "ms", min: 1, max: 3_600_000, meaning: "How often it looks."},
	}
}

func flagKeys() []key {
	return []key{
		{name: "jute.maxbuffer", kind: number, def: "1048575", unit: "bytes", meaning: "The biggest node; the same on all servers and clients."},
		{name: "readonlymode.enabled", kind: boolean, def: "false", meaning: "Whether a server without a quorum answers reads."},
		{name: "java.security.auth.login.config", kind: text, meaning: "The JAAS file for SASL."},
		{name: "leader.nodelay", kind: boolean, def: "true", meaning: "TCP_NODELAY of the leader."},
		{name: "follower.nodelay", kind: boolean, def: "true", meaning: "TCP_NODELAY of followers."},
		{name: "znode.container.checkIntervalMs", kind: number, def: "60000", unit: "ms", meaning: "How often empty containers are looked for."},
		{name: "znode.container.maxPerMinute", kind: number, def: "10000", meaning: "How many of them go in a minute."},
	}
}

// renamed maps names of ZooKeeper's documentation that have no effect in zoo.cfg to the
// names that its code reads.
func renamed() map[string]string {
	return map[string]string{
		"connectionMaxTokens":         "connection_throttle_tokens",
		"connectionTokenFillTime":     "connection_throttle_fill_time",
		"connectionTokenFillCount":    "connection_throttle_fill_count",
		"requestThrottleLimit":        "request_throttle_max_requests",
		"requestThrottleStallTime":    "request_throttle_stall_time",
		"requestThrottleDropStale":    "request_throttle_drop_stale",
		"requestStaleLatencyCheck":    "request_stale_latency_check",
		"requestStaleConnectionCheck": "request_stale_connection_check",
		"maxConcurrentSnapSyncs":      "leader.maxConcurrentSnapSyncs",
		"maxConcurrentDiffSyncs":      "leader.maxConcurrentDiffSyncs",
	}
}
