package remote

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
)

// TestClassify classifies the texts of OpenSSH 8.4 to 9.9 and of sudo 1.8 to 1.9, as
// they print them in the C locale.
func TestClassify(t *testing.T) {
	for _, test := range []struct{ name, text string }{
		{hostKeyChanged, `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Offending ED25519 key in /home/op/.ssh/known_hosts:3
Host key for zk1 has changed and you have requested strict checking.
Host key verification failed.`},
		{hostKeyUnknown, "No ED25519 host key is known for zk1 and you have requested strict checking.\r\nHost key verification failed."},
		{hostKeyUnknown, "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa"},
		{loginRefused, "root@zk1: Permission denied (publickey,password)."},
		{loginRefused, "Load key \"/home/op/.ssh/id_ed25519\": bad permissions\nroot@zk1: Permission denied (publickey)."},
		{loginRefused, "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\nDisconnected from 10.0.0.1 port 22"},
		{hostUnreachable, "ssh: Could not resolve hostname zk9: Name or service not known"},
		{hostUnreachable, "ssh: Could not resolve hostname zk9: Temporary failure in name resolution"},
		{hostUnreachable, "ssh: connect to host 10.0.0.1 port 22: Connection refused"},
		{hostUnreachable, "ssh: connect to host 10.0.0.1 port 22: Connection timed out"},
		{hostUnreachable, "Connection timed out during banner exchange\nConnection to 10.0.0.1 port 22 timed out"},
		{hostUnreachable, "ssh: connect to host 10.0.0.1 port 22: No route to host"},
		{hostUnreachable, "ssh: connect to host fd00::1 port 22: Network is unreachable"},
		{hostUnreachable, "kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.1 port 22"},
		{hostUnreachable, "kex_exchange_identification: read: Connection reset by peer\nConnection reset by 10.0.0.1 port 22"},
		{hostUnreachable, "This account is currently not available."},
		{hostUnreachable, ""},
		{sudoPassword, "sudo: a password is required"},
		{sudoPassword, "sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required"},
		{sudoPassword, "Sorry, try again.\nsudo: no password was provided\nsudo: 1 incorrect password attempt"},
		{sudoPassword, "Sorry, try again.\nSorry, try again.\nsudo: 3 incorrect password attempts"},
		{sudoPassword, "sudo: unable to resolve host zk1: Connection timed out\nsudo: a password is required"},
		{sudoTTY, "sudo: sorry, you must have a tty to run sudo"},
		{sudoDenied, "op is not in the sudoers file.  This incident will be reported."},
		{sudoDenied, "op is not in the sudoers file."},
		{sudoDenied, "Sorry, user op is not allowed to execute '/usr/bin/sh -c umask 077' as root on zk1."},
		{sudoDenied, "Sorry, user op may not run sudo on zk1."},
		{sudoMissing, "zkprov: 1: exec: sudo: not found"},
		{sudoMissing, "zkprov: line 1: exec: sudo: not found"},
		{sudoMissing, "bash: line 1: sudo: command not found"},
	} {
		e := classify("Debian GNU/Linux\n\n" + test.text + "\n")
		if e.Name != test.name || e.Kind != provision.Unreachable {
			t.Errorf("%q is %s (%s), want %s", test.text, e.Name, e.Kind, test.name)
		}
		last := test.text[strings.LastIndex(test.text, "\n")+1:]
		if last == "" {
			last = "Debian GNU/Linux"
		}
		if e.Message == "" || e.Detail[len(e.Detail)-1] != last {
			t.Errorf("%q: message %q, detail %q", test.text, e.Message, e.Detail)
		}
	}
}

// TestSymptoms looks whether every symptom can be found at all, says what to do,
// and means the same wherever it has the same name.
func TestSymptoms(t *testing.T) {
	for _, s := range symptoms {
		e := classify("x" + s.text + "y")
		if want := (provision.Error{Kind: provision.Unreachable, Name: s.name, Message: s.message, Hint: s.hint, Detail: e.Detail}); !cmp.Equal(*e, want) {
			t.Errorf("%q is hidden behind another symptom: %v", s.text, e)
		}
		if s.hint == "" || s.message == "" {
			t.Errorf("%q says too little: %+v", s.text, s)
		}
	}
}

// TestUnknownText looks whether a text that nobody knows is shown, whatever it
// holds.
func TestUnknownText(t *testing.T) {
	var lines []string
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("line %d", i))
	}
	e := classify(strings.Join(lines, "\n") + "\n\x1b[31mBad owner\x07 or\tpermissions\u009b2J \r\n\n")
	if want := "Bad owner or permissions2J"; !strings.HasSuffix(e.Message, ": [31m"+want) {
		t.Errorf("message %q", e.Message)
	}
	if len(e.Detail) != 10 || e.Detail[0] != "line 21" {
		t.Errorf("detail %q", e.Detail)
	}
	if tail("\n \n") != nil {
		t.Error("empty lines are shown")
	}
}

func TestExplained(t *testing.T) {
	known := map[string]bool{}
	for _, e := range Explanations() {
		if known[e.Name] || e.Means == "" || e.Fix == "" {
			t.Errorf("%q is explained twice or too little: %+v", e.Name, e)
		}
		known[e.Name] = true
	}
	for _, name := range []string{hostKeyUnknown, hostKeyChanged, loginRefused, hostUnreachable, sudoPassword, sudoTTY, sudoMissing, sudoDenied, connectionLost, noBinary, noGreeting} {
		if !known[name] {
			t.Errorf("%s is not explained", name)
		}
	}
}
