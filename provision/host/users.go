package host

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

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
	// texts are of units, drop-ins and the copies of units in generations, by who says so.
	texts []userText
	// open are the paths that processes have open, run or name in their arguments.
	open map[string]string
	// links lead from one path to another.
	links map[string]string
}

type userText struct{ who, text string }

// userOf returns who names a path, or something below it, in words: a unit, whoever wrote
// it, a generation that is kept, whatever ensemble it is of, a process, or a link. Empty
// is nobody. paths are the inventory's.
func (l *look) userOf(paths inventory.Paths, name string) string {
	all, _ := once(l, "who uses what", func() (users, error) { return l.m.users(l.allConfigs(paths), paths.Install), nil })
	for _, t := range all.texts {
		if mentions([]byte(t.text), name) {
			return t.who
		}
	}
	for opened, who := range all.open {
		if mentions([]byte(opened), name) {
			return who
		}
	}
	for from, to := range all.links {
		if from != name && (to == name || strings.HasPrefix(to, name+"/")) {
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
func (m *Machine) users(configs []string, install string) users {
	all := users{open: make(map[string]string), links: make(map[string]string)}
	read := func(who, name string) {
		if text, err := os.ReadFile(m.path(name)); err == nil {
			all.texts = append(all.texts, userText{who, string(text)})
		}
	}
	list := func(folder string) []os.DirEntry {
		entries, _ := os.ReadDir(m.path(folder))
		return entries
	}
	for _, folder := range unitDirs {
		for _, e := range list(folder) {
			if !e.IsDir() {
				read(path.Join(folder, e.Name())+" names it", path.Join(folder, e.Name()))
				continue
			}
			if strings.HasSuffix(e.Name(), ".d") {
				for _, dropIn := range list(path.Join(folder, e.Name())) {
					read(path.Join(folder, e.Name(), dropIn.Name())+" names it", path.Join(folder, e.Name(), dropIn.Name()))
				}
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
					read("a generation of "+name+" that is kept", path.Join(config, e.Name(), file.Name()))
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
		if _, err := strconv.Atoi(e.Name()); err == nil {
			m.noteProcess(all.open, e.Name())
		}
	}
	return all
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

// noteProcess keeps what a process runs, has open, and was started with.
func (m *Machine) noteProcess(open map[string]string, pid string) {
	folder := filepath.Join(m.Root, "/proc", pid)
	who := fmt.Sprintf("process %s uses it", pid)
	note := func(link string) {
		if to, err := os.Readlink(link); err == nil {
			to = strings.TrimSuffix(to, " (deleted)")
			open[strings.TrimPrefix(to, m.Root)] = who
		}
	}
	note(filepath.Join(folder, "exe"))
	note(filepath.Join(folder, "cwd"))
	files, _ := filepath.Glob(filepath.Join(folder, "fd", "*"))
	for _, f := range files {
		note(f)
	}
	if line, err := os.ReadFile(filepath.Join(folder, "cmdline")); err == nil {
		// The own arguments of a run that looks may name anything.
		if pid != strconv.Itoa(os.Getpid()) {
			open[strings.ReplaceAll(string(line), "\x00", " ")] = who
		}
	}
}
