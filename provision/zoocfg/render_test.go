package zoocfg

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/zoocfg/zoocfgtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// ensemble returns the ensemble of an inventory, which must be without errors.
func ensemble(t testing.TB, text string) *inventory.Ensemble {
	t.Helper()
	e, found := inventory.Read("zk.toml", []byte(text))
	if found.Failed() {
		t.Fatalf("%v in\n%s", found, text)
	}
	return e
}

func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// threeHosts is the end of an inventory; its instances are zookeeper-1 to -3.
const threeHosts = `
[[host]]
name = "zk1"
address = "10.0.0.1"
instance = [ { id = 1 } ]
[[host]]
name = "zk2"
address = "10.0.0.2"
instance = [ { id = 2 } ]
[[host]]
name = "zk3"
address = "10.0.0.3"
instance = [ { id = 3 } ]
`

func version(v string) string { return fmt.Sprintf("[ensemble]\nversion = %q\n", v) }

func TestRender(t *testing.T) {
	tests := map[string]struct {
		text string
		ids  []int // of the instances that are rendered
	}{
		"pseudo-cluster": {example(t, "pseudo-cluster.toml"), []int{1, 4}},
		"four-hosts":     {example(t, "four-hosts.toml"), []int{1, 4}},
		"ipv6": {`
[[host]]
name = "zk1"
address = "fd00::1"
instance = [ { id = 1, admin_port = 8080, data_dir = "/srv/data", data_log_dir = "/srv/log" } ]
[[host]]
name = "zk2"
address = "::ffff:10.0.0.2"
instance = [ { id = 2, role = "observer" } ]
`, []int{1}},
		"one":    {"[[host]]\nname = \"zk1\"\naddress = \"zk1\"\ninstance = [ { id = 1 } ]\n", []int{1}},
		"3.5.10": {version("3.5.10") + threeHosts, []int{2}},
		"3.8.6":  {version("3.8.6") + threeHosts, []int{2}},
		// The order of ids, which is not that of the file.
		"order": {"[[host]]\nname = \"b\"\naddress = \"b\"\ninstance = [ { id = 10 } ]\n[[host]]\nname = \"a\"\naddress = \"a\"\ninstance = [ { id = 9 } ]\n", []int{9}},
		"settings": {`
[zoo_cfg]
tickTime = 3_000
autopurge.purgeInterval = 24
"4lw.commands.whitelist" = "*"
maxClientCnxns = 0
localSessionsEnabled = true
` + threeHosts, []int{1}},
		"unchecked": {`
zoo_cfg_unchecked = { tickTime = "2 s", "com.example.key" = "x", "4lw.commands.whitelist" = "*" }
[zoo_cfg]
maxCnxns = 1
` + threeHosts, []int{1}},
		"addresses": {`
[zoo_cfg]
secureClientPort = 2281
[[host]]
name = "zk1"
address = "10.0.0.1"
instance = [ { id = 0, address = ["10.0.0.11", "fd00::11"], admin_port = 8080, admin_address = "::1" }, { id = 4, address = "10.0.0.12", client_port = 0 } ]
[[host]]
name = "zk2"
address = ["10.0.0.2", "192.168.0.2"]
instance = [ { id = 2, role = "observer", zoo_cfg.clientPortAddress = "0.0.0.0" } ]
`, []int{0, 2, 4}},
		"special": {`
[zoo_cfg]
a = 'C:\zk\'
b = "  two blanks before, and after  "
c = "= : # ! % $HOME"
d = "Zoë, 動物園 and 🐘"
e = ""
"key with = : # ! \\ and ë" = "x"
"#f" = "#x"
"!g" = "!x"
` + threeHosts, []int{1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := ensemble(t, test.text)
			rendered := 0
			for _, m := range e.Members() {
				for _, id := range test.ids {
					if m.Instance.ID == id {
						golden(t, fmt.Sprintf("%s/%s.cfg", name, m.Instance.Name), Render(e, m.Instance))
						rendered++
					}
				}
			}
			if rendered != len(test.ids) {
				t.Errorf("%d of %d instances are there", rendered, len(test.ids))
			}
		})
	}
}

// TestRenderEscapesControl writes control characters, which no inventory can have, and
// wants them to do no harm.
func TestRenderEscapesControl(t *testing.T) {
	e := ensemble(t, threeHosts)
	in := &e.Hosts[0].Instances[0]
	in.ZooCfg = inventory.Settings{{Key: "a\nb", Value: "c\nskipACL=yes\r\u0085\t\x00\x7f"}}
	got, err := zoocfgtest.Parse(Render(e, in))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := got.Settings.Get("skipACL"); ok {
		t.Errorf("skipACL is %q", v)
	}
	if v, _ := got.Settings.Get("a\nb"); v != "c\nskipACL=yes\r\u0085\t\x00\x7f" {
		t.Errorf("the value is %q", v)
	}
}

// FuzzRenderParse wants what is written to be read back, whatever the values are.
func FuzzRenderParse(f *testing.F) {
	f.Add("maxClientCnxns", "60", "tickTime", "2000")
	f.Add("a b", `C:\zk\ `, "=:#!", " # \t\n= ")
	f.Add("ë🐘", "\u0085\u2028🐘", "", "\\")
	f.Add("dataDir", "/x", "dataDir", "/y")
	e := ensemble(f, "[[host]]\nname = \"zk1\"\naddress = \"fd00::1\"\ninstance = [ { id = 1 } ]\n[[host]]\nname = \"zk2\"\naddress = \"zk2\"\ninstance = [ { id = 2, role = \"observer\" } ]\n")
	f.Fuzz(func(t *testing.T, key1, value1, key2, value2 string) {
		in := e.Hosts[0].Instances[0]
		in.ZooCfg = inventory.Settings{{Key: key1, Value: value1}, {Key: key2, Value: value2}}
		var want inventory.Settings
		for _, s := range settings(e, &in) {
			key, value := string([]rune(s.Key)), string([]rune(s.Value)) // valid UTF-8
			if strings.HasPrefix(trim(key), "server.") {
				return
			}
			// The last value of a key counts, in the place of the first.
			s = inventory.Setting{Key: trim(key), Value: trim(value)}
			if at := slices.IndexFunc(want, func(w inventory.Setting) bool { return w.Key == s.Key }); at >= 0 {
				want[at] = s
				continue
			}
			want = append(want, s)
		}
		got, err := zoocfgtest.Parse(Render(e, &in))
		if err != nil {
			t.Fatalf("%v in\n%s", err, Render(e, &in))
		}
		if diff := cmp.Diff(want, got.Settings); diff != "" {
			t.Errorf("settings differ (-written +read):\n%s\n%s", diff, Render(e, &in))
		}
		servers := []zoocfgtest.Server{
			{ID: 1, Address: "fd00::1", QuorumPort: 2888, ElectionPort: 3888, Role: inventory.Participant},
			{ID: 2, Address: "zk2", QuorumPort: 2888, ElectionPort: 3888, Role: inventory.Observer},
		}
		if diff := cmp.Diff(servers, got.Servers); diff != "" {
			t.Errorf("servers differ (-written +read):\n%s", diff)
		}
	})
}

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{"}~": "}~", "\x7f": `\u007f`, "\uffff": `\uffff`, "\U00010000": `\ud800\udc00`, "\x1f": `\u001f`, " a b": `\ a b`} {
		if got := escape(text, false); got != want {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
	}
}

func TestMyid(t *testing.T) {
	for id, want := range map[int]string{1: "1\n", 42: "42\n", 255: "255\n"} {
		if got := string(Myid(id)); got != want {
			t.Errorf("myid of %d is %q, want %q", id, got, want)
		}
	}
}

func TestLogging(t *testing.T) {
	for version, want := range map[string]string{
		"3.4.14": "log4j.properties", "3.5.10": "log4j.properties", "3.6.3": "log4j.properties", "3.7.2": "log4j.properties",
		"3.8.0": "logback.xml", "3.9.5": "logback.xml", "3.10.0": "logback.xml", "4.0.0-alpha": "logback.xml",
	} {
		t.Run(version, func(t *testing.T) {
			name, content := Logging(inventory.Version(version), new(inventory.Instance))
			if name != want {
				t.Errorf("the file is %s, want %s", name, want)
			}
			golden(t, name, content)
			files := &inventory.Instance{LogDir: "/var/log/zookeeper/zookeeper-1", Logging: inventory.Logging{To: inventory.LogToFiles, Size: "100m", Keep: 10}}
			if _, content = Logging(inventory.Version(version), files); len(content) > 0 {
				golden(t, "files-"+name, content)
			}
		})
	}
}

func TestFileSize(t *testing.T) {
	for size, want := range map[string]string{"100m": "100MB", "2G": "2GB", "512k": "512KB", "1048576": "1048576", "1t": "1099511627776"} {
		if got := fileSize(size); got != want {
			t.Errorf("%s is written %s, want %s", size, got, want)
		}
	}
}
