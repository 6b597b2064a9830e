package host

import (
	"fmt"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/units"
)

// replacedJava returns how the Java that an instance runs on was replaced under it; empty
// where it was not.
func (l *look) replacedJava(instance string) (string, error) {
	return once(l, "whether the Java of "+instance+" was replaced", func() (string, error) {
		state, err := l.unit(instance)
		if err != nil || !state.Running() {
			return "", err
		}
		with, err := l.generation(state.MainPID)
		if err != nil || with == "" {
			return "", err // not a server of ours
		}
		program := ""
		if text, err := l.Text(units.Path(instance)); err == nil && units.GenerationOf(text) == with {
			program = units.JavaOf(text) // a drop-in may have another command
		}
		return java.Replaced(l.m.Root, state.MainPID, program), nil
	})
}

// javasReplaced finds the instances of a host that run on a Java which lies there no more.
func (l *look) javasReplaced(h *inventory.Host) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		name := h.Instances[i].Name
		replaced, err := l.replacedJava(name)
		if err != nil || replaced == "" {
			continue
		}
		found = append(found, finding.Finding{Name: javaReplaced, Severity: finding.Warning, Host: h.Name, Instance: name,
			Message: fmt.Sprintf("its Java was replaced under it, as by an update: %s", replaced),
			Hint:    "the server goes on with the Java of before, of which it may miss what it has not read yet; zkprov apply restarts it"})
	}
	return found
}
