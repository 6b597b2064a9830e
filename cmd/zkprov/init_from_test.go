package main

import (
	"strings"
	"testing"
)

const (
	existingCfg  = "tickTime=2000\ninitLimit=5\nsyncLimit=2\ndataDir=/var/lib/zookeeper/data\nclientPort=2181\nssl.keyStore.password=kappa\nskipACL=yes\n"
	existingList = "server.1=zk1:2888:3888\nserver.2=zk2:2888:3888\nserver.3=zk3:2888:3888\n"
)

// TestInitFrom makes inventories of files, which validate with every rule.
func TestInitFrom(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "zoo.cfg", existingCfg+existingList)
	put(t, "alone.cfg", existingCfg)
	put(t, "zk1.cfg", existingCfg+existingList)
	put(t, "b.cfg", existingCfg+"maxClientCnxns=7\n"+existingList)
	put(t, "java.env", "export JVMFLAGS=\"-Xmx2g $JVMFLAGS\"\n")
	put(t, "zk.service", "[Service]\nUser=zk\nExecStart=/opt/zk/bin/zkServer.sh start-foreground\n")
	put(t, "myid", "7\n")
	put(t, "bad.cfg", "dataDir=/d\nserver.1=zk1\nserver.2=zk2:1\n")
	put(t, "list=3.cfg", existingCfg+existingList)
	for line, want := range map[string]string{
		"--from zoo.cfg": "3 hosts, 3 instances (3 participants, 0 observers)",
		"--from zoo.cfg --java-env java.env --unit zk.service": `heap = "2g"`,
		"--from zoo.cfg --unit zk.service":                     `user = "zk"`,
		"--from zoo.cfg --zookeeper-version 3.8.4":             "ZooKeeper 3.8.4",
		"--from zk1.cfg --from 2=b.cfg":                        "maxClientCnxns = 7",
		"--from zk1.cfg --from zk2=b.cfg":                      "maxClientCnxns = 7",
		"--from list=3.cfg":                                    "3 hosts",
		"--from alone.cfg":                                     `name = "fill-in.invalid"`,
		"--from zk9=alone.cfg":                                 `name = "zk9"`,
		"--from 10.0.0.9=alone.cfg --myid myid":                "id = 7",
		"--from 5=alone.cfg":                                   "id = 5",
	} {
		got := zkprov(t, append([]string{"init"}, strings.Fields(line)...)...)
		if got.Code != 0 || !strings.Contains(got.Err, "1 thing left out: see the comments with \"left out\"\n1 secret to write by hand: see the comments with \"secret\"\n") || strings.Contains(got.Out, "kappa") {
			t.Fatalf("init %s: %d %s\n%s", line, got.Code, got.Err, got.Out)
		}
		put(t, "inventory.toml", got.Out)
		valid := zkprov(t, "validate", "inventory.toml")
		if valid.Code != 0 || !strings.Contains(got.Out+valid.Out, want) {
			t.Errorf("init %s: %+v\n%s", line, valid, got.Out)
		}
	}
	for line, want := range map[string]string{
		"--from bad.cfg":                          "bad.cfg:2:1: server.1=zk1: it needs two ports: one for followers and one for the election; write server.N=host:port:port, with :observer and ;port where they belong [existing-unreadable]\nbad.cfg:3:1: server.2=zk2:1: it needs two ports: one for followers and one for the election; write server.N=host:port:port, with :observer and ;port where they belong [existing-unreadable]\n2 errors, 0 warnings; no host was touched\n",
		"--from none.cfg":                         "zkprov: open none.cfg: no such file or directory\nsee: zkprov init --help\n",
		"--from .":                                "zkprov: read .: is a folder: name the file in it, such as ./zoo.cfg\nsee: zkprov init --help\n",
		"--from zoo.cfg zk1":                      "zkprov: give --from, hosts or --pseudo, and only one of them\nsee: zkprov init --help\n",
		"--from zoo.cfg --pseudo 3":               "zkprov: give --from, hosts or --pseudo, and only one of them\nsee: zkprov init --help\n",
		"--java-env java.env zk1":                 "zkprov: --java-env goes with --from zoo.cfg\nsee: zkprov init --help\n",
		"--from - --from -":                       "zkprov: --from - is there twice, and stdin is one file\nsee: zkprov init --help\n",
		"--from zoo.cfg --zookeeper-version 3.6":  "zkprov: --zookeeper-version is \"3.6\", and is written like 3.6.3\nsee: zkprov init --help\n",
		"--from zk1.cfg --from b.cfg --myid myid": "zkprov: --myid goes with a single --from; with several say --from ID=FILE\nsee: zkprov init --help\n",
		"--from alone.cfg --myid zoo.cfg":         "zkprov: zoo.cfg: its first line is no server id from 0 to 255\nsee: zkprov init --help\n",
	} {
		got := zkprov(t, append([]string{"init"}, strings.Fields(line)...)...)
		if got.Code != 64 || got.Out != "" || got.Err != want {
			t.Errorf("init %s: %d %s", line, got.Code, got.Err)
		}
	}
}

// TestInitFromGuards leaves SASL out where no flag names its login, and wants that on stderr.
func TestInitFromGuards(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "zoo.cfg", existingCfg+"quorum.auth.enableSasl=true\n"+existingList)
	put(t, "java.env", "JVMFLAGS=-Djava.security.auth.login.config=/etc/zookeeper/jaas.conf\n")
	const said = "left out although it keeps others out: quorum.auth.enableSasl (zoo.cfg:8); where flags of the JVM belong to it, give their file with --java-env or --unit\n"
	if got := zkprov(t, "init", "--from", "zoo.cfg"); got.Code != 0 || !strings.Contains(got.Err, said) {
		t.Errorf("%+v", got)
	}
	if got := zkprov(t, "init", "--from", "zoo.cfg", "--java-env", "java.env"); got.Code != 0 || strings.Contains(got.Err, "keeps others out") || !strings.Contains(got.Out, "\nquorum.auth.enableSasl = true\n") {
		t.Errorf("%+v", got)
	}
}

// TestInitFromStdin reads a zoo.cfg that another command prints.
func TestInitFromStdin(t *testing.T) {
	got := fed(t, t.Context(), file(t, existingCfg+existingList), "init", "--from", "-")
	if got.Code != 0 || !strings.Contains(got.Out, "made from stdin.") || !strings.Contains(got.Out, "(stdin:7)") {
		t.Errorf("%+v", got)
	}
	if got := fed(t, t.Context(), file(t, "a=1\nserver.1=x\n"), "init", "--from", "1=-"); got.Code != 64 || !strings.HasPrefix(got.Err, "stdin:2:1: server.1=x: it needs two ports") {
		t.Errorf("%+v", got)
	}
}
