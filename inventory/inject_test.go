package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
)

// stringKeys returns the paths of all keys that take one string or several.
func stringKeys(k key, path string) []string {
	var all []string
	for _, sub := range k.keys {
		full := strings.TrimPrefix(path+"."+sub.name, ".")
		switch sub.kind {
		case text, texts, addresses:
			all = append(all, full)
		case scalars:
			all = append(all, full+".anyKey")
		case table, tables:
			all = append(all, stringKeys(sub, full)...)
		}
	}
	return all
}

// setting returns an inventory without errors but for those of literal, and the place
// of literal in it.
func setting(path, literal string) (text string, at finding.Position) {
	if k := mustFind(schema(), strings.Split(path, ".")...); k.kind == texts {
		literal = "[ " + literal + " ]"
	}
	// The keys that a host needs stand before what is set, unless they are it.
	host := "[[host]]\n"
	for _, key := range []string{"name", "address"} {
		if path != "host."+key {
			host += key + " = \"zk9\"\n"
		}
	}
	if table, key, ok := strings.Cut(path, ".jars."); ok {
		// A jar needs both of its keys.
		other := map[string]string{"url": `sha512 = "` + strings.Repeat("0", 128) + `"`, "sha512": `url = "https://example.org/a"`}[key]
		line := fmt.Sprintf("jvm.jars = [ { %s = %s, %s } ]", key, literal, other)
		switch table {
		case "jvm":
			text = line + "\n"
		case "host.jvm":
			text = host + line + "\ninstance = [ { id = 9 } ]\n"
		default:
			text = host + "instance = [ { id = 9, " + line + " } ]\n"
		}
	} else if key, ok := strings.CutPrefix(path, "host.match."); ok {
		text = host + fmt.Sprintf("match = { %s = %s }\ninstance = [ { id = 9 } ]\n", key, literal)
	} else if key, ok := strings.CutPrefix(path, "bootstrap."); ok {
		text = fmt.Sprintf("[bootstrap]\n%s = %s\nexpires = 2026-01-31T12:00:00Z\n", key, literal)
	} else if key, ok := strings.CutPrefix(path, "host.instance."); ok {
		text = host + fmt.Sprintf("instance = [ { id = 9, admin_port = 8080, admin_open = true, %s = %s } ]\n", key, literal)
	} else if key, ok := strings.CutPrefix(path, "host."); ok {
		text = host + fmt.Sprintf("%s = %s\ninstance = [ { id = 9 } ]\n", key, literal)
	} else {
		text = fmt.Sprintf("%s = %s\n", path, literal)
	}
	text += threeHosts
	before, _, _ := strings.Cut(text, literal)
	at = finding.Position{File: "zk.toml", Line: strings.Count(before, "\n") + 1, Column: len(before) - strings.LastIndex(before, "\n")}
	if literal[0] == '[' {
		at.Column += len("[ ")
	}
	return text, at
}

// TestInjection wants no value that a user can write to become two lines, an assignment
// or a variable in a file where that would mean something.
func TestInjection(t *testing.T) {
	hash := strings.Repeat("0", 127)
	values := map[string]struct {
		good  string // to which a character is added
		loose bool   // whether =, % and $ are allowed: what writes the value quotes it
	}{
		"ensemble.name":                          {"zk", false},
		"ensemble.version":                       {"3.8.6-a", false},
		"ensemble.ignore":                        {"zk-eol", true},
		"java.home":                              {"/opt/jdk", true},
		"jvm.heap":                               {"1g", false},
		"jvm.jars.url":                           {"https://example.org/a", true},
		"jvm.jars.sha512":                        {hash + "0", false},
		"logging.to":                             {"files", false},
		"logging.size":                           {"2g", false},
		"unit.memory_max":                        {"2g", false},
		"unit.environment.anyKey":                {"a", true},
		"jvm.flags":                              {"-Da", true},
		"archive.urls":                           {"https://example.org/a", true},
		"archive.sha512":                         {hash + "0", false},
		"archive.fetch":                          {"host", false},
		"paths.install":                          {"/srv/a", false},
		"paths.config":                           {"/srv/a", false},
		"paths.data":                             {"/srv/a", false},
		"paths.logs":                             {"/srv/a", false},
		"service.user":                           {"zk", false},
		"service.group":                          {"zk", false},
		"zoo_cfg.anyKey":                         {"a", true},
		"zoo_cfg_unchecked.anyKey":               {"a", true},
		"bootstrap.id":                           {"0123456789abcdef", false},
		"host.match.instance_id":                 {"i-1", true},
		"host.match.machine_id":                  {"0a", true},
		"host.match.serial":                      {"S1", true},
		"host.match.mac":                         {"02:00:00:00:00:01", true},
		"host.name":                              {"zk9", false},
		"host.address":                           {"zk9", false},
		"host.ssh":                               {"zk9", true},
		"host.java.home":                         {"/opt/jdk", true},
		"host.jvm.heap":                          {"1g", false},
		"host.jvm.jars.url":                      {"https://example.org/a", true},
		"host.jvm.jars.sha512":                   {hash + "0", false},
		"host.logging.to":                        {"files", false},
		"host.logging.size":                      {"2g", false},
		"host.unit.memory_max":                   {"2g", false},
		"host.unit.environment.anyKey":           {"a", true},
		"host.jvm.flags":                         {"-Da", true},
		"host.zoo_cfg.anyKey":                    {"a", true},
		"host.zoo_cfg_unchecked.anyKey":          {"a", true},
		"host.instance.role":                     {"observer", false},
		"host.instance.address":                  {"zk9", false},
		"host.instance.admin_address":            {"zk9", false},
		"host.instance.data_dir":                 {"/srv/a", false},
		"host.instance.data_log_dir":             {"/srv/a", false},
		"host.instance.jvm.heap":                 {"1g", false},
		"host.instance.jvm.jars.url":             {"https://example.org/a", true},
		"host.instance.jvm.jars.sha512":          {hash + "0", false},
		"host.instance.logging.to":               {"files", false},
		"host.instance.logging.size":             {"2g", false},
		"host.instance.unit.memory_max":          {"2g", false},
		"host.instance.unit.environment.anyKey":  {"a", true},
		"host.instance.jvm.flags":                {"-Da", true},
		"host.instance.zoo_cfg.anyKey":           {"a", true},
		"host.instance.zoo_cfg_unchecked.anyKey": {"a", true},
	}
	for _, path := range stringKeys(schema(), "") {
		value, ok := values[path]
		if !ok {
			t.Errorf("no value for the key %s", path)
			continue
		}
		t.Run(path, func(t *testing.T) {
			text, _ := setting(path, `"`+value.good+`"`)
			if _, found := Read("zk.toml", []byte(text)); found.Failed() {
				t.Fatalf("%v in\n%s", found, text)
			}
			for _, control := range []string{`\n`, `\r`, `\t`, `\u0000`, `\u001b`, `\u007f`, `\u0085`, `\u2028`, `\u2029`} {
				text, at := setting(path, `"`+value.good+control+`x"`)
				_, found := Read("zk.toml", []byte(text))
				if !slices.ContainsFunc(found, func(f finding.Finding) bool { return f.Name == "control-character" && f.Pos == at }) {
					t.Errorf("%s is not found at %v, but %v", control, at, found)
				}
			}
			for _, char := range []string{"=", "%", "$"} {
				text, at := setting(path, `"`+value.good+char+`x"`)
				_, found := Read("zk.toml", []byte(text))
				refused := slices.ContainsFunc(found, func(f finding.Finding) bool { return f.Severity == finding.Error && f.Pos == at })
				// In the path of a program systemd knows no way to write it.
				loose := value.loose && !(strings.HasSuffix(path, "java.home") && char == "$")
				if refused == loose || found.Failed() == loose {
					t.Errorf("%s: refused is %v, found %v", char, refused, found)
				}
			}
		})
	}
}
