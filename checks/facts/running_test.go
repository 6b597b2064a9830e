package facts

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts/factstest"
)

// line is a command line as /proc has it.
func line(args ...string) string { return strings.Join(args, "\x00") + "\x00" }

// TestZooKeepers finds servers by how they were started: by zkServer.sh, by Debian's
// unit, by hand.
func TestZooKeepers(t *testing.T) {
	const peer = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
	const java = "->/usr/lib/jvm/java-17-openjdk-amd64/bin/java"
	for name, test := range map[string]struct {
		files map[string]string
		want  []ZooKeeper
	}{
		"none": {map[string]string{"/proc/7/cmdline": line("java", "-jar", "kafka.jar"), "/proc/8/cmdline": "", "/proc/9/cmdline": line("grep", peer)}, nil},
		"Debian's": {map[string]string{
			"/proc/812/cmdline":           line("/usr/bin/java", "-cp", "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar", "-Dx=y", peer, "/etc/zookeeper/conf/zoo.cfg"),
			"/proc/812/exe":               java,
			"/proc/812/cgroup":            "0::/system.slice/zookeeper.service\n",
			"/etc/zookeeper/conf/zoo.cfg": "# a comment\ntickTime=2000\ndataDir=/var/lib/zookeeper\nclientPort=2181\nserver.2=zk2:2888:3888\nserver.1 = 10.0.0.11:2888:3888:participant\n",
			"/var/lib/zookeeper/myid":     "1\n",
		}, []ZooKeeper{{PID: 812, Unit: "zookeeper.service", Config: "/etc/zookeeper/conf/zoo.cfg", ID: new(1), DataDir: "/var/lib/zookeeper", ClientPort: 2181,
			Servers: []ServerLine{{1, "10.0.0.11", 2888, 3888}, {2, "zk2", 2888, 3888}}}}},
		"by hand, in a folder": {map[string]string{
			"/proc/813/cmdline": line("java", "-Dzookeeper.log.dir=.", peer, "conf/zoo.cfg"),
			"/proc/813/exe":     java,
			"/proc/813/cwd":     "->/home/zk",
			"/home/zk/conf/zoo.cfg": "dataDir : data\ndataLogDir=/logs\nserver.3=[2001:db8::3]:2888:3888;0.0.0.0:2182\nserver.4=a:2888:3888|b:2889:3889;2183\n" +
				"dynamicConfigFile=dynamic.cfg\npassword=secret\n",
			"/home/zk/dynamic.cfg": "server.5=zk5:1:2:observer\n",
			"/home/zk/data/myid":   "3",
		}, []ZooKeeper{{PID: 813, Config: "/home/zk/conf/zoo.cfg", ID: new(3), DataDir: "/home/zk/data", DataLogDir: "/logs", ClientPort: 2182,
			Servers: []ServerLine{{3, "2001:db8::3", 2888, 3888}, {4, "a", 2888, 3888}, {4, "b", 2889, 3889}, {5, "zk5", 1, 2}}}}},
		"alone, without a file": {map[string]string{
			"/proc/814/cmdline": line("java", "org.apache.zookeeper.server.ZooKeeperServerMain", "2181", "/tmp/zk"), "/proc/814/exe": java,
		}, []ZooKeeper{{PID: 814, DataDir: "/tmp/zk", ClientPort: 2181}}},
		"in a container": {map[string]string{
			"/proc/815/cmdline": line("java", peer, "/conf/zoo.cfg"), "/proc/815/exe": java,
			"/proc/815/root/conf/zoo.cfg": "dataDir=/data\nclientPort=2181\n", "/conf/zoo.cfg": "dataDir=/wrong\n",
		}, []ZooKeeper{{PID: 815, Config: "/conf/zoo.cfg", DataDir: "/data", ClientPort: 2181}}},
		"who waits for it": {map[string]string{
			"/proc/816/cmdline": line("sudo", "-u", "zk", "java", peer, "/conf/zoo.cfg"), "/proc/816/exe": "->/usr/bin/sudo",
		}, nil},
		"escapes and joined lines": {map[string]string{
			"/proc/819/cmdline": line("java", peer, "/conf/zoo.cfg"), "/proc/819/exe": java,
			"/conf/zoo.cfg": `dataDir=/a\ b` + "\n" + `data\u004cogDir=/logs\:1` + "\n" + `server.1=zk1\:2888\:3888` + "\nserver.2=zk2:\\\n   2888:3888\nclientPort 2181\\\r\n",
			"/a b/myid":     "1\n",
		}, []ZooKeeper{{PID: 819, Config: "/conf/zoo.cfg", ID: new(1), DataDir: "/a b", DataLogDir: "/logs:1", ClientPort: 2181,
			Servers: []ServerLine{{1, "zk1", 2888, 3888}, {2, "zk2", 2888, 3888}}}}},
		"a key that is there twice, a comment that joins nothing": {map[string]string{
			"/proc/820/cmdline": line("java", peer, "/conf/zoo.cfg"), "/proc/820/exe": java,
			"/conf/zoo.cfg": "dataDir=/old\n# joined? \\\ndataDir=/new\nserver.1=zk1:2888:3888\nserver.01=zk2:2888:3888\n",
		}, []ZooKeeper{{PID: 820, Config: "/conf/zoo.cfg", DataDir: "/new",
			Servers: []ServerLine{{1, "zk2", 2888, 3888}, {1, "zk1", 2888, 3888}}}}},
		"an escape that Java refuses": {map[string]string{
			"/proc/821/cmdline": line("java", peer, "/conf/zoo.cfg"), "/proc/821/exe": java,
			"/conf/zoo.cfg": `note=\u00` + "\ndataDir=/data\n",
		}, []ZooKeeper{{PID: 821, Config: "/conf/zoo.cfg", DataDir: "/data"}}},
		"the bytes of a name are ISO 8859-1": {map[string]string{
			"/proc/822/cmdline": line("java", peer, "/conf/zoo.cfg"), "/proc/822/exe": java,
			"/conf/zoo.cfg": "dataDir=/Zo\xeb\n",
		}, []ZooKeeper{{PID: 822, Config: "/conf/zoo.cfg", DataDir: "/Zoë"}}},
		"no configuration there": {map[string]string{"/proc/817/cmdline": line("java", peer, "/gone.cfg"), "/proc/817/exe": java},
			[]ZooKeeper{{PID: 817, Config: "/gone.cfg", Error: "no such file or directory"}}},
		"what a terminal obeys, and what is not its own": {map[string]string{
			"/proc/818/cmdline": line("java", peer, "/etc/shadow"), "/proc/818/exe": java,
			"/etc/shadow": "root:$6$secret:1\ndataDir=/a\x1b[2J\nserver.x=secret\nserver.1=secret\n",
		}, []ZooKeeper{{PID: 818, Config: "/etc/shadow", DataDir: `"/a\x1b[2J"`}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := zooKeepers(factstest.Root(t, test.files))
			for i := range got {
				got[i].UID = 0
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzServerLines(f *testing.F) {
	for _, text := range []string{"zk1:2888:3888", "[::1]:1:2;[::]:3", "a:1:2|b:3:4;5", ";", "[", "a::", "|"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines, port := serverLines(1, text)
		for _, l := range lines {
			if l.Host == "" || len(l.Host) > 8*maxWord {
				t.Errorf("%q gives %+v, %d", text, l, port)
			}
		}
	})
}
