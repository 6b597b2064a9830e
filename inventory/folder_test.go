package inventory

// dataDirs returns an inventory with two instances of one host; their folders are on
// lines 5 and 6.
func dataDirs(first, second string) string {
	return oneHost("instance = [\n  { id = 1, " + first + " },\n  { id = 2, client_port = 1, quorum_port = 2, election_port = 3, " + second + " } ]\n")
}

func folderCases() map[string]readCase {
	const quiet = supported + "ignore = [\"few-voters\"]\n"
	return map[string]readCase{
		"relative": {"[paths]\ninstall = \"opt/zk\"" + threeHosts, []string{
			`zk.toml:2:11: paths.install is "opt/zk", and must be an absolute path; write it from / on [bad-path]`,
		}},
		"empty": {"[paths]\ndata = \"\"" + threeHosts, []string{
			`zk.toml:2:8: paths.data is "", and must be an absolute path; write it from / on [bad-path]`,
		}},
		"superfluous": {"[paths]\nconfig = \"/etc/../etc/zk/\"" + threeHosts, []string{
			`zk.toml:2:10: paths.config is "/etc/../etc/zk/", which has superfluous parts; write /etc/zk [bad-path]`,
		}},
		"blank": {"[paths]\ndata = \"/srv/zoo keeper\"" + threeHosts, []string{
			`zk.toml:2:8: paths.data is "/srv/zoo keeper", which ZooKeeper's own scripts do not survive: its character 9 is a blank; use letters, digits and any of . _ - + @ : [bad-path]`,
		}},
		"not ASCII": {"[paths]\ndata = \"/srv/é\"" + threeHosts, []string{
			`zk.toml:2:8: paths.data is "/srv/é", which ZooKeeper's own scripts do not survive: its character 6 is U+00E9 "é"; use letters, digits and any of . _ - + @ : [bad-path]`,
		}},
		"all that a path may have": {supported + "[paths]\ndata = \"/srv/aZ09_.-+@:/b\"" + threeHosts, nil},
		"system": {"[paths]\ninstall = \"/usr\"\nconfig = \"/etc\"\ndata = \"/\"" + threeHosts, []string{
			`zk.toml:2:11: paths.install is /usr, which belongs to the system; name a folder of its own, such as /usr/zookeeper [forbidden-path]`,
			`zk.toml:3:10: paths.config is /etc, which belongs to the system; name a folder of its own, such as /etc/zookeeper [forbidden-path]`,
			`zk.toml:4:8: paths.data is /, which belongs to the system; name a folder of its own, such as /zookeeper [forbidden-path]`,
		}},
		"does not last": {"[paths]\ninstall = \"/tmp\"\nconfig = \"/run/zk\"\ndata = \"/var/tmp/zk/data\"" + threeHosts, []string{
			`zk.toml:2:11: paths.install is /tmp, and what lies under /tmp does not last or is not for data [forbidden-path]`,
			`zk.toml:3:10: paths.config is /run/zk, and what lies under /run does not last or is not for data [forbidden-path]`,
			`zk.toml:4:8: paths.data is /var/tmp/zk/data, and what lies under /var/tmp does not last or is not for data [forbidden-path]`,
		}},
		"looks like it": {supported + "[paths]\ndata = \"/tmpdata\"" + threeHosts, nil},
		"empty data_dir": {dataDirs(`data_dir = ""`, `data_log_dir = ""`), []string{
			`zk.toml:5:24: data_dir is "", and must be an absolute path; write it from / on [bad-path]`,
		}},
		"bad data_dir": {dataDirs(`data_dir = "zk"`, `data_dir = "/srv", data_log_dir = "/a b"`), []string{
			`zk.toml:5:24: data_dir is "zk", and must be an absolute path; write it from / on [bad-path]`,
			`zk.toml:6:77: data_dir is /srv, which belongs to the system; name a folder of its own, such as /srv/zookeeper [forbidden-path]`,
			`zk.toml:6:100: data_log_dir is "/a b", which ZooKeeper's own scripts do not survive: its character 3 is a blank; use letters, digits and any of . _ - + @ : [bad-path]`,
		}},
		"same data_dir": {dataDirs(`data_dir = "/srv/zk"`, `data_dir = "/srv/zk"`), []string{
			`zk.toml:6:77: on host zk1 the data_dir of zookeeper-2, /srv/zk, overlaps data_dir of zookeeper-1, /srv/zk; give each a folder of its own [overlapping-folders]`,
		}},
		"data in data": {dataDirs(`data_dir = "/srv/zk"`, `data_dir = "/srv/zk/2"`), []string{
			`zk.toml:6:77: on host zk1 the data_dir of zookeeper-2, /srv/zk/2, overlaps data_dir of zookeeper-1, /srv/zk; give each a folder of its own [overlapping-folders]`,
		}},
		"data around data": {dataDirs(`data_dir = "/srv/zk/1"`, `data_dir = "/srv/zk"`), []string{
			`zk.toml:6:77: on host zk1 the data_dir of zookeeper-2, /srv/zk, overlaps data_dir of zookeeper-1, /srv/zk/1; give each a folder of its own [overlapping-folders]`,
		}},
		"begins the same": {quiet + dataDirs(`data_dir = "/srv/zk"`, `data_dir = "/srv/zk2"`), nil},
		"log in data":     {quiet + dataDirs(`data_log_dir = "/var/lib/zookeeper/zookeeper-1/log"`, `data_dir = "/srv/2", data_log_dir = "/srv/2/a/b"`), nil},
		"log in parts of data": {dataDirs(`data_log_dir = "/var/lib/zookeeper/zookeeper-1/version-2"`, `data_dir = "/srv/2", data_log_dir = "/srv/2/.x/log"`), []string{
			`zk.toml:5:28: on host zk1 the data_log_dir of zookeeper-1, /var/lib/zookeeper/zookeeper-1/version-2, lies in /var/lib/zookeeper/zookeeper-1/version-2, which ZooKeeper and zkprov use for something else; choose another name below data_dir [overlapping-folders]`,
			`zk.toml:6:102: on host zk1 the data_log_dir of zookeeper-2, /srv/2/.x/log, lies in /srv/2/.x, which ZooKeeper and zkprov use for something else; choose another name below data_dir [overlapping-folders]`,
		}},
		"log in the data of the one before": {dataDirs(`data_dir = "/srv/1"`, `data_dir = "/srv/2", data_log_dir = "/srv/1/log"`), []string{
			`zk.toml:6:102: on host zk1 the data_log_dir of zookeeper-2, /srv/1/log, overlaps data_dir of zookeeper-1, /srv/1; give each a folder of its own [overlapping-folders]`,
		}},
		"data in log": {dataDirs(`data_dir = "/srv/1/data", data_log_dir = "/srv/1"`, `data_dir = "/srv/2"`), []string{
			`zk.toml:5:54: on host zk1 the data_log_dir of zookeeper-1, /srv/1, overlaps data_dir of zookeeper-1, /srv/1/data; give each a folder of its own [overlapping-folders]`,
		}},
		"log as data": {quiet + dataDirs(`data_log_dir = "/var/lib/zookeeper/zookeeper-1"`, `data_dir = "/srv/2"`), nil},
		"log in another's": {dataDirs(`data_log_dir = "/srv/log"`, `data_log_dir = "/srv/log"`), []string{
			`zk.toml:6:81: on host zk1 the data_log_dir of zookeeper-2, /srv/log, overlaps data_log_dir of zookeeper-1, /srv/log; give each a folder of its own [overlapping-folders]`,
		}},
		"log in another's data": {dataDirs(`data_dir = "/srv/zk"`, `data_log_dir = "/srv/zk/log"`), []string{
			`zk.toml:6:81: on host zk1 the data_log_dir of zookeeper-2, /srv/zk/log, overlaps data_dir of zookeeper-1, /srv/zk; give each a folder of its own [overlapping-folders]`,
		}},
		"data in another's log": {dataDirs(`data_log_dir = "/srv/zk"`, `data_dir = "/srv/zk/2"`), []string{
			`zk.toml:6:77: on host zk1 the data_dir of zookeeper-2, /srv/zk/2, overlaps data_log_dir of zookeeper-1, /srv/zk; give each a folder of its own [overlapping-folders]`,
		}},
		"log as another's data": {dataDirs(`data_log_dir = "/var/lib/zookeeper/zookeeper-2"`, `role = "participant"`), []string{
			`zk.toml:6:5: on host zk1 the data_dir of zookeeper-2, /var/lib/zookeeper/zookeeper-2, overlaps data_log_dir of zookeeper-1, /var/lib/zookeeper/zookeeper-2; give each a folder of its own [overlapping-folders]`,
		}},
		"default of another": {dataDirs(`data_dir = "/var/lib/zookeeper/zookeeper-2"`, `role = "participant"`), []string{
			`zk.toml:6:5: on host zk1 the data_dir of zookeeper-2, /var/lib/zookeeper/zookeeper-2, overlaps data_dir of zookeeper-1, /var/lib/zookeeper/zookeeper-2; give each a folder of its own [overlapping-folders]`,
		}},
		"around all": {dataDirs(`data_dir = "/var/lib/zookeeper"`, `role = "participant"`), []string{
			`zk.toml:6:5: on host zk1 the data_dir of zookeeper-2, /var/lib/zookeeper/zookeeper-2, overlaps data_dir of zookeeper-1, /var/lib/zookeeper; give each a folder of its own [overlapping-folders]`,
		}},
		"configuration": {dataDirs(`data_dir = "/etc/zookeeper/zookeeper-2"`, `data_dir = "/etc/zookeeper"`), []string{
			`zk.toml:5:24: on host zk1 the data_dir of zookeeper-1, /etc/zookeeper/zookeeper-2, overlaps the configuration of zookeeper-2, /etc/zookeeper/zookeeper-2; give each a folder of its own [overlapping-folders]`,
			`zk.toml:6:77: on host zk1 the data_dir of zookeeper-2, /etc/zookeeper, overlaps the configuration of zookeeper-1, /etc/zookeeper/zookeeper-1; give each a folder of its own [overlapping-folders]`,
		}},
		"configuration as data": {"[paths]\nconfig = \"/srv/zk\"\ndata = \"/srv/zk\"\n" + oneHost("instance = [ { id = 1 } ]\n"), []string{
			`zk.toml:7:16: on host zk1 the data_dir of zookeeper-1, /srv/zk/zookeeper-1, overlaps the configuration of zookeeper-1, /srv/zk/zookeeper-1; give each a folder of its own [overlapping-folders]`,
		}},
		"release": {dataDirs(`data_dir = "/opt/zookeeper/apache-zookeeper-3.6.3-bin/data"`, `data_dir = "/opt/zookeeper"`), []string{
			`zk.toml:5:24: on host zk1 the data_dir of zookeeper-1, /opt/zookeeper/apache-zookeeper-3.6.3-bin/data, overlaps the release, /opt/zookeeper/apache-zookeeper-3.6.3-bin; give each a folder of its own [overlapping-folders]`,
			`zk.toml:6:77: on host zk1 the data_dir of zookeeper-2, /opt/zookeeper, overlaps the release, /opt/zookeeper/apache-zookeeper-3.6.3-bin; give each a folder of its own [overlapping-folders]`,
		}},
		"systemd's": {dataDirs(`data_dir = "/etc/systemd/system/zk"`, ""), []string{
			`zk.toml:5:24: on host zk1 the data_dir of zookeeper-1, /etc/systemd/system/zk, overlaps systemd's units, /etc/systemd/system; give each a folder of its own [overlapping-folders]`,
		}},
		"zkprov's own": {dataDirs(`data_dir = "/var/lib/zkprov/zk"`, `data_dir = "/var/cache/zkprov"`), []string{
			`zk.toml:5:24: on host zk1 the data_dir of zookeeper-1, /var/lib/zkprov/zk, overlaps zkprov's own state, /var/lib/zkprov; give each a folder of its own [overlapping-folders]`,
			`zk.toml:6:77: on host zk1 the data_dir of zookeeper-2, /var/cache/zkprov, overlaps zkprov's own cache, /var/cache/zkprov; give each a folder of its own [overlapping-folders]`,
		}},
	}
}
