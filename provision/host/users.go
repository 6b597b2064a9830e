package host

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/units"
)

// unitDirs are the folders that systemd reads units from; see systemd.unit(5).
var unitDirs = []string{units.Dir, "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}

// linkDirs are folders in which people make links to what is installed, beside the one
// that it lies in.
var linkDirs = []string{"/opt", "/usr/local", "/usr/local/bin", "/srv"}

// users is everything on a host that may name a release or a binary.
type users struct {
	// texts are of units, drop-ins and the copies of units in generations.
	texts []userText
	// open are the paths that processes have open, run or name in their arguments.
	open []userPath
	// links lead from one path to another.
	links map[string]string
}

// userText is what a file says that belongs to a unit; who says so in words.
type userText struct{ who, unit, text string }

// userPath is what a process uses.
type userPath struct {
	pid  int
	path string
}

// spared are units of an ensemble that is to go, and their processes.
type spared struct {
	units []string
	pids  []int
}

// userOf returns who names a path, or something below it, in words: a unit, whoever wrote
// it, a generation that is kept, whatever ensemble it is of, a process, or a link. Empty
// is nobody beside those that are spared. Where that cannot be seen, it says so: what may
// be in use is. paths are the inventory's.
func (l *look) userOf(paths inventory.Paths, name string, but spared) string {
	all, err := once(l, "who uses what", func() (users, error) { return l.m.users(l.allConfigs(paths), paths.Install) })
	if err != nil {
		return fmt.Sprintf("it cannot be seen whether something uses it: %v", err)
	}
	for _, t := range all.texts {
		if !slices.Contains(but.units, t.unit) && mentions([]byte(t.text), name) {
			return t.who
		}
	}
	for _, o := range all.open {
		if !slices.Contains(but.pids, o.pid) && mentions([]byte(o.path), name) {
			return fmt.Sprintf("process %d uses it", o.pid)
		}
	}
	for _, from := range slices.Sorted(maps.Keys(all.links)) {
		if to := all.links[from]; from != name && hostpath.Within(to, name) {
			return from + " is a link to it"
		}
	}
	return ""
}

// allConfigs lists the folders that may hold the generations of an instance: those below
// the inventory's folder of configuration, and those that units of zkprov's name.
func (l *look) allConfigs(paths inventory.Paths) []string {
	var all []string
	note := func(folder string) {
		if !slices.Contains(all, folder) {
			all = append(all, folder)
		}
	}
	for _, base := range []string{paths.Config, "/etc/zookeeper"} {
		for _, name := range l.Names(base) {
			note(path.Join(base, name))
		}
	}
	for _, file := range l.Names(units.Dir) {
		if text, err := l.Text(path.Join(units.Dir, file)); strings.HasSuffix(file, ".service") && err == nil {
			if config := units.ConfigOf(text); config != "" {
				note(path.Dir(config))
			}
		}
	}
	return all
}

// users looks at the units, the generations in folders of configuration, the processes and
// the links of the host.
func (m *Machine) users(configs []string, install string) (users, error) {
	all := users{links: make(map[string]string)}
	var failed firstError
	read := func(who, unit, name string) {
		text, err := os.ReadFile(m.path(name))
		switch {
		case err == nil:
			all.texts = append(all.texts, userText{who, unit, string(text)})
		case !leadsNowhere(err):
			failed.note(err)
		}
	}
	list := func(folder string) []os.DirEntry {
		entries, err := os.ReadDir(m.path(folder))
		if !leadsNowhere(err) {
			failed.note(err)
		}
		return entries
	}
	for _, folder := range unitDirs {
		for _, e := range list(folder) {
			name := path.Join(folder, e.Name())
			unit, dropIns := strings.CutSuffix(e.Name(), ".d")
			if !e.IsDir() && !dropIns {
				read(name+" names it", unit, name)
			}
			if !dropIns {
				continue
			}
			for _, dropIn := range list(name) {
				read(path.Join(name, dropIn.Name())+" names it", unit, path.Join(name, dropIn.Name()))
			}
		}
	}
	for _, config := range configs {
		for _, e := range list(config) {
			if !isGeneration(e.Name()) {
				continue
			}
			for _, file := range list(path.Join(config, e.Name())) {
				if name, ok := strings.CutSuffix(file.Name(), ".service"); ok {
					read("a generation of "+name+" that is kept", file.Name(), path.Join(config, e.Name(), file.Name()))
				}
			}
		}
	}
	for _, folder := range append([]string{install}, linkDirs...) {
		for _, e := range list(folder) {
			m.noteLink(all.links, path.Join(folder, e.Name()))
		}
	}
	for _, e := range list("/proc") {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			all.open = append(all.open, m.pathsOf(pid)...)
		}
	}
	return all, failed.err
}

// leadsNowhere reports whether an error says that nothing is there to be read, or that it
// is no file or no folder.
func leadsNowhere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ELOOP)
}

func (m *Machine) noteLink(links map[string]string, name string) {
	to, err := os.Readlink(m.path(name))
	if err != nil {
		return
	}
	if !path.IsAbs(to) {
		to = path.Join(path.Dir(name), to)
	}
	links[name] = path.Clean(to)
}

// pathsOf returns what a process runs, has open, and was started with.
func (m *Machine) pathsOf(pid int) []userPath {
	folder := filepath.Join(m.Root, "/proc", strconv.Itoa(pid))
	var all []userPath
	note := func(link string) {
		if to, err := os.Readlink(link); err == nil {
			to = strings.TrimSuffix(to, " (deleted)")
			all = append(all, userPath{pid, strings.TrimPrefix(to, m.Root)})
		}
	}
	note(filepath.Join(folder, "exe"))
	note(filepath.Join(folder, "cwd"))
	files, _ := filepath.Glob(filepath.Join(folder, "fd", "*"))
	for _, f := range files {
		note(f)
	}
	// The own arguments of a run that looks may name anything.
	if line, err := os.ReadFile(filepath.Join(folder, "cmdline")); err == nil && pid != os.Getpid() {
		all = append(all, userPath{pid, strings.ReplaceAll(string(line), "\x00", " ")})
	}
	return all
}
