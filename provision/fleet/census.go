package fleet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// refused returns what forbids to go on with the voters of an inventory where an ensemble
// exists; nil where they may.
func refused(e *inventory.Ensemble, c provision.Census) *finding.Finding {
	switch {
	case c.Parted():
		return &finding.Finding{Name: membershipChange, Severity: finding.Critical, Refusal: true,
			Message: fmt.Sprintf("the voters %s formed this ensemble, and %s of them are voters in the inventory: the others are a majority, which may know more and go on without it",
				ids(c.Formed), only(len(c.Formed)-len(c.Gone))),
			Hint: "nothing is lost and nothing was changed; put the servers " + ids(c.Gone) + " back into the inventory as voters, as zkprov does not yet replace a majority"}
	case c.DataLost():
		return lostData(c)
	case c.Outgrown():
		return &finding.Finding{Name: membershipChange, Severity: finding.Critical, Refusal: true,
			Message: fmt.Sprintf("this ensemble was formed by %d %s, and the inventory has %d: %s %s new and cannot vote before %s copied from a leader, for which %d of %d would be needed",
				len(c.Formed), plural(len(c.Formed), "voter"), c.Voters, strings.Join(c.New, ", "), plural(len(c.New), "is"), plural(len(c.New), "it has"), e.Majority(), c.Voters),
			Hint: "nothing is lost and nothing was changed; take " + strings.Join(c.New, ", ") + " out of the inventory for now, as zkprov does not yet grow an ensemble beyond what a majority of the new list has data for"}
	}
	return nil
}

// lostData returns that so many voters have lost their data that what was committed may
// be gone; nil where it is not so.
func lostData(c provision.Census) *finding.Finding {
	if !c.DataLost() {
		return nil
	}
	return &finding.Finding{Name: dataLost, Severity: finding.Critical, Refusal: true,
		Message: fmt.Sprintf("this ensemble once had a quorum, and only %d of its %d voters still have data: %s %s none",
			c.Data, c.Voters, strings.Join(c.Lost, ", "), have(len(c.Lost))),
		Hint: "mount the missing disks, or restore a backup of a majority; leave the data that is still there where it is (zkprov explain " + dataLost + " tells the way out where there is no backup, and what it costs)"}
}

// parting returns what forbids to restart servers with the voters of an inventory, while
// others run with those that formed the ensemble; nil where they may.
func parting(c provision.Census) *finding.Finding {
	if !c.Splits() {
		return nil
	}
	return &finding.Finding{Name: membershipChange, Severity: finding.Critical, Refusal: true,
		Message: fmt.Sprintf("the voters %s formed this ensemble, and the inventory takes %s out at once: those that were restarted with the new list and those that were not would have a leader each, and accept writes each",
			ids(c.Formed), ids(c.Gone)),
		Hint: "nothing is lost and nothing was changed; put all but one of " + ids(c.Gone) + " back into the inventory, and take out the next once all others serve with that list and an apply of it has nothing more to change"}
}

func only(n int) string {
	if n == 0 {
		return "none"
	}
	return "only " + strconv.Itoa(n)
}

func have(n int) string { return plural(n, "has") }

// plural returns a word for n things.
func plural(n int, word string) string {
	many := map[string]string{"voter": "voters", "has": "have", "is": "are", "it has": "they have"}
	if n == 1 {
		return word
	}
	return many[word]
}

// ids lists servers for a message.
func ids(servers []int) string {
	texts := make([]string, len(servers))
	for i, id := range servers {
		texts[i] = strconv.Itoa(id)
	}
	return strings.Join(texts, ", ")
}

// isNew reports whether the records, of which there is one at least, do not name a
// server.
func isNew(id int, records []*provision.Members) bool {
	known := false
	for _, r := range records {
		if r == nil {
			continue
		}
		if known = true; slices.Contains(r.Members, id) {
			return false
		}
	}
	return known
}

// isElsewhere reports whether the records have a server on another machine alone: it is to
// move, and its data is there.
func isElsewhere(m inventory.Member, records []*provision.Members) bool {
	elsewhere := false
	for _, r := range records {
		if p := r.Place(m.Instance.ID); p != nil {
			if sameMachine(m.Host, *p) {
				return false
			}
			elsewhere = true
		}
	}
	return elsewhere
}

// emptied finds an instance of an existing ensemble that has no data, because it
// lost it or because it is new.
func emptied(m inventory.Member, data facts.DataDir, isNew bool) finding.Findings {
	if data.Error != "" || data.History || data.SnapshotPresent {
		return nil
	}
	f := finding.Finding{Name: emptyData, Severity: finding.Warning, Host: m.Host.Name, Instance: m.Instance.Name,
		Message: m.Instance.DataDir + " has no data, and the ensemble exists: the server does not vote before it has copied all from the leader",
		Hint:    "if a disk should be there, mount it; otherwise start the instance, which copies them"}
	if isNew {
		f.Name, f.Severity = newMember, finding.Notice
		f.Message = "is new to the ensemble: it does not vote before it has copied all from the leader"
		f.Hint = ""
	}
	return finding.Findings{f}
}
