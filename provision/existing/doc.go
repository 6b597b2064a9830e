// Package existing reads what people already have, zoo.cfg, java.env and units, and
// writes the inventory that means the same. Reading makes a Server of each file, and
// writing takes Servers, wherever they come from. No file is executed, and none is
// opened but through a function that the caller gives.
package existing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// Server is what is known of one ZooKeeper server that exists, or, where a single file
// stands for all of them, of every server of an ensemble.
type Server struct {
	// Source names where it was read, for messages: a file, or a host.
	Source string
	// ID is the server id where somebody said it; nil where it is to be found out.
	ID *int
	// Myid is the content of its myid; nil where there is none.
	Myid *int
	// Host is the address that somebody said the server has; empty where nobody did.
	Host string
	// Settings holds the keys of its zoo.cfg, as the server has them in the end, without
	// the server list.
	Settings []Setting
	// Members is its server list, sorted by id; empty where it runs alone.
	Members []Member
	// Process is how it is started.
	Process Process
	// Notes holds what was read and cannot be kept.
	Notes []Note
}

// Setting is a key with its value and where that stands.
type Setting struct {
	Key, Value string
	Pos        finding.Position
}

// Member is a server on the list that every server has.
type Member struct {
	ID        int
	Addresses []Address
	Role      inventory.Role
	// ClientPort is 0, and ClientAddress empty, where the list does not say it.
	ClientPort    int
	ClientAddress string
	Pos           finding.Position
}

// Address is where the other servers reach a server.
type Address struct {
	Host                     string
	QuorumPort, ElectionPort int
}

// Word is a text with the place where it stands.
type Word struct {
	Text string
	Pos  finding.Position
}

// Process is how a server is started. The zero value is: nobody said.
type Process struct {
	// Script is set where ZooKeeper's own scripts start the server.
	Script   bool
	JavaHome Word
	User     Word
	Group    Word
	// MemoryMax and NoFile are the limits of its unit.
	MemoryMax, NoFile Word
	// Flags holds the flags of the JVM, in their order.
	Flags []Word
	// Environment holds the variables that its process has.
	Environment []Setting
	// Notes holds what was read and cannot be kept.
	Notes []Note
}

// Note is something that the inventory does not keep, and why.
type Note struct {
	// What is as it stands in the file, without anything that is secret.
	What string
	Why  string
	Pos  finding.Position
	// Secret is set for a secret that the user is to write by hand.
	Secret bool
}

// mostNotes bounds the notes of a file: nobody reads more.
const mostNotes = 200

// noted adds a note, and says once that there are more.
func noted(notes []Note, n Note) []Note {
	switch {
	case len(notes) < mostNotes:
		return append(notes, n)
	case len(notes) == mostNotes:
		return append(notes, Note{What: "more", Why: "the file has more of that than is shown", Pos: n.Pos})
	}
	return notes
}

// get returns the setting of a key, or nil.
func (s *Server) get(key string) *Setting {
	for i := range s.Settings {
		if s.Settings[i].Key == key {
			return &s.Settings[i]
		}
	}
	return nil
}

// member returns the server of an id on the list, or nil.
func (s *Server) member(id int) *Member {
	for i := range s.Members {
		if s.Members[i].ID == id {
			return &s.Members[i]
		}
	}
	return nil
}

// isSecret reports whether the value of a key, a flag or a variable is a secret, and not
// the path of a file with one.
func isSecret(key string) bool {
	key = strings.ToLower(key)
	if inventory.IsSecret(key) || slices.ContainsFunc([]string{"apikey", "api_key", "access_key", "private_key"}, func(word string) bool { return strings.Contains(key, word) }) {
		return !strings.HasSuffix(key, "path") && !strings.HasSuffix(key, "file")
	}
	return strings.HasSuffix(key, "pwd") || strings.HasSuffix(key, "_token")
}

// problems collects what is wrong with the input.
type problems struct{ found finding.Findings }

func (p *problems) wrong(name string, pos finding.Position, hint, format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = inventory.Clip(s)
		}
	}
	p.found = append(p.found, finding.Finding{Pos: pos, Severity: finding.Error, Name: name, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// where returns file:line.
func where(pos finding.Position) string {
	if pos.Line == 0 {
		return pos.File
	}
	return fmt.Sprintf("%s:%d", pos.File, pos.Line)
}
