package inventory

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func jarCases() map[string]readCase {
	hash := strings.Repeat("ab", 64)
	return map[string]readCase{
		"a jar": {supported + "[jvm]\njars = [ { url = \"https://example.org/a-1.0.jar\", sha512 = \"" + strings.ToUpper(hash) + "\" } ]" + threeHosts, nil},
		"no hash": {"[jvm]\njars = [ { url = \"https://example.org/a-1.0.jar\" } ]" + threeHosts, []string{
			`zk.toml:2:12: [jvm.jars] needs a sha512 [missing-key]`,
		}},
		"no url, and an unknown key": {"[jvm]\njars = [ { sha256 = \"\", sha512 = \"" + hash + "\" } ]" + threeHosts, []string{
			`zk.toml:2:12: [jvm.jars] has no key "sha256"; it has url, sha512 [unknown-key]`,
			`zk.toml:2:12: [jvm.jars] needs a url [missing-key]`,
		}},
		"a short hash": {"[jvm]\njars = [ { url = \"https://example.org/a-1.0.jar\", sha512 = \"abc\" } ]" + threeHosts, []string{
			`zk.toml:2:60: jvm.jars sha512 must be 128 hex digits, and has 3 characters [bad-hash]`,
		}},
		"a text": {"[jvm]\njars = \"/opt/a.jar\"" + threeHosts, []string{
			`zk.toml:2:1: jvm.jars must be an array of tables, and is a string; write jars = [ { … } ] [wrong-type]`,
		}},
		"data among the jars": {"jvm.jars = [ { url = \"https://example.org/a-1.0.jar\", sha512 = \"" + hash + "\" } ]\n" + oneHost("instance = [ { id = 1, data_dir = \"/opt/zookeeper/jars/1\" } ]\n"), []string{
			`zk.toml:5:35: on host zk1 the data_dir of zookeeper-1, /opt/zookeeper/jars/1, overlaps the jars beside the release, /opt/zookeeper/jars; give each a folder of its own [overlapping-folders]`,
		}},
	}
}

// TestJarFile names the files of jars by what they hold and by their own names, so that a
// class path can have them.
func TestJarFile(t *testing.T) {
	hash := strings.Repeat("0123456789abcdef", 8)
	for url, want := range map[string]string{
		"https://example.org/lib/auth-1.0.jar":                     "auth-1.0.jar",
		"file:///srv/a:b*c%20d.jar":                                "a_b_c_d.jar",
		"https://example.org/download?file=auth.jar":               "download.jar",
		"https://example.org/..":                                   "extra.jar",
		"https://example.org/é.jar":                                "extra.jar",
		"https://example.org/" + strings.Repeat("x", 300) + ".jar": strings.Repeat("x", 100) + ".jar",
		"::": "extra.jar",
	} {
		j := Jar{URL: url, SHA512: hash}
		if got := (Paths{Install: "/opt/zookeeper"}).Jar(j); got != "/opt/zookeeper/jars/0123456789abcdef-"+want {
			t.Errorf("%s lies at %s", url, got)
		}
	}
}

func TestJarLevels(t *testing.T) {
	a, b := strings.Repeat("a", 128), strings.Repeat("b", 128)
	e := decodeWithout(t, `[jvm]
jars = [ { url = "https://example.org/a.jar", sha512 = "`+a+`" }, { url = "https://example.org/a.jar", sha512 = "`+a+`" } ]
[[host]]
name = "zk1"
address = "10.0.0.1"
instance = [ { id = 1 }, { id = 2, client_port = 1, quorum_port = 2, election_port = 3, jvm.jars = [ { url = "file:///b.jar", sha512 = "`+b+`" } ] } ]
`)
	h := &e.Hosts[0]
	if diff := cmp.Diff([]string{"/opt/zookeeper/jars/aaaaaaaaaaaaaaaa-a.jar"}, e.Paths.JarPaths(&h.Instances[0])); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/opt/zookeeper/jars/bbbbbbbbbbbbbbbb-b.jar"}, e.Paths.JarPaths(&h.Instances[1])); diff != "" {
		t.Error(diff)
	}
	if n := len(h.Jars()); n != 2 {
		t.Errorf("the host has %d jars", n)
	}
}
