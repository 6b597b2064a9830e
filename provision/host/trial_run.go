package host

import (
	"context"
	_ "embed" // the class that reads a zoo.cfg
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/zoocfg"
	"github.com/zkprov/zkprov/units"
)

// trialClass is trial/ZkprovTrial.java, compiled.
//
//go:embed trial/ZkprovTrial.class
var trialClass []byte

const (
	// trialDir holds the class while servers are tried. Root alone writes there, and the
	// service user reads it.
	trialDir = "/run/zkprov-trial"
	// trialMain is the class's name.
	trialMain = "ZkprovTrial"
	// trialWords begins what the class says of a file.
	trialWords = "zkprov-trial: "
	// trialsAtOnce bounds how many JVMs run at once.
	trialsAtOnce = 4
)

// try runs each of the instances' JVMs. alone leaves their zoo.cfg out.
func (m *Machine) try(ctx context.Context, l *look, tries []try, alone bool) error {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	uid, gid := m.rootIDs()
	if err := m.makeDir(trialDir, uid, gid, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(m.path(trialDir))
	if err := m.writeFile(path.Join(trialDir, trialMain+".class"), trialClass, uid, gid, 0o644); err != nil {
		return err
	}
	for _, v := range []inventory.Version{"3.7.0", "3.8.0"} {
		name, text := zoocfg.ToJournal(v)
		if err := m.writeFile(path.Join(trialDir, name), text, uid, gid, 0o644); err != nil {
			return err
		}
	}
	var runs []trialRun
	for _, one := range tries {
		runs, err = l.addTry(runs, one, alone)
		if err != nil {
			return err
		}
	}
	if failures := tryAll(ctx, systemd, runs); len(failures) > 0 {
		return failures[0] // the others' are most often the same
	}
	return nil
}

// tryAll runs some JVMs, several at once, and returns the failures.
func tryAll(ctx context.Context, systemd units.Systemd, runs []trialRun) []error {
	failures := make([]error, len(runs))
	group := new(errgroup.Group)
	group.SetLimit(trialsAtOnce)
	for i, run := range runs {
		group.Go(func() error {
			failures[i] = run.try(ctx, systemd)
			return nil
		})
	}
	_ = group.Wait()
	return slices.DeleteFunc(failures, func(err error) bool { return err == nil })
}

// trialRun is a JVM that tries one or several instances that differ in their folders alone.
type trialRun struct {
	// like tells which instances go together.
	like      string
	instances []string
	zooCfgs   []string
	trial     units.Trial
	// ports is set where the JVM may open a port as it starts.
	ports bool
	// plain is set where nobody has given the JVM flags of its own.
	plain bool
}

// addTry adds an instance to the JVM that does for it too, or adds a JVM.
func (l *look) addTry(runs []trialRun, one try, alone bool) ([]trialRun, error) {
	state, err := l.unit(one.instance)
	if err != nil {
		return nil, err
	}
	var dropIns [][]byte
	for _, name := range state.DropIns {
		// One that is gone by now is not read by systemd either.
		if text, err := l.Text(name); err == nil {
			dropIns = append(dropIns, text)
		}
	}
	command := units.CommandOf(one.unit)
	if len(command) < 4 {
		return nil, fmt.Errorf("cannot try %s: its unit starts nothing that is known", one.instance)
	}
	folder := units.ConfigOf(one.unit)
	zooCfg := command[len(command)-1]
	around := strings.Join(units.SurroundingsOf(one.unit), "\n")
	ports := opensPorts(command, append(slices.Clone(dropIns), []byte(around)))
	run := trialRun{instances: []string{one.instance}, zooCfgs: []string{zooCfg}, ports: ports, plain: dropIns == nil && isPlain(command)}
	// What drop-ins let a server write to is not known.
	writes := func(file string) bool { return dropIns != nil || l.holds(units.WritableOf(one.unit), file) }
	run.trial = units.Trial{Name: one.instance, Unit: one.unit, DropIns: dropIns, PrivateNetwork: run.ports, Command: trialCommand(command, alone, writes)}
	user, group := units.ServiceOf(one.unit)
	run.like = strings.Join(append([]string{user, group, around, fmt.Sprintf("%q", dropIns)}, run.trial.Command...), "\x00")
	run.like = strings.ReplaceAll(run.like, strings.ReplaceAll(folder, "$", "$$"), "")
	if i := slices.IndexFunc(runs, func(r trialRun) bool { return r.like == run.like }); i >= 0 {
		runs[i].instances = append(runs[i].instances, one.instance)
		runs[i].zooCfgs = append(runs[i].zooCfgs, zooCfg)
		return runs, nil
	}
	return append(runs, run), nil
}

// holds reports whether a file can be made in one of some folders, which are there or are
// about to be made, or in a folder below that is there.
func (l *look) holds(folders []string, file string) bool {
	file = strings.ReplaceAll(file, "$$", "$")
	in := func(folder string) bool { return hostpath.Within(path.Dir(file), folder) }
	there, err := l.folder(path.Dir(file))
	if there == nil && err == nil {
		return slices.Contains(folders, path.Dir(file))
	}
	return slices.ContainsFunc(folders, in) && err == nil && there.mode.IsDir()
}

// trialCommand returns a server's command with the class that only reads in the place of
// the server's. writes reports whether the server can write a file.
func trialCommand(command []string, alone bool, writes func(file string) bool) []string {
	main := len(command) - 2 // behind it stands the zoo.cfg
	tried := []string{command[0]}
	for i := 1; i < main; i++ {
		argument := command[i]
		if command[i-1] == "-cp" {
			argument += ":" + trialDir
		}
		if logging := units.LoggingOf(command); logging != "" && argument == logging {
			// To the standard output alone: the file of a server that runs is not touched.
			name, _, _ := strings.Cut(argument, "=")
			argument = name + "=file:" + path.Join(trialDir, path.Base(argument))
		}
		tried = append(tried, withOwnLog(argument, writes))
	}
	if slices.Contains(command, "-XX:+AlwaysPreTouch") {
		// A second heap in memory may be more than the host has.
		tried = append(tried, "-XX:-AlwaysPreTouch")
	}
	if slices.ContainsFunc(command, func(argument string) bool { return strings.HasPrefix(argument, "-Djava.io.tmpdir=") }) {
		// Agents unpack their libraries there, and a folder of the server's is not written to.
		tried = append(tried, "-Djava.io.tmpdir=/tmp")
	}
	if alone {
		return append(tried, "-version")
	}
	return append(tried, trialMain)
}

var (
	// oldLog is the flag of Java 8 for a file of the garbage collector's log.
	oldLog = regexp.MustCompile(`^(-Xloggc:)(.*)$`)
	// newLog is the flag of later ones: -Xlog:what:file:decorators:options.
	newLog = regexp.MustCompile(`^(-Xlog:[^:]*:(?:file=)?"?)([^:"]+)("?(?::.*)?)$`)
	// recording and repository are of the JDK's Flight Recorder.
	recording  = regexp.MustCompile(`^(-XX:StartFlightRecording[:=](?:.*,)?filename=)([^,]+)(.*)$`)
	repository = regexp.MustCompile(`^(-XX:FlightRecorderOptions[:=](?:.*,)?repository=)([^,]+)(.*)$`)
)

// withOwnLog returns an argument of which the log goes to the trial's own /tmp: a server
// that runs has its file open, a second JVM would move or empty it, and a trial can write
// to none of the server's folders. What the server could not write stays as it is: with
// that the JVM does not start.
func withOwnLog(argument string, writes func(file string) bool) string {
	for _, of := range []*regexp.Regexp{oldLog, newLog, recording, repository} {
		m := of.FindStringSubmatch(argument)
		if m == nil || m[2] == "stdout" || m[2] == "stderr" || !writes(m[2]) {
			continue
		}
		behind := ""
		if len(m) > 3 {
			behind = m[3]
		}
		return m[1] + "/tmp/" + path.Base(m[2]) + behind
	}
	return argument
}

// opensPorts reports whether a JVM may listen on a port before it does anything: one of a
// server that runs is taken. It is told so by its command, or by variables in some texts.
func opensPorts(command []string, variables [][]byte) bool {
	for _, opens := range []string{"-agentlib:", "-agentpath:", "-javaagent:", "-Xrun", "-Xdebug", "-Dcom.sun.management."} {
		if slices.ContainsFunc(command, func(argument string) bool { return strings.HasPrefix(argument, opens) }) ||
			slices.ContainsFunc(variables, func(text []byte) bool { return strings.Contains(string(text), opens) }) {
			return true
		}
	}
	return false
}

// isPlain reports whether a JVM has no flags but those that zkprov itself writes, and
// properties.
func isPlain(command []string) bool {
	for i, argument := range command[1 : len(command)-2] {
		switch {
		case command[i] == "-cp", argument == "-cp", strings.HasPrefix(argument, "-D"), units.BoundsHeap(argument):
		case slices.Contains(units.JVMFlags(), argument):
		default:
			return false
		}
	}
	return true
}

// oneCompiler spares a JVM that ends soon the compiler that makes code fast, and a fifth of
// its time.
const oneCompiler = "-XX:TieredStopAtLevel=1"

// unreachable is what a JVM says that found an address or a name missing, which the
// network of its own does not have.
var unreachable = regexp.MustCompile(`Cannot assign requested address|UnknownHostException|Network is unreachable`)

// try runs the JVM. One that fails with a flag that the server does not get has not failed.
func (r trialRun) try(ctx context.Context, systemd units.Systemd) error {
	t := r.trial
	if t.Command[len(t.Command)-1] == trialMain {
		t.Command = append(slices.Clone(t.Command), r.zooCfgs...)
	}
	asked := t
	if r.plain {
		asked.Command = slices.Insert(slices.Clone(t.Command), 1, oneCompiler)
	}
	tried, err := systemd.Try(ctx, asked)
	if err == nil && tried.Failed && r.plain {
		tried, err = systemd.Try(ctx, t)
	}
	if err != nil {
		return fmt.Errorf("cannot try what %s would be started with: %w", strings.Join(r.instances, ", "), err)
	}
	if !tried.Failed || r.ports && slices.ContainsFunc(tried.Lines, unreachable.MatchString) {
		return nil
	}
	return r.failure(tried)
}

// failure returns what went wrong, in the words of ZooKeeper or the JVM.
func (r trialRun) failure(tried units.Tried) error {
	const hint = "correct heap and flags under [jvm], or [zoo_cfg], in the inventory; then apply"
	var refused, words []string
	for i, zooCfg := range r.zooCfgs {
		for _, line := range tried.Lines {
			said, ok := strings.CutPrefix(line, trialWords+strings.ReplaceAll(zooCfg, "$$", "$")+": ")
			if ok {
				refused = append(refused, r.instances[i])
				words = append(words, said)
			}
		}
	}
	if refused != nil {
		return failedTrial(refused, "ZooKeeper cannot use its new zoo.cfg: "+lastCause(words[0]), hint, trialFailed, words)
	}
	lines := telling(tried.Lines, journalLines)
	if ending, ok := ensemble.EndingOf(tried.Lines); ok {
		return failedTrial(r.instances, ending.Cause, ending.Cure, ending.Name, lines)
	}
	why := "java " + tried.How
	if said := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) != "" }); said >= 0 {
		why += ": " + lines[said]
	}
	return failedTrial(r.instances, why, hint, trialFailed, lines)
}

// exceptionName is the class of an exception before its message.
var exceptionName = regexp.MustCompile(`^([a-z_]\w*\.)+[\w$]+: `)

// lastCause returns the message of the last of the exceptions in a chain.
func lastCause(chain string) string {
	parts := strings.Split(chain, ": java.")
	last := parts[len(parts)-1]
	if len(parts) > 1 {
		last = "java." + last
	}
	if short := exceptionName.ReplaceAllString(last, ""); short != "" {
		return short
	}
	return last
}
