package inventory

import (
	"cmp"
	"path"

	"github.com/zkprov/zkprov/internal/finding"
)

// Where a server logs to.
const (
	LogToJournal = "journal"
	LogToFiles   = "files"
)

// Logging tells where a server logs to.
type Logging struct {
	// To is LogToJournal, which is meant by the empty word too, or LogToFiles.
	To string `json:",omitempty"`
	// Size is how large a file becomes, such as "100m", and Keep how many there are, the
	// current one among them. They are set with LogToFiles.
	Size string `json:",omitempty"`
	Keep int    `json:",omitempty"`
}

const (
	defaultLogDir  = "/var/log/zookeeper"
	defaultLogSize = "100m"
	defaultLogKeep = 10
	// logback renames 20 files at most (FixedWindowRollingPolicy), and without a second
	// file log4j empties the only one.
	leastLogKeep, mostLogKeep = 2, 20
	leastLogSize              = 1 << 10
)

// ToFiles reports whether the server logs to files in its LogDir.
func (l Logging) ToFiles() bool { return l.To == LogToFiles }

func layLogging(under Logging, n *node) Logging {
	return Logging{To: n.text("to", under.To), Size: n.text("size", under.Size), Keep: n.integer("keep", under.Keep)}
}

// withDefaults fills in what is not said of files, and forgets it of the journal.
func (l Logging) withDefaults() Logging {
	if !l.ToFiles() {
		return Logging{To: l.To}
	}
	return Logging{To: l.To, Size: cmp.Or(l.Size, defaultLogSize), Keep: cmp.Or(l.Keep, defaultLogKeep)}
}

// logDir returns where an instance may write logs and dumps; empty where it may nowhere.
func (p Paths) logDir(in *Instance) string {
	switch {
	case p.Logs != "":
		return path.Join(p.Logs, in.Name)
	case in.Logging.ToFiles():
		return path.Join(defaultLogDir, in.Name)
	}
	return ""
}

// WritableDirs returns the folders that the server's unit lets it write to, beside a /tmp
// of its own.
func (in *Instance) WritableDirs() []string {
	return WritableDirs(in.DataDir, in.DataLogDir, in.LogDir)
}

// WritableDirs returns the folders that a server writes to, of which the last two may be
// empty, and the second the first.
func WritableDirs(data, dataLog, logs string) []string {
	all := []string{data}
	if dataLog != "" && dataLog != data {
		all = append(all, dataLog)
	}
	if logs != "" {
		all = append(all, logs)
	}
	return all
}

// logging judges where an instance logs to.
func (j *judge) logging(in *Instance, n *node) {
	if to := j.innermost(n, "logging", "to"); to != nil && to.kind == string(text) && in.Logging.To != LogToJournal && in.Logging.To != LogToFiles {
		j.once(to.pos, "bad-value", hintOf(Nearest(in.Logging.To, []string{LogToJournal, LogToFiles})), "logging.to is %q, and may be %q or %q%s", in.Logging.To, LogToJournal, LogToFiles, strange(in.Logging.To, Plain))
	}
	if at := j.innermost(n, "logging", "size"); at != nil && at.kind == string(text) {
		if size, ok := ParseSize(at.scalar); !ok || size < leastLogSize {
			j.once(at.pos, "bad-size", `write a number with k, m or g, such as "100m"`, "logging.size is %q, which is no size of a file of at least 1k%s", at.scalar, strange(at.scalar, oneOf("")))
		}
	}
	if at := j.innermost(n, "logging", "keep"); at != nil && at.kind == string(integer) && (keepsBadly(at)) {
		j.once(at.pos, "out-of-range", "raise size to keep more", "logging.keep is %s, and must be from %d to %d", at.scalar, leastLogKeep, mostLogKeep)
	}
}

// keepsBadly reports whether a number of files is out of its bounds.
func keepsBadly(at *node) bool {
	n, ok := parseInteger(at.scalar)
	return !ok || n < leastLogKeep || n > mostLogKeep
}

// logsAt returns where the folder of an instance's logs is named.
func (j *judge) logsAt(n *node) finding.Position {
	if at := j.root.get("paths").get("logs"); at != nil {
		return at.pos
	}
	return j.innermost(n, "logging", "to").pos
}
