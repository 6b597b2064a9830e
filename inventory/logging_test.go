package inventory

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func loggingCases() map[string]readCase {
	return map[string]readCase{
		"to files":     {supported + "[logging]\nto = \"files\"\nsize = \"1g\"\nkeep = 20\n[paths]\nlogs = \"/srv/logs\"" + threeHosts, nil},
		"to a journal": {supported + "[logging]\nto = \"journal\"\nkeep = 2" + threeHosts, nil},
		"a folder":     {supported + "[paths]\nlogs = \"/srv/logs\"" + threeHosts, nil},
		"values": {"[logging]\nto = \"file\"\nsize = \"big\"\nkeep = 1" + threeHosts, []string{
			`zk.toml:2:6: logging.to is "file", and may be "journal" or "files"; did you mean "files"? [bad-value]`,
			`zk.toml:3:8: logging.size is "big", which is no size of a file of at least 1k; write a number with k, m or g, such as "100m" [bad-size]`,
			`zk.toml:4:8: logging.keep is 1, and must be from 2 to 20; raise size to keep more [out-of-range]`,
		}},
		"out of range": {"[logging]\nto = \"files\"\nsize = \"100\"\nkeep = 21" + threeHosts, []string{
			`zk.toml:3:8: logging.size is "100", which is no size of a file of at least 1k; write a number with k, m or g, such as "100m" [bad-size]`,
			`zk.toml:4:8: logging.keep is 21, and must be from 2 to 20; raise size to keep more [out-of-range]`,
		}},
		"the system's folder": {"[paths]\nlogs = \"/var/log\"" + threeHosts, []string{
			`zk.toml:2:8: paths.logs is /var/log, which belongs to the system; name a folder of its own, such as /var/log/zookeeper [forbidden-path]`,
		}},
		"a folder that does not last": {"[paths]\nlogs = \"/run/zookeeper\"" + threeHosts, []string{
			`zk.toml:2:8: paths.logs is /run/zookeeper, and what lies under /run does not last or is not for data [forbidden-path]`,
		}},
		"among the data": {"[paths]\nlogs = \"/var/lib/zookeeper\"" + threeHosts, []string{
			`zk.toml:2:8: on host zk1 the logs of zookeeper-1, /var/lib/zookeeper/zookeeper-1, overlap data_dir of zookeeper-1, /var/lib/zookeeper/zookeeper-1; give each a folder of its own [overlapping-folders]`,
			`zk.toml:2:8: on host zk2 the logs of zookeeper-2, /var/lib/zookeeper/zookeeper-2, overlap data_dir of zookeeper-2, /var/lib/zookeeper/zookeeper-2; give each a folder of its own [overlapping-folders]`,
			`zk.toml:2:8: on host zk3 the logs of zookeeper-3, /var/lib/zookeeper/zookeeper-3, overlap data_dir of zookeeper-3, /var/lib/zookeeper/zookeeper-3; give each a folder of its own [overlapping-folders]`,
		}},
		"around the data": {oneHost("[[host.instance]]\nid = 1\ndata_dir = \"/var/log/zookeeper/zookeeper-1/data\"\nlogging.to = \"files\"\n"), []string{
			`zk.toml:7:14: on host zk1 the logs of zookeeper-1, /var/log/zookeeper/zookeeper-1, overlap data_dir of zookeeper-1, /var/log/zookeeper/zookeeper-1/data; give each a folder of its own [overlapping-folders]`,
		}},
		"among zkprov's own": {"[paths]\nlogs = \"/var/lib/zkprov\"\n" + oneHost("instance = [ { id = 1 } ]\n"), []string{
			`zk.toml:2:8: on host zk1 the logs of zookeeper-1, /var/lib/zkprov/zookeeper-1, overlap zkprov's own state, /var/lib/zkprov; give each a folder of its own [overlapping-folders]`,
		}},
	}
}

// TestLogDir names the folders that a server may write to.
func TestLogDir(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                {"/var/lib/zookeeper/zookeeper-1"},
		"[paths]\nlogs = \"/srv/logs\"\n": {"/var/lib/zookeeper/zookeeper-1", "/srv/logs/zookeeper-1"},
		"[logging]\nto = \"files\"\n":     {"/var/lib/zookeeper/zookeeper-1", "/var/log/zookeeper/zookeeper-1"},
		"[logging]\nto = \"files\"\n[paths]\nlogs = \"/srv/logs\"\n":   {"/var/lib/zookeeper/zookeeper-1", "/srv/logs/zookeeper-1"},
		"[logging]\nto = \"journal\"\n[paths]\nlogs = \"/srv/logs\"\n": {"/var/lib/zookeeper/zookeeper-1", "/srv/logs/zookeeper-1"},
	} {
		e := decodeWithout(t, text+"[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ { id = 1 } ]\n")
		if diff := cmp.Diff(want, e.Hosts[0].Instances[0].WritableDirs()); diff != "" {
			t.Errorf("%q: -want +got:\n%s", text, diff)
		}
	}
	e := decodeWithout(t, "[logging]\nto = \"files\"\nkeep = 3\n[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\nlogging.size = \"1g\"\n"+
		"instance = [ { id = 1, data_log_dir = \"/srv/log\" }, { id = 2, client_port = 1, quorum_port = 2, election_port = 3, logging.to = \"journal\" } ]\n")
	here := e.Hosts[0].Instances
	if got, want := here[0].Logging, (Logging{LogToFiles, "1g", 3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := here[1].Logging, (Logging{To: LogToJournal}); got != want || here[1].LogDir != "" {
		t.Errorf("%+v, want %+v", got, want)
	}
	if diff := cmp.Diff([]string{"/var/lib/zookeeper/zookeeper-1", "/srv/log", "/var/log/zookeeper/zookeeper-1"}, here[0].WritableDirs()); diff != "" {
		t.Error(diff)
	}
}
