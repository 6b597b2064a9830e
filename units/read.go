package units

import "strings"

// Header is the first line of every unit of ours, by which one of ours is told
// from somebody else's.
const Header = "# Written by zkprov"

// JavaOf is the java that a unit of ours starts; empty for any other text.
func JavaOf(unit []byte) string {
	if !strings.HasPrefix(string(unit), Header) {
		return ""
	}
	for line := range strings.SplitSeq(string(unit), "\n") {
		command, ok := strings.CutPrefix(line, "ExecStart=")
		if !ok {
			continue
		}
		command = strings.TrimSuffix(command, ` \`)
		if quoted, ok := strings.CutPrefix(command, `"`); ok {
			command = strings.TrimSuffix(quoted, `"`)
			command = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(command)
		}
		return strings.ReplaceAll(command, "%%", "%")
	}
	return ""
}
