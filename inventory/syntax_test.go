package inventory

func syntaxCases() map[string]readCase {
	return map[string]readCase{
		"right": {supported + threeHosts, nil},
		"empty file": {"", []string{
			`zk.toml:1:1: the inventory needs a [[host]] [missing-key]`,
		}},
		"only a comment": {"# nothing\n", []string{
			`zk.toml:1:1: the inventory needs a [[host]] [missing-key]`,
		}},
		"byte order mark": {"\ufeff[ensemble]\nnmae = \"x\"" + threeHosts, []string{
			`zk.toml:2:1: [ensemble] has no key "nmae"; did you mean "name"? [unknown-key]`,
		}},
		"byte order mark, key": {"\ufeffesemble = 1" + threeHosts, []string{
			`zk.toml:1:1: the inventory has no key "esemble"; did you mean "ensemble"? [unknown-key]`,
		}},
		"only a mark": {"\ufeff", []string{
			`zk.toml:1:1: the inventory needs a [[host]] [missing-key]`,
		}},
		"CRLF": {"[ensemble]\r\nnmae = \"x\"\r\nname = \"a b\"\r\n" + threeHosts, []string{
			`zk.toml:2:1: [ensemble] has no key "nmae"; did you mean "name"? [unknown-key]`,
			`zk.toml:3:8: ensemble.name is "a b", and is part of file and unit names: its character 2 is a blank; use letters, digits, dots, hyphens and underscores [bad-name]`,
		}},
		"lone CR": {"[ensemble]\rname = \"x\"", []string{
			`zk.toml:1:11: expected newline: column 11 is U+000D CARRIAGE RETURN (files from Windows have it at the end of a line) [syntax]`,
		}},
		"no newline at end": {supported + threeHosts + "port = 1", []string{
			`zk.toml:16:1: a [[host]] has no key "port"; it has name, address, ssh, local, match, java, jvm, unit, logging, zoo_cfg, zoo_cfg_unchecked, instance [unknown-key]`,
		}},
		"no value": {"[ensemble]\nname =\n", []string{
			`zk.toml:2:7: unexpected character U+000A at start of value; a string stands in quotes [syntax]`,
		}},
		"no quotes": {"[ensemble]\nname = zookeeper\n", []string{
			`zk.toml:1:1: the inventory needs a [[host]] [missing-key]`,
			`zk.toml:2:8: the value of name stands without quotes; write name = "zookeeper" [syntax]`,
		}},
		"a version without quotes": {"[ensemble]\nversion = 3.6.3\n", []string{
			`zk.toml:1:1: the inventory needs a [[host]] [missing-key]`,
			`zk.toml:2:11: the value of version stands without quotes; write version = "3.6.3" [syntax]`,
		}},
		"open string": {"[ensemble]\nname = \"zookeeper\nversion = \"3.6.3\"\n", []string{
			`zk.toml:2:18: basic strings cannot have new lines [syntax]`,
		}},
		"open table": {"[ensemble\nname = \"x\"\n", []string{
			`zk.toml:1:10: expected ']' to close table name [syntax]`,
		}},
		"open array": {"[jvm]\nflags = [\"-Xlog\",\n", []string{
			`zk.toml:2:18: array is incomplete [syntax]`,
		}},
		"leading zero": {oneHost("instance = [ { id = 01 } ]\n"), []string{
			`zk.toml:4:21: integers cannot have leading zeroes [syntax]`,
		}},
		"number too big": {oneHost("instance = [ { id = 99999999999999999999 } ]\n"), []string{
			`zk.toml:4:21: decimal number is too large to fit in a 64-bit signed integer [syntax]`,
		}},
		"not UTF-8": {"[ensemble]\nname = \"\xff\"\n", []string{
			`zk.toml:2:9: invalid UTF-8 character in basic string: column 9 is the byte 0xFF, which is no UTF-8 [syntax]`,
		}},
		"not UTF-8 in comment": {"# \xff\n", []string{
			`zk.toml:1:3: invalid UTF-8 character in comment: column 3 is the byte 0xFF, which is no UTF-8 [syntax]`,
		}},
		"raw control": {"[ensemble]\nname = \"a\x01\"\n", []string{
			`zk.toml:2:10: basic strings cannot have control characters: column 10 is U+0001 [syntax]`,
		}},
		"raw NUL": {"[ensemble]\n\x00\n", []string{
			`zk.toml:2:1: invalid character at start of key: column 1 is U+0000 NULL [syntax]`,
		}},
		"YAML": {"ensemble:\n  name: zookeeper\n", []string{
			`zk.toml:1:9: expected '=' after key [syntax]`,
		}},
		"key twice": {"[ensemble]\nname = \"a\"\nname = \"a\"\n", []string{
			`zk.toml:3:1: key name is already defined [syntax]`,
		}},
		"table twice": {"[jvm]\n[java]\n[jvm]\n", []string{
			`zk.toml:3:2: table jvm already exists [syntax]`,
		}},
		"table and array": {"[host]\n[[host]]\n", []string{
			`zk.toml:2:3: key host already exists as a table, but should be an array table [syntax]`,
		}},
		"inline table extended": {"zoo_cfg = { tickTime = 1 }\n[zoo_cfg]\n",
			[]string{
				`zk.toml:2:2: key zoo_cfg should be a table, not a value [syntax]`,
			}},
		"dotted key over a value": {"[zoo_cfg]\njvm.pause = 1\njvm.pause.monitor = true\n", []string{
			`zk.toml:3:1: key pause is already defined [syntax]`,
		}},
		"one key spelt twice": {"[zoo_cfg]\nautopurge.purgeInterval = 1\ntickTime = 2000\n\"autopurge.purgeInterval\" = 0" + threeHosts, []string{
			`zk.toml:4:1: zoo_cfg sets autopurge.purgeInterval twice, first at line 2 [syntax]`,
		}},
		"one key of two tables": {"[zoo_cfg]\n\"jvm.pause.monitor\" = true\n[zoo_cfg.jvm]\npause.monitor = true" + threeHosts, []string{
			`zk.toml:4:1: zoo_cfg sets jvm.pause.monitor twice, first at line 2 [syntax]`,
		}},
		"after letters of several bytes": {oneHost("instance = [ { id = 1, \"é\" = \"ü\", role = 1 } ]\n"),
			[]string{
				`zk.toml:4:24: an instance has no key "é": its character 1 is U+00E9 "é"; it has id, role, address, client_port, probe_port, quorum_port, election_port, admin_port, admin_address, admin_open, data_dir, data_log_dir, jvm, unit, logging, zoo_cfg, zoo_cfg_unchecked [unknown-key]`,
				`zk.toml:4:44: host.instance.role must be a string, and is an integer [wrong-type]`,
			}},
	}
}
