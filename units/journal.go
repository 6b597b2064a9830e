package units

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	// journalLines and journalBytes bound what is read from the journal, however
	// much was asked for.
	journalLines = 1000
	journalBytes = 4 << 20
)

// Journal implements Systemd. What systemd itself logged about the unit, such as how
// its process ended, is among the lines. Control characters are replaced, so that a
// line may be shown on a terminal.
func (m *Manager) Journal(ctx context.Context, unit string, lines int) ([]Line, error) {
	ctx, stop := context.WithTimeout(ctx, callLimit)
	defer stop()
	out, err := m.journalctl(ctx, "--quiet", "--output=json", "--all", "--output-fields=MESSAGE,INVOCATION_ID,_SYSTEMD_INVOCATION_ID",
		"--lines="+strconv.Itoa(max(1, min(lines, journalLines))), "--unit="+unit)
	if err != nil {
		return nil, fmt.Errorf("cannot read the journal of %s: %w", unit, err)
	}
	return journalMessages(bytes.NewReader(out))
}

// journalctl runs journalctl(1), without a shell and with a bounded output.
func journalctl(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "journalctl", args...)
	cmd.WaitDelay = time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	out, readErr := io.ReadAll(io.LimitReader(stdout, journalBytes))
	truncated := len(out) == journalBytes
	if truncated {
		_ = cmd.Process.Kill() // it would wait for a reader
		out = out[:bytes.LastIndexByte(out, '\n')+1]
	}
	err = errors.Join(readErr, cmd.Wait())
	if err != nil && !truncated {
		return nil, errors.Join(err, errors.New(strings.TrimSpace(stderr.String())))
	}
	return out, nil
}

// journalMessages reads the messages of a journal in its JSON format
// (systemd.io/JOURNAL_EXPORT_FORMATS): one object per line, MESSAGE a string, or
// an array of bytes where it is not printable text, or an array of those where
// an entry has several.
func journalMessages(r io.Reader) ([]Line, error) {
	var lines []Line
	s := bufio.NewScanner(r)
	s.Buffer(nil, journalBytes)
	for s.Scan() {
		var entry struct {
			Message json.RawMessage `json:"MESSAGE"`
			// About is set where systemd speaks of a unit, Of where the unit itself does;
			// see systemd.journal-fields(7).
			About json.RawMessage `json:"INVOCATION_ID"`
			Of    json.RawMessage `json:"_SYSTEMD_INVOCATION_ID"`
		}
		if err := json.Unmarshal(s.Bytes(), &entry); err != nil {
			return nil, fmt.Errorf("cannot understand the journal: %w", err)
		}
		text, ok := messageText(entry.Message)
		if !ok {
			continue
		}
		invocation, ok := messageText(entry.About)
		if !ok {
			invocation, _ = messageText(entry.Of)
		}
		lines = append(lines, Line{strings.Map(printable, strings.TrimRight(text, "\r\n")), invocation})
	}
	return lines, s.Err()
}

func messageText(raw json.RawMessage) (string, bool) {
	var text string
	if len(raw) == 0 || raw[0] == 'n' {
		return "", false // absent or null
	}
	if json.Unmarshal(raw, &text) == nil {
		return text, true
	}
	var octets []byte
	if json.Unmarshal(raw, &octets) == nil {
		return strings.ToValidUTF8(string(octets), "\uFFFD"), true
	}
	var several []json.RawMessage
	if json.Unmarshal(raw, &several) == nil && len(several) > 0 {
		return messageText(several[0])
	}
	return "", false
}

func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\t' {
		return '\uFFFD'
	}
	return r
}
