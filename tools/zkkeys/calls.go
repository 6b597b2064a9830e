package main

import (
	"slices"
	"strings"
)

// reading is a place in the code that reads a key.
type reading struct {
	method *method
	at     int
	// key is as the code has it; way is how it reads it.
	key, way string
	// fallback is the default, where the code has it beside the key.
	fallback string
	// calls are what make something of the text.
	calls map[string]bool
}

// The ways in which a key is read.
const (
	property = "property"
	config   = "config"  // by ZKConfig, which has copied properties
	provided = "metrics" // by the provider of metrics, from what stands in zoo.cfg
	native   = "zoo.cfg"
)

// isConfig reports whether a class is a ZKConfig, which copies system properties.
func isConfig(class string) bool {
	return class == "org.apache.zookeeper.common.ZKConfig" || class == "org.apache.zookeeper.client.ZKClientConfig"
}

// converters make something of a text, and throw where they cannot.
var converters = map[string]bool{
	"Integer.parseInt": true, "Integer.valueOf": true, "Integer.decode": true, "Long.parseLong": true, "Long.valueOf": true,
	"Long.decode": true, "Double.parseDouble": true, "Double.valueOf": true, "Float.parseFloat": true, "Boolean.parseBoolean": true,
	"Boolean.valueOf": true, "Class.forName": true, "Enum.valueOf": true, "ClassLoader.loadClass": true,
}

// library does a call of a method of Java's.
func (w *walk) library(f *frame, in instruction, m member, on *value, args []*value, types []string) *value {
	class := m.class[strings.LastIndexByte(m.class, '.')+1:]
	name := class + "." + m.name
	switch name {
	case "System.getProperty":
		return w.read(in, property, args, "")
	case "Integer.getInteger", "Long.getLong", "Boolean.getBoolean":
		return w.read(in, property, args, name)
	case "Properties.getProperty":
		if strings.HasPrefix(w.m.class.name, "org.apache.zookeeper.metrics.") {
			return w.read(in, provided, args, "")
		}
	case "StringBuilder.<init>", "StringBuffer.<init>":
		if len(args) == 1 && types[0] == "Ljava/lang/String;" {
			f.replace(on, w.concat(on, args[0]))
		}
		return nil
	case "StringBuilder.append", "StringBuffer.append":
		now := w.concat(on, args[0])
		f.replace(on, now)
		return now
	case "StringBuilder.toString", "StringBuffer.toString", "Object.toString", "String.toString", "String.intern":
		return on
	case "String.valueOf", "Optional.ofNullable", "Optional.of":
		return args[0]
	case "String.replace", "String.replaceFirst":
		if len(args[0].texts()) == 1 && len(args[1].texts()) == 1 {
			v := &value{}
			for _, s := range on.texts() {
				v.strings = append(v.strings, strings.Replace(s, args[0].strings[0], args[1].strings[0], 1))
			}
			return v
		}
		return on.origin()
	case "String.equals", "String.equalsIgnoreCase", "Object.equals":
		w.compared(on, args[0])
		w.compared(args[0], on)
	case "String.startsWith":
		w.enumerated(in, args[0])
	}
	if name == "Enum.valueOf" && len(w.m.class.words) > 0 {
		name += " " + strings.Join(w.m.class.words, "|")
		w.convert(in, name, args[1])
		return nil
	}
	if converters[name] && slices.Contains(types, "Ljava/lang/String;") {
		for _, a := range args {
			w.convert(in, name, a)
		}
	}
	// What String makes of a text is still the text of the key.
	if _, result := parameters(m.descriptor); class == "String" && strings.HasSuffix(result, "String;") {
		return on.origin()
	}
	return nil
}

// concat returns the strings of a with each of b behind it.
func (w *walk) concat(a, b *value) *value {
	if len(b.texts()) == 0 {
		w.parted[w.m] = true
	}
	return concat(a, b, w.rest)
}

// read notes that the keys that args[0] may be are read; call is what makes something of
// the text at once, empty where the text is returned.
func (w *walk) read(in instruction, way string, args []*value, call string) *value {
	v := &value{}
	for _, key := range args[0].texts() {
		if key == "" || strings.HasPrefix(key, unknown) {
			continue
		}
		at := place{w.m, in.at, key}
		r := w.readings[at]
		if r == nil {
			r = &reading{method: w.m, at: in.at, key: key, way: way, calls: make(map[string]bool)}
			w.readings[at] = r
		}
		if call != "" {
			r.calls[call] = true
		}
		if len(args) > 1 && args[1] != nil {
			r.fallback = args[1].single()
		}
		v.reads = append(v.reads, r)
	}
	if call != "" {
		return nil
	}
	if len(args) > 1 {
		v = join(v, args[1].origin())
	}
	return v
}

// config does a call of ZKConfig's.
func (w *walk) config(in instruction, m member, args []*value) (*value, bool) {
	switch m.name {
	case "getProperty":
		return w.read(in, config, args, ""), true
	case "getBoolean":
		return w.read(in, config, args, "Boolean.parseBoolean"), true
	case "getInt":
		return w.read(in, config, args, "Integer.parseInt"), true
	case "getLong":
		return w.read(in, config, args, "Long.parseLong"), true
	}
	return nil, false
}

// convert notes what makes something of the text of a key, and whether what it throws is
// caught.
func (w *walk) convert(in instruction, call string, v *value) {
	if v == nil || len(v.reads) == 0 {
		return
	}
	if !strings.HasPrefix(call, "Boolean.") {
		call += w.m.catches(in.at, call)
	}
	for _, r := range v.reads {
		r.calls[call] = true
	}
}

// compared notes the words with which the text of a key is compared.
func (w *walk) compared(v, with *value) {
	if v == nil {
		return
	}
	for _, word := range with.texts() {
		if strings.Contains(word, unknown) || word == "" {
			continue
		}
		for _, r := range v.reads {
			r.calls["="+word] = true
		}
	}
}

// enumerated notes a beginning of keys with which every system property is compared.
func (w *walk) enumerated(in instruction, with *value) {
	for _, s := range with.texts() {
		if strings.HasPrefix(s, "zookeeper.") && len(s) > len("zookeeper.") && w.m.mentions("java.lang.System", "getProperties") {
			w.read(in, property, []*value{text(s + unknown)}, "")
		}
	}
}

// mentions reports whether the class of a method uses a member of another.
func (m *method) mentions(class, name string) bool {
	for i, e := range m.class.pool {
		if e.tag == 10 {
			if other := m.class.member(i); other.class == class && other.name == name {
				return true
			}
		}
	}
	return false
}

// single returns a value as text, where it is one alone.
func (a *value) single() string {
	switch {
	case len(a.strings) == 1 && len(a.numbers) == 0 && len(a.reads) == 0:
		return a.strings[0]
	case len(a.numbers) == 1 && len(a.strings) == 0 && len(a.reads) == 0:
		return formatInt(a.numbers[0])
	}
	return ""
}

// catches returns what becomes of what a converter throws at a place: " caught" or, with a
// line in the log, " logged"; empty where it is thrown on.
func (m *method) catches(at int, call string) string {
	wanted := []string{"java.lang.NumberFormatException", "java.lang.IllegalArgumentException", "java.lang.RuntimeException", "java.lang.Exception", "java.lang.Throwable"}
	if call == "Class.forName" || call == "ClassLoader.loadClass" {
		wanted = []string{"java.lang.ClassNotFoundException", "java.lang.ReflectiveOperationException", "java.lang.Exception", "java.lang.Throwable"}
	}
	for _, h := range m.handlers {
		if at >= h.from && at < h.to && slices.Contains(wanted, h.catches) {
			return m.handles(h.at)
		}
	}
	return ""
}

// handles returns what a handler does, as catches does, from its code up to the first
// branch.
func (m *method) handles(at int) string {
	does := " caught"
	for at < len(m.code) {
		in := decode(m.code, at)
		switch {
		case in.op == athrow:
			return ""
		case in.op == ifaces && m.class.member(in.index).class == "org.slf4j.Logger":
			does = " logged"
		case !in.falls || len(in.targets) > 0:
			return does
		}
		at = in.next
	}
	return does
}
