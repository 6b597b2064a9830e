package inventory

import "strings"

func valueCases() map[string]readCase {
	return map[string]readCase{
		"control characters": {"[ensemble]\nname = \"a\\nb\"\nignore = [\"x\", \"\\u2028\"]\n[jvm]\nflags = [\"-Da\\r\"]\n[zoo_cfg]\n\"a\\tb\" = \"c\\u0085d\"\nx.y = '''a\nb'''" + threeHosts,
			[]string{
				`zk.toml:2:8: ensemble.name holds a control character: "a\nb"; its character 2 is U+000A LINE FEED [control-character]`,
				`zk.toml:2:8: ensemble.name is "a\nb", and is part of file and unit names: its character 2 is U+000A LINE FEED; use letters, digits, dots, hyphens and underscores [bad-name]`,
				`zk.toml:3:11: warning: ensemble.ignore names "x", and no finding has that name [unknown-finding]`,
				`zk.toml:3:16: ensemble.ignore holds a control character: "\u2028"; its character 1 is U+2028 LINE SEPARATOR, which cannot be seen [control-character]`,
				`zk.toml:3:16: warning: ensemble.ignore names "\u2028", and no finding has that name: its character 1 is U+2028 LINE SEPARATOR, which cannot be seen [unknown-finding]`,
				`zk.toml:5:10: jvm.flags holds a control character: "-Da\r"; its character 4 is U+000D CARRIAGE RETURN (files from Windows have it at the end of a line) [control-character]`,
				`zk.toml:7:1: the key "a\tb" holds a control character: its character 2 is U+0009 TAB [control-character]`,
				`zk.toml:7:10: zoo_cfg.a\tb holds a control character: "c\u0085d"; its character 2 is U+0085 NEXT LINE [control-character]`,
				`zk.toml:8:7: zoo_cfg.x.y holds a control character: "a\nb"; its character 2 is U+000A LINE FEED [control-character]`,
			}},
		"bootstrap": {supported + "[bootstrap]\nid = \"0123456789abcdef\"\nexpires = 2026-01-31T12:00:00+01:00" + threeHosts, nil},
		"bootstrap empty": {supported + "[bootstrap]" + threeHosts, []string{
			`zk.toml:3:2: [bootstrap] needs an expires [missing-key]`,
			`zk.toml:3:2: [bootstrap] needs an id [missing-key]`,
		}},
		"bootstrap values": {supported + "[bootstrap]\nid = \"short\"\nexpires = 2026-01-31T12:00:00\nagent_port = 70000" + threeHosts, []string{
			`zk.toml:4:6: bootstrap.id must be a random word of at least 16 letters and digits; zkprov init writes one [bad-value]`,
			`zk.toml:5:11: bootstrap.expires is 2026-01-31T12:00:00, and needs a date, a time and an offset; write it like 2026-01-31T12:00:00Z [bad-value]`,
			`zk.toml:6:14: bootstrap.agent_port is 70000, and must be from 1 to 65535 [out-of-range]`,
		}},
		"bootstrap port taken": {supported + "[bootstrap]\nid = \"0123456789abcdef\"\nexpires = 2026-01-31T12:00:00Z\nagent_port = 2888\n" + oneHost("instance = [ { id = 1 } ]\n"), []string{
			`zk.toml:10:16: on host zk1 port 2888 is quorum_port of zookeeper-1 and already bootstrap.agent_port, line 6; give zookeeper-1 a quorum_port of its own [duplicate-port]`,
		}},
		"empty name": {"[ensemble]\nname = \"\"" + threeHosts, []string{
			`zk.toml:2:8: ensemble.name is "", and is part of file and unit names; use letters, digits, dots, hyphens and underscores [bad-name]`,
		}},
		"name of a path": {"[ensemble]\nname = \"../zk\"" + threeHosts, []string{
			`zk.toml:2:8: ensemble.name is "../zk", and is part of file and unit names: its character 3 is "/"; use letters, digits, dots, hyphens and underscores [bad-name]`,
		}},
		"longest name": {supported + "name = \"" + strings.Repeat("a", 63) + "\"" + threeHosts, nil},
		"name too long": {"[ensemble]\nname = \"" + strings.Repeat("a", 64) + "\"" + threeHosts, []string{
			`zk.toml:2:8: ensemble.name is "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", and is part of file and unit names; use letters, digits, dots, hyphens and underscores [bad-name]`,
		}},
		"version": {"[ensemble]\nversion = \"3.6\"" + threeHosts, []string{
			`zk.toml:2:11: ensemble.version is "3.6", which is no ZooKeeper release; write it like "3.6.3" [bad-version]`,
		}},
		"version latest": {"[ensemble]\nversion = \"latest\"" + threeHosts, []string{
			`zk.toml:2:11: ensemble.version is "latest", which is no ZooKeeper release; write it like "3.6.3" [bad-version]`,
		}},
		"snapshot": {"[ensemble]\nversion = \"3.10.0-SNAPSHOT\"" + threeHosts, nil},
		"user": {"[service]\nuser = \"Zoo Keeper\"" + threeHosts, []string{
			`zk.toml:2:8: service.user is "Zoo Keeper", which is no name of a system user or group: its character 1 is "Z"; use lower-case letters, digits, hyphens and underscores, at most 31 [bad-user]`,
		}},
		"root": {"[service]\nuser = \"root\"" + threeHosts, []string{
			`zk.toml:2:8: service.user is root, and ZooKeeper must not run as root; name an unprivileged one; zkprov makes it [bad-user]`,
		}},
		"group": {"[service]\ngroup = \"\"" + threeHosts, []string{
			`zk.toml:2:9: service.group is "", which is no name of a system user or group; use lower-case letters, digits, hyphens and underscores, at most 31 [bad-user]`,
		}},
		"hash too short": {"[archive]\nsha512 = \"abc\"" + threeHosts, []string{
			`zk.toml:2:10: archive.sha512 must be 128 hex digits, and has 3 characters [bad-hash]`,
		}},
		"hash not hex": {"[archive]\nsha512 = \"" + strings.Repeat("g", 128) + "\"" + threeHosts, []string{
			`zk.toml:2:10: archive.sha512 must be 128 hex digits, and its character 1 is "g" [bad-hash]`,
		}},
		"hash in capitals": {supported + "[archive]\nsha512 = \"" + strings.Repeat("A", 128) + "\"" + threeHosts, nil},
		"fetch": {"[archive]\nfetch = \"hosts\"" + threeHosts, []string{
			`zk.toml:2:9: archive.fetch is "hosts", and may be "control" or "host" [bad-value]`,
		}},
		"java bounds": {supported + "[java]\nminimum = 7\n" + strings.Replace(threeHosts, "name", "java.minimum = 99\nname", 1), nil},
		"java too old": {"[java]\nminimum = 6" + threeHosts, []string{
			`zk.toml:2:11: java.minimum is 6, and must be a feature release from 7 to 99; write 8 for Java 1.8 [out-of-range]`,
		}},
		"java 1.8": {"[java]\nminimum = 1.8" + threeHosts, []string{
			`zk.toml:2:11: java.minimum must be an integer, and is a float [wrong-type]`,
		}},
		"java said once": {"[java]\nminimum = 1_00\nhome = \"jdk\"\n" + strings.Replace(threeHosts, "name", "java.install = true\nname", 1), []string{
			`zk.toml:2:11: java.minimum is 1_00, and must be a feature release from 7 to 99; write 8 for Java 1.8 [out-of-range]`,
			`zk.toml:3:8: java.home is "jdk", and must be an absolute path; write it from / on [bad-path]`,
		}},
		"java of a host": {oneHost("java.minimum = 0x64\njava.home = \"/opt//jdk\"\ninstance = [ { id = 1 } ]\n"), []string{
			`zk.toml:4:16: java.minimum is 0x64, and must be a feature release from 7 to 99; write 8 for Java 1.8 [out-of-range]`,
			`zk.toml:5:13: java.home is "/opt//jdk", which has superfluous parts; write /opt/jdk [bad-path]`,
		}},
		"no java home": {supported + "[java]\nhome = \"\"" + threeHosts, nil},
		"heap": {"[jvm]\nheap = \"1 GB\"" + threeHosts, []string{
			`zk.toml:2:8: jvm.heap is "1 GB", which is no size: its character 2 is a blank; write a size such as "1g", a share of the memory such as "75%", or "auto" [bad-heap]`,
		}},
		"empty heap": {"[jvm]\nheap = \"\"" + threeHosts, []string{
			`zk.toml:2:8: jvm.heap is "", which is no size; write a size such as "1g", a share of the memory such as "75%", or "auto" [bad-heap]`,
		}},
		"heap of bytes": {"[jvm]\nheap = \"512\"" + threeHosts, []string{
			`zk.toml:2:8: jvm.heap is "512", and ZooKeeper needs 32m at the very least; a number without a letter is bytes [bad-heap]`,
		}},
		"heap too small": {"[jvm]\nheap = \"31M\"" + threeHosts, []string{
			`zk.toml:2:8: jvm.heap is "31M", and ZooKeeper needs 32m at the very least; a number without a letter is bytes [bad-heap]`,
		}},
		"heap of KB": {"[jvm]\nheap = \"32767k\"" + threeHosts, []string{
			`zk.toml:2:8: jvm.heap is "32767k", and ZooKeeper needs 32m at the very least; a number without a letter is bytes [bad-heap]`,
		}},
		"least heap": {supported + "[jvm]\nheap = \"33554432\"" + threeHosts, nil},
		"heap of a host": {oneHost("jvm.heap = \"x\"\ninstance = [ { id = 1 }, { id = 2, jvm.heap = \"y\", client_port = 1, quorum_port = 2, election_port = 3 } ]\n"), []string{
			`zk.toml:4:12: jvm.heap is "x", which is no size; write a size such as "1g", a share of the memory such as "75%", or "auto" [bad-heap]`,
			`zk.toml:5:47: jvm.heap is "y", which is no size; write a size such as "1g", a share of the memory such as "75%", or "auto" [bad-heap]`,
		}},
		"heap laid over": {supported + "[jvm]\nheap = \"x\"\n" + strings.ReplaceAll(threeHosts, "name", "jvm.heap = \"1g\"\nname"), nil},
		"flags": {"[jvm]\nflags = [\"-Da=b\", \"Xmx1g\",\n  \"\", \"org.example.Main\"]" + threeHosts, []string{
			`zk.toml:2:19: jvm.flags has "Xmx1g", and a flag of the JVM begins with a hyphen; write one flag in each string [bad-flag]`,
			`zk.toml:3:3: jvm.flags has "", and a flag of the JVM begins with a hyphen; write one flag in each string [bad-flag]`,
			`zk.toml:3:7: jvm.flags has "org.example.Main", and a flag of the JVM begins with a hyphen; write one flag in each string [bad-flag]`,
		}},
		"no passwords in flags": {supported + "[jvm]\nflags = [\"-Djavax.net.ssl.trustStorePassword=changeit\", \"-Dcom.example.passwordEncoder=sha256\", \"-Dcom.example.password=\", \"-Djavax.net.ssl.passwordFile=/x\"]\n" + threeHosts, nil},
		"passwords in flags": {"[jvm]\nflags = [\"-Djavax.net.ssl.keyStorePassword=geheim\",\n  \"-Dzookeeper.ssl.trustStore.PASSWORD=x=y\"]" + threeHosts, []string{
			`zk.toml:2:10: jvm.flags gives -Djavax.net.ssl.keyStorePassword a password, which everybody on the host could read in the unit and in the list of processes; write the flag into a file that only root and the service can read, and -XX:VMOptionsFile= with its path here (Java 9 or later); ssl.keyStore and ssl.trustStore under [zoo_cfg] are for the TLS of ZooKeeper itself, not for the rest of the JVM [flag-password]`,
			`zk.toml:3:3: jvm.flags gives -Dzookeeper.ssl.trustStore.PASSWORD a password, which everybody on the host could read in the unit and in the list of processes; for TLS write it under [zoo_cfg], as ssl.keyStore.password or ssl.trustStore.password, or those of ssl.quorum: only root and the service can read zoo.cfg [flag-password]`,
		}},
		"a password in a flag of a later release": {supported + oneHost("[[host.instance]]\nid = 1\njvm.flags = [\"-Dzookeeper.ssl.quorum.keyStore.password=geheim\"]\n"), []string{
			`zk.toml:8:14: jvm.flags gives -Dzookeeper.ssl.quorum.keyStore.password a password, which everybody on the host could read in the unit and in the list of processes; for TLS name a file with it under [zoo_cfg], as ssl.keyStore.passwordPath or ssl.trustStore.passwordPath, or those of ssl.quorum [flag-password]`,
		}},
		"passwords by other names": {supported + "[jvm]\nflags = [\"-Dcom.example.dbPasswd=x\", \"-Dcom.example.PWD=y\"]" + threeHosts, []string{
			`zk.toml:4:10: jvm.flags gives -Dcom.example.dbPasswd a password, which everybody on the host could read in the unit and in the list of processes; for TLS name a file with it under [zoo_cfg], as ssl.keyStore.passwordPath or ssl.trustStore.passwordPath, or those of ssl.quorum [flag-password]`,
			`zk.toml:4:38: jvm.flags gives -Dcom.example.PWD a password, which everybody on the host could read in the unit and in the list of processes; for TLS name a file with it under [zoo_cfg], as ssl.keyStore.passwordPath or ssl.trustStore.passwordPath, or those of ssl.quorum [flag-password]`,
		}},
		"secrets of ZooKeeper's": {"[jvm]\nflags = [ \"-Dzookeeper.DigestAuthenticationProvider.superDigest=super:x\", \"-Dzookeeper.SASLAuthenticationProvider.superPassword=x\", \"@/etc/flags\" ]\n" + threeHosts, []string{
			`zk.toml:2:11: jvm.flags gives -Dzookeeper.DigestAuthenticationProvider.superDigest a digest of a password, which everybody on the host could read in the unit and in the list of processes; write it under [zoo_cfg], as DigestAuthenticationProvider.superDigest: only root and the service can read zoo.cfg [flag-password]`,
			`zk.toml:2:75: jvm.flags gives -Dzookeeper.SASLAuthenticationProvider.superPassword a password, which everybody on the host could read in the unit and in the list of processes; write it under [zoo_cfg], as SASLAuthenticationProvider.superPassword: only root and the service can read zoo.cfg [flag-password]`,
			`zk.toml:2:133: jvm.flags has "@/etc/flags", and a flag of the JVM begins with a hyphen; write the flags of the file here, or -XX:VMOptionsFile= with its path (Java 9 or later) [bad-flag]`,
		}},
		"flags about passwords": {supported + "[jvm]\nflags = [\"-Dzookeeper.ssl.keyStore.passwordPath=/etc/zk/key.pw\", \"-Dcom.sun.management.jmxremote.password.file=/etc/zk/jmx\", \"-Dcom.sun.management.jmxremote.password.toHashes=true\", \"-Dpassword\", \"-Da=password\"]" + threeHosts, nil},
		"flags of an instance": {oneHost("jvm.flags = [\"a\"]\n[[host.instance]]\nid = 1\njvm.flags = [\"b\"]\n"), []string{
			`zk.toml:7:14: jvm.flags has "b", and a flag of the JVM begins with a hyphen; write one flag in each string [bad-flag]`,
		}},
		"unknown in ignore": {supported + "ignore = [\n  \"evn-voters\",\n  \"even-voters\",\n  \"xyz\",\n]" + threeHosts, []string{
			`zk.toml:4:3: warning: ensemble.ignore names "evn-voters", and no finding has that name; did you mean "even-voters"? [unknown-finding]`,
			`zk.toml:6:3: warning: ensemble.ignore names "xyz", and no finding has that name [unknown-finding]`,
		}},
	}
}
