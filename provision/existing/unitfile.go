package existing

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/coreos/go-systemd/v22/unit"

	"github.com/zkprov/zkprov/internal/finding"
)

// Input is a file with its name.
type Input struct {
	Name string
	Text []byte
}

// ReadProcess reads how a server is started: the unit, where there is one, and the files
// that set variables, in their order.
func ReadProcess(service *Input, javaEnvs []Input) (Process, finding.Findings) {
	r := processReader{vars: newVariables()}
	var options []option
	if service != nil {
		options = r.options(*service)
		for _, o := range options {
			if o.name == "Environment" {
				r.environment(o)
			}
		}
	}
	for _, file := range javaEnvs {
		r.vars.read(file.Name, file.Text)
	}
	r.p.Script = len(javaEnvs) > 0
	for _, o := range options {
		r.option(o, javaEnvs)
	}
	r.variables()
	r.p.Notes = append(r.p.Notes, r.vars.notes...)
	slices.SortStableFunc(r.p.Notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line))
	})
	return r.p, r.found
}

type processReader struct {
	problems
	p    Process
	vars *variables
	// started has the flags of a java command line.
	started []Word
}

// option is a line of the [Service] section.
type option struct {
	name, value string
	pos         finding.Position
}

// options returns what the [Service] section of a unit sets.
func (r *processReader) options(file Input) []option {
	parsed, err := unit.DeserializeOptions(bytes.NewReader(bytes.ReplaceAll(file.Text, []byte("\r\n"), []byte("\n"))))
	if err != nil {
		r.wrong(unreadable, finding.Position{File: file.Name}, "is this a unit's file?", "it cannot be read: %v", err)
		return nil
	}
	var all []option
	lines := strings.Split(string(file.Text), "\n")
	at := 0
	for _, o := range parsed {
		for at < len(lines) && !isOption(lines[at], o.Name) {
			at++
		}
		if o.Section == "Service" {
			text := strings.ReplaceAll(o.Value, "\\\n", " ")
			all = append(all, option{o.Name, strings.TrimSpace(text), finding.Position{File: file.Name, Line: at + 1, Column: 1}})
		}
		at++
	}
	if len(all) == 0 {
		r.wrong(unreadable, finding.Position{File: file.Name}, "is this the unit of ZooKeeper?", "it has no [Service] section")
	}
	return all
}

func isOption(line, name string) bool {
	key, _, ok := strings.Cut(line, "=")
	return ok && strings.TrimSpace(key) == name
}

// environment takes Environment=.
func (r *processReader) environment(o option) {
	l := &lexer{text: o.value, file: o.pos.File, line: o.pos.Line, vars: newVariables()}
	words, ok := l.statement()
	for _, w := range words {
		// systemd quotes the whole of NAME=value.
		name, text, isAssignment := strings.Cut(w.value.String(), "=")
		to := value{{text, o.pos}}
		if w.name != "" {
			name, to, isAssignment = w.name, value{{w.value.String(), o.pos}}, true
		}
		if ok = ok && isAssignment && isVariable(name); ok {
			r.vars.set(name, to, o.pos)
			r.vars.exported[name] = true
		}
	}
	if !ok {
		r.note(o, "it is no list of NAME=value")
	}
}

func (r *processReader) note(o option, why string) {
	name, _, _ := strings.Cut(o.value, "=")
	what := o.name + "=" + o.value
	if isSecret(what) {
		what = o.name + "=" + name + "=…"
	}
	r.p.Notes = noted(r.p.Notes, Note{What: what, Why: why, Pos: o.pos})
}

// option takes a line of the unit that tells how the server is started.
func (r *processReader) option(o option, given []Input) {
	word := Word{o.value, o.pos}
	switch o.name {
	case "User":
		r.p.User = word
	case "Group":
		r.p.Group = word
	case "LimitNOFILE":
		_, hard, both := strings.Cut(o.value, ":")
		if both {
			word.Text = hard
		}
		if word.Text == "infinity" || strings.Trim(word.Text, "0123456789") != "" {
			r.note(o, "write a number as nofile under [unit] where zkprov's 524288 is not enough")
			return
		}
		if word.Text == "524288" {
			return // as in every unit of zkprov's
		}
		r.p.NoFile = word
	case "MemoryMax", "MemoryLimit":
		if o.value == "infinity" {
			return
		}
		word.Text = strings.ToLower(o.value)
		r.p.MemoryMax = word
	case "EnvironmentFile":
		file := strings.TrimPrefix(o.value, "-")
		if !slices.ContainsFunc(given, func(i Input) bool { return path.Base(i.Name) == path.Base(file) }) {
			r.note(o, "the file was not read: give it with --java-env")
		}
	case "ExecStart":
		r.start(o)
	case "ExecStartPre", "ExecStartPost", "ExecStop", "ExecStopPost", "ExecReload", "PIDFile":
		r.note(o, "zkprov's unit starts java itself, and needs nothing before and after")
	case "WorkingDirectory", "RootDirectory":
		r.note(o, "zkprov's unit runs in /: paths in zoo.cfg and in flags are to be absolute")
	case "LimitMEMLOCK", "LimitNPROC", "LimitCORE", "Nice", "OOMScoreAdjust", "CPUAffinity", "CPUQuota", "IOSchedulingClass", "IOSchedulingPriority", "NUMAPolicy", "MemoryHigh":
		r.note(o, "it belongs in a drop-in of the unit (systemctl edit), which zkprov leaves alone")
	}
}
