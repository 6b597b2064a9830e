package units

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJavaOf(t *testing.T) {
	for _, java := range []string{"/usr/lib/jvm/java-17/bin/java", "/opt/my %java/bin/java", "/opt/a b/bin/java"} {
		s := plain()
		s.Java = java
		text, err := s.Text()
		if err != nil {
			t.Fatal(err)
		}
		if got := JavaOf(text); got != java {
			t.Errorf("JavaOf = %q, want %q", got, java)
		}
	}
	if got := JavaOf([]byte("[Service]\nExecStart=/usr/bin/java \\\n")); got != "" {
		t.Errorf("JavaOf a unit of somebody else = %q, want nothing", got)
	}
}

// TestConfigOf reads the folder that a unit names back.
func TestConfigOf(t *testing.T) {
	for _, dir := range []string{"/etc/zookeeper/zookeeper-1", "/etc/50% $x/a b"} {
		s := plain()
		s.ConfigDir = dir
		text, err := s.Text()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := ConfigOf(text), dir+"/5f2c9d01"; got != want {
			t.Errorf("ConfigOf = %q, want %q", got, want)
		}
	}
	if got := ConfigOf([]byte("[Service]\nExecStart=/usr/bin/java \\\n    /etc/zoo.cfg\n")); got != "" {
		t.Errorf("ConfigOf a unit of somebody else = %q, want nothing", got)
	}
}

func TestGenerationOf(t *testing.T) {
	text, err := plain().Text()
	if err != nil {
		t.Fatal(err)
	}
	for unit, want := range map[string]string{
		string(text): "5f2c9d01",
		"[Service]\nEnvironment=ZKPROV_GENERATION=0a\n": "",
		Header + "\nEnvironment=LANG=C\n":               "",
	} {
		if got := GenerationOf([]byte(unit)); got != want {
			t.Errorf("GenerationOf(%q) = %q, want %q", unit, got, want)
		}
	}
}

func TestServiceOf(t *testing.T) {
	text, err := plain().Text()
	if err != nil {
		t.Fatal(err)
	}
	if user, group := ServiceOf(text); user != plain().User || group != plain().Group {
		t.Errorf("ServiceOf = %q, %q", user, group)
	}
	if user, group := ServiceOf([]byte("[Service]\nUser=a\nGroup=b\n")); user != "" || group != "" {
		t.Errorf("ServiceOf a unit of somebody else = %q, %q, want nothing", user, group)
	}
}

func TestReleaseOf(t *testing.T) {
	for _, dir := range []string{"/opt/zookeeper/apache-zookeeper-3.6.3-bin", "/srv/50% $x/a b"} {
		s := plain()
		s.InstallDir = dir
		for _, jars := range [][]string{nil, {dir + "/jars/a.jar", "/srv/b.jar"}} {
			s.Jars = jars
			text, err := s.Text()
			if err != nil {
				t.Fatal(err)
			}
			if got := ReleaseOf(text); got != dir {
				t.Errorf("ReleaseOf = %q, want %q", got, dir)
			}
			if diff := cmp.Diff(jars, JarsOf(text)); diff != "" {
				t.Errorf("JarsOf (-want +got):\n%s", diff)
			}
		}
	}
	for _, text := range []string{"[Service]\nExecStart=/usr/bin/java \\\n    -cp \\\n    /etc:/opt/lib/*\n", Header + "\nExecStart=/usr/bin/java \\\n    -cp\n", Header + "\nExecStart=/usr/bin/java\n"} {
		if got := ReleaseOf([]byte(text)); got != "" {
			t.Errorf("ReleaseOf(%q) = %q, want nothing", text, got)
		}
	}
}

// TestCommandOf compares with what the rules of systemd make of the unit; a
// variable's dollar signs are still doubled in what systemd tells.
func TestCommandOf(t *testing.T) {
	s := plain()
	s.Flags = []string{"-Da=b c", `-Db="\x"`, "-Dc=50%", "-Dd=$x;y"}
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	want := commandLine(t, text)
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "$", "$$")
	}
	if diff := cmp.Diff(want, CommandOf(text)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := CommandOf([]byte("[Service]\nExecStart=/usr/bin/java \\\n -x\n")); got != nil {
		t.Errorf("of a unit of somebody else it is %q, want nothing", got)
	}
}

func TestWritableOf(t *testing.T) {
	for _, folders := range [][]string{{"/var/lib/zookeeper/zookeeper-1"}, {"/data", "/srv/a log"}, {`/srv/"quoted" ;50% $x`, "/log"}} {
		s := plain()
		s.DataDir, s.DataLogDir = folders[0], ""
		if len(folders) > 1 {
			s.DataLogDir = folders[1]
		}
		text, err := s.Text()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(folders, WritableOf(text)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if got := WritableOf([]byte("[Service]\nReadWritePaths=/\n")); got != nil {
		t.Errorf("of a unit of somebody else it is %q", got)
	}
}
