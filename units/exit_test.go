package units

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEnds(t *testing.T) {
	var args []string
	m := &Manager{journalctl: func(_ context.Context, a ...string) ([]byte, error) {
		args = a
		// The first three are systemd 252's, less other fields; of the others nothing is known.
		return []byte(`{"__REALTIME_TIMESTAMP":"1795796357779280","COMMAND":"ExecStart","EXIT_CODE":"exited","EXIT_STATUS":"14","INVOCATION_ID":"45e3"}
{"__REALTIME_TIMESTAMP":"1795796366674166","COMMAND":"ExecStartPre","EXIT_CODE":"exited","EXIT_STATUS":"1","INVOCATION_ID":"526c"}
{"__REALTIME_TIMESTAMP":"1795796375344977","COMMAND":"ExecStart","EXIT_CODE":"killed","EXIT_STATUS":"9","INVOCATION_ID":"a509"}
{"__REALTIME_TIMESTAMP":"1795796375344977","EXIT_CODE":"trapped","EXIT_STATUS":"9"}
{"__REALTIME_TIMESTAMP":"1795796375344977","EXIT_CODE":"exited"}
{"EXIT_CODE":"exited","EXIT_STATUS":"1"}
`), nil
	}}
	got, err := m.Ends(t.Context(), "a.service", 5)
	if err != nil {
		t.Fatal(err)
	}
	want := []Exit{
		{time.UnixMicro(1795796357779280).UTC(), 1, 14, "45e3"},
		{time.UnixMicro(1795796375344977).UTC(), 2, 9, "a509"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"exited with 14 (the election port could not be bound)", "was killed by signal 9, killed"}, []string{got[0].String(), got[1].String()}); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"--quiet", "--output=json", "--output-fields=COMMAND,EXIT_CODE,EXIT_STATUS,INVOCATION_ID", "--lines=5",
		"UNIT=a.service", "MESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15", "_PID=1"}, args); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	gone := errors.New("gone")
	m.journalctl = func(context.Context, ...string) ([]byte, error) { return nil, gone }
	if _, err := m.Ends(t.Context(), "a.service", 1); !errors.Is(err, gone) {
		t.Errorf("error is %v", err)
	}
	m.journalctl = func(context.Context, ...string) ([]byte, error) { return []byte("No journal files\n"), nil }
	if _, err := m.Ends(t.Context(), "a.service", 1); err == nil {
		t.Error("no error for something that is not JSON")
	}
}

func TestLastExit(t *testing.T) {
	for name, test := range map[string]struct {
		state State
		ok    bool
		waits bool
	}{
		"runs":               {State{ActiveState: "active", SubState: "running", MainPID: 7, InvocationID: "a"}, false, false},
		"never ran":          {State{ActiveState: "inactive", SubState: "dead"}, false, false},
		"waits":              {State{ActiveState: "activating", SubState: "auto-restart", ExecMainCode: 1, ExecMainStatus: 14, InvocationID: "a"}, true, true},
		"waits, systemd 254": {State{ActiveState: "activating", SubState: "auto-restart-queued", ExecMainCode: 1, ExecMainStatus: 14}, true, true},
		"was given up":       {State{ActiveState: "failed", SubState: "failed", ExecMainCode: 1, ExecMainStatus: 2}, true, false},
		"begins":             {State{ActiveState: "activating", SubState: "start"}, false, false},
	} {
		e, ok := test.state.LastExit()
		if ok != test.ok || ok && (e.Code != test.state.ExecMainCode || e.Status != test.state.ExecMainStatus || e.Invocation != test.state.InvocationID) {
			t.Errorf("%s: %+v, %v", name, e, ok)
		}
		if test.state.WaitsForRestart() != test.waits {
			t.Errorf("%s: waits is not %v", name, test.waits)
		}
	}
}
