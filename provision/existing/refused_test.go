package existing_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/existing"
)

// given is a file with its name, and what was said of it.
type given struct {
	name, text string
	id         int
	host       string
}

const (
	three = "server.1=zk1:2888:3888\nserver.2=zk2:2888:3888\nserver.3=zk3:2888:3888\n"
	local = "server.1=127.0.0.1:2001:3001\nserver.2=127.0.0.1:2002:3002\nserver.3=127.0.0.1:2003:3003\n"
	basic = "tickTime=2000\ninitLimit=5\nsyncLimit=2\ndataDir=/var/lib/zookeeper/data\nclientPort=2181\n"
)

// write makes an inventory of files that refer to nothing but themselves and files.
func write(files map[string]string, configs ...given) (*existing.Written, finding.Findings) {
	read := func(path string) ([]byte, error) {
		if text, ok := files[path]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
	var servers []*existing.Server
	var found finding.Findings
	for _, c := range configs {
		s, bad := existing.ReadConfig(c.name, []byte(c.text), read)
		found = append(found, bad...)
		if c.id >= 0 && c.host == "" && c.id != 0 {
			s.ID = &c.id
		}
		s.Host = c.host
		servers = append(servers, s)
	}
	if found.Failed() {
		return nil, found
	}
	return existing.Write("3.6.3", false, servers, rules()...)
}

func TestRefused(t *testing.T) {
	for name, test := range map[string]struct {
		configs []given
		want    string
	}{
		"lines of the list, all at once": {[]given{{name: "zoo.cfg", text: basic + "server.1=zk1\nserver.2=zk2:2888\nserver.3=zk3:a:3888\nserver.4=zk4:2888:2888\nserver.5=zk5:2888:3888:leader\nserver.6=[::1:2888:3888\n" +
			"server.7=zk7:2888:3888;x\nserver.300=zk8:2888:3888\nserver.x=zk9:2888:3888\nserver.10=zk1:2888:3888:observer|zk2:2888:3888:participant\nserver.11=zk1:2888:99999\nserver.12=:2888:3888\n"}}, `
zoo.cfg:6:1: server.1=zk1: it needs two ports: one for followers and one for the election
zoo.cfg:7:1: server.2=zk2:2888: it needs two ports: one for followers and one for the election
zoo.cfg:8:1: server.3=zk3:a:3888: the port for followers is "a", which is no number
zoo.cfg:9:1: server.4=zk4:2888:2888: its two ports are the same
zoo.cfg:10:1: server.5=zk5:2888:3888:leader: "leader" is no role: participant or observer
zoo.cfg:11:1: server.6=[::1:2888:3888: a bracket is not closed
zoo.cfg:12:1: server.7=zk7:2888:3888;x: the client port is "x", which is no number
zoo.cfg:13:1: server.300=zk8:2888:3888: the id is 300, and must be from 0 to 255
zoo.cfg:14:1: server.x=zk9:2888:3888: the id is "x", which is no number
zoo.cfg:15:1: server.10=zk1:2888:3888:observer|zk2:2888:3888:participant: its addresses have different roles
zoo.cfg:16:1: server.11=zk1:2888:99999: the port for the election is 99999, and must be from 1 to 65535
zoo.cfg:17:1: server.12=:2888:3888: it has no address`},
		"the same id twice": {[]given{{name: "zoo.cfg", text: basic + three + "server.01=zk9:2888:3888\n"}}, `
zoo.cfg:9:1: the server 1 is there twice, first at line 6`},
		"a unicode escape that Java refuses": {[]given{{name: "zoo.cfg", text: basic + "dataDir=C:\\users\n" + three}}, `
zoo.cfg:6:1: dataDir has a \u without four hex digits behind it, for which Java refuses the whole file`},
		"another file": {[]given{{name: "empty.cfg", text: "# nothing\n"}}, `
empty.cfg: there is no key in it: neither dataDir nor a server.N`},
		"a dynamic file that is not there": {[]given{{name: "conf/zoo.cfg", text: basic + "dynamicConfigFile=/etc/zoo.cfg.dynamic\n"}}, `
conf/zoo.cfg:6:1: the server list stands in /etc/zoo.cfg.dynamic, which cannot be read: file does not exist`},
		"a list in both": {[]given{{name: "zoo.cfg", text: basic + three + "dynamicConfigFile=d\n"}}, `
zoo.cfg:6:1: server.1 stands beside dynamicConfigFile, line 9, which ZooKeeper refuses`},
		"client ports that differ": {[]given{{name: "zoo.cfg", text: basic + "server.1=zk1:2888:3888;2182\nserver.2=zk2:2888:3888;2181\nserver.3=zk3:2888:3888;2181\n"}}, `
zoo.cfg:5:1: clientPort is 2181, and server.1 has the client port 2182 at zoo.cfg:6`},
		"lists that differ": {[]given{{name: "zk1.cfg", text: basic + three}, {name: "zk2.cfg", text: basic + strings.Replace(three, "zk3:2888", "zk3:2889", 1)}, {name: "zk3.cfg", text: basic + three + "server.4=zk4:2888:3888:observer\n"}}, `
zk2.cfg:8:1: server.3 is zk3:2889:3888:participant here and zk3:2888:3888:participant in zk1.cfg:8
zk1.cfg:6:1: the list of zk1.cfg lacks server 4, which zk3.cfg:9 has
zk2.cfg:6:1: the list of zk2.cfg lacks server 4, which zk3.cfg:9 has`},
		"one file of a host that several share": {[]given{{name: "zoo-1.cfg", text: basic + local}}, `
zoo-1.cfg:7:1: servers 1 and 2 are both at 127.0.0.1, and zoo-1.cfg tells the ports and the data directory of one of them only`},
		"files that nobody can tell apart": {[]given{{name: "a.cfg", text: basic + three}, {name: "b.cfg", text: basic + three}}, `
a.cfg: which of the servers 1, 2, 3 has the file a.cfg cannot be told: not by a myid, its ports or its name
b.cfg: which of the servers 1, 2, 3 has the file b.cfg cannot be told: not by a myid, its ports or its name`},
		"names that say two things": {[]given{{name: "zk1.cfg", text: strings.Replace(basic, "/data", "/zookeeper-2", 1) + three}, {name: "zk3.cfg", text: basic + three}}, `
zk1.cfg: zk1.cfg may be of server 1, by its name, or of server 2, by the number in its dataDir`},
		"numbers that count from elsewhere": {[]given{{name: "zk-1.cfg", text: basic + strings.NewReplacer("zk1", "zk-0", "zk2", "zk-1", "zk3", "zk-2").Replace(three)}, {name: "b.cfg", text: basic + three, id: 3}}, `
zk-1.cfg: zk-1.cfg may be of server 2, by its name, or of server 1, by the number in its name`},
		"two files of one server": {[]given{{name: "zk1.cfg", text: basic + three}, {name: "b.cfg", text: basic + three, id: 1}}, `
b.cfg: b.cfg is of server 1, and so is zk1.cfg`},
		"an id that is not in the list": {[]given{{name: "a.cfg", text: basic + three, id: 7}, {name: "zk1.cfg", text: basic + three}}, `
a.cfg: a.cfg was said to be of server 7, which its list does not have`},
		"a host that is not in the list": {[]given{{name: "a.cfg", text: basic + three, host: "zk7"}, {name: "zk1.cfg", text: basic + three}}, `
a.cfg: a.cfg was said to be of zk7, and no server of its list has that address`},
		"servers that run alone": {[]given{{name: "a.cfg", text: basic}, {name: "b.cfg", text: basic}}, `
b.cfg: neither a.cfg nor b.cfg has a server list: each is a server that runs alone, and an inventory is one ensemble`},
		"one with a list and one without": {[]given{{name: "zk1.cfg", text: basic + three}, {name: "b.cfg", text: basic}}, `
b.cfg: b.cfg has no server list, and zk1.cfg has one`},
		"an address that says nothing": {[]given{{name: "zoo.cfg", text: basic + strings.Replace(three, "zk2", "0.0.0.0", 1)}}, `
zoo.cfg:7:1: server.2 stands as 0.0.0.0, which is every address of the server itself: by which the others reach it, the file does not tell`},
		"a file that is missing where it matters": {[]given{{name: "zoo-1.cfg", text: basic + local}, {name: "zoo-2.cfg", text: strings.NewReplacer("data\n", "data2\n", "2181", "2182").Replace(basic) + local}}, `
zoo-1.cfg:8:1: no file is of server 3, and its dataDir cannot be told: the files that were given differ in it`},
		"an address that no inventory has": {[]given{{name: "zoo.cfg", text: basic + strings.Replace(three, "zk2", "zk_2..example", 1)}}, `
zoo.cfg:7:1: address "zk_2..example" is neither an IP address nor a host name`},
	} {
		t.Run(name, func(t *testing.T) {
			w, found := write(nil, test.configs...)
			var got strings.Builder
			for _, f := range found {
				if f.Hint == "" && !strings.Contains(name, "twice") && !strings.Contains(name, "no inventory") {
					t.Errorf("no hint: %v", f)
				}
				got.WriteString("\n" + f.Pos.String() + ": " + f.Message)
			}
			if diff := cmp.Diff(test.want, got.String()); diff != "" || w != nil {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestIdentity tells which server each of several files is of.
func TestIdentity(t *testing.T) {
	at := func(dir, port string) string {
		return "initLimit=5\nsyncLimit=2\ndataDir=" + dir + "\nclientPort=" + port + "\n"
	}
	clients := strings.NewReplacer("3001\n", "3001;2181\n", "3002\n", "3002;2182\n", "3003\n", "3003;2183\n").Replace(local)
	for name, test := range map[string]struct {
		configs []given
		files   map[string]string
		want    string // the data directories by id
	}{
		"file names":            {[]given{{name: "zoo-2.cfg", text: at("/b", "2182") + local}, {name: "zoo-1.cfg", text: at("/a", "2181") + local}, {name: "zoo3.cfg", text: at("/c", "2183") + local}}, nil, "/a /b /c"},
		"folders":               {[]given{{name: "zk2/zoo.cfg", text: at("/b", "2181") + three}, {name: "zk1/zoo.cfg", text: at("/a", "2181") + three}, {name: "h/zk3/zoo.cfg", text: at("/c", "2181") + three}}, nil, "/a /b /c"},
		"data directories":      {[]given{{name: "x.cfg", text: at("/d/zk-2", "2182") + local}, {name: "y.cfg", text: at("/d/zk-1/", "2181") + local}, {name: "z.cfg", text: at("/d/3", "2183") + local}}, nil, "/d/zk-1 /d/zk-2 /d/3"},
		"client ports":          {[]given{{name: "x.cfg", text: at("/b", "2182") + clients}, {name: "y.cfg", text: at("/a", "2181") + clients}, {name: "z.cfg", text: at("/c", "2183") + clients}}, nil, "/a /b /c"},
		"their own address":     {[]given{{name: "x.cfg", text: at("/b", "2181") + strings.Replace(three, "zk2", "0.0.0.0", 1)}, {name: "y.cfg", text: at("/a", "2181") + strings.Replace(three, "zk1", "[::]", 1)}, {name: "z.cfg", text: at("/c", "2181") + strings.Replace(three, "zk3", "0.0.0.0", 1)}}, nil, "/a /b /c"},
		"what was said":         {[]given{{name: "x1.cfg", text: at("/b", "2181") + three, id: 2}, {name: "x2.cfg", text: at("/a", "2181") + three, host: "zk1"}, {name: "x3.cfg", text: at("/c", "2181") + three, id: 3}}, nil, "/a /b /c"},
		"myid":                  {[]given{{name: "x.cfg", text: at("/b", "2182") + local}, {name: "y.cfg", text: at("/a", "2181") + local}, {name: "z.cfg", text: at("/c", "2183") + local}}, map[string]string{"/a/myid": "1\n", "/b/myid": "2\n", "/c/myid": "3\n"}, "/a /b /c"},
		"the rest has the same": {[]given{{name: "zk1.cfg", text: at("/a", "2181") + three}, {name: "zk3.cfg", text: at("/a", "2181") + three}}, nil, "/a /a /a"},
		"a list beside":         {[]given{{name: "zoo.cfg", text: at("/a", "2181")}, {name: "zoo.cfg.dynamic.100000000", text: three}}, nil, "/a /a /a"},
		"a dynamic file beside": {[]given{{name: "conf/zoo.cfg", text: at("/a", "2181") + "dynamicConfigFile=/opt/conf/d.1\n"}}, map[string]string{"conf/d.1": three}, "/a /a /a"},
		"a relative one":        {[]given{{name: "conf/zoo.cfg", text: at("/a", "2181") + "dynamicConfigFile=dyn/d.1\n"}}, map[string]string{"conf/dyn/d.1": three}, "/a /a /a"},
	} {
		t.Run(name, func(t *testing.T) {
			w, found := write(test.files, test.configs...)
			if w == nil {
				t.Fatal(found)
			}
			e, found := inventory.Read("inventory.toml", w.Text, rules()...)
			if found.Failed() {
				t.Fatalf("%v\n%s", found, w.Text)
			}
			var dirs []string
			for _, m := range e.Members() {
				dirs = append(dirs, m.Instance.DataDir)
			}
			if got := strings.Join(dirs, " "); got != test.want {
				t.Errorf("got %s, want %s\n%s", got, test.want, w.Text)
			}
		})
	}
}
