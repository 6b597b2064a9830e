package java

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeFile writes a file below a root, with the folders above it.
func writeFile(t *testing.T, root, name, text string) {
	t.Helper()
	name = filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, root, target, name string) {
	t.Helper()
	name = filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(name)
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// TestStamp updates a Java in several ways. Its stamp is another one then.
func TestStamp(t *testing.T) {
	root := t.TempDir()
	writeFile(t, root, "/jdk/17.0.1/bin/java", "launcher")
	writeFile(t, root, "/jdk/17.0.1/lib/server/libjvm.so", "one")
	symlink(t, root, "17.0.1", "/jdk/17")
	first := Stamp(root, "/jdk/17/bin/java")
	if first == "" || Stamp(root, "/jdk/17/bin/java") != first {
		t.Fatalf("the stamp is %q, and then %q", first, Stamp(root, "/jdk/17/bin/java"))
	}
	library := filepath.Join(root, "/jdk/17.0.1/lib/server/libjvm.so")
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(library, later, later); err != nil {
		t.Fatal(err)
	}
	second := Stamp(root, "/jdk/17/bin/java")
	if second == first {
		t.Error("with a library of another time it is the same")
	}
	writeFile(t, root, "/jdk/17.0.2/bin/java", "launcher")
	symlink(t, root, "17.0.2", "/jdk/17")
	if third := Stamp(root, "/jdk/17/bin/java"); third == "" || third == second {
		t.Errorf("behind a link that leads elsewhere it is %q, before %q", third, second)
	}
	if got := Stamp(root, "/jdk/18/bin/java"); got != "" {
		t.Errorf("of nothing it is %q", got)
	}
}

// TestReplaced looks at processes whose Java is, or is not, what lies in its place.
func TestReplaced(t *testing.T) {
	const java, elf = "/jdk/17/bin/java", "\x7fELF"
	const map1 = "7f3a 7f3b r-xp 0 08:01 12 /jdk/17.0.1/lib/server/libjvm.so"
	for name, test := range map[string]struct {
		exe, maps, link string
		program         string // what lies at 17.0.1
		want            string
	}{
		"the same":              {exe: "ROOT/jdk/17.0.1/bin/java", maps: map1 + "\n", link: "17.0.1", program: elf},
		"deleted program":       {exe: "/jdk/17.0.1/bin/java (deleted)", link: "17.0.1", program: elf, want: "/jdk/17.0.1/bin/java was replaced"},
		"deleted library":       {exe: "/jdk/17.0.1/bin/java", maps: "7f00 7f01 r--p 0 08:01 9 /tmp/x (deleted)\n" + map1 + " (deleted)\n", link: "17.0.1", program: elf, want: "/jdk/17.0.1/lib/server/libjvm.so was replaced"},
		"another file deleted":  {exe: "/jdk/17.0.1/bin/java", maps: "7f00 7f01 r--p 0 08:01 9 /tmp/libnetty.so (deleted)\n" + map1 + "\n", link: "17.0.1", program: elf},
		"the link leads on":     {exe: "ROOT/jdk/17.0.1/bin/java", link: "17.0.2", program: elf, want: "it runs on ROOT/jdk/17.0.1/bin/java, and /jdk/17/bin/java is /jdk/17.0.2/bin/java now"},
		"behind a script":       {exe: "ROOT/jdk/17.0.2/bin/java", link: "17.0.1", program: "#!/bin/sh\n"},
		"nothing is there":      {exe: "/jdk/17.0.1/bin/java", link: "17.0.9", program: elf},
		"the process is hidden": {link: "17.0.1", program: elf},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			writeFile(t, root, "/jdk/17.0.1/bin/java", test.program)
			writeFile(t, root, "/jdk/17.0.2/bin/java", elf)
			symlink(t, root, test.link, "/jdk/17")
			if test.exe != "" {
				// The kernel's link leads to the file, whatever its name is.
				symlink(t, root, strings.ReplaceAll(test.exe, "ROOT", root), "/proc/7/exe")
			}
			writeFile(t, root, "/proc/7/maps", test.maps)
			got := strings.ReplaceAll(Replaced(root, 7, java), root, "ROOT")
			if got != test.want {
				t.Errorf("it is %q, want %q", got, test.want)
			}
		})
	}
	if got := Replaced(t.TempDir(), 0, java); got != "" {
		t.Errorf("without a process it is %q", got)
	}
}
