package provision

import (
	"fmt"
	"slices"
	"strings"
)

// Line is a change in one line, for whoever reads what would be done, or was.
func (c Change) Line() string {
	switch kind := c.kind(); {
	case c.Action == Stop:
		return "stop " + c.Summary
	case c.Action == Run:
		return "start " + c.Summary
	case c.Action == Enable:
		return "enable: " + c.Summary
	case kind == "hold" || kind == "release-hold":
		return c.Summary // the file is how, and not what
	case kind == "release":
		return fmt.Sprintf("%s in %s", c.Summary, c.Path)
	case kind == "dir":
		return fmt.Sprintf("%s/  (%s)", c.Path, c.Summary)
	case c.Path != "":
		return fmt.Sprintf("%s  (%s)", c.Path, c.Summary)
	}
	return c.Summary
}

// Difference says what is not as it should be, which the change would mend.
func (c Change) Difference() string {
	kind := c.kind()
	switch {
	case c.Action == Enable:
		return strings.TrimSuffix(c.Summary, " starts at boot") + " does not start at boot"
	case c.Action == Run:
		return strings.TrimSuffix(c.Summary, ", again") + " is not started"
	case c.Action == Stop:
		return c.Summary + ", runs"
	case c.Action == Reload:
		return "systemd has not read its units since they were changed"
	case kind == "hold":
		return c.Summary
	case kind == "release-hold":
		return c.Instance + " is kept from starting: a run that replaced its files was cut off"
	case kind == "release" && c.Action == Install:
		name, rest, again := strings.Cut(c.Summary, ", ")
		if !again {
			return fmt.Sprintf("%s is not unpacked in %s", name, c.Path)
		}
		return fmt.Sprintf("%s has to be unpacked in %s, %s", name, c.Path, rest)
	case c.Action == Create && kind == "dir":
		return "the folder " + c.Path + " is missing"
	case c.Action == Create && c.Path != "":
		return c.Path + " is missing"
	case c.Action == Create || c.Action == Install:
		return "there is no " + c.Summary
	case c.Action == Remove:
		return c.Path + " is left over (" + c.Summary + ")"
	case c.Path != "":
		return c.Path + " differs (" + c.Summary + ")"
	}
	return c.Summary
}

// Guards reports whether a change is about others of the same plan and no difference by
// itself: it keeps a server from starting while its files are replaced.
func (c Change) Guards(plan []Change) bool {
	return c.kind() == "hold" || c.kind() == "release-hold" && slices.ContainsFunc(plan, func(o Change) bool { return o.Resource == "hold:"+c.Instance })
}

func (c Change) kind() string {
	kind, _, _ := strings.Cut(c.Resource, ":")
	return kind
}
