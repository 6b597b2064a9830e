package zoocfg

func adminKeys() []key {
	return []key{
		{name: "4lw.commands.whitelist", kind: text, def: "srvr,mntr,ruok,conf,isro", meaning: "The four-letter words that are answered, or *; zkprov needs srvr and mntr."},
		{name: "admin.idleTimeout", kind: number, def: "30000", unit: "ms", meaning: "How long AdminServer keeps a silent connection."},
		{name: "admin.commandURL", kind: text, def: "/commands", meaning: "The path of AdminServer's commands."},
		{name: "admin.httpVersion", kind: number, def: "11", min: 9, max: 20, bound: hard, meaning: "The version of HTTP with TLS: 11 is 1.1."},
		{name: "admin.portUnification", kind: boolean, def: "false", meaning: "Whether AdminServer takes TLS and plain."},
		{name: "admin.forceHttps", kind: boolean, def: "false", meaning: "Whether AdminServer takes TLS only."},
		{name: "admin.needClientAuth", kind: boolean, def: "false", meaning: "Whether AdminServer wants a certificate of its clients."},
		{name: "admin.snapshot.enabled", kind: boolean, def: "true", meaning: "Whether AdminServer hands out snapshots."},
		{name: "admin.restore.enabled", kind: boolean, def: "true", meaning: "Whether AdminServer restores them."},
		{name: "admin.rateLimiterIntervalInMS", kind: number, def: "300000", unit: "ms", min: 0, bound: protective, meaning: "How often it does either."},
		{name: "metricsProvider.className", kind: text, def: "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider", meaning: "Who gets the metrics; for Prometheus org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider."},
		{name: "metricsProvider.httpPort", kind: number, def: "7000", min: 1, max: 65535, bound: hard, meaning: "The port of the Prometheus provider; one for each instance of a host."},
		{name: "metricsProvider.httpHost", kind: text, def: "0.0.0.0", meaning: "The address of that port. Releases that do not read it listen on all."},
		{name: "metricsProvider.exportJvmInfo", kind: boolean, def: "true", meaning: "Whether it tells of the JVM."},
		{name: "metricsProvider.numWorkerThreads", kind: number, def: "1", unit: "threads", meaning: "Threads that add up summaries; 0 is none of their own."},
		{name: "metricsProvider.maxQueueSize", kind: number, def: "1000000", unit: "values", min: 1, bound: hard, meaning: "How many values may wait for that before they are dropped."},
		{name: "metricsProvider.workerShutdownTimeoutMs", kind: number, def: "1000", unit: "ms", min: 0, bound: protective, meaning: "How long a server that ends waits for those threads."},
		{name: "jvm.pause.monitor", kind: boolean, def: "false", meaning: "Whether pauses of the JVM are logged."},
		{name: "jvm.pause.info-threshold.ms", kind: number, def: "1000", unit: "ms", min: 1, bound: protective, meaning: "Which pauses are worth a line."},
		{name: "jvm.pause.warn-threshold.ms", kind: number, def: "10000", unit: "ms", min: 1, bound: protective, meaning: "Which are worth a warning."},
		{name: "jvm.pause.sleep.time.ms", kind: number, def: "500", unit: "ms", min: 1, bound: protective, meaning: "How often it looks."},
		{name: "pathStats.enabled", kind: boolean, def: "false", meaning: "Whether it is counted which paths are asked for most."},
		{name: "pathStats.sampleRate", kind: fraction, def: "0.1", meaning: "The share of requests that count."},
		{name: "pathStats.topPathMax", kind: number, def: "20", unit: "paths", min: 1, bound: protective, meaning: "How many paths are listed."},
		{name: "pathStats.maxDepth", kind: number, def: "6", unit: "parts", min: 1, bound: protective, meaning: "How many parts of a path are looked at."},
		{name: "pathStats.slotDuration", kind: number, def: "15", unit: "s", min: 1, bound: protective, meaning: "The length of one count."},
		{name: "pathStats.slotCapacity", kind: number, def: "60", unit: "counts", min: 1, bound: hard, meaning: "How many counts are kept."},
		{name: "pathStats.initialDelay", kind: number, def: "5", unit: "minutes", min: 0, bound: protective, meaning: "How long after the start the first list is logged."},
		{name: "pathStats.delay", kind: number, def: "5", unit: "minutes", min: 1, bound: hard, meaning: "How often it is logged."},
		{name: "messageTracker.Enabled", kind: boolean, def: "false", meaning: "Whether the last messages between leader and follower are logged when they part."},
		{name: "messageTracker.BufferSize", kind: number, def: "10", unit: "messages", min: 1, bound: hard, meaning: "How many."},
		{name: "jmx.log4j.disable", kind: boolean, def: "false", meaning: "Whether log4j is left out of JMX."},
		{name: "jmx.log4j.mbean", kind: text, def: "log4j:hierarchy=default", meaning: "Its name there."},
	}
}

// flagKeys are set by flags alone.
func flagKeys() []key {
	return []key{
		{name: "jute.maxbuffer", kind: number, def: "1048575", unit: "bytes", min: 1, bound: protective, same: true, meaning: "The biggest node; the same on all servers and clients."},
		{name: "readonlymode.enabled", kind: boolean, def: "false", meaning: "Whether a server without a quorum answers reads."},
		{name: "java.security.auth.login.config", kind: text, meaning: "The JAAS file for SASL."},
		{name: "server.realm", kind: text, meaning: "The realm of the servers' principals, among themselves. In zoo.cfg it would be taken for a server."},
		{name: "leader.nodelay", kind: boolean, def: "true", meaning: "TCP_NODELAY of the leader."},
		{name: "follower.nodelay", kind: boolean, def: "true", meaning: "TCP_NODELAY of followers."},
		{name: "znode.container.checkIntervalMs", kind: number, def: "60000", unit: "ms", min: 1, bound: protective, meaning: "How often empty containers are looked for."},
		{name: "znode.container.maxPerMinute", kind: number, def: "10000", min: 1, bound: protective, meaning: "How many of them go in a minute."},
		{name: "znode.container.maxNeverUsedIntervalMs", kind: number, def: "0", unit: "ms", min: 0, bound: protective, meaning: "How long a container is kept that never had a child; 0 is for ever."},
	}
}
