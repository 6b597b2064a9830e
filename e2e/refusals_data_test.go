//go:build e2e

package e2e

// dataRefusals are about data directories that belong to somebody else, or may.
func dataRefusals() []refusal {
	const data, logs = "/var/lib/zookeeper/zookeeper-1", "/srv/log/zookeeper-1"
	logsApart := []edit{{"id = 1", `id = 1, data_log_dir = "` + logs + `"`}}
	return []refusal{
		{
			name:  "ForeignMyid",
			hosts: map[string]fixture{"zk1": {files: []file{{path: data + "/myid", content: "7\n"}}}},
			code:  78,
			says:  []string{"zk1", "is for server 7, and the inventory says 1", "foreign-myid"},
		},
		{
			name:  "ForeignStamp",
			hosts: map[string]fixture{"zk1": {files: []file{{path: data + "/.zkprov.json", content: `{"ensemble":"other","id":1}` + "\n"}}}},
			code:  78,
			says:  []string{"zk1", `belongs to server 1 of ensemble "other"`, "foreign-data"},
		},
		{
			name:  "UnstampedData",
			hosts: map[string]fixture{"zk1": {files: []file{{path: data + "/version-2/snapshot.100000001"}}}},
			code:  78,
			says:  []string{"zk1", "without zkprov's ownership stamp", "unstamped-data"},
		},
		{
			name:  "ForeignLogs",
			hosts: map[string]fixture{"zk1": {files: []file{{path: logs + "/syslog.1"}}}},
			edits: logsApart,
			code:  78,
			says:  []string{"zk1", "/srv/log/zookeeper-1 holds what is not ZooKeeper's: syslog.1", "foreign-data"},
		},
		{
			name:  "UnstampedLogs",
			hosts: map[string]fixture{"zk1": {files: []file{{path: logs + "/version-2/log.100000001"}}}},
			edits: logsApart,
			code:  78,
			says:  []string{"zk1", "/srv/log/zookeeper-1 holds ZooKeeper data without zkprov's ownership stamp", "unstamped-data"},
		},
	}
}
