package inventory

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func unitCases() map[string]readCase {
	environment := func(text string) string { return supported + "[unit.environment]\n" + text + threeHosts }
	return map[string]readCase{
		"environment": {environment("TZ = \"UTC\"\nPATH_OF_TOKEN_FILE = \"/etc/x\"\nTOKEN_FILE = \"x\"\nUSE_TOKEN = true\nMALLOC_ARENA_MAX = 2\nempty = \"\""), nil},
		"names": {environment("1A = \"x\"\n\"A B\" = \"x\"\n\"A=B\" = \"x\"\nA.B = \"x\"\n\"\" = \"x\"\nZKPROV_GENERATION = \"x\""), []string{
			`zk.toml:4:1: unit.environment sets "1A", which is no name of a variable; use letters, digits and underscores, a digit not first [bad-variable]`,
			`zk.toml:5:1: unit.environment sets "A B", which is no name of a variable: its character 2 is a blank; use letters, digits and underscores, a digit not first [bad-variable]`,
			`zk.toml:6:1: unit.environment sets "A=B", which is no name of a variable: its character 2 is "="; use letters, digits and underscores, a digit not first [bad-variable]`,
			`zk.toml:7:1: unit.environment sets "A.B", which is no name of a variable: its character 2 is "."; use letters, digits and underscores, a digit not first [bad-variable]`,
			`zk.toml:8:1: unit.environment sets "", which is no name of a variable; use letters, digits and underscores, a digit not first [bad-variable]`,
			`zk.toml:9:1: unit.environment sets ZKPROV_GENERATION, and zkprov itself sets variables that begin with ZKPROV_; give it another name [bad-variable]`,
		}},
		"a line more": {environment("A = \"x\\nExecStartPre=/bin/sh\""), []string{
			`zk.toml:4:5: unit.environment.A holds a control character: "x\nExecStartPre=/bin/sh"; its character 2 is U+000A LINE FEED [control-character]`,
		}},
		"without effect": {environment("CLASSPATH = \"/x\"\nSERVER_JVMFLAGS = \"-Da\"\nZK_SERVER_HEAP = 2000\nZOO_LOG_DIR = \"/x\"\nKAFKA_OPTS = \"-Da\"\nKAFKA_HEAP_OPTS = \"-Xmx1g\"\nKAFKA_LOG4J_OPTS = \"-Da\""), []string{
			`zk.toml:4:1: unit.environment sets CLASSPATH, which nothing reads: the unit starts java itself, without a script; the unit gives java its class path; name jars for it as jars under [jvm] [variable-without-effect]`,
			`zk.toml:5:1: unit.environment sets SERVER_JVMFLAGS, which nothing reads: the unit starts java itself, without a script; write flags for the JVM under [jvm] flags [variable-without-effect]`,
			`zk.toml:6:1: unit.environment sets ZK_SERVER_HEAP, which nothing reads: the unit starts java itself, without a script; write heap under [jvm] [variable-without-effect]`,
			`zk.toml:7:1: unit.environment sets ZOO_LOG_DIR, which nothing reads: the unit starts java itself, without a script; write to = "files" under [logging], and logs under [paths] [variable-without-effect]`,
			`zk.toml:8:1: unit.environment sets KAFKA_OPTS, which nothing reads: the unit starts java itself, without a script; write flags for the JVM under [jvm] flags [variable-without-effect]`,
			`zk.toml:9:1: unit.environment sets KAFKA_HEAP_OPTS, which nothing reads: the unit starts java itself, without a script; write heap under [jvm] [variable-without-effect]`,
			`zk.toml:10:1: unit.environment sets KAFKA_LOG4J_OPTS, which nothing reads: the unit starts java itself, without a script; write to = "files" under [logging], and logs under [paths] [variable-without-effect]`,
		}},
		"secrets": {environment("db_password = \"x\"\nAWS_SECRET_ACCESS_KEY = \"x\""), []string{
			`zk.toml:4:1: unit.environment gives db_password a value that looks like a secret, and everybody on the host can read the environment in the unit; write it into a file that only root can read, and EnvironmentFile= with its path into a drop-in of the unit (systemctl edit) [variable-secret]`,
			`zk.toml:5:1: unit.environment gives AWS_SECRET_ACCESS_KEY a value that looks like a secret, and everybody on the host can read the environment in the unit; write it into a file that only root can read, and EnvironmentFile= with its path into a drop-in of the unit (systemctl edit) [variable-secret]`,
		}},
		"a password among flags": {environment("JAVA_TOOL_OPTIONS = \"-Xint -Djavax.net.ssl.keyStorePassword=x\""), []string{
			`zk.toml:4:1: unit.environment gives JAVA_TOOL_OPTIONS a value that looks like a secret, and everybody on the host can read the environment in the unit; write it into a file that only root can read, and EnvironmentFile= with its path into a drop-in of the unit (systemctl edit) [variable-secret]`,
		}},
		"beside the flags": {environment("JAVA_TOOL_OPTIONS = \"-Xint\"\n_JAVA_OPTIONS = \"-Xmx9g\"\nLD_PRELOAD = \"libjemalloc.so.2\""), []string{
			`zk.toml:4:1: warning: unit.environment sets JAVA_TOOL_OPTIONS: its flags are not judged, and the unit's own beat them; write flags for the JVM under [jvm] flags [variable-beside-flags]`,
			`zk.toml:5:1: warning: unit.environment sets _JAVA_OPTIONS: its flags are not judged, and beat the unit's own, the heap among them; write flags for the JVM under [jvm] flags [variable-beside-flags]`,
			`zk.toml:6:1: warning: unit.environment sets LD_PRELOAD: it loads code into the server that zkprov does not see, and that may be replaced under it [variable-beside-flags]`,
		}},
		"files": {"[unit]\nnofile = 100" + threeHosts, []string{
			`zk.toml:2:10: unit.nofile is 100, and must be from 128 to 1073741824; without it the server may have 524288 [out-of-range]`,
		}},
		"too many files": {oneHost("[[host.instance]]\nid = 1\nunit.nofile = 10_000_000_000\n"), []string{
			`zk.toml:6:15: unit.nofile is 10_000_000_000, and must be from 128 to 1073741824; without it the server may have 524288 [out-of-range]`,
		}},
		"types": {"[unit]\nnofile = \"4096\"\nmemory_max = 5\nenvironment = []" + threeHosts, []string{
			`zk.toml:2:10: unit.nofile must be an integer, and is a string [wrong-type]`,
			`zk.toml:3:14: unit.memory_max must be a string, and is an integer [wrong-type]`,
			`zk.toml:4:1: unit.environment must be a table of strings, integers and booleans, and is an array [wrong-type]`,
		}},
	}
}

// TestUnitLevels lays what an instance says over what its host says over what all say; of
// the environment, each variable by itself.
func TestUnitLevels(t *testing.T) {
	e := decodeWithout(t, `[unit]
memory_max = "4g"
nofile = 1000
environment = { A = "1", B = "1", C = 1 }
[[host]]
name = "zk1"
address = "10.0.0.1"
unit.nofile = 2000
unit.environment.B = "2"
instance = [ { id = 1, unit = { memory_max = "8g", environment = { C = "3" } } } ]
`)
	got := e.Hosts[0].Instances[0].Unit
	var variables []string
	for _, v := range got.Environment {
		variables = append(variables, v.Key+"="+v.Value)
	}
	if diff := cmp.Diff([]string{"A=1", "B=2", "C=3"}, variables); diff != "" || got.MemoryMax != "8g" || got.NoFile != 2000 {
		t.Errorf("%+v; -want +got:\n%s", got, diff)
	}
}
