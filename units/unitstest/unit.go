package unitstest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/units"
)

type unit struct {
	state units.State
	text  string
	// unless is a path that keeps the unit from being started while it is there.
	unless string
}

// unit returns the unit of that name. It loads the unit's file on the first call, and
// again as long as there is none.
func (s *Systemd) unit(name string) *unit {
	u, ok := s.units[name]
	if ok && u.state.LoadState == "not-found" {
		s.load(name, u)
	}
	if !ok {
		u = &unit{state: units.State{Unit: name, ActiveState: "inactive", SubState: "dead", Result: "success"}}
		s.load(name, u)
		if s.units == nil {
			s.units = map[string]*unit{}
		}
		s.units[name] = u
	}
	return u
}

func (s *Systemd) load(name string, u *unit) {
	if u.state.Masked() {
		return
	}
	u.text = s.file(name)
	u.unless = ""
	u.state.Command = units.CommandOf([]byte(u.text))
	u.state.Generation = value(u.text, "Environment="+units.GenerationVariable+"=")
	u.state.DropIns, _ = filepath.Glob(filepath.Join(s.Root, units.Dir, name+".d", "*.conf"))
	for i, dropIn := range u.state.DropIns {
		text, _ := os.ReadFile(dropIn)
		for line := range strings.Lines(string(text)) {
			if command, ok := strings.CutPrefix(line, "ExecStart="); ok {
				u.state.Command = strings.Fields(command)
			}
			if path, ok := strings.CutPrefix(line, "ConditionPathExists=!"); ok {
				u.unless = strings.TrimSpace(path)
			}
		}
		u.state.DropIns[i] = strings.TrimPrefix(dropIn, s.Root)
	}
	if u.text == "" {
		u.state.LoadState, u.state.UnitFileState, u.state.FragmentPath = "not-found", "", ""
		return
	}
	u.state.LoadState, u.state.FragmentPath = "loaded", filepath.Join(units.Dir, name)
	if u.state.UnitFileState == "" {
		u.state.UnitFileState = "disabled"
	}
}

// file returns the text of a unit's file, empty where there is none.
func (s *Systemd) file(name string) string {
	text, _ := os.ReadFile(filepath.Join(s.Root, units.Dir, name))
	return string(text)
}

func (s *Systemd) held(u *unit) bool {
	_, err := os.Stat(filepath.Join(s.Root, u.unless))
	return u.unless != "" && err == nil
}

func (s *Systemd) writeProcess(u *unit) error {
	if err := os.MkdirAll(s.process(u), 0o755); err != nil {
		return err
	}
	environ := "LANG=C.UTF-8\x00" + units.GenerationVariable + "=" + u.state.Generation + "\x00"
	return os.WriteFile(filepath.Join(s.process(u), "environ"), []byte(environ), 0o600)
}

func (s *Systemd) process(u *unit) string {
	return filepath.Join(s.Root, "proc", strconv.Itoa(u.state.MainPID))
}

func (s *Systemd) end(u *unit, status int) error {
	if u.state.MainPID == 0 {
		return nil
	}
	err := os.RemoveAll(s.process(u))
	u.state.MainPID = 0
	u.state.ExecMainCode, u.state.ExecMainStatus = 1, status
	u.state.ActiveState, u.state.SubState = "inactive", "dead"
	if status != 0 && status != 143 {
		u.state.ActiveState, u.state.SubState, u.state.Result = "failed", "failed", "exit-code"
	}
	return err
}

func startable(verb string, state units.State) error {
	switch {
	case state.Masked():
		return fmt.Errorf("cannot %s %s: %w", verb, state.Unit, units.ErrMasked)
	case state.LoadState != "loaded":
		return fmt.Errorf("cannot %s %s: no such unit", verb, state.Unit)
	}
	return nil
}

// value returns the value of a setting in a unit's text; empty where it is not set.
func value(text, setting string) string {
	for line := range strings.Lines(text) {
		if v, ok := strings.CutPrefix(line, setting); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
