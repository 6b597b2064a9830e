package host

import (
	"fmt"
	"path"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/properties"
	"github.com/zkprov/zkprov/inventory"
)

// hierarchical finds the instances of a host that were started with groups or weights of
// voters, which somebody has written into their zoo.cfg: by the majority of all voters,
// which is what zkprov counts, nobody can tell what a restart does to their quorum. Lines
// that came after the start have no effect yet, and are taken out again.
func (l *look) hierarchical(e *inventory.Ensemble, h *inventory.Host) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		state, err := l.unit(in.Name)
		if err != nil || !state.Running() {
			continue
		}
		with, err := l.generation(state.MainPID)
		if err != nil || with == "" {
			continue
		}
		file, err := l.entry(path.Join(configDir(e, in), with, "zoo.cfg"))
		if err != nil || !file.regular() || file.modified.After(state.ExecMainStart) {
			continue
		}
		for _, p := range properties.Read(string(file.content)) {
			if !strings.HasPrefix(p.Key, "group") && !strings.HasPrefix(p.Key, "weight") {
				continue
			}
			found = append(found, finding.Finding{Name: hierarchicalQuorum, Severity: finding.Critical, Refusal: true, Host: h.Name, Instance: in.Name,
				Message: fmt.Sprintf("runs with %s, which somebody has written into its zoo.cfg: a hierarchical quorum, of groups or with weights, of which zkprov cannot tell which servers it needs", p.Key),
				Hint:    "take such lines out of " + path.Join(configDir(e, in), with, "zoo.cfg") + " on every host, and restart the servers by hand, each when all others are in sync"})
			break
		}
	}
	return found
}
