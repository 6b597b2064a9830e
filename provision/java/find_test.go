package java

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision/access"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zkprov/zkprov/inventory"
)

const (
	debian17 = "/usr/lib/jvm/java-17-openjdk-amd64"
	service  = "zookeeper"
)

// choice is the part of a Result that a test compares.
type choice struct {
	Java    string
	Feature int
	Source  string
}

func TestFindChooses(t *testing.T) {
	tests := []struct {
		name     string
		make     func(tr tree)
		options  Options
		want     choice
		rejected []Rejection
	}{{
		name: "java.home is the only candidate",
		make: func(tr tree) {
			tr.jdk("/opt/mine", "11.0.13", "x86_64")
			tr.jdk(debian17, "17.0.15", "x86_64")
		},
		options: Options{Home: "/opt/mine", Env: env("JAVA_HOME=" + debian17)},
		want:    choice{"/opt/mine/bin/java", 11, FromInventory},
	}, {
		name: "java.home is kept as it was written, be it a link",
		make: func(tr tree) {
			tr.jdk("/opt/jdk-17.0.9+9", "17.0.9", "x86_64")
			tr.link("/opt/mine", "jdk-17.0.9+9")
		},
		options: Options{Home: "/opt/mine/"},
		want:    choice{"/opt/mine/bin/java", 17, FromInventory},
	}, {
		name: "JAVA_HOME beats the unit, PATH and the folders",
		make: func(tr tree) {
			tr.jdk("/opt/vendor", "1.8.0_402", "amd64")
			tr.jdk(debian17, "17.0.15", "x86_64")
			tr.link("/usr/bin/java", debian17+"/bin/java")
		},
		options: Options{Env: env("JAVA_HOME=/opt/vendor", "PATH=/usr/bin"), Current: debian17 + "/bin/java"},
		want:    choice{"/opt/vendor/bin/java", 8, FromJavaHome},
	}, {
		name: "the one in use stays although another came",
		make: func(tr tree) {
			tr.jdk("/usr/lib/jvm/java-11-openjdk-amd64", "11.0.13", "x86_64")
			tr.jdk(debian17, "17.0.15", "x86_64")
			tr.link("/usr/bin/java", "/usr/lib/jvm/java-11-openjdk-amd64/bin/java")
		},
		options: Options{Env: env("PATH=/usr/bin"), Current: debian17 + "/bin/java"},
		want:    choice{debian17 + "/bin/java", 17, FromCurrent},
	}, {
		name: "the one in use is gone",
		make: func(tr tree) {
			tr.jdk(debian17, "17.0.15", "x86_64")
		},
		options:  Options{Env: env(), Current: "/opt/jdk/bin/java"},
		want:     choice{debian17 + "/bin/java", 17, FromFolder},
		rejected: []Rejection{{"/opt/jdk/bin/java", FromCurrent, "/opt does not exist"}},
	}, {
		name: "PATH through the alternatives, within the root, gives a place in the folders",
		make: func(tr tree) {
			tr.jdk(debian17, "17.0.15", "x86_64")
			tr.jdk("/usr/lib/jvm/java-11-openjdk-amd64", "11.0.13", "x86_64")
			tr.link("/usr/bin/java", "/etc/alternatives/java")
			tr.link("/etc/alternatives/java", debian17+"/bin/java")
			tr.link("/usr/lib/jvm/java-1.17.0-openjdk-amd64", "java-17-openjdk-amd64")
			tr.link("/usr/lib/jvm/default-java", "java-1.17.0-openjdk-amd64")
		},
		options: Options{Env: env("PATH=.:relative:/usr/local/sbin:/usr/bin")},
		want:    choice{debian17 + "/bin/java", 17, FromPath},
	}, {
		name: "a path that outlives the next patch release, as on Red Hat",
		make: func(tr tree) {
			real := "/usr/lib/jvm/java-17-openjdk-17.0.9.0.9-2.el9.x86_64"
			tr.jdk(real, "17.0.9", "x86_64")
			tr.link("/etc/alternatives/jre", real)
			tr.link("/etc/alternatives/jre_17", real)
			tr.link("/etc/alternatives/jre_17_openjdk", real)
			tr.link("/etc/alternatives/java", real+"/bin/java")
			tr.link("/usr/bin/java", "/etc/alternatives/java")
			tr.link("/usr/lib/jvm/jre", "/etc/alternatives/jre")
			tr.link("/usr/lib/jvm/jre-17", "/etc/alternatives/jre_17")
			tr.link("/usr/lib/jvm/jre-17-openjdk", "/etc/alternatives/jre_17_openjdk")
		},
		options: Options{Env: env("PATH=/usr/bin")},
		want:    choice{"/usr/lib/jvm/jre-17-openjdk/bin/java", 17, FromPath},
	}, {
		name: "JAVA_HOME of a patch release gives way to a better name",
		make: func(tr tree) {
			tr.jdk("/usr/lib/jvm/java-1.8.0-openjdk-1.8.0.392.b08-4.el8.x86_64", "1.8.0_392", "amd64")
			tr.link("/usr/lib/jvm/jre-1.8.0-openjdk", "java-1.8.0-openjdk-1.8.0.392.b08-4.el8.x86_64")
		},
		options: Options{Env: env("JAVA_HOME=/usr/lib/jvm/java-1.8.0-openjdk-1.8.0.392.b08-4.el8.x86_64")},
		want:    choice{"/usr/lib/jvm/jre-1.8.0-openjdk/bin/java", 8, FromJavaHome},
	}, {
		name: "the JRE inside a JDK 8",
		make: func(tr tree) {
			home := "/usr/lib/jvm/java-8-openjdk-amd64"
			tr.file(home+"/jre/bin/java", "not a program", 0o755)
			tr.file(home+"/release", `JAVA_VERSION="1.8.0_402"`, 0o644)
			tr.link(home+"/bin/java", "../jre/bin/java")
			tr.link("/usr/bin/java", home+"/jre/bin/java")
		},
		options: Options{Env: env("PATH=/usr/bin")},
		want:    choice{"/usr/lib/jvm/java-8-openjdk-amd64/bin/java", 8, FromPath},
	}, {
		name: "of several folders the newest that is documented",
		make: func(tr tree) {
			for home, version := range map[string]string{
				"/usr/lib/jvm/java-8-openjdk-amd64":  "1.8.0_402",
				"/usr/lib/jvm/java-11-openjdk-amd64": "11.0.13",
				"/usr/java/jdk-10":                   "10.0.2",
				debian17:                             "17.0.15",
				"/opt/jdk-21":                        "21-ea",
			} {
				tr.jdk(home, version, "x86_64")
			}
		},
		options: Options{},
		want:    choice{"/usr/lib/jvm/java-11-openjdk-amd64/bin/java", 11, FromFolder},
	}, {
		name: "else the oldest that is newer",
		make: func(tr tree) {
			tr.jdk("/opt/jdk-10", "10.0.2", "x86_64")
			tr.jdk("/opt/jdk-21", "21-ea", "x86_64")
			tr.jdk("/opt/java/openjdk", "17.0.15", "x86_64")
		},
		options: Options{},
		want:    choice{"/opt/java/openjdk/bin/java", 17, FromFolder},
	}, {
		name: "one that the user's floor leaves over",
		make: func(tr tree) {
			tr.jdk("/usr/lib/jvm/java-11-openjdk-amd64", "11.0.13", "x86_64")
			tr.jdk(debian17, "17.0.15", "x86_64")
		},
		options:  Options{Minimum: 17},
		want:     choice{debian17 + "/bin/java", 17, FromFolder},
		rejected: []Rejection{{"/usr/lib/jvm/java-11-openjdk-amd64", FromFolder, "it is Java 11 (11.0.13), older than 17"}},
	}, {
		name: "no release file: it is run",
		make: func(tr tree) {
			tr.script("/opt/jdk-11", `[ "$1" = -version ] && echo 'Picked up X' >&2 && echo 'openjdk version "11.0.13" 2021-10-19' >&2`)
		},
		options: Options{},
		want:    choice{"/opt/jdk-11/bin/java", 11, FromFolder},
	}, {
		name: "a release file without a version: it is run",
		make: func(tr tree) {
			tr.script("/opt/jdk", `echo 'java version "1.8.0_402"' >&2`)
			tr.file("/opt/jdk/release", "SOURCE=\"\"\n", 0o644)
		},
		options: Options{},
		want:    choice{"/opt/jdk/bin/java", 8, FromFolder},
	}, {
		name: "a wrapper on PATH that lies in no Java home",
		make: func(tr tree) {
			tr.script("/usr/local", `echo 'java version "1.8.0_402"' >&2`)
		},
		options: Options{Env: env("PATH=/usr/local/bin")},
		want:    choice{"/usr/local/bin/java", 8, FromPath},
	}, {
		name: "a folder without java is no candidate, a broken one before the choice is named",
		make: func(tr tree) {
			tr.file("/usr/lib/jvm/openjdk-17/src.zip", "", 0o644)
			tr.file("/usr/lib/jvm/.java.jinfo", "", 0o644)
			tr.link("/usr/lib/jvm/default-java", "java-21")
			tr.jdk(debian17, "17.0.15", "x86_64")
		},
		options:  Options{},
		want:     choice{debian17 + "/bin/java", 17, FromFolder},
		rejected: []Rejection{{"/usr/lib/jvm/default-java", FromFolder, "it leads to /usr/lib/jvm/java-21, which does not exist"}},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTree(t)
			tt.make(tr)
			o := tt.options
			o.Root, o.Version, o.Arch, o.User = tr.root, "3.6.3", "amd64", access.User{Name: service}
			r, err := Find(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, choice{r.Java, r.Feature, r.Source}); diff != "" {
				t.Errorf("choice (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.rejected, r.Rejected, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("rejected (-want +got):\n%s", diff)
			}
			if javaIn(r.Home) != r.Java {
				t.Errorf("home %s does not hold %s", r.Home, r.Java)
			}
		})
	}
}

// TestFindRejects has each reason for which a lone candidate does not do.
func TestFindRejects(t *testing.T) {
	const home = "/opt/jdk"
	tests := []struct {
		name string
		make func(tr tree)
		user access.User
		want string
	}{
		{"Java 7", func(tr tree) { tr.jdk(home, "1.7.0_80", "amd64") }, access.User{}, "it is Java 7 (1.7.0_80), older than 8"},
		{"another architecture", func(tr tree) { tr.jdk(home, "17.0.15", "aarch64") }, access.User{}, "it is for aarch64 and this host is amd64"},
		{"another architecture, by jlink", func(tr tree) {
			tr.jdk(home, "17.0.15", "")
			tr.file(home+"/bin/java", "\x7fELF\x02\x01\x01"+strings.Repeat("\x00", 9)+"\x02\x00\xb7\x00\x01"+strings.Repeat("\x00", 43), 0o755)
		}, access.User{}, "it is for arm64 and this host is amd64"},
		{"32 bit", func(tr tree) { tr.jdk(home, "1.8.0_402", "i586") }, access.User{}, "it is for i586 and this host is amd64"},
		{"prints nothing", func(tr tree) { tr.script(home, "exit 0") }, access.User{}, "java -version printed nothing"},
		{"exit 127", func(tr tree) { tr.script(home, "echo 'libjli.so: cannot open' >&2; exit 127") }, access.User{},
			"java -version failed with exit status 127: libjli.so: cannot open"},
		{"killed", func(tr tree) { tr.script(home, "kill -SEGV $$") }, access.User{}, "java -version failed with signal: segmentation fault"},
		{"something else", func(tr tree) { tr.script(home, "echo Hello; echo world") }, access.User{}, "java -version named no version: Hello"},
		{"control characters", func(tr tree) { tr.script(home, `printf '\033[31mred\n'`) }, access.User{}, "java -version named no version: [31mred"},
		{"not a program", func(tr tree) { tr.file(home+"/bin/java", "\x7fELF nonsense", 0o755) }, access.User{},
			"it does not run on this machine (exec format error): it is for another architecture, or broken"},
		{"no loader", func(tr tree) { tr.file(home+"/bin/java", "#!/no/such/interpreter\n", 0o755) }, access.User{},
			"it does not start: its interpreter or loader is missing, as with one that is for another C library or architecture"},
		{"no java", func(tr tree) { tr.dir(home + "/bin") }, access.User{}, "there is no bin/java in it"},
		{"no home", func(tr tree) { tr.dir("/opt") }, access.User{}, "it does not exist"},
		{"dangling", func(tr tree) { tr.link(home+"/bin/java", "/etc/alternatives/java") }, access.User{},
			"it leads to /etc, which does not exist"},
		{"loop", func(tr tree) { tr.link(home, "jdk") }, access.User{}, "it cannot be looked at: follow /opt/jdk/bin/java: too many levels of symbolic links"},
		{"a folder", func(tr tree) { tr.dir(home + "/bin/java") }, access.User{}, "/opt/jdk/bin/java is not a file"},
		{"not executable", func(tr tree) { tr.jdk(home, "17.0.15", ""); tr.chmod(home+"/bin/java", 0o644) }, access.User{},
			"/opt/jdk/bin/java is not executable (mode 0644)"},
		{"executable for its owner only", func(tr tree) { tr.jdk(home, "17.0.15", ""); tr.chmod(home+"/bin/java", 0o700) }, access.User{Name: service},
			"user zookeeper cannot execute /opt/jdk/bin/java (mode 0700)"},
		{"a private folder", func(tr tree) { tr.jdk(home, "17.0.15", ""); tr.chmod("/opt", 0o700) }, access.User{},
			"the service user cannot enter /opt (mode 0700)"},
		{"below /root", func(tr tree) {
			tr.jdk("/root/jdk", "17.0.15", "")
			tr.chmod("/root", 0o700)
			tr.link(home, "/root/jdk")
		}, access.User{Name: service}, "user zookeeper cannot enter /root (mode 0700)"},
		{"below /home", func(tr tree) {
			tr.jdk("/home/me/jdk", "17.0.15", "")
			tr.link(home, "/home/me/jdk")
		}, access.User{Name: service}, "it lies below /home, which the units cannot see"},
		{"another user's", func(tr tree) { tr.jdk(home, "17.0.15", ""); tr.chmod("/opt", 0o770) },
			access.User{Name: service, HasUser: true, HasGroup: true, UID: 64001, GID: 64001}, "user zookeeper cannot enter /opt (mode 0770)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTree(t)
			tt.make(tr)
			_, err := Find(t.Context(), Options{
				Root: tr.root, Home: home, Version: "3.6.3", Arch: "amd64", User: tt.user,
			})
			var none *NotFoundError
			if !errors.As(err, &none) {
				t.Fatalf("got error %v, want a *NotFoundError", err)
			}
			if diff := cmp.Diff([]Rejection{{home, FromInventory, tt.want}}, none.Rejected); diff != "" {
				t.Errorf("rejected (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFindAsServiceUser wants the service user's own bits to count, whatever others
// may.
func TestFindAsServiceUser(t *testing.T) {
	tr := newTree(t)
	tr.jdk("/opt/jdk", "17.0.15", "")
	tr.chmod("/opt/jdk", 0o500)
	for _, tt := range []struct {
		name string
		user access.User
		want bool
	}{
		{"owner", access.User{HasUser: true, HasGroup: true, UID: uint32(os.Getuid()), GID: 64001}, true},
		{"root", access.User{HasUser: true, HasGroup: true}, true},
		{"other", access.User{HasUser: true, HasGroup: true, UID: 64001, GID: 64001}, false},
		{"not known yet", access.User{}, false},
	} {
		_, err := Find(t.Context(), Options{Root: tr.root, Home: "/opt/jdk", Version: "3.6.3", User: tt.user})
		if got := err == nil; got != tt.want {
			t.Errorf("%s: found %t, want %t (%v)", tt.name, got, tt.want, err)
		}
	}
}

func TestNotFound(t *testing.T) {
	tr := newTree(t)
	_, err := Find(t.Context(), Options{Root: tr.root, Version: "3.6.3"})
	want := "cannot find Java 8 or newer (ZooKeeper 3.6.3 needs Java 8): there is none in JAVA_HOME, PATH or the usual folders. " +
		"Set install = true under [java] in the inventory to install the distribution's, or home to name one"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}

	tr.jdk("/usr/lib/jvm/java-7-oracle", "1.7.0_80", "amd64")
	tr.link("/usr/bin/java", "/etc/alternatives/java")
	tr.jar("/opt/zookeeper/lib/zookeeper-3.6.3.jar", 52)
	_, err = Find(t.Context(), Options{
		Root: tr.root, Version: "3.6.3", Minimum: 7, Arch: "amd64", Jar: "/opt/zookeeper/lib/zookeeper-3.6.3.jar",
		Env: env("JAVA_HOME=relative", "PATH=/usr/bin"),
	})
	want = "cannot find Java 8 or newer (zookeeper-3.6.3.jar is compiled for Java 8 (class-file version 52)): " +
		"relative (JAVA_HOME): it is not an absolute path; " +
		"/usr/bin/java (PATH): it leads to /etc, which does not exist; " +
		"/usr/lib/jvm/java-7-oracle: it is Java 7 (1.7.0_80), older than 8. " +
		"Set install = true under [java] in the inventory to install the distribution's, or home to name one"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}

	var none *NotFoundError
	if !errors.As(err, &none) {
		t.Fatalf("got %T, want a *NotFoundError", err)
	}
	f := none.Finding("zk1")
	if f.Name != "java-not-found" || f.Severity != finding.Critical || strings.Contains(f.Message, f.Hint) || f.Hint != none.Hint() {
		t.Errorf("finding %+v", f)
	}
	b, err := json.Marshal(none)
	if err != nil {
		t.Fatal(err)
	}
	var back NotFoundError
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if back.Error() != want {
		t.Errorf("after JSON it says %s", back.Error())
	}
}

func TestFindStopsWithItsContext(t *testing.T) {
	tr := newTree(t)
	tr.script("/opt/jdk", `echo 'java version "1.8.0_402"' >&2`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Find(ctx, Options{Root: tr.root, Version: "3.6.3"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestFindings(t *testing.T) {
	tr := newTree(t)
	tr.jdk("/opt/jdk", "17.0.15", "")
	find := func(version inventory.Version) Result {
		r, err := Find(t.Context(), Options{Root: tr.root, Version: version})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if fs := find("3.8.4").Findings("zk1"); len(fs) != 0 {
		t.Errorf("3.8.4 on 17 gives %v, want nothing", fs)
	}
	fs := find("3.6.3").Findings("zk1")
	want := "zk1: notice: Java 17 is newer than what ZooKeeper 3.6.3 is documented for (8, 11 and 12) (/opt/jdk/bin/java)"
	if len(fs) != 1 || !strings.HasPrefix(fs[0].String(), want) {
		t.Errorf("got %v, want %s …", fs, want)
	}
	for _, name := range []string{javaNotFound, javaUndocumented} {
		known := false
		for _, e := range Explanations() {
			known = known || e.Name == name && e.Means != "" && e.Fix != ""
		}
		if !known {
			t.Errorf("%s is not explained", name)
		}
	}
}
