package host

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/units"
	"github.com/zkprov/zkprov/units/unitstest"
)

// given is a host as a test describes it. What is not in it is not there.
type given struct {
	lies map[string]entry // by path; owned by whoever runs the test
	// units are what systemd says, by instance.
	units map[string]units.State
	// generations are what the processes of units were started with, by their number.
	generations map[int]string
	accounts    map[string]int // by database and name
	releases    map[string]archive.State
	data        map[string]facts.DataFiles
}

// view returns a view of the host: files lie in a root folder, everything else is
// answered as given, and what is not given is an error.
func (g given) view(t *testing.T) *view {
	t.Helper()
	root := t.TempDir()
	for name, e := range g.lies {
		put(t, filepath.Join(root, name), e)
	}
	l := (&Machine{Root: root, Systemd: &unitstest.Systemd{Root: root}}).newLook(t.Context())
	for name, id := range g.accounts {
		database, name, _ := strings.Cut(name, " ")
		l.answers["the number of "+name+" in "+database] = answer{value: accountNumber{id, true}}
	}
	for _, name := range []string{"passwd zk", "group zk"} {
		if _, ok := g.accounts[name]; !ok {
			database, name, _ := strings.Cut(name, " ")
			l.answers["the number of "+name+" in "+database] = answer{value: accountNumber{}}
		}
	}
	for instance, s := range g.units {
		l.answers["the state of "+units.FileName(instance)] = answer{value: s}
	}
	for pid, generation := range g.generations {
		l.answers[fmt.Sprintf("the generation of process %d", pid)] = answer{value: generation}
	}
	for dest, s := range g.releases {
		l.answers[releaseIn(dest)] = answer{value: s}
	}
	for folder, files := range g.data {
		l.answers[dataIn(folder)] = answer{value: files}
	}
	for _, uid := range []uint32{0, 7} {
		l.answers[fmt.Sprintf("the name of user %d", uid)] = answer{value: fmt.Sprintf("user%d", uid)}
	}
	return newView(l)
}

func put(t *testing.T, path string, e entry) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		switch e.mode.Type() {
		case fs.ModeSymlink:
			err = os.Symlink(e.target, path)
		case fs.ModeDir:
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, e.content, 0o600)
		}
	}
	if err == nil && e.mode.Type() != fs.ModeSymlink {
		err = os.Chmod(path, e.mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func text(content string, mode fs.FileMode) entry { return entry{mode: mode, content: []byte(content)} }
func to(target string) entry                      { return entry{mode: fs.ModeSymlink, target: target} }
func folder(mode fs.FileMode) entry               { return entry{mode: fs.ModeDir | mode} }

// told returns a change in one line, the one who runs the test as "me".
func told(c *provision.Change) string {
	if c == nil {
		return "nothing"
	}
	me := strings.NewReplacer(numbers(os.Geteuid(), os.Getegid()), "me")
	return me.Replace(fmt.Sprintf("%s %s: %s => %s (%s)", c.Action, c.Resource, c.From, c.To, c.Summary))
}

var (
	up       = units.State{LoadState: "loaded", ActiveState: "active", SubState: "running", MainPID: 5, InvocationID: "aa", UnitFileState: "enabled"}
	down     = units.State{LoadState: "loaded", ActiveState: "inactive", SubState: "dead", UnitFileState: "disabled"}
	failed   = units.State{LoadState: "loaded", ActiveState: "failed", SubState: "failed", Result: "exit-code"}
	again    = units.State{LoadState: "loaded", ActiveState: "activating", SubState: "auto-restart", Result: "exit-code"}
	queued   = units.State{LoadState: "loaded", ActiveState: "inactive", SubState: "dead", UnitFileState: "enabled", Job: "start", Generation: "old"}
	missing  = units.State{LoadState: "not-found", ActiveState: "inactive", SubState: "dead"}
	changed  = units.State{LoadState: "loaded", ActiveState: "inactive", SubState: "dead", NeedDaemonReload: true}
	unitPath = units.Path("zk-1")
)

// TestResources plans each kind of resource for hosts in several states. After the
// change the view wants no other one, and where the test makes the change, the host is
// as it was foreseen.
func TestResources(t *testing.T) {
	const (
		a   = "file ca978112ca1bbdca" // of "a"
		b   = "file 3e23e8160039594a" // of "b"
		sha = "0f"
	)
	fileA := func() *file { return &file{name: "/etc/x/f", content: []byte("a"), mode: 0o640} }
	kept := &file{name: "/etc/x/f", content: []byte("a"), mode: 0o640, keep: true}
	unit := &unitFile{&file{kind: provision.KindUnit, name: unitPath, content: []byte("a"), mode: 0o644, instance: "zk-1"}}
	tree := &unpackedRelease{source: archive.Source{Version: "3.6.3", SHA512: sha}, dest: "/opt/zk"}
	in := &inventory.Instance{Name: "zk-1"}
	data := func(classes ...facts.FileClass) given {
		return given{accounts: map[string]int{"passwd zk": 7, "group zk": 7}, data: map[string]facts.DataFiles{"/data": {Classes: classes}}}
	}
	owner7 := &dataOwner{folder: "/data", owner: owner{"zk", "zk"}}
	for name, test := range map[string]struct {
		given given
		r     resource
		want  string
		// made is set where the test can make the change.
		made bool
	}{
		"file, absent":         {given{}, fileA(), "create file:/etc/x/f: absent => " + a + " root:root 0640 (0640 root:root)", false},
		"file, in its folder":  {given{lies: map[string]entry{"/etc/x": folder(0o755)}}, fileA(), "create file:/etc/x/f: absent => " + a + " root:root 0640 (0640 root:root)", true},
		"file, right":          {given{lies: map[string]entry{"/etc/x/f": text("a", 0o640)}}, fileA(), "nothing", true},
		"file, content":        {given{lies: map[string]entry{"/etc/x/f": text("b", 0o640)}}, fileA(), "update file:/etc/x/f: " + b + " me 0640 => " + a + " root:root 0640 (content)", true},
		"file, mode":           {given{lies: map[string]entry{"/etc/x/f": text("a", 0o644)}}, fileA(), "update file:/etc/x/f: " + a + " me 0644 => " + a + " root:root 0640 (mode 0644 -> 0640)", true},
		"file, a link":         {given{lies: map[string]entry{"/etc/x/f": to("/etc/x/g")}}, fileA(), "update file:/etc/x/f: link /etc/x/g => " + a + " root:root 0640 (a symbolic link, not a regular file)", true},
		"file, of a user":      {given{}, &file{name: "/f", content: []byte("a"), mode: 0o640, owner: owner{"zk", "zk"}}, "create file:/f: absent => " + a + " zk:zk 0640 (0640 zk:zk)", false},
		"file, to be a user's": {given{lies: map[string]entry{"/f": text("a", 0o640)}}, &file{name: "/f", content: []byte("a"), mode: 0o640, owner: owner{"zk", "zk"}}, "update file:/f: " + a + " me 0640 => " + a + " zk:zk 0640 (owner -> zk:zk)", false},
		"kept, absent":         {given{lies: map[string]entry{"/etc/x": folder(0o755)}}, kept, "create file:/etc/x/f: absent => file, once made, root:root 0640 (0640 root:root)", true},
		"kept, other content":  {given{lies: map[string]entry{"/etc/x/f": text("b", 0o640)}}, kept, "nothing", true},
		"kept, mode":           {given{lies: map[string]entry{"/etc/x/f": text("b", 0o600)}}, kept, "update file:/etc/x/f: " + b + " me 0600 => file, once made, root:root 0640 (mode 0600 -> 0640)", true},
		"removed":              {given{lies: map[string]entry{"/f": text("a", 0o600)}}, &removed{name: "/f", why: "left over"}, "remove file:/f: " + a + " me 0600 => absent (left over)", true},
		"removed, absent":      {given{}, &removed{name: "/f"}, "nothing", true},
		"marker":               {given{lies: map[string]entry{"/etc/x": folder(0o755)}}, &initialize{fileA()}, "create file:/etc/x/f: absent => " + a + " root:root 0640 (first bootstrap: this voter may start empty)", true},

		"link, absent":  {given{}, &link{name: "/l", target: "g/f"}, "create link:/l: absent => link g/f (-> g/f)", true},
		"link, right":   {given{lies: map[string]entry{"/l": to("g/f")}}, &link{name: "/l", target: "g/f"}, "nothing", true},
		"link, another": {given{lies: map[string]entry{"/l": to("h/f")}}, &link{name: "/l", target: "g/f"}, "update link:/l: link h/f => link g/f (-> g/f)", true},
		"link, a file":  {given{lies: map[string]entry{"/l": text("a", 0o640)}}, &link{name: "/l", target: "g/f"}, "update link:/l: " + a + " me 0640 => link g/f (-> g/f, in place of a regular file)", true},

		"folder, absent":     {given{}, &dir{name: "/x/y", mode: 0o750}, "create dir:/x/y: absent => a folder root:root 0750 (0750 root:root)", true},
		"folder, right":      {given{lies: map[string]entry{"/x": folder(0o750)}}, &dir{name: "/x", mode: 0o750}, "nothing", true},
		"folder, mode":       {given{lies: map[string]entry{"/x": folder(0o700)}}, &dir{name: "/x", mode: 0o750}, "update dir:/x: a folder me 0700 => a folder root:root 0750 (mode 0700 -> 0750)", true},
		"folder, shared":     {given{lies: map[string]entry{"/x": folder(0o700)}}, &dir{name: "/x", mode: 0o755, shared: true}, "nothing", true},
		"folder, both":       {given{}, &dir{name: "/x/y", mode: 0o750, within: &dir{name: "/x", mode: 0o700}}, "create dir:/x/y: absent => a folder root:root 0750 (0750 root:root)", true},
		"folder, that above": {given{lies: map[string]entry{"/x/y": folder(0o750)}}, &dir{name: "/x/y", mode: 0o750, within: &dir{name: "/x", mode: 0o700}}, "update dir:/x/y: a folder me 0750, in a folder me 0755 => a folder root:root 0750, in a folder root:root 0700 (/x: mode 0755 -> 0700)", true},

		"user, absent":      {given{}, &account{owner{"zk", "zk"}}, "create user:zk: absent => user zk, group zk (system user zk)", false},
		"user, group there": {given{accounts: map[string]int{"group zk": 7}}, &account{owner{"zk", "zk"}}, "create user:zk: group zk => user zk, group zk (system user zk)", false},
		"user, group gone":  {given{accounts: map[string]int{"passwd zk": 7}}, &account{owner{"zk", "zk"}}, "create user:zk: user zk => user zk, group zk (system group zk)", false},
		"user, both":        {given{accounts: map[string]int{"passwd zk": 7, "group zk": 7}}, &account{owner{"zk", "zk"}}, "nothing", false},

		"release, absent":     {given{releases: map[string]archive.State{"/opt/zk": {Kind: archive.Absent}}}, tree, "install release:/opt/zk: absent => complete 0f (apache-zookeeper-3.6.3-bin)", false},
		"release, modes":      {given{releases: map[string]archive.State{"/opt/zk": {Kind: archive.WrongModes, SHA512: sha, Reason: "lib has mode 0700"}}}, tree, "update release:/opt/zk: modes 0f => complete 0f (lib has mode 0700)", false},
		"release, incomplete": {given{releases: map[string]archive.State{"/opt/zk": {Kind: archive.Incomplete, Reason: "a jar is missing"}}}, tree, "install release:/opt/zk: incomplete => complete 0f (apache-zookeeper-3.6.3-bin, again: a jar is missing)", false},
		"release, complete":   {given{releases: map[string]archive.State{"/opt/zk": {Kind: archive.Complete, SHA512: sha}}}, tree, "nothing", false},

		"data, its own":        {data(facts.FileClass{UID: 7, GID: 7, Mode: 0o640, Count: 2}), owner7, "nothing", false},
		"data, another's":      {data(facts.FileClass{UID: 0, Mode: 0o640, Count: 2}, facts.FileClass{UID: 7, Mode: 0o640, Count: 9}), owner7, "update owner:/data/version-2: of 0 7, u+rw => of zk, u+rw (2 files of user0 -> zk:zk)", false},
		"data, closed":         {data(facts.FileClass{UID: 7, Mode: 0o440, Count: 1}), owner7, "update owner:/data/version-2: of 7 => of zk, u+rw (1 file that zk cannot read or write -> u+rw)", false},
		"data, folder":         {data(facts.FileClass{UID: 7, Mode: 0o600, Folder: true, Count: 1}), owner7, "update owner:/data/version-2: of 7 => of zk, u+rw (1 file that zk cannot read or write -> u+rw)", false},
		"data, user not there": {given{data: map[string]facts.DataFiles{"/data": {Classes: []facts.FileClass{{UID: 7, Mode: 0o640, Count: 1}}}}}, owner7, "update owner:/data/version-2: of 7, u+rw => of zk, u+rw (1 file of user7 -> zk:zk)", false},

		"unit, absent":  {given{units: map[string]units.State{"zk-1": missing}}, unit, "create unit:" + unitPath + ": absent => " + a + " root:root 0644 (0644 root:root)", false},
		"unit, content": {given{units: map[string]units.State{"zk-1": up}, lies: map[string]entry{unitPath: text("b", 0o644)}}, unit, "update unit:" + unitPath + ": " + b + " me 0644 => " + a + " root:root 0644 (content)", false},
		"unit, right":   {given{units: map[string]units.State{"zk-1": up}, lies: map[string]entry{unitPath: text("a", 0o644)}}, unit, "nothing", false},

		"reload, unread":       {given{units: map[string]units.State{"zk-1": changed}}, &reload{instances: []string{"zk-1"}}, "reload reload:systemd: not read: zk-1.service => read (systemd reads its units again)", false},
		"reload, of one":       {given{units: map[string]units.State{"zk-1": changed}}, &reload{instance: "zk-1", instances: []string{"zk-1"}}, "reload reload:zk-1.service: not read: zk-1.service => read (systemd reads its units again)", false},
		"reload, never read":   {given{units: map[string]units.State{"zk-1": missing}, lies: map[string]entry{unitPath: text("a", 0o644)}}, &reload{instances: []string{"zk-1"}}, "reload reload:systemd: not read: zk-1.service => read (systemd reads its units again)", false},
		"reload, known":        {given{units: map[string]units.State{"zk-1": up}}, &reload{instances: []string{"zk-1"}}, "nothing", false},
		"reload, no such unit": {given{units: map[string]units.State{"zk-1": missing}}, &reload{instances: []string{"zk-1"}}, "nothing", false},

		"enabled":              {given{units: map[string]units.State{"zk-1": up}}, &enabled{"zk-1"}, "nothing", false},
		"disabled":             {given{units: map[string]units.State{"zk-1": down}}, &enabled{"zk-1"}, "enable enabled:zk-1.service: disabled => enabled (zk-1.service starts at boot)", false},
		"to be enabled":        {given{units: map[string]units.State{"zk-1": missing}}, &enabled{"zk-1"}, "enable enabled:zk-1.service: disabled => enabled (zk-1.service starts at boot)", false},
		"blank, runs":          {given{units: map[string]units.State{"zk-1": up}}, &stopped{in: in, marker: "/m"}, "stop stopped:zk-1.service: running => stopped (zk-1.service, which has no data and no vote)", false},
		"blank, is to start":   {given{units: map[string]units.State{"zk-1": queued}}, &stopped{in: in, marker: "/m"}, "stop stopped:zk-1.service: running => stopped (zk-1.service, which has no data and no vote)", false},
		"blank, has its mark":  {given{units: map[string]units.State{"zk-1": up}, lies: map[string]entry{"/m": text("", 0o640)}}, &stopped{in: in, marker: "/m"}, "nothing", false},
		"blank, does not run":  {given{units: map[string]units.State{"zk-1": down}}, &stopped{in: in, marker: "/m"}, "nothing", false},
		"running":              {given{units: map[string]units.State{"zk-1": up}}, &running{instance: "zk-1"}, "nothing", false},
		"not running":          {given{units: map[string]units.State{"zk-1": down}}, &running{instance: "zk-1"}, "start running:zk-1.service: stopped => running (zk-1.service)", false},
		"is to start":          {given{units: map[string]units.State{"zk-1": queued}}, &running{instance: "zk-1"}, "nothing", false},
		"failed":               {given{units: map[string]units.State{"zk-1": failed}}, &running{instance: "zk-1"}, "start running:zk-1.service: stopped => running (zk-1.service, which is failed: exit-code)", false},
		"between two attempts": {given{units: map[string]units.State{"zk-1": again}}, &running{instance: "zk-1"}, "start running:zk-1.service: stopped => running (zk-1.service, which is activating (auto-restart): exit-code)", false},

		"restart, older":        {given{units: map[string]units.State{"zk-1": up}, generations: map[int]string{5: "old"}}, &restarted{instance: "zk-1", generation: "new"}, "restart restarted:zk-1.service: generation old => generation new (zk-1.service)", false},
		"restart, current":      {given{units: map[string]units.State{"zk-1": up}, generations: map[int]string{5: "new"}}, &restarted{instance: "zk-1", generation: "new"}, "nothing", false},
		"restart, edited":       {given{units: map[string]units.State{"zk-1": up}, generations: map[int]string{5: "new"}}, &restarted{instance: "zk-1", generation: "new", outdated: "aa", outdatedBy: "edited"}, "restart restarted:zk-1.service: generation new, edited => generation new (zk-1.service)", false},
		"restart, was already":  {given{units: map[string]units.State{"zk-1": up}, generations: map[int]string{5: "new"}}, &restarted{instance: "zk-1", generation: "new", outdated: "99"}, "nothing", false},
		"restart, asked for":    {given{units: map[string]units.State{"zk-1": up}, generations: map[int]string{5: "new"}}, &restarted{instance: "zk-1", generation: "new", asked: "aa"}, "restart restarted:zk-1.service: process aa => another process (zk-1.service)", false},
		"restart, asked, older": {given{units: map[string]units.State{"zk-1": up}, generations: map[int]string{5: "old"}}, &restarted{instance: "zk-1", generation: "new", asked: "aa"}, "restart restarted:zk-1.service: generation old => generation new (zk-1.service)", false},
		"restart, another runs": {given{units: map[string]units.State{"zk-1": up}, generations: map[int]string{5: "new"}}, &restarted{instance: "zk-1", generation: "new", asked: "99"}, "nothing", false},
		"restart, is to start":  {given{units: map[string]units.State{"zk-1": queued}}, &restarted{instance: "zk-1", generation: "new"}, "restart restarted:zk-1.service: generation old => generation new (zk-1.service)", false},
		"restart, will start":   {given{units: map[string]units.State{"zk-1": queued}}, &restarted{instance: "zk-1", generation: "old"}, "nothing", false},
		"restart, is down":      {given{units: map[string]units.State{"zk-1": down}}, &restarted{instance: "zk-1", generation: "new"}, "nothing", false},
	} {
		t.Run(name, func(t *testing.T) {
			v := test.given.view(t)
			c, err := planChange(v, test.r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, told(c)); diff != "" {
				t.Error(diff)
			}
			if more, err := planChange(v, test.r); more != nil || err != nil {
				t.Errorf("after the change it wants %s, %v", told(more), err)
			}
			if !test.made {
				return
			}
			m := v.look.m
			if c != nil {
				if err := test.r.apply(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			if err := m.verify(t.Context(), test.r); err != nil {
				t.Error(err)
			}
			for name, foreseen := range v.entries {
				if e, err := m.readEntry(name); err != nil || e.digest() != foreseen.digest() {
					t.Errorf("%s was foreseen as %s and is %s, %v", name, foreseen.digest(), e.digest(), err)
				}
			}
			for name, foreseen := range v.folders {
				if e, err := m.readFolder(name); err != nil || e.digest() != foreseen.digest() {
					t.Errorf("%s was foreseen as %s and is %s, %v", name, foreseen.digest(), e.digest(), err)
				}
			}
		})
	}
}

// TestView plans resources of which each sees what those before it will have done.
func TestView(t *testing.T) {
	unit := func() resource {
		return &unitFile{&file{kind: provision.KindUnit, name: unitPath, content: []byte("a"), mode: 0o644, instance: "zk-1"}}
	}
	in := &inventory.Instance{Name: "zk-1"}
	for name, test := range map[string]struct {
		given     given
		resources []resource
		want      []string // kinds
	}{
		"a new unit is read by itself":       {given{units: map[string]units.State{"zk-1": missing}}, []resource{unit(), &reload{instances: []string{"zk-1"}}}, []string{"unit"}},
		"a unit that is replaced is read":    {given{units: map[string]units.State{"zk-1": down}}, []resource{unit(), &reload{instances: []string{"zk-1"}}}, []string{"unit", "reload"}},
		"once for all":                       {given{units: map[string]units.State{"zk-1": down}}, []resource{unit(), &reload{instances: []string{"zk-1"}}, &reload{instance: "zk-1", instances: []string{"zk-1"}}}, []string{"unit", "reload"}},
		"but not before it is replaced":      {given{units: map[string]units.State{"zk-1": down}}, []resource{&reload{instances: []string{"zk-1"}}, unit(), &reload{instance: "zk-1", instances: []string{"zk-1"}}}, []string{"unit", "reload"}},
		"its mode alone is nothing":          {given{units: map[string]units.State{"zk-1": down}, lies: map[string]entry{unitPath: text("a", 0o600)}}, []resource{unit(), &reload{instances: []string{"zk-1"}}}, []string{"unit"}},
		"what is stopped is started":         {given{units: map[string]units.State{"zk-1": up}}, []resource{&stopped{in: in, marker: "/m"}, &running{instance: "zk-1"}}, []string{"stopped", "running"}},
		"so is what is about to start":       {given{units: map[string]units.State{"zk-1": queued}}, []resource{&stopped{in: in, marker: "/m"}, &running{instance: "zk-1", generation: "new"}, &restarted{instance: "zk-1", generation: "new"}}, []string{"stopped", "running"}},
		"and is not restarted":               {given{units: map[string]units.State{"zk-1": up}, generations: map[int]string{5: "old"}}, []resource{&stopped{in: in, marker: "/m"}, &running{instance: "zk-1", generation: "new"}, &restarted{instance: "zk-1", generation: "new"}}, []string{"stopped", "running"}},
		"what has its marker is not stopped": {given{units: map[string]units.State{"zk-1": up}}, []resource{&initialize{&file{name: "/m"}}, &stopped{in: in, marker: "/m"}}, []string{"file"}},
		"folders come with those above":      {given{}, []resource{&dir{name: "/x/y/z", mode: 0o755}, &dir{name: "/x/y", mode: 0o755, shared: true}}, []string{"dir"}},
		"a user that comes owns":             {given{lies: map[string]entry{"/f": text("a", 0o640)}}, []resource{&account{owner{"zk", "zk"}}, &file{name: "/f", content: []byte("a"), mode: 0o640, owner: owner{"zk", "zk"}}, &account{owner{"zk", "zk"}}}, []string{"user", "file"}},
		"a link in place of what went":       {given{lies: map[string]entry{"/l": text("a", 0o640)}}, []resource{&removed{name: "/l"}, &link{name: "/l", target: "f"}, &removed{name: "/l"}}, []string{"file", "link", "file"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := test.given.view(t)
			var got []string
			for _, r := range test.resources {
				c, err := planChange(v, r)
				if err != nil {
					t.Fatal(err)
				}
				if c != nil {
					got = append(got, string(c.Kind()))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestInTheWay wants what cannot be replaced to be an error of the plan.
func TestInTheWay(t *testing.T) {
	for name, test := range map[string]struct {
		lies map[string]entry
		r    resource
		want string
	}{
		"a folder for a file":   {map[string]entry{"/f": folder(0o755)}, &file{name: "/f"}, "cannot write /f: a folder is in its place; move it away"},
		"a folder for a link":   {map[string]entry{"/l": folder(0o755)}, &link{name: "/l", target: "f"}, "cannot make the link /l: a folder is in its place; move it away"},
		"a file for a folder":   {map[string]entry{"/d": text("", 0o644)}, &dir{name: "/d"}, "cannot make the folder /d: a regular file is in its place"},
		"a link to nowhere":     {map[string]entry{"/d": to("/disk")}, &dir{name: "/d"}, "cannot make the folder /d: a link that leads nowhere is in its place; is a disk not mounted?"},
		"a release of somebody": {nil, &unpackedRelease{dest: "/opt/zk"}, "cannot unpack the release into /opt/zk: it is mine"},
		"another's release":     {nil, &unpackedRelease{dest: "/opt/other"}, "cannot unpack the release into /opt/other: it is the release of another archive"},
	} {
		t.Run(name, func(t *testing.T) {
			v := given{lies: test.lies, releases: map[string]archive.State{"/opt/zk": {Kind: archive.Foreign, Reason: "it is mine"}, "/opt/other": {Kind: archive.Other}}}.view(t)
			c, err := planChange(v, test.r)
			if c != nil || err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %s, %v", told(c), err)
			}
		})
	}
}

// TestSealed wants a look that is sealed to read nothing, and to answer what it was
// asked before.
func TestSealed(t *testing.T) {
	m := &Machine{Root: t.TempDir()}
	put(t, m.path("/f"), text("a", 0o640))
	l := m.newLook(t.Context())
	if e, err := l.entry("/f"); err != nil || string(e.content) != "a" {
		t.Fatal(e, err)
	}
	put(t, m.path("/f"), text("b", 0o640))
	l.seal()
	if e, err := l.entry("/f"); err != nil || string(e.content) != "a" {
		t.Errorf("it has %v, %v", e, err)
	}
	if _, err := l.entry("/g"); err == nil || !strings.Contains(err.Error(), "was not looked at") {
		t.Errorf("what was not asked for is %v", err)
	}
}

// TestKeepsErrors wants a look to answer the same error each time.
func TestKeepsErrors(t *testing.T) {
	l := (&Machine{Root: t.TempDir()}).newLook(context.Background())
	_, _, first := l.account("passwd", "zk")
	put(t, l.m.path("/etc/passwd"), text("zk:x:7:7::/:/bin/false\n", 0o644))
	if _, _, err := l.account("passwd", "zk"); err == nil || first == nil {
		t.Errorf("there is no error any more")
	}
}

// TestGenerationOf wants the generation of a server that is about to start to be that of
// the unit that systemd has read, unless its process is there already.
func TestGenerationOf(t *testing.T) {
	starting := units.State{ActiveState: "activating", SubState: "start", Job: "start", MainPID: 5, Generation: "unit"}
	runs := up
	runs.Generation = "unit"
	for name, test := range map[string]struct {
		state   units.State
		process string
		want    string
	}{
		"runs":                     {runs, "process", "process"},
		"runs, is not zkprov's":    {runs, "", ""},
		"is to start":              {queued, "process", "old"},
		"starts":                   {starting, "process", "process"},
		"is not yet what it is to": {starting, "", "unit"},
	} {
		v := given{generations: map[int]string{5: test.process}}.view(t)
		if got, err := v.look.generationOf(test.state); err != nil || got != test.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
}
