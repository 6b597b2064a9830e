package provision

import (
	"fmt"
	"strings"
	"time"
)

// Roughly returns a time as a person would say it: to the second below ten minutes, to
// the minute above.
func Roughly(d time.Duration) string {
	d = max(0, d).Round(time.Second)
	hours, minutes, seconds := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", seconds)
	case d < 10*time.Minute && seconds != 0:
		return fmt.Sprintf("%d min %d s", minutes, seconds)
	case d < time.Hour:
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d h %d min", hours, minutes)
}

// Line returns a change in one line, for whoever reads what would be done, or was.
func (c Change) Line() string {
	switch kind := c.Kind(); {
	case c.Action == Stop:
		return "stop " + c.Summary
	case c.Action == Run:
		return "start " + c.Summary
	case c.Action == Enable:
		return "enable: " + c.Summary
	case c.Action == Disable:
		return "disable " + c.Summary
	case kind == KindReboot:
		return "reboot " + c.Summary
	case c.Action == Again:
		return "restart " + c.Summary
	case c.Action == Try:
		return "try " + c.Summary
	case kind == KindRelease:
		return fmt.Sprintf("%s in %s", c.Summary, c.Path)
	case kind == KindDir:
		return fmt.Sprintf("%s/  (%s)", c.Path, c.Summary)
	case c.Path != "":
		return fmt.Sprintf("%s  (%s)", c.Path, c.Summary)
	}
	return c.Summary
}

// Difference returns in words what is not as it should be, which the change would mend.
func (c Change) Difference() string {
	kind := c.Kind()
	switch {
	case c.Action == Disable:
		return c.Summary + " starts at boot"
	case c.Action == Enable:
		return strings.TrimSuffix(c.Summary, " starts at boot") + " does not start at boot"
	case c.Action == Run:
		name, state, told := strings.Cut(strings.TrimSuffix(c.Summary, ", again"), ", ")
		if !told {
			return name + " is not started"
		}
		return fmt.Sprintf("%s, %s, is not started", name, state)
	case kind == KindRetired:
		unit, _, _ := strings.Cut(c.Summary, " ")
		return unit + " has left this host by the inventory, and is " + c.From
	case c.Action == Stop:
		return c.Summary + ", runs"
	case c.Action == Reload:
		return "systemd has not read its units since they were changed"
	case c.Action == Try:
		names, _, _ := strings.Cut(c.Summary, ": ")
		return "what " + names + " would be started with was not tried"
	case kind == KindReboot:
		return "the host is to be booted: " + c.Summary
	case c.Action == Again:
		unit, _, _ := strings.Cut(c.Summary, ", ")
		return unit + " runs with something else than it would be started with"
	case kind == KindRelease && c.Action == Install:
		name, rest, again := strings.Cut(c.Summary, ", ")
		if !again {
			return fmt.Sprintf("%s is not unpacked in %s", name, c.Path)
		}
		return fmt.Sprintf("%s has to be unpacked in %s, %s", name, c.Path, rest)
	case c.Action == Create && kind == KindDir:
		return "the folder " + c.Path + " is missing"
	case c.Action == Create && c.Path != "":
		return c.Path + " is missing"
	case c.Action == Create || c.Action == Install:
		return "there is no " + c.Summary
	case c.Action == Remove && c.Path == "":
		return c.Summary + " is left over"
	case c.Action == Remove:
		return c.Path + " is left over (" + c.Summary + ")"
	case c.Path != "":
		return c.Path + " differs (" + c.Summary + ")"
	}
	return c.Summary
}
