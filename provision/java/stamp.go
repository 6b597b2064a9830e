package java

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/checks/facts"
)

// machines lists where the shared library of a JVM lies, below a Java home; Java 8 has
// it below the architecture's name, and a JDK of that age below jre.
var machines = [...]string{"lib/server/libjvm.so", "lib/*/server/libjvm.so", "jre/lib/*/server/libjvm.so"}

// images hold the classes of a Java itself, below its home; Java 8 has them in a jar.
var images = [...]string{"lib/modules", "lib/rt.jar", "jre/lib/rt.jar"}

// Stamp identifies the program that a path starts, its virtual machine and its classes, by
// where they lie, their sizes and what nobody can set: their inodes, and when those were
// changed last. It is another one after an update of that Java, and where a copy of the
// same age was put in its place. It is empty where nothing lies there.
func Stamp(root, java string) string {
	sum := sha256.New()
	real, err := facts.Follow(root, java)
	if err != nil {
		return ""
	}
	note := func(name string) {
		var s unix.Stat_t
		if err := unix.Stat(facts.InRoot(root, name), &s); err == nil {
			fmt.Fprintf(sum, "%s %d %d %d\n", name, s.Size, s.Ino, s.Ctim.Nano())
		}
	}
	note(real.Path)
	for _, name := range libraries(root, real.Path) {
		note(name)
	}
	for _, name := range images {
		note(path.Join(path.Dir(path.Dir(real.Path)), name))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// libraries returns the shared libraries of the virtual machine beside a program.
func libraries(root, program string) []string {
	home := path.Dir(path.Dir(program))
	var found []string
	for _, pattern := range machines {
		names, _ := filepath.Glob(facts.InRoot(root, path.Join(home, pattern)))
		for _, name := range names {
			found = append(found, path.Join("/", strings.TrimPrefix(name, root)))
		}
	}
	return found
}

// Replaced returns how the Java that a process runs on is not the one that lies in its
// place any more, as after an update of the distribution's package; empty where it is the
// same, or where that cannot be seen. java is what the process was started as; empty where
// that is not known.
func Replaced(root string, pid int, java string) string {
	if pid <= 0 {
		return ""
	}
	proc := facts.InRoot(root, path.Join("/proc", strconv.Itoa(pid)))
	program, err := os.Readlink(path.Join(proc, "exe"))
	if err != nil {
		return "" // gone meanwhile, or not ours to look at
	}
	if name, gone := strings.CutSuffix(program, deleted); gone {
		return name + " was replaced"
	}
	if library := deletedLibrary(path.Join(proc, "maps")); library != "" {
		return library + " was replaced"
	}
	// A link that leads to another Java by now; behind a script a process has another program.
	real, err := facts.Follow(root, java)
	if java == "" || err != nil || real.Path == program || !isELF(facts.InRoot(root, real.Path)) {
		return ""
	}
	runs, err := os.Stat(path.Join(proc, "exe"))
	if err != nil || os.SameFile(runs, real.Info) {
		return ""
	}
	return fmt.Sprintf("it runs on %s, and %s is %s now", program, java, real.Path)
}

// deleted is what the kernel puts behind the name of a file that nothing leads to any
// more; see proc(5).
const deleted = " (deleted)"

// maxMaps bounds what is read of a process's maps. A JVM has some hundreds of KiB.
const maxMaps = 8 << 20

// deletedLibrary returns the JVM's library among the maps of a process, where it was
// deleted; empty where it was not.
func deletedLibrary(maps string) string {
	f, err := os.Open(maps)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxMaps))
	if err != nil {
		return ""
	}
	for line := range bytes.Lines(text) {
		name, gone := strings.CutSuffix(strings.TrimSuffix(string(line), "\n"), deleted)
		if at := strings.IndexByte(name, '/'); gone && at >= 0 && path.Base(name) == "libjvm.so" {
			return name[at:]
		}
	}
	return ""
}

// isELF reports whether a file is a program of the kernel's own format, and no script.
func isELF(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := make([]byte, 4)
	_, err = io.ReadFull(f, magic)
	return err == nil && string(magic) == "\x7fELF"
}
