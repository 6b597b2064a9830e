package remote

import (
	"strings"
	"sync"
)

// keptStderr bounds how much of a session's standard error is kept, in bytes. The end
// is kept.
const keptStderr = 16 << 10

// stderr keeps the end of what a session prints and signals when sudo prompts.
type stderr struct {
	prompt string // empty: no prompt is expected

	mu    sync.Mutex
	text  string
	asked chan struct{} // one for each prompt
}

func newStderr(prompt string) *stderr {
	return &stderr{prompt: prompt, asked: make(chan struct{}, 8)}
}

// Write implements io.Writer.
func (s *stderr) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text += string(p)
	for s.prompt != "" {
		before, after, found := strings.Cut(s.text, s.prompt)
		if !found {
			break
		}
		s.text = before + after
		select {
		case s.asked <- struct{}{}:
		default:
		}
	}
	if len(s.text) > keptStderr {
		s.text = s.text[len(s.text)-keptStderr:]
	}
	return len(p), nil
}

// String returns the text that was kept.
func (s *stderr) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}
