package jvm

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/inventory"
)

// output is a file that a JVM writes because of a flag.
type output struct {
	flag inventory.Flag
	file string
	// vital is set where the JVM ends at once if it cannot be written.
	vital bool
}

// recorded matches the file of a flight recording among its options.
var recorded = regexp.MustCompile(`(?:^|,)filename=([^,]+)`)

// outputs returns the files that the JVM writes.
func outputs(in *inventory.Instance) []output {
	var all []output
	for f := range in.ParsedFlags() {
		o := output{flag: f, vital: true}
		switch {
		case f.Name == "-Xloggc":
			o.file = f.Value
		case f.Name == "-Xlog":
			o.file = logFile(f.Value)
		case f.Kind == inventory.FlagAdvanced && f.Name == "StartFlightRecording":
			if match := recorded.FindStringSubmatch(f.Value); match != nil {
				o.file = match[1]
			}
		case f.Kind == inventory.FlagAdvanced && slices.Contains([]string{"HeapDumpPath", "ErrorFile"}, f.Name):
			o.file, o.vital = f.Value, false
		}
		if o.file != "" {
			all = append(all, o)
		}
	}
	return all
}

// logFile returns the file of -Xlog:WHAT:OUTPUT:DECORATORS:OPTIONS; empty where it is none.
func logFile(value string) string {
	_, rest, ok := strings.Cut(value, ":")
	if !ok {
		return ""
	}
	if quoted := strings.TrimPrefix(rest, "file="); strings.HasPrefix(quoted, `"`) {
		file, _, _ := strings.Cut(quoted[1:], `"`)
		return file
	}
	file, _, _ := strings.Cut(rest, ":")
	file = strings.TrimPrefix(file, "file=")
	if file == "stdout" || file == "stderr" {
		return ""
	}
	return file
}

// written wants what a JVM writes to lie where its unit lets it write.
func (l *linter) written(in *inventory.Instance) {
	writable := append(in.WritableDirs(), "/tmp", "/var/tmp")
	for _, o := range outputs(in) {
		hint := fmt.Sprintf("write it into %s, or below paths.logs", path.Join(in.DataDir, path.Base(o.file)))
		if in.LogDir != "" {
			hint = "write it into " + path.Join(in.LogDir, path.Base(o.file))
		}
		switch {
		case !path.IsAbs(o.file):
			l.add(finding.Error, flagRelative, o.flag.Pos, fmt.Sprintf("%s has a relative path, and a server runs in /, where it may not write", shown(o.flag)), hint)
		case slices.ContainsFunc(writable, func(dir string) bool { return hostpath.Within(path.Clean(o.file), dir) }):
		case o.vital:
			l.add(finding.Error, flagUnwritable, o.flag.Pos, fmt.Sprintf("with %s the JVM ends at once: the unit of %s may not write there", shown(o.flag), in.Name), hint)
		default:
			l.add(finding.Warning, flagUnwritable, o.flag.Pos, fmt.Sprintf("what %s names is lost when it is needed: the unit of %s may not write there", shown(o.flag), in.Name), hint)
		}
	}
}

// files wants the files that a server is told to read to be named from / on.
func (l *linter) files(in *inventory.Instance) {
	for _, f := range in.NamedFiles() {
		if !path.IsAbs(f.Path) {
			l.add(finding.Error, flagRelative, f.Pos, fmt.Sprintf("%s names %s, and a relative path is looked for in /, where a server runs", f.By, inventory.Clip(f.Path)), "write it from / on")
		}
	}
}
