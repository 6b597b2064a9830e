package zoocfg

func clientKeys() []key {
	return []key{
		{name: "clientPortAddress", kind: text, def: "all", meaning: "The address that the client port listens on."},
		{name: "clientPortListenBacklog", kind: number, def: "-1", unit: "connections", meaning: "The length of the queue of new connections; -1 is the system's."},
		{name: "maxClientCnxns", kind: number, def: "60", unit: "connections", meaning: "How many connections one client address may have; 0 is no limit."},
		{name: "maxCnxns", kind: number, def: "0", unit: "connections", meaning: "How many connections a server takes in all; 0 is no limit."},
		{name: "clientTcpKeepAlive", kind: boolean, def: "false", meaning: "Whether the connections of clients keep alive by TCP; of the NIO factory."},
		{name: "globalOutstandingLimit", kind: number, def: "1000", unit: "requests", min: 1, bound: protective, meaning: "How many requests may wait before clients are slowed down."},
		{name: "largeRequestMaxBytes", kind: number, def: "104857600", unit: "bytes", min: 1, bound: adjusted, meaning: "How many bytes all large requests together may have in flight."},
		{name: "largeRequestThreshold", kind: number, def: "-1", unit: "bytes", min: -1, bound: adjusted, meaning: "From which size on a request is large; -1 is none."},
		{name: "maxResponseCacheSize", kind: number, def: "400", unit: "nodes", min: -3, max: 10_000_000, bound: hard, meaning: "How many nodes' data is kept serialized for reads; 0 is off."},
		{name: "maxGetChildrenResponseCacheSize", kind: number, def: "400", unit: "nodes", min: -3, max: 10_000_000, bound: hard, meaning: "The same for lists of children."},
		{name: "intBufferStartingSizeBytes", kind: number, def: "1024", unit: "bytes", min: 32, max: 16 << 20, bound: hard, meaning: "The first size of the buffer that a response is written into."},
		{name: "jute.maxbuffer.extrasize", kind: number, def: "as jute.maxbuffer", unit: "bytes", min: 0, bound: protective, meaning: "By how much a transaction may be larger than the request that it comes from."},
		{name: "enforceQuota", kind: boolean, def: "false", meaning: "Whether a write over a quota is refused, rather than logged."},
		{name: "localSessionsEnabled", kind: boolean, def: "false", same: true, meaning: "Whether sessions may stay with one server, unknown to the leader."},
		{name: "localSessionsUpgradingEnabled", kind: boolean, def: "false", same: true, meaning: "Whether a local session becomes a global one when it needs to."},
		{name: "closeSessionTxn.enabled", kind: boolean, def: "true", same: true, meaning: "Whether the transaction that closes a session lists its ephemeral nodes."},
		{name: "serverCnxnFactory", kind: text, def: "org.apache.zookeeper.server.NIOServerCnxnFactory", meaning: "The class that serves clients; TLS wants org.apache.zookeeper.server.NettyServerCnxnFactory."},
		{name: "leaderServes", kind: onOff, def: "yes", words: []string{"yes", "no"}, meaning: "Whether the leader takes clients. It is off for exactly no; zkprov could then not see that the leader serves."},
		{name: "extendedTypesEnabled", kind: boolean, def: "false", same: true, meaning: "Whether TTL nodes are allowed; server ids are then at most 254."},
		{name: "emulate353TTLNodes", kind: boolean, def: "false", same: true, meaning: "Whether TTL nodes are as 3.5.3 wrote them; server ids are then at most 127."},
	}
}

// throttleKeys are of what holds clients back.
func throttleKeys() []key {
	return []key{
		{name: "request_throttle_max_requests", kind: number, def: "0", unit: "requests", meaning: "How many requests are worked on before new ones wait; 0 is off. Documented as requestThrottleLimit."},
		{name: "request_throttle_stall_time", kind: number, def: "100", unit: "ms", min: 1, bound: protective, meaning: "How long a waiting request is left alone. Documented as requestThrottleStallTime."},
		{name: "request_throttle_drop_stale", kind: boolean, def: "true", meaning: "Whether requests of closed connections are dropped. Documented as requestThrottleDropStale."},
		{name: "request_throttler.shutdownTimeout", kind: number, def: "10000", unit: "ms", min: 1, bound: protective, meaning: "How long a server that ends waits for the requests that it has begun."},
		{name: "request_stale_latency_check", kind: boolean, def: "false", meaning: "Whether a request that is older than its session time-out is stale. Documented as requestStaleLatencyCheck."},
		{name: "request_stale_connection_check", kind: boolean, def: "true", meaning: "Whether a request of a closed connection is stale. Documented as requestStaleConnectionCheck."},
		{name: "throttled_op_wait_time", kind: number, def: "0", unit: "ms", meaning: "How long a request may wait before it is answered that it was throttled; 0 is for ever. Documented as throttledOpWaitTime."},
		{name: "connection_throttle_tokens", kind: number, def: "0", unit: "connections", meaning: "How many connections may be made at once; 0 is no limit. Documented as connectionMaxTokens."},
		{name: "connection_throttle_fill_time", kind: number, def: "1", unit: "ms", min: 1, bound: protective, meaning: "How often tokens are given back."},
		{name: "connection_throttle_fill_count", kind: number, def: "1", unit: "connections", min: 1, bound: protective, meaning: "How many tokens are given back at a time."},
		{name: "connection_throttle_freeze_time", kind: number, def: "-1", unit: "ms", meaning: "How often the share of connections that are dropped is changed; -1 drops none."},
		{name: "connection_throttle_drop_increase", kind: fraction, def: "0.02", meaning: "By how much that share grows."},
		{name: "connection_throttle_drop_decrease", kind: fraction, def: "0.002", meaning: "By how much it shrinks."},
		{name: "connection_throttle_decrease_ratio", kind: fraction, def: "0", meaning: "The share of tokens that must be free for that."},
		{name: "connection_throttle_weight_enabled", kind: boolean, def: "false", meaning: "Whether kinds of sessions count differently."},
		{name: "connection_throttle_global_session_weight", kind: number, def: "3", min: 1, bound: adjusted, meaning: "What a global session counts."},
		{name: "connection_throttle_renew_session_weight", kind: number, def: "2", min: 1, bound: adjusted, meaning: "What a session counts that is renewed."},
		{name: "connection_throttle_local_session_weight", kind: number, def: "1", min: 1, bound: adjusted, meaning: "What a local session counts."},
	}
}

// threadKeys are of how a server works inside.
func threadKeys() []key {
	return []key{
		{name: "nio.numSelectorThreads", kind: number, def: "sqrt(cores/2)", unit: "threads", min: 1, max: 1024, bound: hard, meaning: "Selector threads of the NIO factory."},
		{name: "nio.numWorkerThreads", kind: number, def: "2 x cores", unit: "threads", max: 4096, meaning: "Worker threads of the NIO factory; 0 uses the selectors."},
		{name: "nio.directBufferBytes", kind: number, def: "65536", unit: "bytes", min: 0, max: 64 << 20, bound: protective, meaning: "The buffer of each thread that writes; 0 is none."},
		{name: "nio.sessionlessCnxnTimeout", kind: number, def: "10000", unit: "ms", min: 1, bound: protective, meaning: "How long a connection may be without a session."},
		{name: "nio.shutdownTimeout", kind: number, def: "5000", unit: "ms", min: 0, bound: protective, meaning: "How long a server that ends waits for its worker threads."},
		{name: "netty.advancedFlowControl.enabled", kind: boolean, def: "false", meaning: "Whether a throttled client is read no more by the Netty factory. Documented as advancedFlowControlEnabled."},
		{name: "netty.server.outstandingHandshake.limit", kind: number, def: "-1", unit: "handshakes", meaning: "How many TLS handshakes may be under way; -1 is no limit. Documented as outstandingHandshake.limit."},
		{name: "netty.server.earlyDropSecureConnectionHandshakes", kind: boolean, def: "false", meaning: "Whether a server that does not serve yet drops TLS connections before the handshake."},
		{name: "commitProcessor.numWorkerThreads", kind: number, def: "1 x cores", unit: "threads", max: 4096, meaning: "Threads for reads; 0 uses the one that commits."},
		{name: "commitProcessor.maxReadBatchSize", kind: number, def: "-1", unit: "reads", meaning: "After how many reads it is looked for commits; -1 is when there are any."},
		{name: "commitProcessor.maxCommitBatchSize", kind: number, def: "1", unit: "commits", min: 1, bound: protective, meaning: "How many commits are done before reads."},
		{name: "commitProcessor.shutdownTimeout", kind: number, def: "5000", unit: "ms", min: 0, bound: protective, meaning: "How long a server that ends waits for those threads."},
		{name: "watchManagerName", kind: text, def: "org.apache.zookeeper.server.watch.WatchManager", meaning: "The class that keeps watches; for many org.apache.zookeeper.server.watch.WatchManagerOptimized."},
		{name: "watcherCleanThreadsNum", kind: number, def: "2", unit: "threads", meaning: "Threads of WatchManagerOptimized that clear away closed watchers; 0 uses the one that asks for it."},
		{name: "watcherCleanThreshold", kind: number, def: "1000", unit: "watchers", min: 1, bound: protective, meaning: "How many of them are cleared away together."},
		{name: "watcherCleanIntervalInSeconds", kind: number, def: "600", unit: "s", min: 1, bound: protective, meaning: "How often they are at least."},
		{name: "maxInProcessingDeadWatchers", kind: number, def: "-1", unit: "watchers", meaning: "How many of them may wait before closing connections do; -1 is no limit."},
		{name: "bitHashCacheSize", kind: number, def: "10", unit: "watchers", min: 0, bound: protective, meaning: "How many watchers of a path WatchManagerOptimized keeps as a set."},
	}
}
