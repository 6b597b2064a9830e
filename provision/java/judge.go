package java

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/checks/facts"
)

// judge decides whether a candidate of that version will do. reason is a clause that
// tells why it will not; it is empty for one that will.
func judge(o Options, c candidate, n Need, version string) (r Result, reason string) {
	feature, _ := Feature(version)
	if feature < n.Feature {
		return Result{}, fmt.Sprintf("it is Java %d (%s), older than %d", feature, version, n.Feature)
	}
	as := c.preferred(feature)
	java := as.java
	if as.source == FromPath {
		// What PATH says is the alternatives' choice of the day, not a place.
		java = c.real.Path
	}
	return Result{
		Home: as.home, Java: java, Feature: feature, Version: version, Source: c.source, Need: n,
		Undocumented: undocumented(o.Version, feature),
	}, ""
}

// noexec reports whether a file lies on a file system that is mounted noexec.
func noexec(name string) bool {
	var st unix.Statfs_t
	return unix.Statfs(name, &st) == nil && st.Flags&noexecFlag != 0
}

// written returns a candidate's version from the release file of its home. Where there
// is no such file both results are empty, and the candidate must be run. reason is why
// it will not do.
func written(o Options, c candidate) (version, reason string) {
	if noexec(facts.InRoot(o.Root, c.real.Path)) {
		return "", c.real.Path + " lies on a file system mounted noexec"
	}
	home := homeOf(c.real.Path)
	homes := []string{home}
	if path.Base(home) == "jre" {
		homes = append(homes, path.Dir(home)) // the JRE inside a JDK up to 8
	}
	for _, h := range homes {
		r, ok := readRelease(o.Root, path.Join(h, "release"))
		if !ok {
			continue
		}
		if r.arch == "" { // as where jlink made the runtime
			r.arch = builtFor(facts.InRoot(o.Root, c.real.Path))
		}
		if r.arch != "" && goArch(r.arch) != o.Arch {
			return "", fmt.Sprintf("it is for %s and this host is %s", r.arch, o.Arch)
		}
		return r.version, ""
	}
	return "", ""
}

// elfMachines maps e_machine of an ELF header to Go's names of architectures.
var elfMachines = map[uint16]string{3: "386", 40: "arm", 62: "amd64", 183: "arm64"}

// builtFor returns the architecture that a program is built for, in Go's spelling; ""
// where it is no little-endian ELF program, or one for an architecture that is not
// listed. It reads e_ident and e_machine (System V ABI, chapter 4, "ELF Header")
// itself: debug/elf would link the reading of compressed debugging data, 150 KB.
func builtFor(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	const littleEndian = 1 // e_ident[EI_DATA]
	var header [20]byte
	if _, err := io.ReadFull(f, header[:]); err != nil || string(header[:4]) != "\x7fELF" || header[5] != littleEndian {
		return ""
	}
	return elfMachines[binary.LittleEndian.Uint16(header[18:])]
}

// maxRelease bounds the release file; real ones have less than 2 KiB.
const maxRelease = 64 << 10

// readRelease reads the release file of a Java home; ok is false where there is none of
// use.
func readRelease(root, name string) (release, bool) {
	f, err := facts.Follow(root, name)
	if err != nil || !f.Info.Mode().IsRegular() {
		return release{}, false
	}
	file, err := os.Open(facts.InRoot(root, f.Path))
	if err != nil {
		return release{}, false
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxRelease))
	if err != nil && !errors.Is(err, io.EOF) {
		return release{}, false
	}
	return parseRelease(string(b))
}
