package existing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// process writes how the servers are started: at the top, as one process stands for all.
func (w *making) process(all []*instance) []*block {
	p := all[0].source.Process
	java := &block{header: "[java]", optional: true}
	if p.JavaHome.Text != "" {
		e := java.add(&entry{forms: []form{{text: "home = " + quoted(p.JavaHome.Text)}}, what: "JAVA_HOME=" + p.JavaHome.Text, pos: p.JavaHome.Pos})
		if isUnknown(p.JavaHome.Text) {
			e.left = "it has a part that only a shell on the host could tell"
		}
	}
	service := &block{header: "[service]", optional: true}
	for _, word := range []struct {
		key, name string
		Word
	}{{"user", "User", p.User}, {"group", "Group", p.Group}} {
		if word.Text != "" && (word.key != "group" || word.Text != p.User.Text) {
			service.add(&entry{forms: []form{{text: word.key + " = " + quoted(word.Text)}}, what: word.name + "=" + word.Text, pos: word.Pos,
				after: "zkprov makes the user zookeeper, and gives it the data"})
		}
	}
	unit := &block{header: "[unit]", optional: true}
	if p.MemoryMax.Text != "" {
		unit.add(&entry{forms: []form{{text: "memory_max = " + quoted(p.MemoryMax.Text)}}, what: "MemoryMax=" + p.MemoryMax.Text, pos: p.MemoryMax.Pos})
	}
	if p.NoFile.Text != "" {
		unit.add(&entry{forms: []form{{text: "nofile = " + p.NoFile.Text}}, what: "LimitNOFILE=" + p.NoFile.Text, pos: p.NoFile.Pos})
	}
	var names []string
	for _, v := range p.Environment {
		names = append(names, v.Key)
	}
	for _, v := range p.Environment {
		unit.add(&entry{forms: []form{{text: "environment." + tableKey(v.Key, names) + " = " + quoted(v.Value)}}, what: v.Key + "=…", pos: v.Pos, silent: true})
	}
	blocks := []*block{java, w.jvm(p), service, unit}
	if len(p.Notes) > 0 {
		start := &block{optional: true, about: []string{"Of how the server is started:"}}
		for _, n := range p.Notes {
			start.leave(n)
		}
		blocks = append(blocks, start)
	}
	return blocks
}

// jvm writes the heap and the flags.
func (w *making) jvm(p Process) *block {
	b := &block{header: "[jvm]"}
	heap, flags := heapOf(p)
	b.add(heap)
	var kept []*entry
	for _, f := range flags {
		e := flagEntry(f)
		kept = append(kept, e)
	}
	if !slices.ContainsFunc(kept, func(e *entry) bool { return e.left == "" }) {
		b.entries = append(b.entries, kept...)
		return b
	}
	b.add(&entry{forms: []form{{text: "flags = ["}}, must: true})
	b.entries = append(b.entries, kept...)
	b.add(&entry{forms: []form{{text: "]"}}, must: true})
	return b
}

// heapOf returns the heap, which the last flag for it sets, and the other flags. Of flags
// that set one thing, the JVM takes the last.
func heapOf(p Process) (*entry, []Word) {
	var size Word
	var rest []Word
	share := false
	for _, f := range p.Flags {
		text, ok := strings.CutPrefix(f.Text, "-Xmx")
		if !ok {
			text, ok = strings.CutPrefix(f.Text, "-XX:MaxHeapSize=")
		}
		if ok {
			size = Word{strings.ToLower(text), f.Pos}
			continue
		}
		share = share || strings.HasPrefix(f.Text, "-XX:MaxRAM")
		rest = append(rest, f)
	}
	e := &entry{must: true}
	switch _, valid := inventory.ParseSize(size.Text); {
	case size.Text != "" && valid:
		e.pos = size.Pos
		size.Text = rounded(size.Text)
		e.forms = []form{{text: "heap = " + quoted(size.Text)}, {`heap = "1g"`, fmt.Sprintf("left out: -Xmx%s (%s), which zkprov refuses. This is its own.", size.Text, where(size.Pos))}}
		e.what = "-Xmx" + size.Text
	case size.Text != "":
		e.forms = []form{{`heap = "1g"`, fmt.Sprintf("left out: -Xmx%s (%s): it is no size. This is zkprov's own.", size.Text, where(size.Pos))}}
	case share, len(p.Flags) > 0 && !p.Script:
		e.forms = []form{{`heap = "auto"`, "No flag sets a size, so that the JVM chooses it."}}
	case p.Script:
		e.forms = []form{{`heap = "1000m"`, "No file sets one: this is what zkServer.sh takes."}}
	default:
		e.forms = []form{{`heap = "1g"`, "No file that was given tells the heap (--java-env, --unit): this is zkprov's own, and zkServer.sh takes 1000m."}}
	}
	return e, rest
}

// rounded writes a size in bytes with a letter, where it is a whole number of MiB.
func rounded(size string) string {
	if n, _ := inventory.ParseSize(size); strings.Trim(size, "0123456789") == "" && n%(1<<20) == 0 {
		return fmt.Sprintf("%dm", n>>20)
	}
	return size
}

// flagEntry writes a flag, or says why it is left out.
func flagEntry(f Word) *entry {
	e := &entry{forms: []form{{text: "  " + quoted(f.Text) + ","}}, what: f.Text, pos: f.Pos}
	// An agent may have a secret among its options.
	if key, options, ok := strings.Cut(f.Text, "="); ok && (isSecret(key) || strings.HasPrefix(key, "-javaagent:") && isSecret(options)) {
		e.what, e.secret = key+"=…", true
		e.left = "a secret is not copied, and a command line is no place for one: see zkprov explain flag-password"
		return e
	}
	if isUnknown(f.Text) {
		e.left = "it has a part that only a shell on the host could tell"
		return e
	}
	for _, g := range given() {
		if f.Text == g.flag || strings.HasSuffix(g.flag, "*") && strings.HasPrefix(f.Text, strings.TrimSuffix(g.flag, "*")) {
			e.left = g.why
			return e
		}
	}
	return e
}

// givenFlag is a flag that zkprov or ZooKeeper's scripts give, and the inventory does not.
type givenFlag struct{ flag, why string }

func given() []givenFlag {
	const logging = "zkprov has a logging configuration of its own: see [logging]"
	const script = "zkServer.sh gives it, and no server needs it"
	return []givenFlag{
		{"-XX:+PerfDisableSharedMem", "zkprov gives it"},
		{"-XX:+ExitOnOutOfMemoryError", "zkprov gives it"},
		{"-XX:+ErrorFileToStderr", "zkprov gives it"},
		{"-XX:OnOutOfMemoryError=*", "zkprov gives -XX:+ExitOnOutOfMemoryError, which ends the server without a shell"},
		{"-XX:+CrashOnOutOfMemoryError", "zkprov gives -XX:+ExitOnOutOfMemoryError"},
		{"-cp *", "zkprov gives the class path: the release's jars"},
		{"-classpath *", "zkprov gives the class path: the release's jars"},
		{"--class-path *", "zkprov gives the class path: the release's jars"},
		{"-Dlog4j.configuration=*", logging}, {"-Dlogback.configurationFile=*", logging}, {"-Dzookeeper.log.*", logging},
		{"-Dzookeeper.root.logger=*", logging}, {"-Dzookeeper.console.threshold=*", logging}, {"-Dzookeeper.auditlog.*", logging}, {"-Dzookeeper.tracelog.*", logging},
		{"-Dcom.sun.management.jmxremote", script + ": tools on the host reach the JVM without it"},
		{"-Dcom.sun.management.jmxremote.local.only=*", script},
		{"-Dzookeeper.jmx.log4j.disable=*", script},
		{"-server", "every JVM of today is one"},
	}
}
