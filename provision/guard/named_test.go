package guard

import (
	"os"
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/access"
)

// TestNamedFiles looks at files that a JAAS flag, or another, names.
func TestNamedFiles(t *testing.T) {
	const jaas = "-Djava.security.auth.login.config="
	service := access.User{Name: "zk", HasUser: true, HasGroup: true, UID: 4711, GID: 4711}
	on := lies(t, map[string]string{"/etc/zk/open": "", "/etc/zk/closed": "", "/etc/zk/dir/": "", "/srv/closed/open": "", "/root/jaas": "", "/tmp/jaas": "", "/etc/zk/link": "->/root/jaas", "/etc/zk/acl": ""})
	for name, mode := range map[string]os.FileMode{"/etc/zk/closed": 0o600, "/srv/closed": 0o700, "/etc/zk/acl": 0o600} {
		if err := os.Chmod(on.root+name, mode); err != nil {
			t.Fatal(err)
		}
	}
	on.lists = []string{"/etc/zk/acl"}
	const ends = ": the server ends as it starts"
	for name, test := range map[string]struct {
		flag     string
		settings inventory.Settings
		unit     Sandbox
		want     []string
	}{
		"open":            {flag: jaas + "/etc/zk/open"},
		"an access list":  {flag: jaas + "/etc/zk/acl"},
		"missing":         {flag: jaas + "/etc/zk/none/jaas", want: []string{"named-file-unusable zookeeper-1: -Djava.security.auth.login.config names /etc/zk/none/jaas, which is not there (there is no /etc/zk/none)" + ends}},
		"a folder":        {flag: jaas + "/etc/zk/dir", want: []string{"named-file-unusable zookeeper-1: -Djava.security.auth.login.config names /etc/zk/dir, which is a folder" + ends}},
		"not readable":    {flag: "-javaagent:/etc/zk/closed", want: []string{"named-file-unusable zookeeper-1: -javaagent names /etc/zk/closed, which user zk cannot read (mode 0600)" + ends}},
		"a closed folder": {flag: jaas + "/srv/closed/open", want: []string{"named-file-unusable zookeeper-1: -Djava.security.auth.login.config names /srv/closed/open, and user zk cannot enter /srv/closed (mode 0700)" + ends}},
		"a home":          {flag: jaas + "/root/jaas", unit: Sandbox{HidesHome: true}, want: []string{"named-file-unusable zookeeper-1: -Djava.security.auth.login.config names /root/jaas, and its unit hides /root from a server (ProtectHome)" + ends}},
		"a home in sight": {flag: jaas + "/root/jaas"},
		"a link to one":   {flag: jaas + "/etc/zk/link", unit: Sandbox{HidesHome: true}, want: []string{"named-file-unusable zookeeper-1: -Djava.security.auth.login.config names /etc/zk/link, and its unit hides /root"}},
		"a /tmp":          {flag: jaas + "/tmp/jaas", want: []string{"named-file-unusable zookeeper-1: -Djava.security.auth.login.config names /tmp/jaas, and a server has a /tmp of its own (PrivateTmp), where it is not" + ends}},
		"a drop-in":       {flag: jaas + "/tmp/jaas", unit: Sandbox{Changed: true}, want: []string{"named-file-unusable (warning) zookeeper-1: "}},
		"of logging":      {flag: "-Dlog4j.configuration=file:/none", want: []string{"named-file-unusable (warning) zookeeper-1: -Dlog4j.configuration names /none, which is not there (there is no /none); put it there"}},
		"of TLS": {settings: inventory.Settings{{Key: "sslQuorum", Value: "true"}, {Key: "ssl.quorum.keyStore.location", Value: "/etc/zk/closed"}},
			want: []string{"named-file-unusable zookeeper-1: ssl.quorum.keyStore.location names /etc/zk/closed, which user zk cannot read (mode 0600): the server starts, and no TLS handshake succeeds; give it to a group of that user, with the mode 0640$"}},
		"relative": {flag: jaas + "jaas"},
	} {
		t.Run(name, func(t *testing.T) {
			in := &inventory.Instance{Name: "zookeeper-1", ZooCfg: test.settings}
			if test.flag != "" {
				in.JVM.Flags = []string{test.flag}
			}
			found, err := NamedFiles(on, service, "zk1", in, test.unit)
			if err != nil {
				t.Fatal(err)
			}
			begin(t, told(found), test.want)
		})
	}
}
