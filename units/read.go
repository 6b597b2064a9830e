package units

import (
	"path"
	"slices"
	"strings"
)

// Header is the first line of every unit that zkprov writes, by which it knows its own
// units.
const Header = "# Written by zkprov"

// JavaOf returns the java that a unit of zkprov's starts; empty for any other text.
func JavaOf(unit []byte) string {
	if command := CommandOf(unit); len(command) > 0 {
		return command[0]
	}
	return ""
}

// ConfigOf returns the folder of the zoo.cfg that a unit of zkprov's names; empty for any
// other text.
func ConfigOf(unit []byte) string {
	command := CommandOf(unit)
	if len(command) == 0 {
		return ""
	}
	return path.Dir(strings.ReplaceAll(command[len(command)-1], "$$", "$"))
}

// GenerationOf returns the generation that a unit of zkprov's tells its process, as
// State.Generation has it once systemd has read the unit; empty for any other text.
func GenerationOf(unit []byte) string {
	return setting(unit, "Environment="+GenerationVariable)
}

// ServiceOf returns the user and the group that a unit of zkprov's runs as; empty for
// any other text.
func ServiceOf(unit []byte) (user, group string) {
	return setting(unit, "User"), setting(unit, "Group")
}

// setting returns what stands behind a name and an equals sign in a line of a unit of
// zkprov's; empty for any other text. It relies on Spec.Text to quote none of the values
// that are asked for.
func setting(unit []byte, name string) string {
	if !strings.HasPrefix(string(unit), Header) {
		return ""
	}
	for line := range strings.SplitSeq(string(unit), "\n") {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// ReleaseOf returns the folder of the release that a unit of zkprov's runs; empty for any
// other text.
func ReleaseOf(unit []byte) string {
	if parts := classPathOf(unit); len(parts) > 1 {
		return strings.TrimSuffix(parts[1], "/lib/*")
	}
	return ""
}

// JarsOf returns the jars behind the release's own on the class path of a unit of zkprov's;
// nil for any other text.
func JarsOf(unit []byte) []string {
	if parts := classPathOf(unit); len(parts) > 2 {
		return parts[2:]
	}
	return nil
}

// classPathOf returns the parts of the class path of a unit of zkprov's: the folder of the
// generation, the release and the jars beside it. It is nil for any other text.
func classPathOf(unit []byte) []string {
	command := CommandOf(unit)
	for i, argument := range command {
		if argument == "-cp" && i+1 < len(command) {
			return strings.Split(strings.ReplaceAll(command[i+1], "$$", "$"), ":")
		}
	}
	return nil
}

// LoggingOf returns the argument of a command of zkprov's that names the configuration of
// the logging; empty for any other.
func LoggingOf(command []string) string {
	before := slices.Index(command, "-cp")
	if before < 1 {
		return ""
	}
	if argument := command[before-1]; strings.HasPrefix(argument, "-Dlog4j.configuration=") || strings.HasPrefix(argument, "-Dlogback.configurationFile=") {
		return argument
	}
	return ""
}

// WritableOf returns the folders that a unit of zkprov's lets its server write to; nil for
// any other text.
func WritableOf(unit []byte) []string {
	var folders []string
	for _, word := range wordsOf(setting(unit, "ReadWritePaths")) {
		folders = append(folders, strings.ReplaceAll(word, "%%", "%"))
	}
	return folders
}

// SurroundingsOf returns the variables and the limits that a unit of zkprov's gives its
// server, without the variables that are zkprov's own.
func SurroundingsOf(unit []byte) []string {
	var all []string
	for line := range strings.Lines(string(unit)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "Environment":
			all = append(all, slices.DeleteFunc(wordsOf(value), func(word string) bool { return strings.HasPrefix(word, ownVariables) })...)
		case "LimitNOFILE", "MemoryMax":
			all = append(all, name+"="+value)
		}
	}
	return all
}

// wordsOf reads a list as words writes it.
func wordsOf(list string) []string {
	var all []string
	for rest := strings.TrimSpace(list); rest != ""; rest = strings.TrimSpace(rest) {
		var word string
		word, rest = firstWord(rest)
		all = append(all, word)
	}
	return all
}

// firstWord takes the first word off such a list, and returns the rest.
func firstWord(list string) (word, rest string) {
	if list[0] != '"' {
		word, rest, _ = strings.Cut(list, " ")
		return word, rest
	}
	var b strings.Builder
	for i := 1; i < len(list); i++ {
		switch list[i] {
		case '"':
			return b.String(), list[i+1:]
		case '\\':
			i++
		}
		if i < len(list) {
			b.WriteByte(list[i])
		}
	}
	return b.String(), ""
}

// CommandOf returns what a unit of zkprov's starts, as State.Command has it; nil for any
// other text. It relies on Spec.Text to write one argument on each line.
func CommandOf(unit []byte) []string {
	if !strings.HasPrefix(string(unit), Header) {
		return nil
	}
	var command []string
	for line := range strings.SplitSeq(string(unit), "\n") {
		if command == nil {
			var ok bool
			if line, ok = strings.CutPrefix(line, "ExecStart="); !ok {
				continue
			}
		}
		word, more := strings.CutSuffix(strings.TrimSpace(line), ` \`)
		if quoted, ok := strings.CutPrefix(word, `"`); ok {
			word = strings.TrimSuffix(quoted, `"`)
			word = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(word)
		}
		command = append(command, strings.ReplaceAll(word, "%%", "%"))
		if !more {
			break
		}
	}
	return command
}
