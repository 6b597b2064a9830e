package inventory

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/hostpath"
)

// ports judges the ports of one host: two listeners cannot share one on one address.
func (j *judge) ports(h *Host, nodes []*node) {
	type listener struct {
		Listener
		what string
		line int
	}
	var taken []listener
	if b := j.ensemble.Bootstrap; b != nil {
		taken = append(taken, listener{Listener{Port: b.Port}, "bootstrap.agent_port", j.root.at("bootstrap", "agent_port").Line})
	}
	for i := range h.Instances {
		in, n := &h.Instances[i], nodes[i]
		for _, l := range (Member{h, in}).Listeners() {
			pos, name := l.Pos, called(in, n)
			if mustFind(schema(), "host", "instance").has(l.Key) {
				if pos = n.at(l.Key); l.Port < 1 || l.Port > 65535 {
					j.fail(pos, "out-of-range", offAt(l.Key), "%s is %s, and must be from 1 to 65535", l.Key, n.said(l.Key))
					continue
				}
			}
			what := fmt.Sprintf("%s of %s", l.Key, name)
			if first := slices.IndexFunc(taken, func(o listener) bool { return l.Clash(o.Listener) }); first >= 0 {
				j.fail(pos, "duplicate-port", fmt.Sprintf("give %s %s of its own", name, article(l.Key)),
					"on host %s port %d is %s and already %s, line %d", h.Name, l.Port, what, taken[first].what, taken[first].line)
				continue
			}
			taken = append(taken, listener{l, what, pos.Line})
		}
	}
}

// offAt returns how a port is turned off, as a hint; empty where it cannot be.
func offAt(key string) string {
	if key == "admin_port" {
		return "0 turns it off"
	}
	return ""
}

// folders judges the data folders of one host: no instance may lie in what is
// another's.
func (j *judge) folders(h *Host, nodes []*node) {
	e := j.ensemble
	type place struct {
		what, path string
		owner      string // the instance whose data lies there
	}
	var taken []place
	for _, k := range KeptDirs(path.Join(e.Paths.Install, ReleaseFolder(e.Version))) {
		taken = append(taken, place{what: k.What, path: k.Path})
	}
	if len(h.Jars()) > 0 {
		taken = append(taken, place{what: "the jars beside the release", path: e.Paths.JarsDir()})
	}
	for i := range h.Instances {
		if in := &h.Instances[i]; validID(in.ID) {
			taken = append(taken, place{what: "the configuration of " + in.Name, path: e.Paths.ConfigDir(in)})
		}
	}
	for i := range h.Instances {
		in, n := &h.Instances[i], nodes[i]
		for _, d := range []struct{ key, path string }{{"data_dir", in.DataDir}, {"data_log_dir", in.DataLogDir}} {
			given := n.get(d.key) != nil
			if d.path == "" && d.key == "data_log_dir" || !given && !validID(in.ID) {
				continue
			}
			pos := n.at(d.key)
			if given && !j.folder(d.path, d.key, pos) {
				continue
			}
			below := d.key == "data_log_dir" && hostpath.Within(d.path, in.DataDir)
			if part := partOfData(d.path, in.DataDir); below && part != "" {
				j.fail(pos, "overlapping-folders", "choose another name below data_dir", "on host %s the data_log_dir of %s, %s, lies in %s, which ZooKeeper and zkprov use for something else", h.Name, called(in, n), d.path, part)
				continue
			}
			clash := slices.IndexFunc(taken, func(p place) bool {
				own := below && p.path == in.DataDir && p.owner == in.Name
				return !own && (hostpath.Within(d.path, p.path) || hostpath.Within(p.path, d.path))
			})
			// Two of one id have one folder by default, and one finding is enough.
			if clash >= 0 && (given || taken[clash].owner != in.Name) {
				j.fail(pos, "overlapping-folders", "give each a folder of its own",
					"on host %s the %s of %s, %s, overlaps %s, %s", h.Name, d.key, called(in, n), d.path, taken[clash].what, taken[clash].path)
			}
			taken = append(taken, place{what: d.key + " of " + called(in, n), path: d.path, owner: in.Name})
		}
	}
	for i := range h.Instances {
		in, n := &h.Instances[i], nodes[i]
		if in.LogDir == "" || !validID(in.ID) {
			continue
		}
		what := "the logs of " + in.Name
		clash := slices.IndexFunc(taken, func(p place) bool { return hostpath.Within(in.LogDir, p.path) || hostpath.Within(p.path, in.LogDir) })
		if clash >= 0 && taken[clash].what != what { // two of one id, which is said elsewhere
			j.fail(j.logsAt(n), "overlapping-folders", "give each a folder of its own",
				"on host %s %s, %s, overlap %s, %s", h.Name, what, in.LogDir, taken[clash].what, taken[clash].path)
		}
		taken = append(taken, place{what: what, path: in.LogDir})
	}
}

// partOfData returns what of a data directory, beside the transaction logs in a folder of
// their own, a path lies in; empty where it lies in nothing that is known there.
func partOfData(p, dataDir string) string {
	for _, name := range []string{"version-2", "before-upgrade", "myid", "initialize", "lost+found", "zookeeper_server.pid"} {
		if part := path.Join(dataDir, name); hostpath.Within(p, part) {
			return part
		}
	}
	if rest := strings.TrimPrefix(p, dataDir+"/"); strings.HasPrefix(rest, ".") {
		first, _, _ := strings.Cut(rest, "/")
		return path.Join(dataDir, first)
	}
	return ""
}

// called returns an instance's name, or where it stands when it has no valid id for
// one.
func called(in *Instance, n *node) string {
	if validID(in.ID) {
		return in.Name
	}
	return fmt.Sprintf("the instance at line %d", n.pos.Line)
}

// pathPattern matches paths that systemd units and ZooKeeper's scripts take unquoted.
var pathPattern = regexp.MustCompile(`^[A-Za-z0-9_./@:+-]+$`)

// pathCharacters has the characters of pathPattern beside letters and digits.
const pathCharacters = "_./@:+-"

// absolute judges how a path is written, and not its characters. It reports whether
// that is right.
func (j *judge) absolute(p, key string, pos finding.Position) bool {
	switch {
	case !strings.HasPrefix(p, "/"):
		j.fail(pos, "bad-path", "write it from / on", "%s is %q, and must be an absolute path%s", key, p, strange(p, oneOf(pathCharacters)))
	case p != path.Clean(p):
		j.fail(pos, "bad-path", "write "+Clip(path.Clean(p)), "%s is %q, which has superfluous parts", key, p)
	default:
		return true
	}
	return false
}

// path judges the path of a folder that ZooKeeper's scripts may see. It reports whether
// that is right.
func (j *judge) path(p, key string, pos finding.Position) bool {
	switch {
	case !j.absolute(p, key, pos):
	case !pathPattern.MatchString(p):
		j.fail(pos, "bad-path", "use letters, digits and any of . _ - + @ :", "%s is %q, which ZooKeeper's own scripts do not survive%s", key, p, strange(p, oneOf(pathCharacters)))
	default:
		return true
	}
	return false
}

// Passing reports whether p lies in a folder of the system that does not last, or is
// not for data, and returns that folder.
func Passing(p string) (dir string, ok bool) {
	for _, d := range []string{"/proc", "/sys", "/dev", "/run", "/boot", "/tmp", "/var/tmp", "/var/run"} {
		if hostpath.Within(p, d) {
			return d, true
		}
	}
	return "", false
}

// folder judges the path of a folder that zkprov makes and gives an owner to. It
// reports whether that is right.
func (j *judge) folder(p, key string, pos finding.Position) bool {
	if !j.path(p, key, pos) {
		return false
	}
	if d, ok := Passing(p); ok {
		j.fail(pos, "forbidden-path", "", "%s is %s, and what lies under %s does not last or is not for data", key, p, d)
		return false
	}
	for _, d := range []string{"/", "/bin", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/root", "/sbin", "/srv",
		"/usr", "/usr/bin", "/usr/lib", "/usr/local", "/usr/sbin", "/usr/share", "/var", "/var/cache", "/var/lib", "/var/log"} {
		if p == d {
			j.fail(pos, "forbidden-path", "name a folder of its own, such as "+path.Join(d, "zookeeper"), "%s is %s, which belongs to the system", key, p)
			return false
		}
	}
	return true
}
