package zoocfg

// group is a theme of keys, in the order of the reference.
type group struct {
	title string
	keys  []key
}

// The themes of what stands elsewhere in the inventory.
const (
	ofInventory = "Set by the inventory"
	ofFlags     = "Only as a flag of the JVM"
)

// keys returns what the hand knows of every key that a server reads. Which releases read
// it, and how, says reads.tsv; TestEveryKey holds the two together.
func keys() []group {
	return []group{
		{"Timing", timingKeys()},
		{ofInventory, ourKeys()},
		{"Clients", clientKeys()},
		{"Holding clients back", throttleKeys()},
		{"Threads and watches", threadKeys()},
		{"Snapshots and transaction logs", storageKeys()},
		{"Quorum", quorumKeys()},
		{"Security", securityKeys()},
		{"SASL and Kerberos", saslKeys()},
		{"TLS", tlsKeys()},
		{"Monitoring and administration", adminKeys()},
		{ofFlags, flagKeys()},
	}
}

func timingKeys() []key {
	return []key{
		{name: "tickTime", kind: number, def: "2000", unit: "ms", min: 100, max: 600_000, bound: protective, same: true, meaning: "The unit of time of everything that is given in ticks. Session time-outs are between 2 and 20 ticks unless set otherwise."},
		{name: "initLimit", kind: number, def: "10", unit: "ticks", min: 1, max: 100_000, bound: protective, same: true, meaning: "How long a follower may take to connect to a new leader and to copy its data. Raise it for much data."},
		{name: "syncLimit", kind: number, def: "5", unit: "ticks", min: 1, max: 100_000, bound: protective, same: true, meaning: "How far a follower may lag behind the leader before it is dropped; also how fast a dead leader is noticed."},
		{name: "connectToLearnerMasterLimit", kind: number, def: "0", unit: "ticks", min: 0, max: 100_000, bound: protective, same: true, meaning: "How long a follower tries to connect to its leader; 0 is initLimit."},
		{name: "minSessionTimeout", kind: number, def: "2 ticks", unit: "ms", min: -1, bound: protective, same: true, meaning: "The shortest session time-out that a client can get; -1 is 2 ticks."},
		{name: "maxSessionTimeout", kind: number, def: "20 ticks", unit: "ms", min: -1, bound: protective, same: true, meaning: "The longest session time-out that a client can get; -1 is 20 ticks."},
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
		{name: "admin.serverAddress", kind: text, ours: "admin_address of the instance", meaning: "The address of AdminServer."},
		{name: "server.*", kind: text, ours: "[[host]] and their instances", meaning: "The members of the ensemble."},
		{name: "group*", kind: text, ours: "nothing: every participant has one vote", meaning: "Groups of servers, of which a majority must have a majority."},
		{name: "weight*", kind: text, ours: "nothing: every participant has one vote", meaning: "Votes of a server."},
		{name: "db.autocreate", kind: boolean, ours: "nothing: it is false, so that an empty disk never votes", meaning: "Whether an empty server may vote without the file initialize."},
	}
}

// renamed maps names of ZooKeeper's documentation that have no effect in zoo.cfg to the
// names that its code reads.
func renamed() map[string]string {
	return map[string]string{
		"connectionMaxTokens":         "connection_throttle_tokens",
		"connectionTokenFillTime":     "connection_throttle_fill_time",
		"connectionTokenFillCount":    "connection_throttle_fill_count",
		"connectionFreezeTime":        "connection_throttle_freeze_time",
		"connectionDropIncrease":      "connection_throttle_drop_increase",
		"connectionDropDecrease":      "connection_throttle_drop_decrease",
		"connectionDecreaseRatio":     "connection_throttle_decrease_ratio",
		"requestThrottleLimit":        "request_throttle_max_requests",
		"requestThrottleStallTime":    "request_throttle_stall_time",
		"requestThrottleDropStale":    "request_throttle_drop_stale",
		"requestStaleLatencyCheck":    "request_stale_latency_check",
		"requestStaleConnectionCheck": "request_stale_connection_check",
		"throttledOpWaitTime":         "throttled_op_wait_time",
		"advancedFlowControlEnabled":  "netty.advancedFlowControl.enabled",
		"outstandingHandshake.limit":  "netty.server.outstandingHandshake.limit",
		"maxConcurrentSnapSyncs":      "leader.maxConcurrentSnapSyncs",
		"maxConcurrentDiffSyncs":      "leader.maxConcurrentDiffSyncs",
	}
}
