package guard

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/access"
	"github.com/zkprov/zkprov/units"
)

// onDisk is a host of which the folders lie in a root folder of the test's.
type onDisk struct {
	root    string
	lists   []string          // folders with an access list
	forbids map[string]string // attributes by path
	user    int               // that changes the host
}

func (h onDisk) Text(name string) ([]byte, error) { return os.ReadFile(h.root + name) }
func (h onDisk) Exists(name string) bool {
	_, err := os.Lstat(h.root + name)
	return err == nil
}
func (h onDisk) IsDir(name string) bool {
	info, err := os.Lstat(h.root + name)
	return err == nil && info.IsDir()
}
func (h onDisk) Names(folder string) (names []string) {
	entries, _ := os.ReadDir(h.root + folder)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
func (h onDisk) Follow(name string) (facts.Followed, error) { return facts.Follow(h.root, name) }
func (h onDisk) HasAccessList(folder string) bool           { return slices.Contains(h.lists, folder) }
func (h onDisk) Forbids(name string) string                 { return h.forbids[name] }
func (h onDisk) UserName(uint32) string                     { return "alice" }
func (h onDisk) Root() int                                  { return h.user }

// lies puts files into a root folder: a name that ends in a slash is a folder, a text
// that begins with "->" a link.
func lies(t *testing.T, files map[string]string) onDisk {
	t.Helper()
	h := onDisk{root: t.TempDir()}
	for name, text := range files {
		p := filepath.Join(h.root, name)
		err := os.MkdirAll(filepath.Dir(p), 0o755)
		target, isLink := strings.CutPrefix(text, "->")
		switch {
		case strings.HasSuffix(name, "/"):
			err = errors.Join(err, os.MkdirAll(p, 0o755))
		case isLink:
			err = errors.Join(err, os.Symlink(target, p))
		default:
			err = errors.Join(err, os.WriteFile(p, []byte(text), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// told returns findings as lines: name, an exclamation mark where it is a refusal,
// instance, severity where it is no critical one, message, hint and commands.
func told(found finding.Findings) []string {
	var lines []string
	for _, f := range found {
		name := f.Name
		if f.Refusal {
			name += "!"
		}
		if f.Severity != finding.Critical {
			name += " (" + string(f.Severity) + ")"
		}
		if f.Host != "zk1" {
			name += " on host " + f.Host
		}
		lines = append(lines, name+" "+f.Instance+": "+f.Message+"; "+finding.Advice(f.Hint, f.Commands))
	}
	return lines
}

// begin reports whether each line begins as wanted, and ends there where that ends in $.
func begin(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(got, want string) bool { return strings.HasPrefix(got+"$", want) }) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

const data, logs = "/data/1", "/logs/1"

// one is a host with one instance.
func one() (*inventory.Ensemble, *inventory.Host) {
	e := &inventory.Ensemble{Name: "zookeeper", Version: "3.6.3", Hosts: []inventory.Host{{Name: "zk1", Instances: []inventory.Instance{
		{Name: "zookeeper-1", ID: 1, DataDir: data}}}}}
	e.Service.User = "zk"
	return e, &e.Hosts[0]
}

// TestUnnamed puts drop-ins beside a unit that tells its process its generation.
func TestUnnamed(t *testing.T) {
	path := units.Path("zookeeper-1")
	const dropIn = "/run/systemd/system/zookeeper-1.service.d/x.conf"
	unit := units.Header + "\nEnvironment=ZKPROV_GENERATION=0a\nExecStart=/java \\\n    -x\n"
	found := []string{"drop-in-overrides (warning) zookeeper-1: zookeeper-1.service does not tell its server ZKPROV_GENERATION, because of Environment= in " + dropIn + ": "}
	for name, test := range map[string]struct {
		unit, dropIn, generation string
		want                     []string
	}{
		"emptied":             {unit, "[Service]\nEnvironment=\n", "", found},
		"with another":        {unit, "[Service]\nEnvironment=A=b\n", "0a", nil},
		"by something else":   {unit, "[Service]\nLimitNOFILE=1\n", "", nil},
		"there never was one": {units.Header + "\nExecStart=/java \\\n    -x\n", "[Service]\nEnvironment=\n", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, h := one()
			state := units.State{Unit: "zookeeper-1.service", FragmentPath: path, Command: []string{"/java", "-x"}, DropIns: []string{dropIn}, Generation: test.generation}
			on := lies(t, map[string]string{path: test.unit, dropIn: test.dropIn})
			begin(t, told(Overridden(on, h, map[string]provision.InstanceState{"zookeeper-1": {Unit: state}})), test.want)
		})
	}
}

// TestOverridden puts drop-ins beside a unit that systemd has read.
func TestOverridden(t *testing.T) {
	path := units.Path("zookeeper-1")
	const dropIn = "/run/systemd/system/zookeeper-1.service.d/x.conf"
	unit := units.Header + "\nExecStart=/java \\\n    -x\n"
	read := units.State{FragmentPath: path, Command: []string{"/java", "-y"}, DropIns: []string{dropIn}}
	sets := map[string]string{path: unit, dropIn: "[Service]\nExecStart =\nExecStart=/java -y\n"}
	for name, test := range map[string]struct {
		files  map[string]string
		change func(*units.State)
		want   []string
	}{
		"other arguments": {sets, func(*units.State) {}, []string{"drop-in-overrides (warning) zookeeper-1: zookeeper-1.service starts /java with other arguments, because of ExecStart= in " + dropIn + "; take ExecStart= out"}},
		"another program": {sets, func(s *units.State) { s.Command = []string{"/bin/x"} }, []string{"drop-in-overrides (warning) zookeeper-1: zookeeper-1.service starts /bin/x, because of"}},
		"the same":        {sets, func(s *units.State) { s.Command = []string{"/java", "-x"} }, nil},
		"nothing known":   {sets, func(s *units.State) { s.Command = nil }, nil},
		"not read yet":    {sets, func(s *units.State) { s.NeedDaemonReload = true }, nil},
		"read elsewhere":  {sets, func(s *units.State) { s.FragmentPath = "/x" }, nil},
		"no unit":         {map[string]string{dropIn: sets[dropIn]}, func(*units.State) {}, nil},
		"not ours":        {map[string]string{path: "[Service]\nExecStart=/java\n", dropIn: sets[dropIn]}, func(*units.State) {}, nil},
		"for no drop-in":  {map[string]string{path: unit, dropIn: "[Service]\nLimitNOFILE=1\nExecStart\n"}, func(*units.State) {}, nil},
		"it is gone":      {map[string]string{path: unit}, func(*units.State) {}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			state := read
			test.change(&state)
			_, h := one()
			begin(t, told(Overridden(lies(t, test.files), h, map[string]provision.InstanceState{"zookeeper-1": {Unit: state}})), test.want)
		})
	}
}

// TestEachInstance wants an instance of which there is nothing to be found to hide
// nothing of the next one.
func TestEachInstance(t *testing.T) {
	e, h := one()
	quiet := inventory.Instance{Name: "zookeeper-0", ID: 9, DataDir: "/data/0"}
	h.Instances = []inventory.Instance{quiet, h.Instances[0]}
	unit := func(name string) string { return units.Path(name) }
	ours := units.Header + "\nExecStart=/java \\\n    -x\n"
	dropIn := units.Path("zookeeper-1") + ".d/x.conf"
	read := func(name string) units.State {
		return units.State{FragmentPath: unit(name), Command: []string{"/java", "-y"}, DropIns: []string{dropIn}}
	}
	same, alone, unread, running := read("zookeeper-0"), read("zookeeper-0"), read("zookeeper-0"), units.State{ActiveState: "active", SubState: "running"}
	same.Command, alone.DropIns, unread.NeedDaemonReload = []string{"/java", "-x"}, nil, true
	on := lies(t, map[string]string{unit("zookeeper-0"): ours, unit("zookeeper-1"): ours, dropIn: "ExecStart=/java -y\n", "/1.disks": string(Disks{data: "/data"}.Text())})
	states := func(first, second units.State) map[string]provision.InstanceState {
		return map[string]provision.InstanceState{"zookeeper-0": {Unit: first}, "zookeeper-1": {Unit: second}}
	}
	for name, first := range map[string]units.State{"same": same, "alone": alone, "unread": unread} {
		if found := told(Overridden(on, h, states(first, read("zookeeper-1")))); len(found) != 1 {
			t.Errorf("overridden, after one that is %s: %q", name, found)
		}
	}
	if found := told(Units(on, h, states(units.State{LoadState: "masked"}, units.State{FragmentPath: "/x"}))); len(found) != 2 {
		t.Errorf("units: %q", found)
	}
	seen := facts.Host{DataDirs: map[string]facts.DataDir{}, Folders: []facts.Folder{{Path: data, MountPoint: "/"}}}
	record := func(in *inventory.Instance) string { return "/" + strings.TrimPrefix(in.Name, "zookeeper-") + ".disks" }
	if found := told(DisksMissing(on, h, seen, record)); len(found) != 1 {
		t.Errorf("disks: %q", found)
	}
	for name, first := range map[string]units.State{"runs": running, "is not ours": {}} {
		not := finding.Findings{{Instance: "zookeeper-0"}}
		if name == "runs" {
			not = nil
		}
		seen := facts.Host{DataDirs: map[string]facts.DataDir{
			"zookeeper-0": {LogPresent: true, Files: facts.DataFiles{Stuck: []facts.StuckFile{{Name: "a"}}}},
			"zookeeper-1": {LogPresent: true, Files: facts.DataFiles{Stuck: []facts.StuckFile{{Name: "a"}}}},
		}}
		o := provision.Observation{Facts: seen, Instances: states(first, units.State{})}
		if found := told(Snapshotless(e, h, o, not)); len(found) != 1 {
			t.Errorf("snapshots, after one that %s: %q", name, found)
		}
		if found := told(StuckData(e, h, o, access.User{}, not)); len(found) != 1 {
			t.Errorf("stuck, after one that %s: %q", name, found)
		}
	}
	// The folder of the logs comes after that of the data.
	h.Instances = h.Instances[1:]
	h.Instances[0].DataLogDir = logs
	log := facts.DataDir{Path: logs, Files: facts.DataFiles{Stuck: []facts.StuckFile{{Name: "a"}}}}
	seen.DataDirs["zookeeper-1"] = facts.DataDir{Path: data, Log: &log}
	seen.Folders = []facts.Folder{{Path: data, MountPoint: "/data"}, {Path: logs, MountPoint: "/"}}
	on = lies(t, map[string]string{"/1.disks": string(Disks{data: "/data", logs: "/logs"}.Text())})
	if found := told(DisksMissing(on, h, seen, record)); len(found) != 1 {
		t.Errorf("the disk of logs: %q", found)
	}
	if found := told(StuckData(e, h, provision.Observation{Facts: seen}, access.User{}, nil)); len(found) != 1 {
		t.Errorf("stuck in the logs: %q", found)
	}
}

// TestExplanations wants each finding of the package to be explained.
func TestExplanations(t *testing.T) {
	var names []string
	for _, x := range Explanations() {
		names = append(names, x.Name)
		if x.Means == "" || x.Fix == "" {
			t.Errorf("%s is not explained", x.Name)
		}
	}
	for _, name := range []string{foreignData, foreignMyid, foreignUnit, unstampedData, dataUnreadable, dataStuck, unsafeFolder, diskMissing,
		snapshotMissing, folderUnreachable, immutableFile, dropInOverrides, unitMasked} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not explained", name)
		}
	}
}
