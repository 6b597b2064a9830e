package load

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report tells what a client saw.
type Report struct {
	// Acknowledged, Failed and Unknown count the values; of an unknown one the client did not hear. Kept are the unknown ones that
	// are there.
	Acknowledged, Failed, Unknown, Kept int
	// Lost are the values that were acknowledged and that a server does not have, or has otherwise.
	Lost []string
	// OutOfOrder are those that come before another that was acknowledged before they were begun, and those that servers
	// have in different transactions.
	OutOfOrder []string
	// Gaps are the largest ones without an acknowledged value, by what happened then, in the order of the marks. Gap is the largest of all.
	Gaps []Gap
	Gap  Gap
	// SessionsLost counts how many times the session expired that knows all servers; PinnedLost those that know one server only, which
	// expire where it is away for long.
	SessionsLost, PinnedLost int
	Took                     time.Duration
	// Failures are the different errors of the values that failed.
	Failures []string
}

// Gap is a time without an acknowledged value.
type Gap struct {
	From time.Time
	Took time.Duration
	Step string // what happened then
}

func (g Gap) String() string {
	return fmt.Sprintf("%d ms at %s%s", g.Took.Milliseconds(), g.From.Format("15:04:05.000"), during(g.Step))
}

// worthSaying is the least gap that the report for people has.
const worthSaying = 200 * time.Millisecond

// String is the report for people.
func (r Report) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d acknowledged in %.0f s, %d failed, %d unknown (%d of them are there), %d lost, %d out of order\n",
		r.Acknowledged, r.Took.Seconds(), r.Failed, r.Unknown, r.Kept, len(r.Lost), len(r.OutOfOrder))
	fmt.Fprintf(&text, "largest gap without an acknowledged write: %s\n", r.Gap)
	gaps := slices.DeleteFunc(slices.Clone(r.Gaps), func(g Gap) bool { return g.Took < worthSaying })
	slices.SortFunc(gaps, func(a, b Gap) int { return cmp.Compare(b.Took, a.Took) })
	for _, g := range gaps[:min(len(gaps), 6)] {
		fmt.Fprintf(&text, "  %s\n", g)
	}
	fmt.Fprintf(&text, "sessions lost: %d, and %d that know one server only\n", r.SessionsLost, r.PinnedLost)
	for _, list := range [][]string{r.Lost, r.OutOfOrder, r.Failures} {
		for _, line := range list[:min(len(list), 20)] {
			text.WriteString(line + "\n")
		}
	}
	return text.String()
}

// report counts what the streams heard.
func (w *Writer) report(streams []*stream) Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Report{Took: w.end.Sub(w.begin)}
	for _, s := range streams {
		if s.moves {
			r.SessionsLost += s.lost
		} else {
			r.PinnedLost += s.lost
		}
		for _, v := range s.values {
			switch {
			case v.acknowledged():
				r.Acknowledged++
			case v.unknown():
				r.Unknown++
			default:
				r.Failed++
				if failure := v.err.Error(); !slices.Contains(r.Failures, failure) {
					r.Failures = append(r.Failures, failure)
				}
			}
		}
	}
	gaps := w.gaps(w.end)
	r.Gap = largest(gaps, time.Time{})
	for _, g := range gaps {
		if n := len(r.Gaps); n == 0 || r.Gaps[n-1].Step != g.Step {
			r.Gaps = append(r.Gaps, g)
		} else if g.Took > r.Gaps[n-1].Took {
			r.Gaps[n-1] = g
		}
	}
	return r
}

// gaps are the times between two acknowledged values, until end: what is still acknowledged after it was begun before.
func (w *Writer) gaps(end time.Time) []Gap {
	times := []time.Time{}
	for _, s := range w.streams {
		for _, v := range s.values {
			if v.acknowledged() && !v.ended.After(end) {
				times = append(times, v.ended)
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	gaps := make([]Gap, 0, len(times)+1)
	from := w.begin
	for _, t := range append(times, end) {
		if took := t.Sub(from); took > 0 {
			gaps = append(gaps, Gap{from, took, stepAt(w.marks, from.Add(took/2))})
			from = t
		}
	}
	return gaps
}

func largest(gaps []Gap, after time.Time) Gap {
	var most Gap
	for _, g := range gaps {
		if g.Took > most.Took && !g.From.Before(after) {
			most = g
		}
	}
	return most
}

// judge compares what was acknowledged with what the servers have.
func (r *Report) judge(streams []*stream, reads []read) {
	for i, s := range streams {
		for number, v := range s.values {
			if v.unknown() {
				if len(reads) > 0 && reads[0].created[i][number] != 0 {
					r.Kept++
				}
				continue
			}
			if !v.acknowledged() {
				continue
			}
			for _, read := range reads {
				switch {
				case read.created[i][number] == 0:
					r.Lost = append(r.Lost, fmt.Sprintf("lost: %s, acknowledged at %s, is not there through %s", s.path(number), v.ended.Format("15:04:05.000"), read.server))
				case read.wrong[i][number]:
					r.Lost = append(r.Lost, fmt.Sprintf("lost: %s, acknowledged at %s, has another content through %s", s.path(number), v.ended.Format("15:04:05.000"), read.server))
				case read.created[i][number] != reads[0].created[i][number]:
					r.OutOfOrder = append(r.OutOfOrder, fmt.Sprintf("out of order: %s is of transaction %#x through %s and of %#x through %s",
						s.path(number), reads[0].created[i][number], reads[0].server, read.created[i][number], read.server))
				}
			}
		}
	}
	if len(reads) > 0 {
		r.OutOfOrder = append(r.OutOfOrder, disorder(streams, reads[0].created)...)
	}
}

// event is a value that was acknowledged.
type event struct {
	path         string
	begun, ended time.Time
	created      int64
}

// disorder finds the values that were begun after another had been acknowledged and come before it in the order of transactions, be it
// through another session: writes are linearizable.
func disorder(streams []*stream, created []map[int]int64) []string {
	var begun []event
	for i, s := range streams {
		for number, v := range s.values {
			if zxid := created[i][number]; v.acknowledged() && zxid != 0 {
				begun = append(begun, event{s.path(number), v.begun, v.ended, zxid})
			}
		}
	}
	ended := slices.Clone(begun)
	slices.SortFunc(begun, func(a, b event) int { return a.begun.Compare(b.begun) })
	slices.SortFunc(ended, func(a, b event) int { return a.ended.Compare(b.ended) })
	var found []string
	var before event // of those that were acknowledged, the one of the latest transaction
	next := 0
	for _, e := range begun {
		for ; next < len(ended) && ended[next].ended.Before(e.begun); next++ {
			if ended[next].created > before.created {
				before = ended[next]
			}
		}
		if before.created > e.created {
			found = append(found, fmt.Sprintf("out of order: %s of transaction %#x was begun after %s of %#x had been acknowledged", e.path, e.created, before.path, before.created))
		}
	}
	return found
}
