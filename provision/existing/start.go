package existing

import (
	"path"
	"slices"
	"strings"
)

// start takes ExecStart=: a java command line, or one of zkServer.sh.
func (r *processReader) start(o option) {
	l := &lexer{text: strings.TrimLeft(o.value, "@-:+!|"), file: o.pos.File, line: o.pos.Line, vars: r.vars, split: true}
	words, ok := l.statement()
	var args []Word
	for _, w := range words {
		a := Word{w.value.String(), o.pos}
		if len(w.value) > 0 {
			a.Pos = w.value[0].Pos
		}
		args = append(args, a)
	}
	switch {
	case !ok || l.at < len(l.text) || len(args) == 0:
		r.note(o, "zkprov runs no shell, and does not understand this command line")
	case strings.HasPrefix(path.Base(args[0].Text), "zkServer"):
		r.p.Script = true
	case path.Base(args[0].Text) == "java":
		if home, ok := strings.CutSuffix(args[0].Text, "/bin/java"); ok && home != "/usr" && home != "" {
			r.p.JavaHome = Word{home, o.pos}
		}
		r.p.Script = false
		r.started = r.javaFlags(args[1:])
	default:
		r.note(o, "it is neither a command line of java nor of zkServer.sh: which flags the server gets cannot be told")
	}
}

// javaFlags returns the flags before the class.
func (r *processReader) javaFlags(args []Word) []Word {
	var flags []Word
	for i := 0; i < len(args); i++ {
		a := args[i]
		if isUnknown(a.Text) && !strings.HasPrefix(a.Text, "-") {
			r.p.Notes = noted(r.p.Notes, Note{What: a.Text, Why: "nothing that was read sets it: where it holds flags, give its file with --java-env", Pos: a.Pos})
			continue
		}
		if !strings.HasPrefix(a.Text, "-") {
			break
		}
		if slices.Contains([]string{"-cp", "-classpath", "--class-path"}, a.Text) && i+1 < len(args) {
			i++
			a.Text += " " + args[i].Text
		}
		flags = append(flags, a)
	}
	return flags
}

// variables takes those that scripts make flags of, and leaves the rest to the
// environment of the server.
func (r *processReader) variables() {
	v := r.vars
	var flags []Word
	switch {
	case r.started != nil:
		// The variables that the command line names are in it.
		flags = r.started
	default:
		if heap := v.word("ZK_SERVER_HEAP"); heap.Text != "" {
			flags = append(flags, Word{"-Xmx" + heap.Text + "m", heap.Pos})
		}
		for _, name := range flagVariables {
			flags = append(flags, v.values[name].words()...)
		}
		flags = append(flags, r.jmx()...)
	}
	r.p.Flags = flags
	if home := v.word("JAVA_HOME"); home.Text != "" && r.p.JavaHome.Text == "" && r.started == nil {
		r.p.JavaHome = home
	}
	r.rest()
}

// flagVariables are those that scripts make flags of.
var flagVariables = []string{"SERVER_JVMFLAGS", "JVMFLAGS", "JAVA_OPTS", "JAVAOPTS", "ZOO_JAVA_OPTS", "ZOOKEEPER_OPTS", "KAFKA_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_JMX_OPTS", "KAFKA_OPTS"}

// rest keeps the variables that the server's process has, and notes the others.
func (r *processReader) rest() {
	v := r.vars
	var scripts []string
	var first Note
	for _, name := range v.order {
		at := v.word(name)
		switch {
		case slices.Contains(flagVariables, name), strings.HasPrefix(name, "JMX"), name == "ZK_SERVER_HEAP", v.used[name]:
			continue
		case name == "JAVA_HOME" && at.Text == r.p.JavaHome.Text:
			continue
		case strings.HasPrefix(name, "ZKPROV_"), name == "LANG" && at.Text == "C.UTF-8":
			continue // every unit of zkprov's has them
		}
		n := Note{What: name + "=" + at.Text, Pos: v.at[name]}
		switch {
		case isSecret(name):
			n.What = name + "=…"
			n.Why = "a secret is not copied, and the environment in a unit is no place for one: EnvironmentFile= in a drop-in of the unit names a file that only root can read"
			n.Secret = true
		case why(name) != "":
			n.Why = why(name)
		case isUnknown(at.Text) && v.exported[name]:
			n.Why = "it has a part that only a shell on the host could tell"
		case v.exported[name] && !strings.HasPrefix(name, "ZOO") && !strings.HasPrefix(name, "JAVA_") && name != "JAVA":
			r.p.Environment = append(r.p.Environment, Setting{name, at.Text, v.at[name]})
			continue
		default:
			if scripts == nil {
				first = n
			}
			scripts = append(scripts, name)
			continue
		}
		r.p.Notes = noted(r.p.Notes, n)
	}
	if scripts != nil {
		first.What = strings.Join(scripts, ", ")
		first.Why = "only scripts read that, and zkprov's unit starts java itself"
		r.p.Notes = noted(r.p.Notes, first)
	}
}

// why tells why a variable is not kept; empty for one of which nothing is known.
func why(name string) string {
	switch name {
	case "ZOO_LOG_DIR", "ZOO_LOG4J_PROP", "ZOO_LOG_FILE", "KAFKA_LOG4J_OPTS":
		return `zkprov logs to the journal; for files write to = "files" under [logging] and logs under [paths]`
	case "CLIENT_JVMFLAGS":
		return "it is for clients"
	case "CLASSPATH":
		return "zkprov names the release's jars; further ones belong under [jvm]"
	}
	return ""
}

// jmx returns the flags that zkServer.sh makes of JMXPORT and its companions.
func (r *processReader) jmx() []Word {
	port := r.vars.word("JMXPORT")
	if port.Text == "" || r.vars.word("JMXDISABLE").Text == "true" {
		return nil
	}
	or := func(name, otherwise string) string {
		if v := r.vars.word(name).Text; v != "" {
			return v
		}
		return otherwise
	}
	return []Word{
		{"-Dcom.sun.management.jmxremote.port=" + port.Text, port.Pos},
		{"-Dcom.sun.management.jmxremote.authenticate=" + or("JMXAUTH", "false"), port.Pos},
		{"-Dcom.sun.management.jmxremote.ssl=" + or("JMXSSL", "false"), port.Pos},
	}
}
