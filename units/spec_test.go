package units

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// plain returns an instance where everything is as by default.
func plain() Spec {
	return Spec{
		Ensemble:    "zookeeper",
		Instance:    "zookeeper-1",
		ID:          1,
		Java:        "/usr/lib/jvm/java-17-openjdk-amd64/bin/java",
		JavaFeature: 17,
		Version:     "3.6.3",
		InstallDir:  "/opt/zookeeper/apache-zookeeper-3.6.3-bin",
		ConfigDir:   "/etc/zookeeper/zookeeper-1",
		DataDir:     "/var/lib/zookeeper/zookeeper-1",
		User:        "zookeeper",
		Group:       "zookeeper",
		Heap:        "1g",
		Generation:  "5f2c9d01",
	}
}

func TestText(t *testing.T) {
	tests := map[string]func(*Spec){
		"java17": func(*Spec) {},
		"java8": func(s *Spec) {
			s.Java, s.JavaFeature = "/usr/lib/jvm/java-8-openjdk-amd64/bin/java", 8
		},
		"logback":   func(s *Spec) { s.Version = "3.8.6" },
		"usr-local": func(s *Spec) { s.DataDir, s.DataLogDir = "/usr/local/data/zookeeper-1", "/srv/log/zookeeper-1" },
		"java-home": func(s *Spec) { s.Java = "/home/zk/jdk-17/bin/java" },
		"same-log":  func(s *Spec) { s.DataLogDir = s.DataDir },
		"jars": func(s *Spec) {
			s.Jars = []string{"/opt/zookeeper/jars/0123456789abcdef-auth-1.0.jar", "/opt/zookeeper/jars/fedcba9876543210-metrics.jar"}
		},
		"logs":        func(s *Spec) { s.LogDir = "/var/log/zookeeper/zookeeper-1" },
		"other-group": func(s *Spec) { s.User, s.Group = "zk", "hadoop" },
		"limits": func(s *Spec) {
			s.Heap = "75%"
			s.Limits = inventory.Unit{MemoryMax: "1536m", NoFile: 1048576, Environment: inventory.Settings{{Key: "A", Value: `"b c" 100% $x \`}, {Key: "TZ", Value: "UTC"}}}
		},
		"weird": func(s *Spec) {
			s.Ensemble = `50% off "A" $B`
			s.Java = `/opt/my %java/bin/java`
			s.InstallDir = "/opt/zoo keeper/Zoë $HOME"
			s.ConfigDir = "/etc/zoo%n #1/1"
			s.DataDir = `/srv/"quoted" ;data`
			s.DataLogDir = "/srv/-log/${x}"
			s.Flags = []string{`-Da=b c`, `-Dquote="'`, `-Dback\slash\`, `-Dvar=$HOME ${HOME}`, `-Dunit=%n`, `-D;`}
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			s := plain()
			change(&s)
			got, err := s.Text()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".service", got)
		})
	}
}

func TestTextRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(*Spec)
		want   string
	}{
		"directive in flag":   {func(s *Spec) { s.Flags = []string{"-Da=b\nExecStartPre=/bin/x"} }, "Flags"},
		"class for a flag":    {func(s *Spec) { s.Flags = []string{"-cp", "/x"} }, `Flags "/x" does not begin with a dash`},
		"argument file":       {func(s *Spec) { s.Flags = []string{"@/x"} }, "Flags"},
		"directive in data":   {func(s *Spec) { s.DataDir = "/a\r/b" }, "DataDir"},
		"NUL in log dir":      {func(s *Spec) { s.DataLogDir = "/a\x00" }, "DataLogDir"},
		"C1 control":          {func(s *Spec) { s.Ensemble = "a\u0085b" }, "Ensemble"},
		"line continued":      {func(s *Spec) { s.Ensemble = `a\` }, "Ensemble"},
		"not UTF-8":           {func(s *Spec) { s.Ensemble = "\xff" }, "Ensemble"},
		"generation as path":  {func(s *Spec) { s.Generation = "../1" }, "Generation"},
		"no generation":       {func(s *Spec) { s.Generation = "" }, "Generation"},
		"instance with slash": {func(s *Spec) { s.Instance = "../a" }, "Instance"},
		"instance template":   {func(s *Spec) { s.Instance = "a@b" }, "Instance"},
		"id below 0":          {func(s *Spec) { s.ID = -1 }, "ID"},
		"id 256":              {func(s *Spec) { s.ID = 256 }, "ID"},
		"java 7":              {func(s *Spec) { s.JavaFeature = 7 }, "JavaFeature"},
		"java by name":        {func(s *Spec) { s.Java = "java" }, "Java"},
		"not java":            {func(s *Spec) { s.Java = "/usr/bin/jav" }, "Java"},
		"java with dollar":    {func(s *Spec) { s.Java = "/$x/bin/java" }, "Java"},
		"java with quote":     {func(s *Spec) { s.Java = "/a'b/bin/java" }, "Java"},
		"version":             {func(s *Spec) { s.Version = "3" }, "Version"},
		"class path":          {func(s *Spec) { s.ConfigDir = "/etc/a:b" }, "ConfigDir"},
		"class path wildcard": {func(s *Spec) { s.InstallDir = "/opt/*" }, "InstallDir"},
		"class path in a jar": {func(s *Spec) { s.Jars = []string{"/a.jar:/b.jar"} }, "Jars"},
		"relative":            {func(s *Spec) { s.InstallDir = "opt" }, "InstallDir"},
		"unclean":             {func(s *Spec) { s.DataDir = "/a/../b" }, "DataDir"},
		"private":             {func(s *Spec) { s.DataDir = "/tmp/zk" }, "DataDir"},
		"java in tmp":         {func(s *Spec) { s.Java = "/var/tmp/jdk/bin/java" }, "Java"},
		"backslash":           {func(s *Spec) { s.DataDir = `/a\b` }, "DataDir"},
		"blank at the end":    {func(s *Spec) { s.DataDir = "/a " }, "DataDir"},
		"logs in tmp":         {func(s *Spec) { s.LogDir = "/tmp/logs" }, "LogDir"},
		"user":                {func(s *Spec) { s.User = "zk root" }, "User"},
		"group":               {func(s *Spec) { s.Group = "%u" }, "Group"},
		"heap":                {func(s *Spec) { s.Heap = "1g -XX:Foo" }, "Heap"},
		"limit":               {func(s *Spec) { s.Limits.MemoryMax = "2g\nX" }, "MemoryMax"},
		"variable":            {func(s *Spec) { s.Limits.Environment = inventory.Settings{{Key: "A B"}} }, "Environment"},
		"variable's value":    {func(s *Spec) { s.Limits.Environment = inventory.Settings{{Key: "A", Value: "b\nc"}} }, "Environment"},
		"own variable":        {func(s *Spec) { s.Limits.Environment = inventory.Settings{{Key: "ZKPROV_GENERATION"}} }, "Environment"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := plain()
			test.change(&s)
			got, err := s.Text()
			if err == nil {
				t.Fatalf("no error, but:\n%s", got)
			}
			if !strings.Contains(err.Error(), ": "+test.want) {
				t.Errorf("error %q does not name %s", err, test.want)
			}
		})
	}
}

func TestTextNamesEveryFault(t *testing.T) {
	s := plain()
	s.ID, s.User, s.Flags = -1, "", []string{"a\n"}
	_, err := s.Text()
	if err == nil {
		t.Fatal("no error")
	}
	for _, field := range []string{"ID", "User", "Flags"} {
		if !strings.Contains(err.Error(), ": "+field+" ") {
			t.Errorf("%q does not name %s", err, field)
		}
	}
}

// FuzzText wants the unit to have the same settings in the same order, whatever is in a
// field.
func FuzzText(f *testing.F) {
	f.Add("-Da=b", "/data", "zoo", "1")
	f.Add("-D\\", "/da ta\\", "zoo\\", "\"\\")
	f.Add("-D\n;", "/\u2028#", "%", "'")
	s := plain()
	s.Flags, s.DataLogDir = []string{"-x"}, "/x"
	reference, err := s.Text()
	if err != nil {
		f.Fatal(err)
	}
	want := settings(f, reference)
	f.Fuzz(func(t *testing.T, flag, dir, ensemble, generation string) {
		s := plain()
		s.Flags, s.DataLogDir, s.Ensemble, s.Generation = []string{flag}, dir, ensemble, generation
		text, err := s.Text()
		if err != nil {
			return
		}
		if dir == s.DataDir || dir == "" || within(dir, "/home", "/root", "/run/user") {
			return // rightly another text
		}
		if diff := cmp.Diff(want, settings(t, text)); diff != "" {
			t.Errorf("settings differ (-want +got):\n%s\n%s", diff, text)
		}
		if args := commandLine(t, text); args[len(args)-3] != flag {
			t.Errorf("flag %q became %q", flag, args[len(args)-3])
		}
	})
}

// settings returns the names of all settings, with continued lines joined as by
// systemd.syntax(7).
func settings(t testing.TB, text []byte) []string {
	t.Helper()
	var names []string
	for _, line := range joined(text) {
		name, _, ok := strings.Cut(line, "=")
		if !ok && !strings.HasPrefix(line, "[") {
			t.Fatalf("line %q is not a setting", line)
		}
		names = append(names, name)
	}
	return names
}

// commandLine reads ExecStart= back by the rules of systemd.syntax(7) and
// systemd.service(5).
func commandLine(t testing.TB, text []byte) []string {
	t.Helper()
	for _, line := range joined(text) {
		if rest, ok := strings.CutPrefix(line, "ExecStart="); ok {
			var args []string
			for _, w := range splitWords(t, rest) {
				w = strings.NewReplacer("%%", "%", "%", "SPECIFIER").Replace(w)
				args = append(args, strings.NewReplacer("$$", "$", "$", "VARIABLE").Replace(w))
			}
			return args
		}
	}
	t.Fatal("no ExecStart=")
	return nil
}

func joined(text []byte) []string {
	var lines []string
	more := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		backslashes := len(line) - len(strings.TrimRight(line, `\`))
		part := line
		if backslashes%2 == 1 {
			part = line[:len(line)-1] + " "
		}
		if more {
			lines[len(lines)-1] += part
		} else {
			lines = append(lines, part)
		}
		more = backslashes%2 == 1
	}
	return lines
}

func splitWords(t testing.TB, s string) []string {
	t.Helper()
	var words []string
	var word bytes.Buffer
	var in, quoted bool
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
			if i == len(s) || s[i] != '\\' && s[i] != '"' {
				t.Fatalf("escape in %q", s)
			}
			word.WriteByte(s[i])
			in = true
		case c == '"':
			quoted, in = !quoted, true
		case c == '\'' && !quoted:
			t.Fatalf("bare quote in %q", s)
		case c == ' ' && !quoted:
			if in {
				words = append(words, word.String())
			}
			word.Reset()
			in = false
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if quoted {
		t.Fatalf("open quote in %q", s)
	}
	if in {
		words = append(words, word.String())
	}
	return words
}

func TestCommandLineReadsBack(t *testing.T) {
	s := plain()
	s.Flags = []string{`-Da=b c`, `-Dquote="'`, `-Dback\slash\`, `-Dvar=$HOME ${HOME} $$`, `-Dunit=%n %%`, `-D;`}
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	want := append([]string{
		"/usr/lib/jvm/java-17-openjdk-amd64/bin/java",
		"-Xmx1g",
		"-XX:+ExitOnOutOfMemoryError",
		"-XX:+PerfDisableSharedMem",
		"-XX:+ErrorFileToStderr",
		"-Dlog4j.configuration=file:///etc/zookeeper/zookeeper-1/5f2c9d01/log4j.properties",
		"-cp",
		"/etc/zookeeper/zookeeper-1/5f2c9d01:/opt/zookeeper/apache-zookeeper-3.6.3-bin/lib/*",
	}, append(s.Flags, "org.apache.zookeeper.server.quorum.QuorumPeerMain", "/etc/zookeeper/zookeeper-1/5f2c9d01/zoo.cfg")...)
	if diff := cmp.Diff(want, commandLine(t, text)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSysusers(t *testing.T) {
	for name, group := range map[string]string{"same-group.conf": "zookeeper", "own-group.conf": "hadoop"} {
		t.Run(name, func(t *testing.T) {
			got, err := Sysusers("zookeeper", group, "/var/lib/zoo keeper 1%")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, got)
		})
	}
	for name, args := range map[string][3]string{
		"user":      {"a b", "zookeeper", "/x"},
		"group":     {"zookeeper", "", "/x"},
		"line":      {"zookeeper", "zookeeper", "/x\nu evil 0"},
		"passwd(5)": {"zookeeper", "zookeeper", "/x:y"},
		"relative":  {"zookeeper", "zookeeper", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Sysusers(args[0], args[1], args[2]); err == nil {
				t.Errorf("no error, but %q", got)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	got := []string{FileName("zookeeper-1"), Path("zookeeper-1"), SysusersPath("zk")}
	want := []string{"zookeeper-1.service", "/etc/systemd/system/zookeeper-1.service", "/etc/sysusers.d/zkprov-zk.conf"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
