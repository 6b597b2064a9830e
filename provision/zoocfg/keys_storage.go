package zoocfg

func storageKeys() []key {
	return []key{
		{name: "autopurge.snapRetainCount", kind: number, def: "3", unit: "snapshots", min: 3, bound: adjusted, meaning: "How many snapshots are kept; ZooKeeper keeps at least 3."},
		{name: "autopurge.purgeInterval", kind: number, def: "1", unit: "hours", min: 0, max: 8760, bound: protective, meaning: "How often old snapshots are removed; 0 is never, which is ZooKeeper's own default and fills the disk."},
		{name: "snapCount", kind: number, def: "100000", unit: "transactions", min: 2, bound: adjusted, meaning: "After how many transactions a snapshot is written; really at random between half of it and all."},
		{name: "snapSizeLimitInKb", kind: number, def: "4194304", unit: "KB", min: -1, max: 1 << 40, bound: protective, meaning: "After how many KB of transactions a snapshot is written; 0 is off."},
		{name: "snapshotSizeFactor", kind: fraction, def: "0.33", meaning: "The share of a snapshot's size up to which a follower gets the transactions instead; at most 1."},
		{name: "preAllocSize", kind: number, def: "65536", unit: "KB", min: 0, max: 1 << 30, bound: protective, meaning: "How much a transaction log is grown at a time; 0 is not at all."},
		{name: "txnLogSizeLimitInKb", kind: number, def: "-1", unit: "KB", min: -1, max: 1 << 40, bound: protective, meaning: "The size of a transaction log at which the next is begun; -1 is off."},
		{name: "commitLogCount", kind: number, def: "500", unit: "transactions", min: 500, bound: adjusted, meaning: "How many committed transactions are kept in memory for followers that lag; at least 500."},
		{name: "forceSync", kind: onOff, def: "yes", words: []string{"yes", "no"}, meaning: "Whether a transaction is on the disk before it is acknowledged. It is off for exactly no, and then a power cut loses data."},
		{name: "flushDelay", kind: number, def: "0", unit: "ms", meaning: "How long writes wait for others, to go to the disk together; 0 is not at all."},
		{name: "maxWriteQueuePollTime", kind: number, def: "flushDelay / 3", unit: "ms", meaning: "How long they wait when no other comes."},
		{name: "maxBatchSize", kind: number, def: "1000", unit: "transactions", max: 1_000_000, meaning: "How many of them go to the disk together at most."},
		{name: "syncEnabled", kind: boolean, def: "true", meaning: "Whether observers keep logs and snapshots of their own."},
		{name: "observer.syncEnabled", kind: boolean, def: "as syncEnabled", meaning: "The same, and it wins where both are set."},
		{name: "fsync.warningthresholdms", kind: number, def: "1000", unit: "ms", min: 0, bound: protective, meaning: "How slow a write to the disk is warned of."},
		{name: "snapshot.compression.method", kind: onOff, words: []string{"", "gz", "snappy"}, fold: true, meaning: "How snapshots are compressed: gz, snappy, or not at all where it is empty. Releases before 3.6 cannot read the others."},
		{name: "serializeLastProcessedZxid.enabled", kind: boolean, def: "true", same: true, meaning: "Whether a snapshot holds the zxid of its last transaction; AdminServer's snapshots need it."},
		{name: "snapshot.trust.empty", kind: boolean, def: "false", meaning: "Whether a server without a snapshot may trust its transaction logs; only for the first start after an upgrade from 3.4."},
		{name: "datadir.autocreate", kind: boolean, def: "true", meaning: "Whether ZooKeeper makes its data directories."},
		{name: "digest.enabled", kind: boolean, def: "true", same: true, meaning: "Whether the data's digest is compared between servers."},
	}
}
