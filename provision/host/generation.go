package host

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/provision/zoocfg"
	"github.com/zkprov/zkprov/units"
)

// generation is all that a process of an instance is started with.
type generation struct {
	// name is the digest of the rest, and that of its folder.
	name string
	// unit is the text of the unit that names the folder, the release and the Java. A
	// copy of it lies in the folder, for the way back.
	unit []byte
	// zooCfg and logging are the files that the process reads; logName is the name of
	// the latter.
	zooCfg, logging []byte
	logName         string
}

// version returns the ZooKeeper release of the generation; empty where its unit does not
// tell.
func (g *generation) version() inventory.Version {
	return inventory.ReleaseIn(path.Base(units.ReleaseOf(g.unit)))
}

// digest identifies a generation by the SHA-512 of its release's archive and by the meaning
// of its unit, in which the generation's own name is "0", and of its files.
func (g *generation) digest(release string, unit []byte) string {
	sum := sha256.New()
	fmt.Fprintln(sum, release)
	for _, f := range []struct {
		name    string
		content []byte
	}{{units.FileName("unit"), unit}, {"zoo.cfg", g.zooCfg}, {g.logName, g.logging}} {
		content := meaning(f.name, f.content)
		fmt.Fprintf(sum, "%d\n%s", len(content), content)
	}
	return hex.EncodeToString(sum.Sum(nil)[:digestBytes])
}

// digestBytes is how much of a SHA-256 names a generation.
const digestBytes = 8

// wantedGeneration returns the generation that the inventory wants of an instance, with
// the release in a folder.
func wantedGeneration(e *inventory.Ensemble, in *inventory.Instance, j *java.Result, release string) (*generation, error) {
	g := &generation{zooCfg: zoocfg.Render(e, in)}
	g.logName, g.logging = zoocfg.Logging(e.Version, in)
	spec := units.Spec{
		Ensemble: e.Name, Instance: in.Name, ID: in.ID,
		Java: j.Java, JavaFeature: j.Feature,
		Version: e.Version, InstallDir: release, Jars: e.Paths.JarPaths(in),
		ConfigDir: configDir(e, in), DataDir: in.DataDir, DataLogDir: in.DataLogDir, LogDir: in.LogDir,
		User: e.Service.User, Group: e.Service.Group,
		Heap: in.JVM.Heap, Flags: flagsOf(e, in), Limits: in.Unit,
		Generation: unnamed,
	}
	text, err := spec.Text()
	if err != nil {
		return nil, err
	}
	g.name = g.digest(archive.Resolve(e).SHA512, text)
	spec.Generation = g.name
	g.unit, err = spec.Text()
	return g, err
}

// flagsOf returns the flags of an instance's JVM: the inventory's, behind the one that
// lets it read a list in which servers have several addresses.
func flagsOf(e *inventory.Ensemble, in *inventory.Instance) []string {
	if !e.SeveralAddresses() {
		return in.JVM.Flags
	}
	return append([]string{inventory.MultiAddressFlag + "=true"}, in.JVM.Flags...)
}

// unnamed stands for a generation's name in what its name is the digest of.
const unnamed = "0"

// generationNotKept is a generation that an instance should be started with again, and
// that the host has not kept whole.
const generationNotKept = "generation-not-kept"

// relisted returns a generation of an instance with the server list of an ensemble in the
// place of its own, and all else as it is.
func (l *look) relisted(e *inventory.Ensemble, in *inventory.Instance, name string) (*generation, error) {
	g, err := l.kept(e, in, name)
	if err != nil {
		return nil, err
	}
	state, err := l.release(units.ReleaseOf(g.unit), "")
	if err != nil {
		return nil, err
	}
	g.zooCfg = zoocfg.Relist(g.zooCfg, e)
	if e.SeveralAddresses() {
		g.unit = units.WithFlag(g.unit, inventory.MultiAddressFlag+"=true")
	}
	unit := strings.ReplaceAll(string(g.unit), name, unnamed)
	g.name = g.digest(state.SHA512, []byte(unit))
	g.unit = []byte(strings.ReplaceAll(string(g.unit), name, g.name))
	return g, nil
}

// kept returns a generation of an instance that lies on the host with all that it is
// started with. Otherwise the error is an *Error that says what it lacks.
func (l *look) kept(e *inventory.Ensemble, in *inventory.Instance, name string) (*generation, error) {
	lacks := func(format string, args ...any) error {
		return &provision.Error{Kind: provision.Refused, Name: generationNotKept,
			Message: fmt.Sprintf("cannot go back to generation %s of %s: ", name, in.Name) + fmt.Sprintf(format, args...),
			Hint:    "apply an inventory with the settings of then"}
	}
	folder := path.Join(configDir(e, in), name)
	if digits, err := hex.DecodeString(name); err != nil || len(digits) != digestBytes || !l.IsDir(folder) {
		return nil, lacks("the host has not kept it")
	}
	g := &generation{name: name, logName: "log4j.properties"}
	if there, err := l.entry(path.Join(folder, "logback.xml")); err == nil && there != nil {
		g.logName = "logback.xml"
	}
	for _, f := range []struct {
		name    string
		content *[]byte
	}{{units.FileName(in.Name), &g.unit}, {"zoo.cfg", &g.zooCfg}, {g.logName, &g.logging}} {
		there, err := l.entry(path.Join(folder, f.name))
		if err != nil {
			return nil, err
		}
		if !there.regular() {
			return nil, lacks("%s has no file %s", folder, f.name)
		}
		*f.content = there.content
	}
	release, java := units.ReleaseOf(g.unit), units.JavaOf(g.unit)
	state, err := l.release(release, "")
	if err != nil {
		return nil, err
	}
	if state.Kind == archive.Absent || state.Kind == archive.Incomplete {
		return nil, lacks("its release in %s is %s", release, state.Kind)
	}
	unit := strings.ReplaceAll(string(g.unit), name, unnamed)
	if g.digest(state.SHA512, []byte(unit)) != name {
		return nil, lacks("what lies in %s, or the release in %s, is not what that name is the digest of", folder, release)
	}
	if user, group := units.ServiceOf(g.unit); serviceOwner(e) != (owner{user, group}) {
		return nil, lacks("it ran as %s, and its data belongs to %s", owner{user, group}, serviceOwner(e))
	}
	if why, err := l.lacksJar(g.unit); err != nil {
		return nil, err
	} else if why != "" {
		return nil, lacks("%s", why)
	}
	if !l.Exists(java) {
		return nil, lacks("its Java, %s, is not there any more", java)
	}
	return g, nil
}
