//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// refusal is a case of something that stands against an apply: what is put on the hosts, the command, what it says, and its exit code.
// It is plain data. In its texts the addresses of examples/ stand for those of the lab, <sha512> for the hash of the
// release, and <sha512:16> for its first 16 digits.
type refusal struct {
	name     string
	hosts    map[string]fixture // by the hosts' names
	edits    []edit             // of the inventory
	commands []string           // each with its flags; an apply where there is none
	stdin    string
	code     int
	says     []string
	silent   []string // what is not said
	ignore   []string // paths that may change, besides ownFolders
}

// edit replaces a text of the inventory.
type edit struct{ old, new string }

// refused runs a case as a subtest: its commands say what they must, and change no host. The inventory and the hosts are as before then.
func (e *ensemble) refused(r refusal) {
	e.t.Run(r.name, func(t *testing.T) {
		e := e.on(t)
		defer e.write(e.text)
		for _, edit := range r.edits {
			e.edit(e.fill(edit.old), e.fill(edit.new))
		}
		e.put(r.hosts)
		e.unchanged(append(ownFolders, r.ignore...), func() { e.judge(r) })
	})
}

// judge runs the commands of a case, and wants each to say what the case has, and to exit with its code.
func (e *ensemble) judge(r refusal) {
	e.t.Helper()
	commands := r.commands
	if len(commands) == 0 {
		commands = []string{"apply"}
	}
	for _, command := range commands {
		words := strings.Fields(command)
		result := e.zkprovWith([]byte(r.stdin), words[0], words[1:]...).exits(r.code)
		for _, text := range r.says {
			result.says(e.fill(text))
		}
		if words[0] == "apply" {
			result.says("nothing was changed")
		}
		for _, text := range r.silent {
			result.silent(e.fill(text))
		}
	}
}

// fill returns a text of a case with what only the lab knows.
func (e *ensemble) fill(text string) string {
	return strings.NewReplacer("<sha512>", release.SHA512, "<sha512:16>", release.SHA512[:16]).Replace(e.lab.Subnet.Move(text))
}

// silent wants a text not to be printed, on neither stream.
func (r result) silent(text string) result {
	r.t.Helper()
	if strings.Contains(r.stdout+r.stderr, text) {
		r.t.Errorf("zkprov %s: %q in\nstdout:\n%s\nstderr:\n%s", r.command, text, r.stdout, r.stderr)
	}
	return r
}
