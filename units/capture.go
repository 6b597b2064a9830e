package units

import (
	"os"
	"strings"
	"time"
)

const (
	// captured bounds what is kept of a program's output, and capturedLines what is
	// returned of it.
	captured      = 64 << 10
	capturedLines = 200
	// leftOver is how long the rest of the output is waited for once the program has
	// ended: a child that it left behind may hold the stream open.
	leftOver = time.Second
)

// capture keeps the end of what programs write to its writer.
type capture struct {
	reader, writer *os.File
	ended          chan []byte
}

func newCapture() (*capture, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c := &capture{reader: reader, writer: writer, ended: make(chan []byte, 1)}
	go func() {
		var kept []byte
		buffer := make([]byte, 4096)
		for {
			n, err := reader.Read(buffer)
			kept = append(kept, buffer[:n]...)
			kept = kept[max(0, len(kept)-captured):]
			if err != nil {
				c.ended <- kept
				return
			}
		}
	}()
	return c, nil
}

// lines ends the capture and returns the last lines, without characters that a terminal
// obeys. It is called once.
func (c *capture) lines() []string {
	_ = c.writer.Close()
	_ = c.reader.SetReadDeadline(time.Now().Add(leftOver))
	text := strings.ToValidUTF8(strings.TrimSpace(string(<-c.ended)), "\uFFFD")
	if text == "" {
		return nil
	}
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, strings.Map(printable, strings.TrimRight(line, "\r")))
	}
	return lines[max(0, len(lines)-capturedLines):]
}

// close gives the descriptors back.
func (c *capture) close() {
	_ = c.writer.Close()
	_ = c.reader.Close()
}
