package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
)

// watched is a progress on a screen, which is drawn only where the test says so.
type watched struct {
	*progress
	*screen
	time time.Time
}

func watch(t *testing.T, columns, rows int, reflow bool) *watched {
	s := newScreen(t, columns, rows, reflow)
	w := &watched{screen: s, time: time.Date(2026, 1, 2, 14, 2, 0, 0, time.UTC)}
	w.progress = &progress{w: newStyled(s, output{}), hosts: make(map[string]*work), now: func() time.Time { return w.time }}
	w.block = newBlock(s, s.size, w.progress.live)
	close(w.block.ended) // nothing runs that would have to end
	return w
}

// tell reports events one second after the other, and draws after each.
func (w *watched) tell(events ...fleet.Event) {
	for _, e := range events {
		w.time = w.time.Add(time.Second)
		e.Time = w.time
		w.report(e)
		w.block.draw(false)
	}
}

func begins(host string, c provision.Change) fleet.Event {
	return fleet.Event{Kind: fleet.HostChange, Host: host, Change: &c}
}

func ends(host string, c provision.Change) fleet.Event {
	return fleet.Event{Kind: fleet.HostChange, Host: host, Change: &c, Done: true, Took: 1500 * time.Millisecond}
}

func works(host string) fleet.Event { return fleet.Event{Kind: fleet.HostWork, Host: host} }

func rests(host string) fleet.Event {
	return fleet.Event{Kind: fleet.HostWork, Host: host, Done: true}
}

func step(name string) fleet.Event { return fleet.Event{Kind: fleet.RunStep, Text: name} }

func stepped(name string) fleet.Event {
	return fleet.Event{Kind: fleet.RunStep, Text: name, Done: true, Took: 2 * time.Second}
}

// TestBlock looks at the screen in the middle of a run and at its end, on terminals of
// two widths, each of which is made narrower in between, by both kinds of terminals.
func TestBlock(t *testing.T) {
	const text = "2/3 participants serve, leader 3; waiting for zookeeper-2 on zk2: connection refused"
	for _, columns := range []int{80, 40} {
		for _, reflow := range []bool{true, false} {
			t.Run(fmt.Sprintf("%d reflow %t", columns, reflow), func(t *testing.T) {
				w := watch(t, columns, 24, reflow)
				w.tell(step("connect"), works("zk1"), works("zk2"), works("zk10"), rests("zk1"), rests("zk2"), rests("zk10"), stepped("connect"),
					step("stage"), works("zk1"), works("zk2"), works("zk10"),
					begins("zk1", release()), begins("zk2", zooCfg("zookeeper-2", "")), begins("zk10", release()), ends("zk10", release()))
				golden(t, fmt.Sprintf("screen/%d-stage.txt", columns), w.text())
				if !reflow {
					return // what was printed before is lost, so that the rest looks otherwise
				}
				w.resize(columns - 18)
				w.block.draw(true)
				golden(t, fmt.Sprintf("screen/%d-narrower.txt", columns), w.text())
				w.resize(columns)
				w.tell(ends("zk1", release()), rests("zk1"), ends("zk2", zooCfg("zookeeper-2", "")), rests("zk2"), rests("zk10"), stepped("stage"),
					step("form the quorum"), fleet.Event{Kind: fleet.Progress, Text: text})
				golden(t, fmt.Sprintf("screen/%d-quorum.txt", columns), w.text())
				w.tell(stepped("form the quorum"))
				w.progress.close()
				w.report(step("late"))
				golden(t, fmt.Sprintf("screen/%d-end.txt", columns), w.text())
			})
		}
	}
}

// TestBlockNarrower makes a terminal narrower, and wider again, at every moment of a run:
// nothing of the block may be left in what stays.
func TestBlockNarrower(t *testing.T) {
	run := []fleet.Event{step("stage"), works("zk1"), works("zk2"), begins("zk1", release()), begins("zk2", release()), ends("zk1", release()), rests("zk1"),
		ends("zk2", release()), rests("zk2"), stepped("stage"), step("form the quorum"), {Kind: fleet.Progress, Text: "2/3 participants serve"}, stepped("form the quorum")}
	for _, reflow := range []bool{true, false} {
		for _, to := range []int{10, 20, 39, 79, 200} {
			for moment := range run {
				w := watch(t, 80, 24, reflow)
				w.tell(run[:moment]...)
				w.resize(to)
				w.block.draw(true)
				w.resize(80)
				w.block.draw(true)
				w.tell(run[moment:]...)
				w.progress.close()
				for line := range strings.SplitSeq(w.text(), "\n") {
					if strings.Contains(line, "⏵") || strings.HasPrefix(line, "  zk") || strings.Contains(line, "…") {
						t.Fatalf("to %d columns after %d events (reflow %t) this was left:\n%s", to, moment, reflow, w.text())
					}
				}
				if reflow && w.text() != whole(t, run) {
					t.Fatalf("to %d columns after %d events:\n%s", to, moment, cmp.Diff(whole(t, run), w.text()))
				}
			}
		}
	}
}

// whole is the screen after a run on a terminal that stayed as it was.
func whole(t *testing.T, run []fleet.Event) string {
	w := watch(t, 80, 24, true)
	w.tell(run...)
	w.progress.close()
	return w.text()
}

// TestBlockManyHosts wants every host that works to be shown, and where they are too many
// those that have been at it the longest.
func TestBlockManyHosts(t *testing.T) {
	for _, test := range []struct {
		hosts, rows int
		want        string
	}{
		{3, 24, "zk1 zk2 zk3"}, {9, 24, "zk1 zk2 zk3 zk4 zk5 zk6 zk7 zk8 zk9"}, {10, 24, "zk1 zk2 zk3 zk4 zk5 zk6 zk7 zk8 and 2 more"},
		{100, 24, "zk1 zk2 zk3 zk4 zk5 zk6 zk7 zk8 and 92 more"}, {9, 5, "zk1 zk2 zk3"},
	} {
		w := watch(t, 80, test.rows, true)
		w.tell(step("observe"))
		for i := range test.hosts {
			w.tell(works(fmt.Sprintf("zk%d", i+1)))
		}
		var got []string
		for _, line := range strings.Split(strings.TrimSpace(w.text()), "\n")[1:] {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "  ")
			got = append(got, line)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("of %d on %d rows: %q", test.hosts, test.rows, got)
		}
	}
}

// TestBlockRepeatsNothing wants no line of the block to say what the line above it says.
func TestBlockRepeatsNothing(t *testing.T) {
	w := watch(t, 80, 24, true)
	w.tell(step("form the quorum"), fleet.Event{Kind: fleet.Progress, Text: "0/3 participants serve"}, fleet.Event{Kind: fleet.Progress, Text: "2/3 participants serve"})
	if got := w.text(); strings.Count(got, "2/3 participants") != 1 || !strings.HasSuffix(got, "\n⏵ form the quorum  2s\n") {
		t.Errorf("got\n%s", got)
	}
}

// TestBlockIsQuiet wants nothing to be written where nothing is to be shown, nor what is
// on the screen already.
func TestBlockIsQuiet(t *testing.T) {
	w := watch(t, 80, 24, true)
	w.block.draw(true)
	w.block.draw(false)
	if got := w.text(); got != "\n" || len(w.screen.lines[0].cells) > 0 {
		t.Errorf("before the first step there is %q", got)
	}
	counted := &counter{to: w.screen}
	w.block.w = counted
	w.tell(step("connect"))
	before := counted.writes
	w.block.draw(false)
	w.block.draw(false)
	if counted.writes != before {
		t.Error("what is there is drawn again")
	}
}

type counter struct {
	to     *screen
	writes int
}

func (c *counter) Write(p []byte) (int, error) {
	c.writes++
	return c.to.Write(p)
}

// TestWrap breaks lines at words.
func TestWrap(t *testing.T) {
	const finding = "\x1b[31m✘\x1b[0m zk1: zookeeper-1: port 2181 is taken by process 42; stop it [port-in-use]"
	for name, test := range map[string]struct {
		line string
		at   int
		want string
	}{
		"fits":               {"short", 5, "short"},
		"no terminal":        {finding, 0, finding},
		"at the sign":        {finding, 40, "\x1b[31m✘\x1b[0m zk1: zookeeper-1: port 2181 is taken\n  by process 42; stop it [port-in-use]"},
		"time and sign":      {"14:02:11 + zk1  apache-zookeeper-3.6.3-bin in /opt", 40, "14:02:11 + zk1\n           apache-zookeeper-3.6.3-bin in\n           /opt"},
		"time":               {"14:02:18   2/3 participants serve, leader 3; waiting", 40, "14:02:18   2/3 participants serve,\n           leader 3; waiting"},
		"plan":               {"  ~ /etc/zookeeper/zookeeper-1/zoo.cfg  (content)", 40, "  ~ /etc/zookeeper/zookeeper-1/zoo.cfg\n    (content)"},
		"no sign":            {"Plan: 4 changes on 4 hosts; first bootstrap", 30, "Plan: 4 changes on 4 hosts;\n  first bootstrap"},
		"a word too long":    {"see " + strings.Repeat("x", 50) + " now", 40, "see\n  " + strings.Repeat("x", 50) + "\n  now"},
		"one word":           {strings.Repeat("x", 50), 40, strings.Repeat("x", 50)},
		"wide":               {"! " + strings.Repeat("字", 10) + " " + strings.Repeat("字", 10), 30, "! " + strings.Repeat("字", 10) + "\n  " + strings.Repeat("字", 10)},
		"very narrow":        {"14:02:18   2/3 participants serve", 12, "14:02:18\n  2/3\n  participants\n  serve"},
		"blanks at the edge": {"aaaa bbbb  cccc", 9, "aaaa bbbb\n  cccc"},
	} {
		t.Run(name, func(t *testing.T) {
			got := wrap(test.line, test.at, hanging(test.line))
			if got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			for l := range strings.SplitSeq(got, "\n") {
				if test.at > 0 && displayWidth(l) > test.at && strings.Contains(strings.TrimSpace(l), " ") {
					t.Errorf("a line of %d columns: %s", displayWidth(l), l)
				}
			}
		})
	}
}

// TestCut shortens lines to the width of a terminal.
func TestCut(t *testing.T) {
	for _, test := range []struct {
		line  string
		width int
		want  string
	}{{"short", 5, "short"}, {"longer", 5, "long…"}, {"字字字", 5, "字字…"}, {"a\x1b[31mb\tc\r\n", 80, "abc"}, {"x", 0, ""}, {"x", -1, ""}} {
		if got := cut(test.line, test.width); got != test.want {
			t.Errorf("%q at %d: got %q, want %q", test.line, test.width, got, test.want)
		}
	}
}
