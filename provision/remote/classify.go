package remote

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
)

// The names of the ways in which a host cannot be reached.
const (
	hostKeyUnknown  = "host-key-unknown"
	hostKeyChanged  = "host-key-changed"
	loginRefused    = "login-refused"
	hostUnreachable = "host-unreachable"
	sudoPassword    = "sudo-password"
	sudoTTY         = "sudo-tty"
	sudoMissing     = "sudo-missing"
	sudoDenied      = "sudo-denied"
	connectionLost  = "connection-lost"
	noBinary        = "no-binary"
	noGreeting      = "no-greeting"
)

// symptom is a text by which ssh or sudo tells what is wrong.
type symptom struct {
	text, name, message, hint string
}

// symptoms are looked for in this order. The texts are those of OpenSSH and of sudo in
// the C locale, which the commands are run in. Those of sudo come first: once it
// speaks, ssh has succeeded, even where it warned of a name that does not resolve.
var symptoms = []symptom{
	{"must have a tty to run sudo", sudoTTY, "sudo wants a terminal on this host (requiretty)",
		"allow this user without one in sudoers: Defaults:USER !requiretty, or log in as root"},
	{"you must have a tty", sudoTTY, "sudo wants a terminal on this host (requiretty)",
		"allow this user without one in sudoers: Defaults:USER !requiretty, or log in as root"},
	{"a password is required", sudoPassword, "sudo wants a password on this host", "run it again with --ask-become-pass"},
	{"incorrect password", sudoPassword, "sudo did not accept the password on this host", "run it again and type the password of the user that logs in there"},
	{"Sorry, try again", sudoPassword, "sudo did not accept the password on this host", "run it again and type the password of the user that logs in there"},
	{"is not in the sudoers file", sudoDenied, "the user may not use sudo on this host", "log in as root or as a user that may"},
	{"is not allowed to execute", sudoDenied, "the user may not become root through sudo on this host", "log in as root or as a user that may"},
	{"may not run sudo", sudoDenied, "the user may not use sudo on this host", "log in as root or as a user that may"},
	{"sudo: not found", sudoMissing, "the user is not root and there is no sudo on this host", "install sudo there, or log in as root"},
	{"sudo: command not found", sudoMissing, "the user is not root and there is no sudo on this host", "install sudo there, or log in as root"},
	{"REMOTE HOST IDENTIFICATION HAS CHANGED", hostKeyChanged, "the host's key is not the one in known_hosts",
		"where the host was installed anew, remove the old key with ssh-keygen -R; otherwise somebody may be in between"},
	{"Host key verification failed", hostKeyUnknown, "the host's key is not known",
		"log in once with ssh and compare the fingerprint, or add the key to known_hosts"},
	{"no matching host key type", hostKeyUnknown, "the host offers no kind of key that is accepted", "see HostKeyAlgorithms in ssh_config(5)"},
	{"Permission denied (", loginRefused, "the host refused the login", "check the user and the key: ssh must log in without a question"},
	{"Too many authentication failures", loginRefused, "the host refused the login after too many keys", "set IdentitiesOnly and IdentityFile in your ssh_config"},
	{"Could not resolve hostname", hostUnreachable, "the host's name does not resolve", "correct the name, or add it to DNS or your ssh_config"},
	{"Connection refused", hostUnreachable, "nothing listens on the host's SSH port", "is sshd running there, and is the port right?"},
	{"timed out", hostUnreachable, "the host does not answer", "is it up, and is a firewall in between?"},
	{"No route to host", hostUnreachable, "there is no route to the host", "is it up, and is the address right?"},
	{"Network is unreachable", hostUnreachable, "there is no route to the host", "is the address right?"},
	{"Connection closed by", hostUnreachable, "the host closed the connection during the login", "see the host's sshd log"},
	{"Connection reset by", hostUnreachable, "the host closed the connection during the login", "see the host's sshd log"},
	{"kex_exchange_identification", hostUnreachable, "the host closed the connection during the login", "see the host's sshd log"},
}

// classify turns what ssh and sudo printed into an error of kind Unreachable with a
// hint.
func classify(printed string) *provision.Error {
	for _, s := range symptoms {
		if strings.Contains(printed, s.text) {
			return &provision.Error{Kind: provision.Unreachable, Name: s.name, Message: s.message, Hint: s.hint, Detail: tail(printed)}
		}
	}
	e := &provision.Error{Kind: provision.Unreachable, Name: hostUnreachable, Message: "the SSH session ended before zkprov could start there", Detail: tail(printed)}
	if len(e.Detail) > 0 {
		e.Message += ": " + e.Detail[len(e.Detail)-1]
	}
	return e
}

// tail returns the last lines of a text, fit for a terminal.
func tail(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(printable(line)); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-10):]
}

// printable removes control characters: a host must not steer the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

// Explanations explains every finding of this package.
func Explanations() []finding.Explanation {
	var es []finding.Explanation
	for _, s := range symptoms {
		if !slices.ContainsFunc(es, func(e finding.Explanation) bool { return e.Name == s.name }) {
			es = append(es, finding.Explanation{Name: s.name, Means: fmt.Sprintf("When zkprov logged in over SSH: %s.", s.message), Fix: s.hint + "."})
		}
	}
	return append(es,
		finding.Explanation{Name: connectionLost, Means: "The SSH session ended in the middle of a run. The host finishes the one step it had begun and gives its lock back.",
			Fix: "Run the same command again; it goes on from what is there."},
		finding.Explanation{Name: noBinary, Means: "The host has another architecture than this machine, and the zkprov for it does not lie beside the one that runs.",
			Fix: "Put zkprov-linux-arm64 or zkprov-linux-amd64 of the same version beside zkprov; make build makes both."},
		finding.Explanation{Name: noGreeting, Means: "The login shell of the host printed a lot, or nothing for a long time, instead of running the command it was given.",
			Fix: "Check what ssh HOST true prints; a .bashrc must not print without end, wait for input or start another shell."},
	)
}
