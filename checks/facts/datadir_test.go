package facts

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts/factstest"
)

func TestDataDir(t *testing.T) {
	const dir = "/data/zookeeper-1"
	tests := []struct {
		name   string
		files  map[string]string
		logDir string
		mounts []mount
		want   DataDir
	}{{
		name: "missing",
		want: DataDir{},
	}, {
		name:  "empty",
		files: map[string]string{dir + "/": ""},
		want:  DataDir{Exists: true, IsDir: true, Real: dir, Empty: true},
	}, {
		name:  "a file",
		files: map[string]string{dir: "x"},
		want:  DataDir{Exists: true, Real: dir},
	}, {
		name:   "a link to a mounted disk",
		files:  map[string]string{dir: "->/disk/zk", "/disk/zk/": ""},
		mounts: []mount{{point: "/"}, {point: "/disk/zk"}},
		want:   DataDir{Exists: true, IsDir: true, IsSymlink: true, Real: "/disk/zk", MountPoint: true, Empty: true},
	}, {
		name:  "a dangling link",
		files: map[string]string{dir: "->/disk/zk"},
		want:  DataDir{IsSymlink: true},
	}, {
		name: "prepared for the first start",
		files: map[string]string{
			dir + "/myid": "1\n", dir + "/initialize": "", dir + "/.zkprov.json": `{"id":1}`, dir + "/version-2/": "",
		},
		want: DataDir{
			Exists: true, IsDir: true, Real: dir, Entries: []string{".zkprov.json", "initialize", "myid", "version-2"},
			MyidPresent: true, ID: 1, Stamp: json.RawMessage(`{"id":1}`), Initialize: true, VersionDir: true,
		},
	}, {
		name: "started alone, never in a quorum",
		files: map[string]string{
			dir + "/version-2/snapshot.0": "12345", dir + "/version-2/acceptedEpoch": "0", dir + "/version-2/currentEpoch": "0",
		},
		want: DataDir{
			Exists: true, IsDir: true, Real: dir, Entries: []string{"version-2"},
			VersionDir: true, SnapshotPresent: true, SnapshotBytes: 5,
		},
	}, {
		name: "a server with history",
		files: map[string]string{
			dir + "/version-2/snapshot.0":            "1",
			dir + "/version-2/snapshot.500001f3a.gz": "1234567",
			dir + "/version-2/snapshot.400000000":    "123",
			dir + "/version-2/log.500001f3b":         "",
			dir + "/version-2/acceptedEpoch":         "5\n",
			dir + "/version-2/currentEpoch":          "4",
			dir + "/version-2/.snap.tmp":             "",
		},
		want: DataDir{
			Exists: true, IsDir: true, Real: dir, Entries: []string{"version-2"},
			VersionDir: true, SnapshotPresent: true, LogPresent: true, AcceptedEpoch: 5, CurrentEpoch: 4,
			SnapshotBytes: 7, Zxid: 0x500001f3b, History: true,
		},
	}, {
		name:   "logs in a directory of their own are history",
		files:  map[string]string{dir + "/": "", "/logs/version-2/log.1": "", "/logs/.zkprov.json": `{"id":1}`},
		logDir: "/logs",
		want: DataDir{
			Exists: true, IsDir: true, Real: dir, Empty: true, Zxid: 1, History: true,
			Log: &DataDir{
				Path: "/logs", Exists: true, IsDir: true, Real: "/logs", Entries: []string{".zkprov.json", "version-2"},
				Stamp: json.RawMessage(`{"id":1}`), VersionDir: true, LogPresent: true, Zxid: 1, History: true,
			},
		},
	}, {
		name:   "a directory of logs that is not there",
		files:  map[string]string{dir + "/": ""},
		logDir: "/logs",
		want:   DataDir{Exists: true, IsDir: true, Real: dir, Empty: true, Log: &DataDir{Path: "/logs"}},
	}, {
		name:   "a directory of logs that cannot be read leaves the history unknown",
		files:  map[string]string{dir + "/": "", "/logs/version-2": "->/etc"},
		logDir: "/logs",
		want: DataDir{
			Exists: true, IsDir: true, Real: dir, Empty: true,
			Error: "/logs/version-2: a symbolic link, and none is followed in a data directory",
			Log: &DataDir{
				Path: "/logs", Exists: true, IsDir: true, Real: "/logs", Entries: []string{"version-2"}, VersionDir: true,
				Error: "/logs/version-2: a symbolic link, and none is followed in a data directory",
			},
		},
	}, {
		name:   "logs in the data directory",
		files:  map[string]string{dir + "/": ""},
		logDir: dir,
		want:   DataDir{Exists: true, IsDir: true, Real: dir, Empty: true},
	}, {
		name:  "only an accepted epoch",
		files: map[string]string{dir + "/version-2/acceptedEpoch": "1"},
		want: DataDir{
			Exists: true, IsDir: true, Real: dir, Entries: []string{"version-2"}, VersionDir: true, AcceptedEpoch: 1, History: true,
		},
	}, {
		name:  "a torn epoch is history",
		files: map[string]string{dir + "/version-2/currentEpoch": "\x00\x00"},
		want: DataDir{
			Exists: true, IsDir: true, Real: dir, Entries: []string{"version-2"}, VersionDir: true, History: true,
		},
	}, {
		name:  "a snapshot beyond zxid 0",
		files: map[string]string{dir + "/version-2/snapshot.1": ""},
		want: DataDir{
			Exists: true, IsDir: true, Real: dir, Entries: []string{"version-2"}, VersionDir: true, SnapshotPresent: true, Zxid: 1, History: true,
		},
	}, {
		name: "files that are not what they should be",
		files: map[string]string{
			dir + "/myid": "replace this text with the cluster-unique zookeeper's instance id (1-255)\n", dir + "/.zkprov.json": "{",
		},
		want: DataDir{
			Exists: true, IsDir: true, Real: dir, Entries: []string{".zkprov.json", "myid"}, MyidPresent: true,
			MyidError:  "its first line, of 73 bytes, is not a number",
			StampError: "it is not JSON",
		},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := factstest.Root(t, tt.files)
			got := dataDirFacts(root, DataDirQuery{"zookeeper-1", dir, tt.logDir}, ".zkprov.json", tt.mounts)
			if got.Exists && (got.UID != uint32(os.Getuid()) || got.Mode == 0) {
				t.Errorf("owner %d, mode %o", got.UID, got.Mode)
			}
			got.UID, got.GID, got.Mode, got.Files = 0, 0, 0, DataFiles{} // see TestDataFiles
			if got.Log != nil {
				got.Log.UID, got.Log.GID, got.Log.Mode, got.Log.Files = 0, 0, 0, DataFiles{}
			}
			tt.want.Path = dir
			if diff := cmp.Diff(tt.want, got, equateEmpty); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDataDirLinks puts links into a data directory, as the service user can: what
// they lead to is not read, nor told, and is not taken for nothing either.
func TestDataDirLinks(t *testing.T) {
	const isLink = "a symbolic link, and none is followed in a data directory"
	for name, test := range map[string]struct {
		files map[string]string
		want  DataDir
	}{
		"myid": {
			map[string]string{"/data/myid": "->../secret"},
			DataDir{MyidPresent: true, MyidError: isLink},
		},
		"myid within the directory": {
			map[string]string{"/data/myid": "->number", "/data/number": "1"},
			DataDir{MyidPresent: true, MyidError: isLink},
		},
		"stamp": {
			map[string]string{"/data/.zkprov.json": "->../secret"},
			DataDir{StampError: isLink},
		},
		"epoch": {
			map[string]string{"/data/version-2/currentEpoch": "->../../secret"},
			DataDir{VersionDir: true, Error: "/data/version-2/currentEpoch: " + isLink},
		},
		"version-2": {
			map[string]string{"/data/version-2": "->../disk", "/disk/log.1": "", "/disk/currentEpoch": "7"},
			DataDir{VersionDir: true, Error: "/data/version-2: " + isLink},
		},
		"version-2 within the directory": {
			map[string]string{"/data/version-2": "->real", "/data/real/log.1": ""},
			DataDir{VersionDir: true, Error: "/data/version-2: " + isLink},
		},
		"version-2 to nowhere": {
			map[string]string{"/data/version-2": "->/disk"},
			DataDir{VersionDir: true, Error: "/data/version-2: " + isLink},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.files["/secret"] = "-12345"
			got := dataDirFacts(factstest.Root(t, test.files), DataDirQuery{Dir: "/data"}, ".zkprov.json", nil)
			got.Path, got.Real, got.Exists, got.IsDir, got.Entries = "", "", false, false, nil
			got.UID, got.GID, got.Mode, got.Files = 0, 0, 0, DataFiles{}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDataDirPipes puts pipes into the places of files: nobody waits for a writer.
func TestDataDirPipes(t *testing.T) {
	root := factstest.Root(t, map[string]string{"/data/version-2/": ""})
	for _, name := range []string{"myid", ".zkprov.json", "version-2/currentEpoch"} {
		if err := syscall.Mkfifo(filepath.Join(root, "data", name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := dataDirFacts(root, DataDirQuery{Dir: "/data"}, ".zkprov.json", nil)
	if f.MyidError != "not a regular file" || f.StampError != f.MyidError || f.Error != "/data/version-2/currentEpoch: not a regular file" {
		t.Errorf("pipes give %+v", f)
	}
}

// TestReadSome reads what a stat before the open could not have told apart.
func TestReadSome(t *testing.T) {
	root := factstest.Root(t, map[string]string{"/file": "text", "/link": "->file", "/folder/": ""})
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"file": "te", "link": "te", "folder": "", "pipe": "", "none": ""} {
		got, err := readSome(filepath.Join(root, name), 2)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%s gives %q and %v", name, got, err)
		}
	}
}

func TestDataDirStrangeThings(t *testing.T) {
	root := factstest.Root(t, map[string]string{
		"/data/myid/": "", "/data/.zkprov.json/": "", "/data/version-2": "a file", "/loop": "->loop",
	})
	for i := range 2 * maxEntries {
		if err := os.WriteFile(filepath.Join(root, "data", fmt.Sprintf("x%02d", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := dataDirFacts(root, DataDirQuery{Dir: "/data"}, ".zkprov.json", nil)
	if !f.MyidPresent || f.MyidError == "" || f.ID != 0 {
		t.Errorf("a folder myid gives %+v", f)
	}
	if f.StampError == "" || f.Stamp != nil {
		t.Errorf("a folder in the stamp's place gives %+v", f)
	}
	if f.Error == "" {
		t.Errorf("a file version-2 gives no error")
	}
	if len(f.Entries) != maxEntries {
		t.Errorf("%d entries, want %d", len(f.Entries), maxEntries)
	}
	if f := dataDirFacts(root, DataDirQuery{Dir: "/loop"}, ".zkprov.json", nil); f.Error == "" || f.Exists {
		t.Errorf("a loop gives %+v", f)
	}
}
