package existing

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/properties"
	"github.com/zkprov/zkprov/inventory"
)

// Files returns the content of a file, bounded.
type Files func(path string) ([]byte, error)

// ReadConfig reads a zoo.cfg, with the dynamic file that it names, or a dynamic file by
// itself, as QuorumPeerConfig does. name is the file's path, which relative paths in it
// are looked up beside, and its name in messages.
func ReadConfig(name string, text []byte, files Files) (*Server, finding.Findings) {
	r := reader{s: &Server{Source: name}}
	r.config(name, text, files)
	return r.s, r.found
}

type reader struct {
	problems
	s *Server
}

func (r *reader) config(name string, text []byte, files Files) {
	settings := r.properties(name, text)
	static := slices.ContainsFunc(settings, func(s Setting) bool { return !isList(s.Key) && s.Key != "version" })
	if !static {
		// ZooKeeper writes the version of the list into a dynamic file.
		settings = slices.DeleteFunc(settings, func(s Setting) bool { return s.Key == "version" })
	}
	var list []Setting
	for _, s := range settings {
		if isList(s.Key) {
			list = append(list, s)
		} else {
			r.s.Settings = append(r.s.Settings, s)
		}
	}
	dynamic := r.s.get("dynamicConfigFile")
	switch {
	case dynamic != nil && len(list) > 0:
		r.wrong(unreadable, list[0].Pos, "the server list stands in one of the two; write into a copy only the one that counts",
			"%s stands beside dynamicConfigFile, line %d, which ZooKeeper refuses", list[0].Key, dynamic.Pos.Line)
	case dynamic != nil:
		list = r.dynamic(name, *dynamic, files)
	case !static && len(list) == 0:
		r.wrong(unreadable, finding.Position{File: name}, "is this the right file?", "there is no key in it: neither dataDir nor a server.N")
	}
	r.members(list)
	r.directory(name, files)
}

// isList reports whether a key belongs to the server list; see
// QuorumPeerConfig.parseDynamicConfig.
func isList(key string) bool {
	return strings.HasPrefix(key, "server.") || strings.HasPrefix(key, "group") || strings.HasPrefix(key, "weight")
}

// properties returns what a file sets, in its order, each key once: the last one counts.
func (r *reader) properties(name string, file []byte) []Setting {
	var all []Setting
	last := make(map[string]int)
	text := string(file)
	l := lines{text: text}
	for at := 0; at < len(text); {
		p, size := properties.First(text[at:])
		if p != nil {
			start := at
			for strings.IndexByte(" \t\f", text[start]) >= 0 {
				start++
			}
			s := Setting{Key: properties.Trim(p.Key), Value: properties.Trim(p.Value), Pos: l.position(name, start)}
			if p.Malformed {
				r.wrong(unreadable, s.Pos, `write \\u for a backslash and a u`, `%s has a \u without four hex digits behind it, for which Java refuses the whole file`, s.Key)
			}
			last[s.Key] = len(all)
			all = append(all, s)
		}
		at += size
	}
	var effective []Setting
	for i, s := range all {
		if n := last[s.Key]; n != i {
			r.note(s, fmt.Sprintf("%s stands there again at line %d, and the last one counts", s.Key, all[n].Pos.Line))
			continue
		}
		effective = append(effective, s)
	}
	return effective
}

func (r *reader) note(s Setting, why string) {
	r.s.Notes = noted(r.s.Notes, Note{What: written(s), Why: why, Pos: s.Pos})
}

// written returns a setting as zoo.cfg has it, without a secret.
func written(s Setting) string {
	if isSecret(s.Key) {
		return s.Key + "=…"
	}
	return s.Key + "=" + s.Value
}

// lines finds the line and column of places in a text, in their order.
type lines struct {
	text       string
	at, number int
}

func (l *lines) position(file string, offset int) finding.Position {
	for {
		// Java ends a line at CR as well, but no editor that numbers lines does.
		end := strings.IndexByte(l.text[l.at:], '\n')
		if end < 0 || l.at+end >= offset {
			return finding.Position{File: file, Line: l.number + 1, Column: offset - l.at + 1}
		}
		l.at += end + 1
		l.number++
	}
}

// dynamic returns the server list in the file that a zoo.cfg names. ZooKeeper looks up a
// relative path in its working directory; here it is looked up beside the zoo.cfg, where
// a copy of an absolute one may lie as well.
func (r *reader) dynamic(name string, at Setting, files Files) []Setting {
	file := at.Value
	beside := filepath.Join(filepath.Dir(name), path.Base(file))
	if !filepath.IsAbs(file) {
		beside = filepath.Join(filepath.Dir(name), file)
	}
	tried := []string{beside}
	if filepath.IsAbs(file) {
		tried = []string{file, beside}
	}
	var err error
	for _, file := range tried {
		var text []byte
		if text, err = files(file); err != nil {
			continue
		}
		r.note(at, "zkprov writes the server list itself; the one in "+file+" was read")
		list := r.properties(file, text)
		for _, s := range list {
			if !isList(s.Key) && s.Key != "version" {
				r.wrong(unreadable, s.Pos, "a dynamic file has only server.N, group.N and weight.N", "%s stands in the dynamic file, which ZooKeeper refuses", s.Key)
			}
		}
		return slices.DeleteFunc(list, func(s Setting) bool { return !isList(s.Key) })
	}
	r.wrong(unreadable, at.Pos, "put a copy beside it", "the server list stands in %s, which cannot be read: %v", file, err)
	return nil
}

// members reads the server list.
func (r *reader) members(list []Setting) {
	for _, s := range list {
		id, ok := strings.CutPrefix(s.Key, "server.")
		if !ok {
			// Told by the rules of the inventory, which know why.
			r.s.Settings = append(r.s.Settings, s)
			continue
		}
		m, err := parseMember(id, s.Value)
		if err != nil {
			r.wrong(unreadable, s.Pos, "write server.N=host:port:port, with :observer and ;port where they belong", "%s=%s: %v", s.Key, s.Value, err)
			continue
		}
		m.Pos = s.Pos
		if first := r.s.member(m.ID); first != nil {
			r.wrong(unreadable, s.Pos, "", "the server %d is there twice, first at line %d", m.ID, first.Pos.Line)
			continue
		}
		r.s.Members = append(r.s.Members, m)
	}
	slices.SortStableFunc(r.s.Members, func(a, b Member) int { return a.ID - b.ID })
}

// directory looks for the file myid in the data directory, which is that of the server
// where the file was read in its place.
func (r *reader) directory(name string, files Files) {
	dir := r.s.get("dataDir")
	if dir == nil || len(r.s.Members) == 0 || !filepath.IsAbs(dir.Value) {
		return
	}
	if text, err := files(filepath.Join(dir.Value, "myid")); err == nil {
		if id, err := ParseMyid(text); err == nil {
			r.s.Myid = &id
		}
	}
}

// ParseMyid reads the id in a file myid: its first line.
func ParseMyid(text []byte) (int, error) {
	line, _, _ := strings.Cut(string(text), "\n")
	id, err := number(strings.TrimSpace(line), 0, 255)
	if err != nil {
		return 0, fmt.Errorf("its first line is no server id from 0 to 255")
	}
	return id, nil
}

// Role returns the role of a word in a server list, in whatever case; empty is none.
func roleOf(word string) inventory.Role {
	for _, role := range []inventory.Role{inventory.Participant, inventory.Observer} {
		if strings.EqualFold(word, string(role)) {
			return role
		}
	}
	return ""
}
