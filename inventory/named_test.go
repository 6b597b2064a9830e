package inventory

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNamedFiles(t *testing.T) {
	for name, test := range map[string]struct {
		settings Settings
		flags    []string
		want     []NamedFile
	}{
		"a key store that nothing uses": {Settings{{Key: "ssl.keyStore.location", Value: "/k"}}, nil, []NamedFile{{By: "ssl.keyStore.location", Path: "/k"}}},
		"a key store": {Settings{{Key: "secureClientPort", Value: "2281"}, {Key: "ssl.keyStore.passwordPath", Value: "/p"}}, nil,
			[]NamedFile{{By: "ssl.keyStore.passwordPath", Path: "/p", Needed: true}}},
		"a trust store of servers": {Settings{{Key: "sslQuorum", Value: "true"}, {Key: "ssl.quorum.trustStore.location", Value: "/t"}, {Key: "ssl.trustStore.location", Value: "/u"}}, nil,
			[]NamedFile{{By: "ssl.quorum.trustStore.location", Path: "/t", Needed: true}, {By: "ssl.trustStore.location", Path: "/u"}}},
		"a flag for a key": {nil, []string{"-Dzookeeper.ssl.keyStore.location=/k"}, []NamedFile{{By: "-Dzookeeper.ssl.keyStore.location", Path: "/k"}}},
		"a flag without effect": {Settings{{Key: "ssl.keyStore.location", Value: "/k"}}, []string{"-Dzookeeper.ssl.keyStore.location=/other"},
			[]NamedFile{{By: "ssl.keyStore.location", Path: "/k"}}},
		"JAAS":           {nil, []string{"-Djava.security.auth.login.config=/jaas"}, []NamedFile{{By: "-Djava.security.auth.login.config", Path: "/jaas", Ends: true}}},
		"JAAS alone":     {nil, []string{"-Djava.security.auth.login.config==/jaas"}, []NamedFile{{By: "-Djava.security.auth.login.config", Path: "/jaas", Ends: true}}},
		"JAAS as a URL":  {nil, []string{"-Djava.security.auth.login.config=file:///jaas"}, []NamedFile{{By: "-Djava.security.auth.login.config", Path: "/jaas", Ends: true}}},
		"an agent":       {nil, []string{"-javaagent:/a.jar=9404:/b"}, []NamedFile{{By: "-javaagent", Path: "/a.jar", Ends: true}}},
		"a library":      {nil, []string{"-agentpath:/a.so", "-agentlib:jdwp=x"}, []NamedFile{{By: "-agentpath", Path: "/a.so", Ends: true}}},
		"flags":          {nil, []string{"-XX:Flags=/f", "-XX:VMOptionsFile=/g"}, []NamedFile{{By: "-XX:Flags", Path: "/f", Ends: true}, {By: "-XX:VMOptionsFile", Path: "/g", Ends: true}}},
		"logging":        {nil, []string{"-Dlog4j.configuration=file:/l", "-Dlogback.configurationFile=/m"}, []NamedFile{{By: "-Dlog4j.configuration", Path: "/l"}, {By: "-Dlogback.configurationFile", Path: "/m"}}},
		"a resource":     {nil, []string{"-Dlog4j.configuration=log4j.properties", "-Dlogback.configurationFile=logback.xml", "-Dlog4j.configuration=http://a/b"}, nil},
		"a store of JDK": {nil, []string{"-Djavax.net.ssl.trustStore=/t", "-Djavax.net.ssl.keyStore=NONE"}, []NamedFile{{By: "-Djavax.net.ssl.trustStore", Path: "/t"}}},
		"nothing":        {nil, []string{"-Djava.security.auth.login.config=", "-Da=/b"}, nil},
	} {
		in := &Instance{ZooCfg: test.settings, JVM: JVM{Flags: test.flags}}
		if diff := cmp.Diff(test.want, in.NamedFiles()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
