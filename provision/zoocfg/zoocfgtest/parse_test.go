package zoocfgtest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/properties"
	"github.com/zkprov/zkprov/inventory"
)

// pairs returns settings from keys and values in turn.
func pairs(s ...string) inventory.Settings {
	var all inventory.Settings
	for i := 0; i < len(s); i += 2 {
		all = append(all, inventory.Setting{Key: s[i], Value: s[i+1]})
	}
	return all
}

func TestParse(t *testing.T) {
	tests := map[string]struct {
		text string
		want inventory.Settings
	}{
		"empty":                  {"", nil},
		"equals":                 {"tickTime=2000\n", pairs("tickTime", "2000")},
		"trimmed":                {`a=\ \t x \n`, pairs("a", "x")},
		"trimmed as Java does":   {`a=\u0000\u001f x\u00a0\u0085`, pairs("a", "x\u00a0\u0085")},
		"trimmed key":            {`\ a\ =1`, pairs("a", "1")},
		"later wins":             {"a=1\nb=2\na=3", pairs("a", "3", "b", "2")},
		"later wins, respelt":    {"a=1\n\\u0061 4", pairs("a", "4")},
		"not the server list":    {"group.1=1:2:3\nweight.1=2\nserver=x\nservers.1=y", pairs("group.1", "1:2:3", "weight.1", "2", "server", "x", "servers.1", "y")},
		"all of it as it stands": {"dynamicConfigFile=/a/zoo.cfg.dynamic.100000000\n", pairs("dynamicConfigFile", "/a/zoo.cfg.dynamic.100000000")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Parse([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(Config{Settings: test.want}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestParseServers(t *testing.T) {
	voter := func(id int, address string) Server {
		return Server{id, address, 2888, 3888, inventory.Participant}
	}
	tests := map[string]struct {
		text string
		want []Server
	}{
		"plain":       {"server.1=10.0.0.1:2888:3888", []Server{voter(1, "10.0.0.1")}},
		"participant": {"server.1=zk1:2888:3888:participant", []Server{voter(1, "zk1")}},
		"observer":    {"server.4=zk4:2001:3001:OBSERVER", []Server{{4, "zk4", 2001, 3001, inventory.Observer}}},
		"IPv6":        {"server.1=[fd00::1]:2888:3888:participant", []Server{voter(1, "fd00::1")}},
		"escaped":     {`server.1=zk1\:2888\:3888`, []Server{voter(1, "zk1")}},
		"colon":       {"server.1:zk1:2888:3888", []Server{voter(1, "zk1")}},
		"order":       {"server.2=b:2888:3888\ntickTime=1\nserver.1=a:2888:3888", []Server{voter(2, "b"), voter(1, "a")}},
		"later wins":  {"server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.1=c:2888:3888", []Server{voter(1, "c"), voter(2, "b")}},
		"later right": {"server.1=a\nserver.1=c:2888:3888", []Server{voter(1, "c")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Parse([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.Servers); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestParseCannot(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"id":             {"server.one=a:1:2", "server.one=a:1:2: the id is not a number"},
		"no id":          {"server.=a:1:2", "server.=a:1:2: the id is not a number"},
		"nothing":        {"server.1=", "server.1=: there are no ports"},
		"no ports":       {"server.1=a", "server.1=a: there are no ports"},
		"no address":     {"server.1=:1:2", "server.1=:1:2: there is no address"},
		"empty brackets": {"server.1=[]:1:2", "server.1=[]:1:2: there is no address"},
		"one port":       {"server.1=a:1", "it is not address:port:port or address:port:port:role"},
		"too much":       {"server.1=a:1:2:observer:3", "it is not address:port:port or address:port:port:role"},
		"open bracket":   {"server.1=[fd00::1:1:2", "the address has no closing bracket"},
		"bare IPv6":      {"server.1=fd00::1:1:2", "it is not address:port:port or address:port:port:role"},
		"quorum port":    {"server.1=a:x:2", "the quorum port is not a number"},
		"election port":  {"server.1=a:1:", "the election port is not a number"},
		"role":           {"server.1=a:1:2:leader", "the role is neither participant nor observer"},
		"client port":    {"server.1=a:1:2:participant;2181", "the role is neither participant nor observer"},
		"addresses":      {"server.1=a:1:2|b:1:2", "it is not address:port:port or address:port:port:role"},
		"code point":     {`a=\u00g0`, `\u needs four hex digits in a=\u00g0`},
		"short":          {`a=\u004`, `\u needs four hex digits`},
		"in a key":       {`\uzzzz=1`, `\u needs four hex digits`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Parse([]byte("tickTime=2000\n" + test.text))
			if err == nil {
				t.Fatalf("no error, but %v", got)
			}
			if !strings.HasPrefix(err.Error(), "cannot read zoo.cfg: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
			if diff := cmp.Diff(Config{}, got); diff != "" {
				t.Errorf("with the error there is a configuration:\n%s", diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("tickTime=2000\nserver.1=[fd00::1]:2888:3888:observer\n"))
	f.Add([]byte("# a\\\n! b\na\\\n  b = \\u0041\\\\\\\n:c\r\n"))
	f.Add([]byte("server.=\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(data)
		if err != nil {
			return
		}
		seen := make(map[string]bool)
		for _, s := range c.Settings {
			if seen[s.Key] || strings.HasPrefix(s.Key, "server.") || s.Key != properties.Trim(s.Key) || s.Value != properties.Trim(s.Value) {
				t.Errorf("setting %+v among %+v", s, c.Settings)
			}
			seen[s.Key] = true
		}
	})
}
