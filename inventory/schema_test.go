package inventory

func schemaCases() map[string]readCase {
	return map[string]readCase{
		"near": {"[ensemble]\nvesion = \"3.6.3\"" + threeHosts, []string{
			`zk.toml:2:1: [ensemble] has no key "vesion"; did you mean "version"? [unknown-key]`,
		}},
		"camelCase": {"[archive]\nshaSum512 = \"\"\nURLS = []" + threeHosts, []string{
			`zk.toml:2:1: [archive] has no key "shaSum512"; did you mean "sha512"? [unknown-key]`,
			`zk.toml:3:1: [archive] has no key "URLS"; did you mean "urls"? [unknown-key]`,
		}},
		"far": {"[service]\nuid = 7" + threeHosts, []string{
			`zk.toml:2:1: [service] has no key "uid"; it has user, group [unknown-key]`,
		}},
		"unknown table": {"[ensembel]\nname = \"x\"\n[metrics]\nlevel = 1\n[[hosts]]\nname = \"x\"" + threeHosts, []string{
			`zk.toml:1:2: the inventory has no key "ensembel"; did you mean "ensemble"? [unknown-key]`,
			`zk.toml:3:2: the inventory has no key "metrics"; it has ensemble, java, jvm, unit, logging, archive, paths, service, zoo_cfg, zoo_cfg_unchecked, bootstrap, host [unknown-key]`,
			`zk.toml:5:3: the inventory has no key "hosts"; did you mean "host"? [unknown-key]`,
		}},
		"of a table": {"heap = \"1g\"\nsha512 = \"\"" + threeHosts, []string{
			`zk.toml:1:1: the inventory has no key "heap"; heap belongs under [jvm] [unknown-key]`,
			`zk.toml:2:1: the inventory has no key "sha512"; sha512 belongs under [archive] [unknown-key]`,
		}},
		"of zoo.cfg": {"tickTime = 2000\n[server]\n1 = \"a:1:2\"" + threeHosts, []string{
			`zk.toml:1:1: the inventory has no key "tickTime"; ZooKeeper's own keys belong under [zoo_cfg] [unknown-key]`,
			`zk.toml:2:2: the inventory has no key "server"; ZooKeeper's own keys belong under [zoo_cfg] [unknown-key]`,
		}},
		"of an instance": {oneHost("clientPort = 2181\ndata-dir = \"/srv/zk\"\nid = 1\ninstance = [ { id = 1 } ]\n"), []string{
			`zk.toml:4:1: a [[host]] has no key "clientPort"; client_port belongs to an instance: instance = [ { id = 1, client_port = … } ] [unknown-key]`,
			`zk.toml:5:1: a [[host]] has no key "data-dir"; data_dir belongs to an instance: instance = [ { id = 1, data_dir = … } ] [unknown-key]`,
			`zk.toml:6:1: a [[host]] has no key "id"; id belongs to an instance: instance = [ { id = … } ] [unknown-key]`,
		}},
		"of zoo.cfg, inside": {oneHost("instance = [ { id = 1, tickTime = 5 } ]\n"), []string{
			`zk.toml:4:24: an instance has no key "tickTime"; ZooKeeper's own keys belong under [zoo_cfg] [unknown-key]`,
		}},
		"in every table": {"[java]\nx = 1\n[jvm]\nx = 1\n[archive]\nx = 1\n[paths]\nx = 1\n" + oneHost("java.x = 1\njvm.x = 1\n[[host.instance]]\nid = 1\nx = 1\njvm.x = 1\n"), []string{
			`zk.toml:2:1: [java] has no key "x"; it has home, minimum, install [unknown-key]`,
			`zk.toml:4:1: [jvm] has no key "x"; it has heap, flags, jars [unknown-key]`,
			`zk.toml:6:1: [archive] has no key "x"; it has urls, sha512, fetch [unknown-key]`,
			`zk.toml:8:1: [paths] has no key "x"; it has install, config, data, logs [unknown-key]`,
			`zk.toml:12:1: [host.java] has no key "x"; it has home, minimum, install [unknown-key]`,
			`zk.toml:13:1: [host.jvm] has no key "x"; it has heap, flags, jars [unknown-key]`,
			`zk.toml:16:1: an instance has no key "x"; it has id, role, address, client_port, probe_port, quorum_port, election_port, admin_port, admin_address, admin_open, data_dir, data_log_dir, jvm, unit, logging, zoo_cfg, zoo_cfg_unchecked [unknown-key]`,
			`zk.toml:17:1: [host.instance.jvm] has no key "x"; it has heap, flags, jars [unknown-key]`,
		}},
		"nothing of a host": {"[[host]]\n", []string{
			`zk.toml:1:3: a [[host]] needs a name [missing-key]`,
			`zk.toml:1:3: a [[host]] needs an address [missing-key]`,
			`zk.toml:1:3: a [[host]] needs an instance [missing-key]`,
		}},
		"nothing of an instance": {oneHost("instance = [ {}, { role = \"observer\", client_port = 1, quorum_port = 2, election_port = 3 } ]\n"),
			[]string{
				`zk.toml:4:1: an instance needs an id [missing-key]`,
				`zk.toml:4:20: an instance needs an id [missing-key]`,
			}},
		"host as a table": {"[host]\nname = \"zk1\"\n", []string{
			`zk.toml:1:2: host must be an array of tables, and is a table; write [[host]], with two brackets [wrong-type]`,
		}},
		"no hosts": {"host = []\n", []string{
			`zk.toml:1:1: the inventory has no [[host]] [missing-key]`,
		}},
		"no instances": {oneHost("instance = []\n"), []string{
			`zk.toml:4:1: host zk1 has no instance; write instance = [ { id = 1 } ] [missing-key]`,
		}},
		"host of a number": {"host = [ 1, { name = \"zk1\", address = \"zk1\", instance = [ { id = 1 } ] } ]\n", []string{
			`zk.toml:1:10: host must be an array of tables, and holds an integer [wrong-type]`,
		}},
		"instance as a table": {oneHost("[host.instance]\nid = 1\n"), []string{
			`zk.toml:4:7: host.instance must be an array of tables, and is a table; write instance = [ { … } ] [wrong-type]`,
		}},
		"instance as a number": {oneHost("instance = 1\n"), []string{
			`zk.toml:4:1: host.instance must be an array of tables, and is an integer; write instance = [ { … } ] [wrong-type]`,
		}},
		"table as a number": {"ensemble = 1\njava = []\njvm = \"1g\"" + threeHosts, []string{
			`zk.toml:1:12: ensemble must be a table, and is an integer [wrong-type]`,
			`zk.toml:2:1: java must be a table, and is an array [wrong-type]`,
			`zk.toml:3:7: jvm must be a table, and is a string [wrong-type]`,
		}},
		"table as an array": {"[[jvm]]\nheap = \"1g\"" + threeHosts, []string{
			`zk.toml:1:3: jvm must be a table, and is an array [wrong-type]`,
		}},
		"string as another": {"[ensemble]\nname = 1\nversion = 3.6\n[jvm]\nheap = true\n[paths]\ndata = 1979-05-27\ninstall = [\"/opt/zk\"]\nconfig = {}" + threeHosts, []string{
			`zk.toml:2:8: ensemble.name must be a string, and is an integer [wrong-type]`,
			`zk.toml:3:11: ensemble.version must be a string, and is a float [wrong-type]`,
			`zk.toml:5:8: jvm.heap must be a string, and is a boolean [wrong-type]`,
			`zk.toml:7:8: paths.data must be a string, and is a date or time [wrong-type]`,
			`zk.toml:8:1: paths.install must be a string, and is an array [wrong-type]`,
			`zk.toml:9:1: paths.config must be a string, and is a table [wrong-type]`,
		}},
		"strings as another": {"[jvm]\nflags = \"-Da=b\"\n[archive]\nurls = [1, \"https://example.org\", true]" + threeHosts, []string{
			`zk.toml:2:9: jvm.flags must be an array of strings, and is a string; write flags = ["-Da=b"] [wrong-type]`,
			`zk.toml:4:9: archive.urls must be an array of strings, and holds an integer [wrong-type]`,
			`zk.toml:4:35: archive.urls must be an array of strings, and holds a boolean [wrong-type]`,
		}},
		"integer as another": {oneHost("java.minimum = \"11\"\ninstance = [ { id = \"1\", client_port = 2181.0 } ]\n"), []string{
			`zk.toml:4:16: host.java.minimum must be an integer, and is a string [wrong-type]`,
			`zk.toml:5:21: host.instance.id must be an integer, and is a string [wrong-type]`,
			`zk.toml:5:40: host.instance.client_port must be an integer, and is a float [wrong-type]`,
		}},
		"boolean as another": {oneHost("local = \"true\"\njava.install = 1\ninstance = [ { id = 1 } ]\n"), []string{
			`zk.toml:4:9: host.local must be a boolean, and is a string [wrong-type]`,
			`zk.toml:5:16: host.java.install must be a boolean, and is an integer [wrong-type]`,
		}},
		"zoo_cfg as another": {"zoo_cfg = \"tickTime=2000\"" + threeHosts, []string{
			`zk.toml:1:11: zoo_cfg must be a table of strings, integers and booleans, and is a string [wrong-type]`,
		}},
		"ZooKeeper's key": {"[zoo_cfg]\ntickTime = [2000]\na.b = 07:32:00\nc = [ { x = 1 } ]\nd = {}" + threeHosts, []string{
			`zk.toml:2:1: tickTime in zoo_cfg must be a string, an integer or a boolean, and is an array [wrong-type]`,
			`zk.toml:3:7: a.b in zoo_cfg must be a string, an integer or a boolean, and is a date or time [wrong-type]`,
			`zk.toml:4:1: c in zoo_cfg must be a string, an integer or a boolean, and is an array [wrong-type]`,
		}},
		"ZooKeeper's, inside": {oneHost("zoo_cfg.a = []\ninstance = [ { id = 1, zoo_cfg.x.y = [] } ]\n"), []string{
			`zk.toml:4:1: a in host.zoo_cfg must be a string, an integer or a boolean, and is an array [wrong-type]`,
			`zk.toml:5:24: x.y in host.instance.zoo_cfg must be a string, an integer or a boolean, and is an array [wrong-type]`,
		}},
		"ZooKeeper's, for a terminal": {"[zoo_cfg]\n\"\\u001b[31m\" = []" + threeHosts, []string{
			`zk.toml:2:1: \x1b[31m in zoo_cfg must be a string, an integer or a boolean, and is an array [wrong-type]`,
			`zk.toml:2:1: the key "\x1b[31m" holds a control character: its character 1 is U+001B ESCAPE [control-character]`,
		}},
		"every type of a value": {supported + "[zoo_cfg]\na = \"x\"\nb = 1\nc = true\nd = 1.5\ne.f = { g = 1 }" + threeHosts, nil},
	}
}
