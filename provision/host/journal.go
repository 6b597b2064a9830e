package host

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/zkprov/zkprov/units"
)

// journalWindow is how many lines are looked at for those that tell most. A
// server says some 100 as it starts, and 50 more with every trace.
const journalWindow = 500

// journal returns the end of what an instance wrote in its last start or, where
// systemd has only just started it again, in the one before, which tells why.
func (m *Machine) journal(ctx context.Context, instance string, lines int) ([]string, error) {
	state, err := m.unitState(ctx, instance)
	if err != nil {
		return nil, err
	}
	systemd, err := m.systemd(ctx)
	if err != nil {
		return nil, err
	}
	before, last, err := m.said(ctx, systemd, instance, state)
	if err != nil {
		return nil, err
	}
	if len(last) == 0 {
		return telling(before, lines), nil
	}
	again := state.NRestarts > 0 && state.MainPID != 0 && time.Since(state.ExecMainStart) < newAttempt
	if !again || len(before) == 0 {
		return telling(last, lines), nil
	}
	// That it runs again is worth a line or two.
	now := last[max(0, len(last)-lines/4):]
	return append(telling(before, lines-len(now)), now...), nil
}

// said returns what an instance wrote in its last start and in the one before.
func (m *Machine) said(ctx context.Context, systemd units.Systemd, instance string, state units.State) (before, last []string, err error) {
	all, err := systemd.Journal(ctx, units.FileName(instance), journalWindow)
	if err != nil {
		return nil, nil, err
	}
	before, last = attempts(all, state.InvocationID)
	return before, last, nil
}

// attempts returns the lines of the last start of a unit, which has that invocation,
// and those of the start before it.
func attempts(all []units.Line, invocation string) (before, last []string) {
	earlier := ""
	for _, l := range all {
		switch l.Invocation {
		case invocation:
			last = append(last, l.Text)
		case "":
		default:
			if l.Invocation != earlier {
				earlier, before = l.Invocation, nil
			}
			before = append(before, l.Text)
		}
	}
	return before, last
}

var (
	// thrown is the first line of a trace or of a cause in it, as
	// Throwable.printStackTrace writes them.
	thrown = regexp.MustCompile(`^(Caused by: |Exception in thread "[^"]*" )?([a-z_$][\w$]*\.)+[A-Z][\w$]*(Exception|Error)\b`)
	// asked is a line about questions that were asked, zkprov's own among them.
	asked = regexp.MustCompile(`^INFO .* - Processing \w+ command from `)
	// logged is a line of ZooKeeper's log about something that went wrong.
	logged = regexp.MustCompile(`^(ERROR|FATAL) `)
)

// telling picks n lines that tell why a server ended: the end, and with it the
// last trace of an exception, of which the message and the causes say more than
// the stack.
func telling(lines []string, n int) []string {
	var short []string
	stack := true // of an exception whose own line is not among these
	for _, l := range lines {
		if asked.MatchString(l) {
			continue
		}
		frame := strings.HasPrefix(l, "\tat ") || strings.HasPrefix(l, "\t... ")
		if frame && stack {
			continue
		}
		stack = frame
		short = append(short, l)
	}
	if len(short) <= n {
		return short
	}
	head := -1
	for i, l := range short {
		if thrown.MatchString(l) && !strings.HasPrefix(l, "Caused by: ") {
			head = i
		}
	}
	if head > 0 && logged.MatchString(short[head-1]) {
		head-- // says what could not be done
	}
	if head < 0 || head >= len(short)-n {
		return short[len(short)-n:]
	}
	// The end is how systemd saw it.
	end := n / 4
	return append(short[head:head+n-end:head+n-end], short[len(short)-end:]...)
}
