package java

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts"
)

func TestInstallPlan(t *testing.T) {
	tests := []struct {
		id, version, arch string
		minimum           int
		want              string // name and home, or the error
	}{
		{"debian", "12", "amd64", 8, "openjdk-17-jre-headless /usr/lib/jvm/java-17-openjdk-amd64"},
		{"debian", "12", "arm64", 8, "openjdk-17-jre-headless /usr/lib/jvm/java-17-openjdk-arm64"},
		{"debian", "13", "ppc64le", 8, "openjdk-21-jre-headless /usr/lib/jvm/java-21-openjdk-ppc64el"},
		{"debian", "13", "amd64", 25, "openjdk-25-jre-headless /usr/lib/jvm/java-25-openjdk-amd64"},
		{"debian", "11", "amd64", 8, "openjdk-11-jre-headless /usr/lib/jvm/java-11-openjdk-amd64"},
		{"debian", "11", "amd64", 17, "openjdk-17-jre-headless /usr/lib/jvm/java-17-openjdk-amd64"},
		{"debian", "", "amd64", 8, "openjdk-21-jre-headless /usr/lib/jvm/java-21-openjdk-amd64"},
		{"raspbian", "12", "arm", 8, "openjdk-17-jre-headless /usr/lib/jvm/java-17-openjdk-armhf"},
		{"ubuntu", "20.04", "amd64", 8, "openjdk-11-jre-headless /usr/lib/jvm/java-11-openjdk-amd64"},
		{"ubuntu", "22.04", "amd64", 8, "openjdk-17-jre-headless /usr/lib/jvm/java-17-openjdk-amd64"},
		{"ubuntu", "23.10", "amd64", 8, "openjdk-17-jre-headless /usr/lib/jvm/java-17-openjdk-amd64"},
		{"ubuntu", "24.04", "amd64", 8, "openjdk-21-jre-headless /usr/lib/jvm/java-21-openjdk-amd64"},
		{"rocky", "9.3", "amd64", 8, "java-17-openjdk-headless /usr/lib/jvm/jre-17-openjdk"},
		{"rhel", "10.0", "amd64", 8, "java-21-openjdk-headless /usr/lib/jvm/jre-21-openjdk"},
		{"centos", "7", "amd64", 8, "java-11-openjdk-headless /usr/lib/jvm/jre-11-openjdk"},
		{"fedora", "41", "amd64", 8, "java-21-openjdk-headless /usr/lib/jvm/jre-21-openjdk"},
		{"opensuse-leap", "15.6", "amd64", 8, "java-17-openjdk-headless /usr/lib64/jvm/jre-17-openjdk"},
		{"opensuse-tumbleweed", "20250101", "amd64", 8, "java-21-openjdk-headless /usr/lib64/jvm/jre-21-openjdk"},
		{"debian", "12", "amd64", 21, "cannot install Java 21 on debian 12: zkprov knows no package of it there; install one and set java.home"},
		{"debian", "9", "amd64", 8, "cannot install Java 8 on debian 9: zkprov knows no package of it there; install one and set java.home"},
		{"alpine", "3.20", "amd64", 8, "cannot install Java on alpine 3.20: zkprov needs a host with systemd"},
		{"arch", "", "amd64", 8, "cannot install Java on arch: zkprov does not know this distribution's packages; install a headless runtime of Java 8 or newer and set java.home"},
	}
	for _, tt := range tests {
		p, err := InstallPlan(facts.OSRelease{ID: tt.id, VersionID: tt.version}, tt.arch, tt.minimum)
		got := p.Name + " " + p.ExpectedHome
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s %s %s: got  %s\nwant %s", tt.id, tt.version, tt.arch, got, tt.want)
		}
	}
}

func TestInstallPlanCommands(t *testing.T) {
	tests := []struct{ id, version, want string }{
		{"debian", "12", "DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends openjdk-17-jre-headless"},
		{"rocky", "9.3", "dnf -q -y --setopt=install_weak_deps=False install java-17-openjdk-headless"},
		{"centos", "7", "yum -q -y install java-11-openjdk-headless"},
		{"sles", "15.5", "ZYPP_LOCK_TIMEOUT=300 zypper --non-interactive --quiet install --no-recommends java-17-openjdk-headless"},
	}
	for _, tt := range tests {
		p, err := InstallPlan(facts.OSRelease{ID: tt.id, VersionID: tt.version}, "amd64", 8)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(append(p.Env, p.Argv...), " "); got != tt.want {
			t.Errorf("%s %s: got  %s\nwant %s", tt.id, tt.version, got, tt.want)
		}
		if p.Argv[0] != p.Manager {
			t.Errorf("%s %s: the manager is %s and the program %s", tt.id, tt.version, p.Manager, p.Argv[0])
		}
	}
}

// script answers each call in turn and records the last word of its argv.
type script struct {
	answers []answer
	calls   []string
}

type answer struct {
	output string
	err    error
}

func (s *script) Run(ctx context.Context, env []string, argv ...string) (string, error) {
	s.calls = append(s.calls, argv[len(argv)-1])
	a := s.answers[min(len(s.calls), len(s.answers))-1]
	return a.output, a.err
}

func TestInstall(t *testing.T) {
	exit100 := errors.New("exit status 100")
	p, err := InstallPlan(facts.OSRelease{ID: "debian", VersionID: "12"}, "amd64", 8)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		answers []answer
		calls   []string
		want    string
	}{{
		name:    "at once",
		answers: []answer{{}},
		calls:   []string{p.Name},
	}, {
		name:    "fresh host without lists",
		answers: []answer{{"E: Unable to locate package openjdk-17-jre-headless\n", exit100}, {}, {}},
		calls:   []string{p.Name, "update", p.Name},
	}, {
		name: "the lists are locked for a while",
		answers: []answer{
			{"E: Unable to locate package openjdk-17-jre-headless\n", exit100},
			{"E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)\n", exit100},
			{},
			{},
		},
		calls: []string{p.Name, "update", "update", p.Name},
	}, {
		name:    "no network",
		answers: []answer{{"404  Not Found", exit100}, {"Err:1 http://mirror\nE: Some index files failed to download\n", exit100}},
		calls:   []string{p.Name, "update"},
		want: "cannot install openjdk-17-jre-headless: apt-get -q -y -o DPkg::Lock::Timeout=300 update: exit status 100\n" +
			"Err:1 http://mirror\nE: Some index files failed to download",
	}, {
		name:    "disk full",
		answers: []answer{{strings.Repeat("Unpacking\n", 20) + "E: You don't have enough free space\n", exit100}},
		calls:   []string{p.Name},
		want: "cannot install openjdk-17-jre-headless: apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends openjdk-17-jre-headless: exit status 100\n" +
			strings.Repeat("Unpacking\n", 9) + "E: You don't have enough free space",
	}, {
		name:    "silent failure",
		answers: []answer{{"", exit100}},
		calls:   []string{p.Name},
		want: "cannot install openjdk-17-jre-headless: apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends openjdk-17-jre-headless: exit status 100\n" +
			"(it printed nothing)",
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				run := &script{answers: tt.answers}
				err := Install(t.Context(), run, p)
				got := ""
				if err != nil {
					got = err.Error()
				}
				if got != tt.want {
					t.Errorf("got  %s\nwant %s", got, tt.want)
				}
				if diff := cmp.Diff(tt.calls, run.calls); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestInstallIsBounded(t *testing.T) {
	p, err := InstallPlan(facts.OSRelease{ID: "debian", VersionID: "12"}, "amd64", 8)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		run := &script{answers: []answer{{"E: Could not get lock /var/cache/apt/archives/lock", errors.New("exit status 100")}}}
		err := Install(t.Context(), run, p)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "Could not get lock") {
			t.Errorf("got %v, want the deadline and what apt-get said", err)
		}
		if took := time.Since(start); took != InstallLimit {
			t.Errorf("it took %s, want %s", took, InstallLimit)
		}
	})
}

func TestCommand(t *testing.T) {
	out, err := Command{}.Run(t.Context(), []string{"GREETING=hello"}, "sh", "-c", `echo "$GREETING $LC_ALL"; echo oops >&2; exit 3`)
	if out != "hello C\noops\n" || err == nil || err.Error() != "exit status 3" {
		t.Errorf("got %q, %v", out, err)
	}
}
