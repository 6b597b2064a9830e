package java

import (
	"fmt"
	"path"
	"runtime"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
)

// Package is a distribution's headless Java runtime and how to install it.
type Package struct {
	Manager string `json:"manager"` // apt-get, dnf, yum or zypper
	Name    string `json:"name"`
	// Feature is the feature release that it holds.
	Feature int `json:"feature"`
	// Argv installs it without a question, waiting for the manager's lock.
	Argv []string `json:"argv"`
	// Refresh fetches the lists of packages; it is run only when the package is
	// not found without. Empty where the manager does that by itself.
	Refresh []string `json:"refresh,omitempty"`
	// Env holds variables to set for both commands.
	Env []string `json:"env,omitempty"`
	// ExpectedHome is the Java home that it brings.
	ExpectedHome string `json:"expected_home"`
}

// offer lists the feature releases that a distribution has from one of its versions on:
// the best for ZooKeeper first, then newer ones for a user who asks for more.
type offer struct {
	from     int // major version, or 100*major + minor where minors differ
	features []int
}

// distribution is one family of distributions with the same packages.
type distribution struct {
	ids    []string
	minors bool // versions are told apart by their minor number
	offers []offer
	// rolling stands for a version without VERSION_ID.
	rolling []int
	pack    func(version, feature int, arch string) Package
}

func distributions() []distribution {
	return []distribution{
		{
			ids:     []string{"debian", "raspbian"},
			offers:  []offer{{13, []int{21, 25}}, {12, []int{17}}, {11, []int{11, 17}}, {10, []int{11}}},
			rolling: []int{21, 25},
			pack:    debian,
		},
		{
			ids:    []string{"ubuntu"},
			minors: true,
			offers: []offer{{2404, []int{21}}, {2204, []int{17, 21}}, {1804, []int{11, 17}}},
			pack:   debian,
		},
		{
			ids:    []string{"rhel", "centos", "rocky", "almalinux", "ol"},
			offers: []offer{{10, []int{21}}, {8, []int{17, 21}}, {7, []int{11}}},
			pack:   redHat,
		},
		{
			ids:    []string{"fedora"},
			offers: []offer{{40, []int{21}}, {35, []int{17}}},
			pack:   redHat,
		},
		{
			ids:     []string{"sles", "sled", "opensuse-leap", "opensuse-tumbleweed"},
			offers:  []offer{{16, []int{21}}, {15, []int{17, 21}}},
			rolling: []int{21},
			pack:    suse,
		},
	}
}

// InstallPlan returns the package that gives the host a Java of at least minimum, or an
// error where zkprov knows none. arch is the host's architecture in Go's spelling;
// empty is our own.
func InstallPlan(os facts.OSRelease, arch string, minimum int) (Package, error) {
	if arch == "" {
		arch = runtime.GOARCH
	}
	what := strings.TrimSpace(os.ID + " " + os.VersionID)
	for _, d := range distributions() {
		for _, id := range d.ids {
			if id != os.ID {
				continue
			}
			version := d.version(os.VersionID)
			for _, f := range d.features(version, os.VersionID) {
				if f >= minimum {
					return d.pack(version, f, arch), nil
				}
			}
			return Package{}, fmt.Errorf("cannot install Java %d on %s: zkprov knows no package of it there; install one and set java.home", minimum, what)
		}
	}
	if os.ID == "alpine" {
		return Package{}, fmt.Errorf("cannot install Java on %s: zkprov needs a host with systemd", what)
	}
	return Package{}, fmt.Errorf("cannot install Java on %s: zkprov does not know this distribution's packages; install a headless runtime of Java %d or newer and set java.home", what, minimum)
}

// version returns VERSION_ID as a number that compares with offer.from.
func (d distribution) version(id string) int {
	major, minor, _ := strings.Cut(id, ".")
	v, _ := strconv.Atoi(major)
	if d.minors {
		m, _ := strconv.Atoi(minor)
		v = 100*v + m
	}
	return v
}

func (d distribution) features(version int, id string) []int {
	// Tumbleweed's version is a date.
	if d.rolling != nil && (id == "" || version > 10000) {
		return d.rolling
	}
	for _, o := range d.offers {
		if version >= o.from {
			return o.features
		}
	}
	return nil
}

func debian(_, feature int, arch string) Package {
	name := fmt.Sprintf("openjdk-%d-jre-headless", feature)
	apt := []string{"apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"}
	return Package{
		Manager: "apt-get", Name: name, Feature: feature,
		Argv:         append(apt[:len(apt):len(apt)], "install", "--no-install-recommends", name),
		Refresh:      append(apt[:len(apt):len(apt)], "update"),
		Env:          []string{"DEBIAN_FRONTEND=noninteractive"},
		ExpectedHome: fmt.Sprintf("/usr/lib/jvm/java-%d-openjdk-%s", feature, debianArch(arch)),
	}
}

// debianArch returns Debian's name for an architecture.
func debianArch(arch string) string {
	switch arch {
	case "386":
		return "i386"
	case "arm":
		return "armhf"
	case "ppc64le":
		return "ppc64el"
	default:
		return arch
	}
}

func redHat(version, feature int, _ string) Package {
	name := fmt.Sprintf("java-%d-openjdk-headless", feature)
	p := Package{
		Manager: "dnf", Name: name, Feature: feature,
		Argv: []string{"dnf", "-q", "-y", "--setopt=install_weak_deps=False", "install", name},
		// The folder itself carries the patch release; this link, which the
		// package's alternatives make, does not.
		ExpectedHome: fmt.Sprintf("/usr/lib/jvm/jre-%d-openjdk", feature),
	}
	if version == 7 {
		p.Manager, p.Argv = "yum", []string{"yum", "-q", "-y", "install", name}
	}
	return p
}

func suse(_, feature int, arch string) Package {
	name := fmt.Sprintf("java-%d-openjdk-headless", feature)
	lib := "lib64"
	if arch == "386" || arch == "arm" {
		lib = "lib"
	}
	return Package{
		Manager: "zypper", Name: name, Feature: feature,
		Argv:         []string{"zypper", "--non-interactive", "--quiet", "install", "--no-recommends", name},
		Env:          []string{"ZYPP_LOCK_TIMEOUT=300"},
		ExpectedHome: path.Join("/usr", lib, "jvm", fmt.Sprintf("jre-%d-openjdk", feature)),
	}
}
