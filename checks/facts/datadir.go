package facts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// Names in a data directory, as ZooKeeper's FileTxnSnapLog, FileSnap, FileTxnLog
// and QuorumPeer give them.
const (
	VersionDir     = "version-2"
	snapshotPrefix = "snapshot."
	logPrefix      = "log."
)

// Bounds on what is read and listed in a data directory.
const (
	maxSmallFile = 4 << 10
	maxStamp     = 64 << 10
	maxEntries   = 20 // as many names as a message may want to show
)

// DataDirQuery names the data directory of one instance.
type DataDirQuery struct {
	Instance string
	Dir      string
	LogDir   string // empty: the same as Dir
}

// DataDir tells what lies in one instance's data directory. Only names and
// small files are read, and no link in it is followed.
type DataDir struct {
	Path string `json:"path"`
	// Log describes the directory of the transaction logs where that is one of their
	// own. The enclosing facts include its Initialize, its Zxid and its History already,
	// and its Error where the data directory has none.
	Log *DataDir `json:"log,omitempty"`
	// Error is why the directory could not be looked at.
	Error  string `json:"error,omitempty"`
	Exists bool   `json:"exists"`
	IsDir  bool   `json:"is_dir"`
	// IsSymlink is set where the path itself is a link; Real is where it leads.
	IsSymlink  bool   `json:"is_symlink,omitempty"`
	Real       string `json:"real,omitempty"`
	MountPoint bool   `json:"mount_point,omitempty"`
	UID        uint32 `json:"uid"`
	GID        uint32 `json:"gid"`
	Mode       uint32 `json:"mode"` // permission bits
	// Entries has the first names in it; Empty is set where there are none.
	Entries []string `json:"entries,omitempty"`
	Empty   bool     `json:"empty,omitempty"`

	// MyidPresent is set where there is a file myid; MyidError is why the server id
	// in it is none, and never what is in it instead.
	MyidPresent bool   `json:"myid_present,omitempty"`
	MyidError   string `json:"myid_error,omitempty"`
	// ID is the server id in myid; nothing where MyidError is set, or no file is there.
	ID int `json:"id,omitempty"`

	// Stamp is the content of the ownership stamp; StampError is why it could
	// not be read, or that it is not JSON.
	Stamp      json.RawMessage `json:"stamp,omitempty"`
	StampError string          `json:"stamp_error,omitempty"`
	// Initialize is set where the marker "initialize" is there: an empty server may
	// then vote (ZooKeeper's db.autocreate=false). It reads the one beside its logs.
	Initialize bool `json:"initialize,omitempty"`

	// VersionDir is set where version-2 exists.
	VersionDir      bool `json:"version_dir,omitempty"`
	SnapshotPresent bool `json:"snapshot_present,omitempty"`
	LogPresent      bool `json:"log_present,omitempty"`
	// Files counts the files of version-2, by who can use them.
	Files DataFiles `json:"files,omitzero"`
	// AcceptedEpoch and CurrentEpoch are 0 where their file is missing.
	AcceptedEpoch int64 `json:"accepted_epoch,omitempty"`
	CurrentEpoch  int64 `json:"current_epoch,omitempty"`
	// SnapshotBytes is the size of the newest snapshot.
	SnapshotBytes int64 `json:"snapshot_bytes,omitempty"`
	// Zxid is the greatest that a file name shows; the data may be newer.
	Zxid uint64 `json:"zxid,omitempty"`
	// History is evidence that this server once took part in a formed quorum:
	// an epoch above 0, a transaction log, or a snapshot of a zxid above 0. Where
	// the directory cannot be read it is unknown, and Error is set.
	History bool `json:"history,omitempty"`
}

func dataDirFacts(root string, d DataDirQuery, stamp string, mounts []mount) DataDir {
	f := lookInto(root, d.Dir, stamp, mounts)
	if d.LogDir == "" || d.LogDir == d.Dir {
		return f
	}
	log := lookInto(root, d.LogDir, stamp, mounts)
	f.Log = &log
	if f.Error == "" {
		f.Error = log.Error
	}
	f.Initialize = f.Initialize || log.Initialize
	f.Zxid = max(f.Zxid, log.Zxid)
	f.History = f.History || log.History
	return f
}

// lookInto takes the facts of one directory.
func lookInto(root, dir, stamp string, mounts []mount) DataDir {
	f := DataDir{Path: dir}
	if info, err := os.Lstat(InRoot(root, dir)); err == nil {
		f.IsSymlink = info.Mode()&fs.ModeSymlink != 0
	}
	real, err := Follow(root, dir)
	if err != nil {
		f.fail(err)
		return f
	}
	f.Exists, f.IsDir, f.Real = true, real.Info.IsDir(), real.Path
	f.Mode = uint32(real.Info.Mode().Perm())
	if st, ok := real.Info.Sys().(*syscall.Stat_t); ok {
		f.UID, f.GID = st.Uid, st.Gid
	}
	for _, m := range mounts {
		f.MountPoint = f.MountPoint || m.point == real.Path
	}
	if f.IsDir {
		f.readFolder(root, real.Path, stamp)
	}
	if f.AcceptedEpoch > 0 || f.CurrentEpoch > 0 || f.LogPresent {
		f.History = true
	}
	return f
}

// fail keeps the first error that is more than "not there".
func (f *DataDir) fail(err error) {
	if f.Error == "" && !errors.Is(err, fs.ErrNotExist) {
		f.Error = err.Error()
	}
}

// readFolder looks into the folder at a path without links.
func (f *DataDir) readFolder(root, name, stamp string) {
	d, err := openDataFolder(root, name)
	if err != nil {
		f.fail(err)
		return
	}
	defer d.root.Close()
	f.readDir(d)
	f.readMyid(d)
	f.readStamp(d, stamp)
	_, err = d.root.Lstat("initialize")
	f.Initialize = err == nil
	f.readVersion(d)
	f.AcceptedEpoch = f.readEpoch(d, "acceptedEpoch")
	f.CurrentEpoch = f.readEpoch(d, "currentEpoch")
	if f.Files, err = CountDataFiles(root, name); err != nil {
		f.fail(err)
	}
}

func (f *DataDir) readDir(d dataFolder) {
	entries, err := d.entries(".")
	if err != nil {
		f.fail(d.failed(".", err))
		return
	}
	f.Empty = len(entries) == 0
	for _, e := range entries[:min(len(entries), maxEntries)] {
		f.Entries = append(f.Entries, e.Name())
	}
}

func (f *DataDir) readMyid(d dataFolder) {
	b, err := d.read("myid", maxSmallFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	f.MyidPresent = true
	if err != nil {
		f.MyidError = err.Error()
		return
	}
	f.ID, f.MyidError = parseMyid(b)
}

// parseMyid reads a myid file as ZooKeeper's QuorumPeerConfig does: the first
// line, not trimmed, must be a number. The problem does not quote what is there
// instead: it may be anybody's file.
func parseMyid(b []byte) (id int, problem string) {
	// BufferedReader.readLine ends a line at LF, CR or CR LF.
	if i := bytes.IndexAny(b, "\r\n"); i >= 0 {
		b = b[:i]
	}
	if len(b) == 0 {
		return 0, "the file is empty"
	}
	id, err := strconv.Atoi(string(b))
	if err != nil {
		return 0, fmt.Sprintf("its first line, of %d bytes, is not a number", len(b))
	}
	if id < 0 || id > 255 {
		return 0, fmt.Sprintf("%d is not a server id (0 to 255)", id)
	}
	return id, ""
}

func (f *DataDir) readStamp(d dataFolder, name string) {
	b, err := d.read(name, maxStamp)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		f.StampError = err.Error()
	case !json.Valid(b):
		f.StampError = "it is not JSON"
	default:
		f.Stamp = b
	}
}

// readVersion looks at the names in the folder version-2.
func (f *DataDir) readVersion(d dataFolder) {
	entries, err := d.entries(VersionDir)
	f.VersionDir = !errors.Is(err, fs.ErrNotExist)
	if err != nil {
		f.fail(d.failed(VersionDir, err))
		return
	}
	newest := int64(-1)
	for _, e := range entries {
		if zxid, ok := zxidOf(e.Name(), logPrefix); ok {
			f.LogPresent = true
			f.Zxid = max(f.Zxid, zxid)
		}
		zxid, ok := zxidOf(e.Name(), snapshotPrefix)
		if !ok {
			continue
		}
		f.SnapshotPresent = true
		f.Zxid = max(f.Zxid, zxid)
		f.History = f.History || zxid > 0
		if info, err := e.Info(); err == nil && int64(zxid) > newest {
			newest, f.SnapshotBytes = int64(zxid), info.Size()
		}
	}
}

// zxidOf returns the zxid in the name of a snapshot or log, as ZooKeeper's
// Util.getZxidFromName reads it; snapshots may end in .gz or .snappy.
func zxidOf(name, prefix string) (uint64, bool) {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return 0, false
	}
	if prefix == snapshotPrefix {
		rest, _, _ = strings.Cut(rest, ".")
	}
	zxid, err := strconv.ParseUint(rest, 16, 63)
	if err != nil {
		return 0, false
	}
	return zxid, true
}

func (f *DataDir) readEpoch(d dataFolder, name string) int64 {
	name = path.Join(VersionDir, name)
	b, err := d.read(name, maxSmallFile)
	if err != nil {
		f.fail(d.failed(name, err))
		return 0
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	if err != nil {
		// ZooKeeper wrote something here: that is history, however torn.
		f.History = f.History || len(b) > 0
		return 0
	}
	return n
}
