package inventory

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
)

func TestParseFlag(t *testing.T) {
	for text, want := range map[string]Flag{
		"-Dzookeeper.skipACL=yes":              {Kind: FlagProperty, Name: "zookeeper.skipACL", Value: "yes"},
		"-Da=b=c":                              {Kind: FlagProperty, Name: "a", Value: "b=c"},
		"-Da":                                  {Kind: FlagProperty, Name: "a"},
		"-XX:+UseG1GC":                         {Kind: FlagAdvanced, Name: "UseG1GC", Value: "+"},
		"-XX:-UseG1GC":                         {Kind: FlagAdvanced, Name: "UseG1GC", Value: "-"},
		"-XX:MaxGCPauseMillis=50":              {Kind: FlagAdvanced, Name: "MaxGCPauseMillis", Value: "50"},
		"-XX:StartFlightRecording:filename=/a": {Kind: FlagAdvanced, Name: "StartFlightRecording", Value: "filename=/a"},
		"-XX:":                                 {Kind: FlagAdvanced},
		"-Xms1g":                               {Kind: FlagExtra, Name: "-Xms", Value: "1g"},
		"-Xss512k":                             {Kind: FlagExtra, Name: "-Xss", Value: "512k"},
		"-Xlog:gc*:file=/a.log:time":           {Kind: FlagExtra, Name: "-Xlog", Value: "gc*:file=/a.log:time"},
		"-Xloggc:/a.log":                       {Kind: FlagExtra, Name: "-Xloggc", Value: "/a.log"},
		"-Xint":                                {Kind: FlagExtra, Name: "-Xint"},
		"-javaagent:/a.jar=9404:/b.yml":        {Kind: FlagAgent, Name: "/a.jar", Value: "9404:/b.yml"},
		"-agentpath:/a.so":                     {Kind: FlagAgent, Name: "/a.so"},
		"-agentlib:jdwp=server=y":              {Kind: FlagAgent, Name: "jdwp", Value: "server=y"},
		"-Xrunjdwp:server=y":                   {Kind: FlagAgent, Name: "jdwp", Value: "server=y"},
		"--add-opens=java.base/a=ALL-UNNAMED":  {Kind: FlagOption, Name: "--add-opens", Value: "java.base/a=ALL-UNNAMED"},
		"-server":                              {Kind: FlagOption, Name: "-server"},
		"@/etc/flags":                          {Kind: FlagFile, Name: "/etc/flags"},
		"org.example.Main":                     {Kind: FlagNone},
		"":                                     {Kind: FlagNone},
	} {
		want.Text = text
		if diff := cmp.Diff(want, ParseFlag(text)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestEffective lets zoo.cfg win over a flag, and the last flag over those before it.
func TestEffective(t *testing.T) {
	e, _ := Read("zk.toml", []byte(`[jvm]
flags = [ "-Dzookeeper.a=1", "-Dzookeeper.a=2", "-Dzookeeper.b=3" ]
[zoo_cfg]
b = 4
[[host]]
name = "zk1"
address = "10.0.0.1"
instance = [ { id = 1 } ]
`))
	in := &e.Hosts[0].Instances[0]
	for key, want := range map[string]struct {
		value string
		at    finding.Position
	}{
		"a": {"2", finding.Position{File: "zk.toml", Line: 2, Column: 30}},
		"b": {"4", finding.Position{File: "zk.toml", Line: 4, Column: 1}},
		"c": {"", in.Pos},
	} {
		value, pos, ok := in.Effective(key)
		if value != want.value || pos != want.at || ok != (want.value != "") {
			t.Errorf("%s is %q of %v, %t", key, value, pos, ok)
		}
	}
}

func TestFlagPorts(t *testing.T) {
	type port struct {
		Port    int
		Address string
	}
	for name, test := range map[string]struct {
		flags []string
		want  []port
	}{
		"JMX":                         {[]string{"-Dcom.sun.management.jmxremote.port=9010"}, []port{{9010, ""}}},
		"JMX, twice the same":         {[]string{"-Dcom.sun.management.jmxremote.port=9010", "-Dcom.sun.management.jmxremote.rmi.port=9010"}, []port{{9010, ""}}},
		"JMX, two":                    {[]string{"-Dcom.sun.management.jmxremote.port=9010", "-Dcom.sun.management.jmxremote.rmi.port=9011"}, []port{{9010, ""}, {9011, ""}}},
		"JMX on one address":          {[]string{"-Dcom.sun.management.jmxremote.host=127.0.0.1", "-Dcom.sun.management.jmxremote.port=9010"}, []port{{9010, "127.0.0.1"}}},
		"the last flag":               {[]string{"-Dcom.sun.management.jmxremote.port=1", "-Dcom.sun.management.jmxremote.port=9010"}, []port{{9010, ""}}},
		"any port":                    {[]string{"-Dcom.sun.management.jmxremote.port=0", "-Dcom.sun.management.jmxremote.rmi.port=x"}, nil},
		"an agent":                    {[]string{"-javaagent:/opt/jmx_prometheus_javaagent-0.20.0.jar=9404:/etc/jmx.yml"}, []port{{9404, ""}}},
		"an agent on one address":     {[]string{"-javaagent:/opt/a.jar=127.0.0.1:9404:/etc/jmx.yml"}, []port{{9404, "127.0.0.1"}}},
		"an agent on an IPv6 address": {[]string{"-javaagent:/opt/a.jar=[::1]:9404:/etc/jmx.yml"}, []port{{9404, "::1"}}},
		"Jolokia's agent":             {[]string{"-javaagent:/opt/jolokia.jar=port=8778,host=127.0.0.1,user=x"}, []port{{8778, "127.0.0.1"}}},
		"Jolokia's agent by a name":   {[]string{"-javaagent:/opt/jolokia.jar=host=localhost,port=8778"}, []port{{8778, ""}}},
		"an agent that connects":      {[]string{"-javaagent:/opt/statsd.jar=server=10.0.0.9,port=8125"}, nil},
		"an agent with other options": {[]string{"-javaagent:/opt/a.jar=key=value,port:9"}, nil},
		"an agent and its file":       {[]string{"-javaagent:/opt/a.jar=/etc/9404:x"}, nil},
		"a debugger":                  {[]string{"-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005"}, []port{{5005, ""}}},
		"a debugger of old":           {[]string{"-Xrunjdwp:transport=dt_socket,server=y,address=5005"}, []port{{5005, ""}}},
		"a debugger on loopback":      {[]string{"-agentlib:jdwp=transport=dt_socket,server=y,address=127.0.0.1:5005"}, []port{{5005, "127.0.0.1"}}},
		"to a debugger":               {[]string{"-agentlib:jdwp=transport=dt_socket,address=10.0.0.1:5005"}, nil},
	} {
		var got []port
		in := &Instance{JVM: JVM{Flags: test.flags}}
		for _, p := range in.SettingPorts() {
			got = append(got, port{p.Port, p.Address})
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestFlagPortTwice finds a flag of all servers that makes two of one host listen on a port.
func TestFlagPortTwice(t *testing.T) {
	_, found := Read("zk.toml", []byte(`[jvm]
flags = [ "-Xint", "-Dcom.sun.management.jmxremote.port=9010" ]
[[host]]
name = "zk1"
address = "10.0.0.1"
instance = [ { id = 1 }, { id = 2, client_port = 1, quorum_port = 2, election_port = 3 } ]
`))
	const want = "zk.toml:2:20: on host zk1 port 9010 is -Dcom.sun.management.jmxremote.port of zookeeper-2 and already -Dcom.sun.management.jmxremote.port of zookeeper-1, line 2; give zookeeper-2 a -Dcom.sun.management.jmxremote.port of its own [duplicate-port]"
	if len(found) != 1 || found[0].String() != want {
		t.Errorf("found %v", found)
	}
}
