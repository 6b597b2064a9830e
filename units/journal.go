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

// Journal implements Systemd. What systemd itself said of the unit, such as how
// its process ended, is among the lines. Control characters are replaced, so
// that a line may be shown on a terminal.
func (m *Manager) Journal(ctx context.Context, unit, invocation string, lines int) ([]string, error) {
	ctx, stop := context.WithTimeout(ctx, callLimit)
	defer stop()
	args := []string{"--quiet", "--output=json", "--all", "--output-fields=MESSAGE", "--lines=" + strconv.Itoa(max(1, min(lines, journalLines)))}
	if invocation == "" {
		args = append(args, "--unit="+unit)
	} else {
		// Only systemd, as root, speaks of an invocation that is not its own.
		args = append(args, "_SYSTEMD_INVOCATION_ID="+invocation, "+", "INVOCATION_ID="+invocation, "_UID=0")
	}
	out, err := m.journalctl(ctx, args...)
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
func journalMessages(r io.Reader) ([]string, error) {
	var lines []string
	s := bufio.NewScanner(r)
	s.Buffer(nil, journalBytes)
	for s.Scan() {
		var entry struct {
			Message json.RawMessage `json:"MESSAGE"`
		}
		if err := json.Unmarshal(s.Bytes(), &entry); err != nil {
			return nil, fmt.Errorf("cannot understand the journal: %w", err)
		}
		if text, ok := messageText(entry.Message); ok {
			lines = append(lines, strings.Map(printable, strings.TrimRight(text, "\r\n")))
		}
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
