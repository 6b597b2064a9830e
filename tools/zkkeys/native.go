package main

import (
	"slices"
	"strings"
)

const configClass = "org.apache.zookeeper.server.quorum.QuorumPeerConfig"

// parsed returns what QuorumPeerConfig parses of zoo.cfg itself: a chain of comparisons of
// the key with a word, each with a branch that makes something of the value.
func parsed(c *class) []*reading {
	var all []*reading
	for _, m := range c.methods {
		if m.name != "parseProperties" && m.name != "parseDynamicConfig" {
			continue
		}
		var word string
		for at := 0; at < len(m.code); {
			in := decode(m.code, at)
			switch {
			case in.op == ldc || in.op == ldcW:
				word = c.entry(in.index).text
			case in.op == virtual && word != "":
				next := decode(m.code, in.next)
				called := c.member(in.index)
				if called.class != "java.lang.String" || next.op != ifeq && next.op != ifne {
					word = ""
					break
				}
				r := &reading{method: m, at: at, key: word, way: native, calls: make(map[string]bool)}
				switch {
				case called.name == "equals" && next.op == ifeq && m.name == "parseProperties" && !slices.Contains(values, word):
					m.branch(next.next, next.targets[0], r.calls)
					all = append(all, r)
				case called.name == "startsWith":
					r.key += unknown
					all = append(all, r)
				}
				word = ""
			default:
				word = ""
			}
			at = in.next
		}
	}
	return all
}

// values are words that parseProperties compares a value with, rather than a key.
var values = []string{"observer", "participant", "true", "false"}

// branch notes what a part of a method makes of a value.
func (m *method) branch(from, to int, calls map[string]bool) {
	word, throws := "", false
	for at := from; at < to && at < len(m.code); {
		in := decode(m.code, at)
		switch {
		case in.op == ldc || in.op == ldcW:
			word = m.class.entry(in.index).text
		case in.op == athrow:
			throws = true
		case in.op >= virtual && in.op <= ifaces:
			called := m.class.member(in.index)
			name := called.class[strings.LastIndexByte(called.class, '.')+1:] + "." + called.name
			switch {
			case converters[name] && strings.Contains(called.descriptor, "Ljava/lang/String;)"), name == "QuorumPeerConfig.parseBoolean":
				calls[name] = true
			case strings.HasPrefix(name, "String.equals"):
				calls["="+word] = true
			}
		}
		at = in.next
	}
	if throws {
		calls["throws"] = true
	}
}
