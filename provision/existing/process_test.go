package existing_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision/existing"
)

// described returns what was read, a line for each thing, with its place.
func described(p existing.Process) string {
	var b strings.Builder
	for _, f := range p.Flags {
		fmt.Fprintf(&b, "%d %s\n", f.Pos.Line, f.Text)
	}
	for _, v := range p.Environment {
		fmt.Fprintf(&b, "%d environment %s=%s\n", v.Pos.Line, v.Key, v.Value)
	}
	for _, w := range []struct {
		name string
		existing.Word
	}{{"java", p.JavaHome}, {"user", p.User}, {"group", p.Group}, {"memory", p.MemoryMax}, {"files", p.NoFile}} {
		if w.Text != "" {
			fmt.Fprintf(&b, "%d %s %s\n", w.Pos.Line, w.name, w.Text)
		}
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "%d left out %s\n", n.Pos.Line, n.What)
	}
	return b.String()
}

func TestJavaEnv(t *testing.T) {
	for text, want := range map[string]string{
		"JVMFLAGS=-Xmx1g":                  "1 -Xmx1g\n",
		"export JVMFLAGS='-Xmx1g -Da=b'\n": "1 -Xmx1g\n1 -Da=b\n",
		"\n# a comment\nJVMFLAGS=\"-Da=1\"\nJVMFLAGS=\"$JVMFLAGS -Db=2\"\n":                       "3 -Da=1\n4 -Db=2\n",
		"JVMFLAGS=\"-Da=1 \\\n  -Db=2\"\n":                                                        "1 -Da=1\n2 -Db=2\n",
		"JVMFLAGS=-Da=1\nJVMFLAGS+=' -Db=2'\n":                                                    "1 -Da=1\n2 -Db=2\n",
		"X=/srv; export JVMFLAGS=\"-Da=${X}/y -Db=$X\"":                                           "1 -Da=/srv/y\n1 -Db=/srv\n1 left out X\n",
		"JVMFLAGS=\"-Da=${X:-/opt} -Db=${Y-z}\"":                                                  "1 -Da=/opt\n1 -Db=z\n",
		"JVMFLAGS=-Da=$HOSTNAME":                                                                  "1 -Da=${HOSTNAME}\n",
		"JVMFLAGS=\"-Da=$(hostname -f) -Db=c\"":                                                   "1 -Da=$(…)\n1 -Db=c\n",
		"JVMFLAGS=`cat flags`":                                                                    "1 left out JVMFLAGS=`cat flags`\n",
		"[ -z \"$X\" ] && JVMFLAGS=-Da=1":                                                         "1 left out [ -z \"$X\" ]\n1 left out JVMFLAGS=-Da=1\n",
		"true ||\nJVMFLAGS=-Da=1":                                                                 "1 left out true\n2 left out JVMFLAGS=-Da=1\n",
		"if true; then\n  JVMFLAGS=-Da=1\nfi\nJVMFLAGS=-Db=2":                                     "4 -Db=2\n1 left out if true\n2 left out JVMFLAGS=-Da=1\n",
		"f() {\n  JVMFLAGS=-Da=1\n}\nJVMFLAGS=-Db=2":                                              "4 -Db=2\n1 left out f() {\n2 left out JVMFLAGS=-Da=1\n",
		"ZK_SERVER_HEAP=2048\nSERVER_JVMFLAGS=-Da=1\nJVMFLAGS=-Db=2":                              "1 -Xmx2048m\n2 -Da=1\n3 -Db=2\n",
		"export JMXPORT=9010 JMXAUTH=true":                                                        "1 -Dcom.sun.management.jmxremote.port=9010\n1 -Dcom.sun.management.jmxremote.authenticate=true\n1 -Dcom.sun.management.jmxremote.ssl=false\n",
		"KAFKA_OPTS=-Da=1\nKAFKA_GC_LOG_OPTS=-Xint\nexport KAFKA_LOG4J_OPTS=-Dl=1 JAVA=/opt/java": "2 -Xint\n1 -Da=1\n3 left out KAFKA_LOG4J_OPTS=-Dl=1\n3 left out JAVA\n",
		"JMXPORT=9010\nJMXDISABLE=true":                                                           "",
		"export JAVA_HOME=/opt/java\nexport TZ=UTC LANG=C":                                        "2 environment TZ=UTC\n2 environment LANG=C\n1 java /opt/java\n",
		"export DB_PASSWORD=kappa":                                                                "1 left out DB_PASSWORD=…\n",
		"PASSWORD=$(pass)\nmysecret --password=kappa":                                             "1 left out PASSWORD=…\n2 left out mysecret --password= …\n",
		"JVMFLAGS=\"unclosed":                                                                     "1 left out JVMFLAGS=\"unclosed\n",
		". /etc/default/other\r\nJVMFLAGS=-Da=1\r\n":                                              "2 -Da=1\n1 left out . /etc/default/other\n",
		"export JVMFLAGS=-Da=1\nexport JVMFLAGS":                                                  "1 -Da=1\n",
		"JAVA_OPTS=\"-Da='b c'\"":                                                                 "1 -Da='b\n1 c'\n",
		"set -a\nJVMFLAGS=-Da=1\\ -Db=2 # why":                                                    "2 -Da=1\n2 -Db=2\n",
	} {
		p, found := existing.ReadProcess(nil, []existing.Input{{Name: "java.env", Text: []byte(text)}})
		if diff := cmp.Diff(want, described(p)); diff != "" || len(found) > 0 {
			t.Errorf("%s\n(-want +got):\n%s%v", text, diff, found)
		}
	}
}

func TestUnit(t *testing.T) {
	for text, want := range map[string]string{
		"[Service]\nUser=zk\nGroup=zk2\nLimitNOFILE=65536\nMemoryMax=4G\n":                                                                 "2 user zk\n3 group zk2\n5 memory 4g\n4 files 65536\n",
		"[Service]\n# User=no\nEnvironment=A=1 \"B=2 3\"\nEnvironment=\"JVMFLAGS=-Xmx1g -Da=b\"\n":                                         "4 -Xmx1g\n4 -Da=b\n3 environment A=1\n3 environment B=2 3\n",
		"[Service]\nExecStart=/opt/j/bin/java -Xmx1g \\\n  -cp a:b -Dq=\"r s\" org.apache.zookeeper.server.quorum.QuorumPeerMain /z.cfg\n": "2 -Xmx1g\n2 -cp a:b\n2 -Dq=r s\n2 java /opt/j\n",
		"[Service]\nEnvironment=O=-Da=1\nExecStart=/usr/bin/java $O ${NONE} -Db=2 x.Main\n":                                                "2 -Da=1\n3 -Db=2\n3 left out ${NONE}\n",
		"[Service]\nExecStart=/bin/sh -c 'exec java'\nExecStop=/bin/kill $MAINPID\n":                                                       "2 left out ExecStart=/bin/sh -c 'exec java'\n3 left out ExecStop=/bin/kill $MAINPID\n",
		"[Service]\nEnvironmentFile=-/etc/default/zk\nLimitNOFILE=infinity\nWorkingDirectory=/srv\n":                                       "2 left out EnvironmentFile=-/etc/default/zk\n3 left out LimitNOFILE=infinity\n4 left out WorkingDirectory=/srv\n",
		"[Service]\nEnvironment=LANG=C.UTF-8 ZKPROV_GENERATION=x\nLimitNOFILE=524288\n":                                                    "",
		"[Service]\nEnvironment=TOKEN_PASSWORD=kappa\n":                                                                                    "2 left out TOKEN_PASSWORD=…\n",
		"[Service]\r\nUser=zk\r\nExecStart=-/opt/zk/bin/zkServer.sh start-foreground\r\n":                                                  "2 user zk\n",
	} {
		p, found := existing.ReadProcess(&existing.Input{Name: "zk.service", Text: []byte(text)}, nil)
		if diff := cmp.Diff(want, described(p)); diff != "" || len(found) > 0 {
			t.Errorf("%s\n(-want +got):\n%s%v", text, diff, found)
		}
	}
	for _, text := range []string{"", "tickTime=2000\n", "[Unit]\nDescription=x\n"} {
		if _, found := existing.ReadProcess(&existing.Input{Name: "x", Text: []byte(text)}, nil); !found.Failed() {
			t.Errorf("%q is taken for a unit", text)
		}
	}
}
