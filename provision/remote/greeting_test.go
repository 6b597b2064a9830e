package remote

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestReadGreeting(t *testing.T) {
	hello := greeting(nonce)
	tests := map[string]struct {
		text          string
		word, machine string
		rest          string // what is left for the agent
		err           error
	}{
		"plain":                   {text: hello + "have Linux-x86_64\n", word: "have", machine: "Linux-x86_64"},
		"carriage return":         {text: hello + "need Linux-x86_64\r\n", word: "need", machine: "Linux-x86_64"},
		"noise before":            {text: "Welcome!\n\n" + hello + "have Linux-aarch64\n", word: "have", machine: "Linux-aarch64"},
		"noise without a newline": {text: "[root@zk1 ~]# " + hello + "have Linux-x86_64\n", word: "have", machine: "Linux-x86_64"},
		"another session's":       {text: greeting("ffff") + "have A\n" + hello + "none B\n", word: "none", machine: "B"},
		"the rest is the agent's": {text: hello + "have M\n{\"a\":1}\n", word: "have", machine: "M", rest: "{\"a\":1}\n"},
		"no machine":              {text: hello + "have\n", word: "have"},
		"much noise":              {text: strings.Repeat("noise\n", 9000) + hello + "have M\n", word: "have", machine: "M"},
		"a long line of noise":    {text: strings.Repeat("n", maxNoise-100) + hello + "have M\n", word: "have", machine: "M"},
		"flood of lines":          {text: strings.Repeat("noise\n", 12000) + hello + "have M\n", err: errNoise},
		"flood without a newline": {text: strings.Repeat("n", maxNoise+1), err: errNoise},
		"nothing":                 {err: io.EOF},
		"noise alone":             {text: "This account is not available.\n", err: io.EOF},
		"cut off":                 {text: hello + "have Lin", err: io.EOF},
	}
	for name, test := range tests {
		for how, read := range map[string]func(io.Reader) io.Reader{"at once": func(r io.Reader) io.Reader { return r }, "by bytes": iotest.OneByteReader} {
			t.Run(name+" "+how, func(t *testing.T) {
				r := bufio.NewReaderSize(read(strings.NewReader(test.text)), maxNoise)
				word, machine, err := readGreeting(r, nonce)
				if word != test.word || machine != test.machine || !errors.Is(err, test.err) {
					t.Fatalf("got %q %q %v, want %q %q %v", word, machine, err, test.word, test.machine, test.err)
				}
				if test.err != nil {
					return
				}
				if rest, _ := io.ReadAll(r); string(rest) != test.rest {
					t.Errorf("left are %q, want %q", rest, test.rest)
				}
			})
		}
	}
}

// TestEndlessNoise looks whether a shell that prints without end is left.
func TestEndlessNoise(t *testing.T) {
	r, w := io.Pipe()
	go func() {
		for {
			if _, err := io.WriteString(w, "y\n"); err != nil {
				return
			}
		}
	}()
	defer r.Close()
	if _, _, err := readGreeting(bufio.NewReaderSize(r, maxNoise), nonce); !errors.Is(err, errNoise) {
		t.Errorf("got %v", err)
	}
}

func TestStderr(t *testing.T) {
	const prompt = "zkprov-password-0123:"
	tests := map[string]struct {
		prompt string
		writes []string
		asked  int
		text   string
	}{
		"no prompt":      {prompt, []string{"Welcome\n", "zkprov-password-"}, 0, "Welcome\nzkprov-password-"},
		"whole":          {prompt, []string{"before\n" + prompt + "after\n"}, 1, "before\nafter\n"},
		"split":          {prompt, []string{"zkprov-pass", "word-01", "23:"}, 1, ""},
		"byte by byte":   {prompt, strings.Split("a"+prompt+"b", ""), 1, "ab"},
		"twice":          {prompt, []string{prompt, "Sorry, try again.\n", prompt}, 2, "Sorry, try again.\n"},
		"twice at once":  {prompt, []string{prompt + prompt}, 2, ""},
		"many":           {prompt, []string{strings.Repeat(prompt, 20)}, 8, ""},
		"none expected":  {"", []string{prompt}, 0, prompt},
		"end is kept":    {prompt, []string{strings.Repeat("x", keptStderr), "the end"}, 0, strings.Repeat("x", keptStderr-7) + "the end"},
		"after a flood":  {prompt, []string{strings.Repeat("x", 3*keptStderr) + "zkprov-pass", "word-0123:"}, 1, strings.Repeat("x", keptStderr-11)},
		"nothing at all": {prompt, nil, 0, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStderr(test.prompt)
			for _, w := range test.writes {
				if n, err := io.WriteString(s, w); n != len(w) || err != nil {
					t.Fatalf("Write: %d, %v", n, err)
				}
			}
			if len(s.asked) != test.asked {
				t.Errorf("asked %d times, want %d", len(s.asked), test.asked)
			}
			if got := s.String(); got != test.text {
				t.Errorf("kept %.60q of %d bytes, want %.60q of %d", got, len(got), test.text, len(test.text))
			}
		})
	}
}

// TestStderrWakes looks whether whoever waits for the prompt is woken by it.
func TestStderrWakes(t *testing.T) {
	s := newStderr("prompt:")
	go io.WriteString(s, "prompt:")
	select {
	case <-s.asked:
	case <-time.After(10 * time.Second):
		t.Error("nobody was told of the prompt")
	}
}
