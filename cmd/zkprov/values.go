package main

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// patience is the value of a flag that says how long: a time below 0 would be
// taken for the default, or for none.
type patience struct{ d *time.Duration }

// patienceFlag gives a command a flag that says how long.
func patienceFlag(cmd *cobra.Command, d *time.Duration, name string, otherwise time.Duration, usage string) {
	*d = otherwise
	cmd.Flags().Var(patience{d}, name, usage)
}

// Set implements pflag.Value.
func (p patience) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	if d < 0 {
		return errors.New("no time is below 0")
	}
	*p.d = d
	return nil
}

// String implements pflag.Value; what is "0" is not shown as a default.
func (p patience) String() string {
	if p.d == nil || *p.d == 0 {
		return "0"
	}
	return p.d.String()
}

// Type implements pflag.Value.
func (p patience) Type() string { return "duration" }

// hostList is the value of a flag that names hosts. An empty one is an error: it
// comes from a variable that a script did not set, and would stand for all.
type hostList struct{ names *[]string }

// Set implements pflag.Value.
func (l hostList) Set(text string) error {
	if text == "" {
		return errors.New("it names no host; without --limit all hosts are changed")
	}
	names := strings.Split(text, ",")
	if slices.Contains(names, "") {
		return errors.New("a name in it is empty")
	}
	*l.names = append(*l.names, names...)
	return nil
}

// String implements pflag.Value.
func (l hostList) String() string {
	if l.names == nil {
		return ""
	}
	return strings.Join(*l.names, ",")
}

// Type implements pflag.Value.
func (l hostList) Type() string { return "hosts" }
