package host

import "testing"

// TestMeaning compares texts that differ in what a server does not see, or does.
func TestMeaning(t *testing.T) {
	for name, test := range map[string]struct {
		file, one, other string
		same             bool
	}{
		"zoo.cfg, a comment":            {"zoo.cfg", "# one\ntickTime=2000\n", "tickTime = 2000\n# other\n\n", true},
		"zoo.cfg, the order":            {"zoo.cfg", "a=1\nb=2\n", "b=2\na=1\n", true},
		"zoo.cfg, the last one counts":  {"zoo.cfg", "a=1\na=2\n", "a=2\n", true},
		"zoo.cfg, a value":              {"zoo.cfg", "a=1\n", "a=2\n", false},
		"zoo.cfg, a comment's start":    {"zoo.cfg", "a=1\n", "a=1 # one\n", false},
		"zoo.cfg, where a value ends":   {"zoo.cfg", "a=1\nb=2\n", `a=1\nb=2` + "\n", false},
		"zoo.cfg, refused by Java":      {"zoo.cfg", "a=\\u12\n# one\n", "a=\\u12\n# other\n", false},
		"log4j, a comment":              {"/etc/x/log4j.properties", "! one\nlog4j.rootLogger=INFO\n", "log4j.rootLogger: INFO", true},
		"logback, a comment":            {"logback.xml", "<!-- one\n two --><a>\n  <b/>\n</a>", "<a>\n<b/>\n</a>\n<!-- x -->\n", true},
		"logback, an element":           {"logback.xml", "<a><b/></a>", "<a><!-- <b/> --></a>", false},
		"unit, comments and what it is": {"a.service", "# one\n[Unit]\nDescription=a\n\n[Service]\nUser=zk\n", "; two\n[Unit]\nDocumentation=b\n[Service]\nUser=zk\n", true},
		"unit, a setting":               {"a.service", "[Service]\nUser=zk\n", "[Service]\nUser=root\n", false},
		"unit, the order":               {"a.service", "[Service]\nEnvironment=A=1\nEnvironment=A=2\n", "[Service]\nEnvironment=A=2\nEnvironment=A=1\n", false},
		"anything else":                 {"myid", "1\n", "1\n\n", false},
	} {
		if got := string(meaning(test.file, []byte(test.one))) == string(meaning(test.file, []byte(test.other))); got != test.same {
			t.Errorf("%s: the same meaning: %t\n%q\n%q", name, got, meaning(test.file, []byte(test.one)), meaning(test.file, []byte(test.other)))
		}
	}
}
