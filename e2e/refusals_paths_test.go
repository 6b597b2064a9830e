//go:build e2e

package e2e

// pathRefusals are about folders that are other ones than their paths say, and folders that do not last. They are for the inventory of
// TestPaths: one host, whose instances have their data in /srv/zk/1 and /srv/zk/2.
func pathRefusals() []refusal {
	on := func(f fixture) map[string]fixture { return map[string]fixture{"zk1": f} }
	both := []string{"plan", "apply"}
	return []refusal{
		{
			name:     "OneByLink",
			hosts:    on(fixture{folders: []folder{{path: "/srv/zk/1"}}, links: []link{{"/srv/zk/2", "1"}}}),
			commands: both,
			code:     78,
			says:     []string{"zookeeper-2: the data_dir of zookeeper-2, /srv/zk/2, which is /srv/zk/1, overlaps the data_dir of zookeeper-1, /srv/zk/1", "overlapping-folders"},
		},
		{
			name:     "OneByLinkedParent",
			hosts:    on(fixture{folders: []folder{{path: "/srv/zk"}}, links: []link{{"/srv/p", "zk"}}}),
			edits:    []edit{{"/srv/zk/2", "/srv/p/1"}},
			commands: both,
			code:     78,
			says:     []string{"the data_dir of zookeeper-2, /srv/p/1, which is /srv/zk/1, overlaps the data_dir of zookeeper-1, /srv/zk/1"},
		},
		{
			name: "OneByMount",
			hosts: on(fixture{folders: []folder{{path: "/srv/zk/1"}, {path: "/srv/zk/2"}},
				mounts: []mount{{path: "/srv/zk/2", folder: "/srv/zk/1"}}}),
			commands: both,
			code:     78,
			says:     []string{"the data_dir of zookeeper-2, /srv/zk/2, overlaps the data_dir of zookeeper-1, /srv/zk/1", "where they are /srv/zk/1 and /srv/zk/1"},
		},
		{
			name: "InsideByMount",
			hosts: on(fixture{folders: []folder{{path: "/srv/zk/1/sub"}, {path: "/srv/zk/2"}},
				mounts: []mount{{path: "/srv/zk/2", folder: "/srv/zk/1/sub"}}}),
			commands: both,
			code:     78,
			says:     []string{"the data_dir of zookeeper-2, /srv/zk/2, overlaps the data_dir of zookeeper-1, /srv/zk/1", "where they are /srv/zk/1/sub and /srv/zk/1"},
		},
		{
			name:     "InsideByLink",
			hosts:    on(fixture{folders: []folder{{path: "/srv/a"}}, links: []link{{"/srv/p", "/srv/a"}}}),
			edits:    []edit{{"/srv/zk/1", "/srv/a"}, {"/srv/zk/2", "/srv/p/sub"}},
			commands: both,
			code:     78,
			says:     []string{"the data_dir of zookeeper-2, /srv/p/sub, which is /srv/a/sub, overlaps the data_dir of zookeeper-1, /srv/a"},
		},
		{
			name:     "ConfigurationInData",
			hosts:    on(fixture{folders: []folder{{path: "/srv/zk/1"}}, links: []link{{"/etc/zookeeper", "/srv/zk/1"}}}),
			commands: both,
			code:     78,
			says:     []string{"the data_dir of zookeeper-1, /srv/zk/1, overlaps the configuration of zookeeper-1, /etc/zookeeper/zookeeper-1, which is /srv/zk/1/zookeeper-1"},
		},
		{
			name:     "ReleaseInData",
			hosts:    on(fixture{folders: []folder{{path: "/srv/zk/1"}}, links: []link{{"/opt/zookeeper", "/srv/zk/1"}}}),
			commands: both,
			code:     78,
			says:     []string{"the data_dir of zookeeper-1, /srv/zk/1, overlaps the release, /opt/zookeeper/apache-zookeeper-3.6.3-bin, which is /srv/zk/1/apache-zookeeper-3.6.3-bin"},
		},
		{
			name:     "InMemory",
			hosts:    on(fixture{mounts: []mount{{path: "/srv/zk", options: "mode=755"}}}),
			commands: both,
			code:     78,
			says:     []string{"zookeeper-1: the data_dir of zookeeper-1, /srv/zk/1, lies in memory, on the tmpfs that is mounted at /srv/zk", "volatile-data"},
		},
		{
			name:     "LinkIntoRun",
			hosts:    on(fixture{folders: []folder{{path: "/run/zk/2"}}, links: []link{{"/srv/zk/2", "/run/zk/2"}}}),
			commands: both,
			code:     78,
			says:     []string{"zookeeper-2: the data_dir of zookeeper-2, /srv/zk/2, which is /run/zk/2, lies in memory, on the tmpfs that is mounted at /run", "volatile-data"},
		},
		{
			name:     "ConfigurationInMemory",
			hosts:    on(fixture{mounts: []mount{{path: "/etc/zookeeper", options: "mode=755"}}}),
			commands: both,
			code:     1,
			says:     []string{"the configuration of zookeeper-1, /etc/zookeeper/zookeeper-1, lies in memory", "volatile-folder"},
		},
	}
}
