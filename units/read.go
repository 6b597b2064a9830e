package units

import "strings"

// Header is the first line of every unit of ours, by which one of ours is told
// from somebody else's.
const Header = "# Written by zkprov"

// JavaOf is the java that a unit of ours starts; empty for any other text.
func JavaOf(unit []byte) string {
	if command := CommandOf(unit); len(command) > 0 {
		return command[0]
	}
	return ""
}

// CommandOf is what a unit of ours starts, as State.Command has it; nil for any
// other text. Spec.Text writes one argument on each line.
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
