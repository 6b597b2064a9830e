package units

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestJournal(t *testing.T) {
	var args []string
	m := &Manager{journalctl: func(_ context.Context, a ...string) ([]byte, error) {
		args = a
		return []byte(`{"MESSAGE":"one","INVOCATION_ID":"ab01","_SYSTEMD_INVOCATION_ID":"ff"}
{"_SYSTEMD_INVOCATION_ID":"ab02","MESSAGE":[116,119,111,27,91,51,109,255],"__CURSOR":"x"}
{"MESSAGE":null}
{"PRIORITY":"6"}
{"MESSAGE":["three","other"]}
{"MESSAGE":"a\tb\u001b[2J\r\n"}
`), nil
	}}
	got, err := m.Journal(t.Context(), "a.service", 5)
	if err != nil {
		t.Fatal(err)
	}
	want := []Line{{"one", "ab01"}, {"two\uFFFD[3m\uFFFD", "ab02"}, {"three", ""}, {"a\tb\uFFFD[2J", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	common := []string{"--quiet", "--output=json", "--all", "--output-fields=MESSAGE,INVOCATION_ID,_SYSTEMD_INVOCATION_ID"}
	if diff := cmp.Diff(append(common[:4:4], "--lines=5", "--unit=a.service"), args); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	if _, err := m.Journal(t.Context(), "a.service", 1e9); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(common[:4:4], "--lines=1000", "--unit=a.service"), args); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestJournalFails(t *testing.T) {
	gone := errors.New("gone")
	m := &Manager{journalctl: func(context.Context, ...string) ([]byte, error) { return nil, gone }}
	if _, err := m.Journal(t.Context(), "a.service", 1); !errors.Is(err, gone) || !strings.Contains(err.Error(), "a.service") {
		t.Errorf("error is %v", err)
	}
	m.journalctl = func(context.Context, ...string) ([]byte, error) { return []byte("No journal files\n"), nil }
	if _, err := m.Journal(t.Context(), "a.service", 1); err == nil {
		t.Error("no error for something that is not JSON")
	}
}

func FuzzJournalMessages(f *testing.F) {
	f.Add(`{"MESSAGE":"one"}` + "\n" + `{"MESSAGE":[1,2,300]}`)
	f.Add(`{"MESSAGE":[["a"],[27]]}`)
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := journalMessages(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, l := range lines {
			if !utf8.ValidString(l.Text) || strings.ContainsAny(l.Text, "\n\r\x1b\x00") {
				t.Errorf("line %q", l)
			}
		}
	})
}
