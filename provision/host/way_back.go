package host

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/properties"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

// lost returns why an instance cannot be given a generation again by a rollback; empty
// where it can. A rollback goes by the inventory in all that a generation does not hold:
// which servers there are, where the data lies, where the server is asked.
func (l *look) lost(e *inventory.Ensemble, in *inventory.Instance, name string) (string, error) {
	g, err := l.kept(e, in, name)
	var known *provision.Error
	if errors.As(err, &known) {
		_, why, _ := strings.Cut(known.Message, ": ")
		return why, nil
	}
	if err != nil {
		return "", err
	}
	return elsewhere(g.zooCfg, zoocfg.Render(e, in)), nil
}

// elsewhere returns what a zoo.cfg says of the ensemble or of where the server is found
// that the inventory says otherwise; empty where there is nothing.
func elsewhere(then, now []byte) string {
	was, is := valuesOf(then), valuesOf(now)
	servers := func(values map[string]string) []string {
		var all []string
		for key, value := range values {
			if strings.HasPrefix(key, "server.") {
				all = append(all, key+"="+value)
			}
		}
		slices.Sort(all)
		return all
	}
	if old, new := servers(was), servers(is); !slices.Equal(old, new) {
		return fmt.Sprintf("its list of servers is not the inventory's (then: %s; in the inventory: %s); a change of members goes by the inventory",
			listed(without(old, new)), listed(without(new, old)))
	}
	for _, key := range []string{"dataDir", "dataLogDir"} {
		if was[key] != is[key] {
			return fmt.Sprintf("its data was moved: %s was %q, and the inventory says %q", key, was[key], is[key])
		}
	}
	for _, key := range []string{"clientPort", "clientPortAddress"} {
		if was[key] != is[key] {
			return fmt.Sprintf("it was asked elsewhere: %s was %q, and the inventory says %q", key, was[key], is[key])
		}
	}
	return ""
}

func listed(lines []string) string {
	if len(lines) == 0 {
		return "none beside"
	}
	return strings.Join(lines, ", ")
}

// valuesOf returns the values of a zoo.cfg by their keys, as a server reads them.
func valuesOf(text []byte) map[string]string {
	values := make(map[string]string)
	for _, p := range properties.Read(string(text)) {
		values[properties.Trim(p.Key)] = properties.Trim(p.Value)
	}
	return values
}
