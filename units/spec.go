// Package units knows systemd: the text of an instance's unit and of its system
// user, and a manager that starts, stops and observes units over D-Bus.
package units

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// Dir is where units made on a host lie.
const Dir = inventory.UnitDir

// GenerationVariable is the environment variable with the generation of its files that
// an instance was started with; see RunningGeneration.
const GenerationVariable = "ZKPROV_GENERATION"

// FileName returns the name of an instance's unit, such as zookeeper-1.service.
func FileName(instance string) string { return instance + ".service" }

// Path returns where an instance's unit lies on a host. Local changes belong in
// drop-ins below Path + ".d", which zkprov never touches.
func Path(instance string) string { return path.Join(Dir, FileName(instance)) }

// Spec holds all that an instance's unit depends on. It is plain data.
type Spec struct {
	Ensemble string
	// Instance names the unit, <Instance>.service.
	Instance string
	// ID is the server id, 0..255.
	ID int

	// Java is the absolute path of a java launcher, …/bin/java, and JavaFeature
	// its feature release (8, 11, 17 …).
	Java        string
	JavaFeature int
	// Version is the ZooKeeper release, such as "3.6.3", and InstallDir its
	// unpacked tree.
	Version    inventory.Version
	InstallDir string
	// Jars are on the class path behind those of the tree.
	Jars []string

	// ConfigDir holds a folder for each generation of the instance, and that folder
	// zoo.cfg and the logging configuration.
	ConfigDir string
	DataDir   string
	// DataLogDir is where the transaction logs lie; empty means in DataDir.
	DataLogDir string
	// LogDir is where the server logs, and may write what its flags name; empty is nowhere.
	LogDir string

	User  string
	Group string

	// Heap is what inventory.ParseHeap reads, such as "1g". Flags come after all others,
	// one argument each.
	Heap  string
	Flags []string
	// Limits are those of the unit, and the environment of its server.
	Limits inventory.Unit

	// Generation identifies all that the instance is started with, and names its
	// folder in ConfigDir. It ends up in the process's environment as
	// GenerationVariable.
	Generation string
}

// GenerationDir returns the folder of the generation, which the unit names: with
// another generation it is another folder, so that what a process was started with
// stays as it is.
func (s Spec) GenerationDir() string { return path.Join(s.ConfigDir, s.Generation) }

// Text returns the unit, or an error that names every field that cannot stand in one.
//
// It is written for systemd 240 and later. Older ones, such as the 239 of Enterprise
// Linux 8, ignore what they do not know: some of the hardening, and Type=exec, for
// which they fall back to simple.
func (s Spec) Text() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by zkprov, which puts it back when it is edited.\n")
	fmt.Fprintf(&b, "# Changes belong in a drop-in: systemctl edit %s\n\n", FileName(s.Instance))

	b.WriteString("[Unit]\n")
	fmt.Fprintf(&b, "Description=ZooKeeper server %d of ensemble %s\n", s.ID, specifiers(s.Ensemble))
	fmt.Fprintf(&b, "Documentation=https://zookeeper.apache.org/doc/r%s/\n", s.Version)
	b.WriteString("Wants=network-online.target\n")
	b.WriteString("After=network-online.target nss-lookup.target\n")
	fmt.Fprintf(&b, "RequiresMountsFor=%s\n", words(s.folders()...))
	b.WriteString("# Never give up: a disk or a name may take long to come.\n")
	b.WriteString("StartLimitIntervalSec=0\n\n")

	b.WriteString("[Service]\n")
	b.WriteString("Type=exec\n")
	fmt.Fprintf(&b, "User=%s\nGroup=%s\n", s.User, s.Group)
	b.WriteString(s.environment())
	fmt.Fprintf(&b, "ExecStart=%s\n", strings.Join(s.command(), " \\\n    "))
	b.WriteString("Restart=on-failure\nRestartSec=5\n")
	b.WriteString("# ZooKeeper exits with 2 for a configuration that it cannot use; no restart cures that.\n")
	b.WriteString("RestartPreventExitStatus=2\n")
	b.WriteString("# A JVM exits with 143 on SIGTERM.\n")
	b.WriteString("SuccessExitStatus=143\n")
	b.WriteString("TimeoutStopSec=30\n")
	b.WriteString(s.limits())
	fmt.Fprintf(&b, "SyslogIdentifier=%s\n", s.Instance)
	b.WriteString("UMask=0027\n\n")

	b.WriteString(s.sandbox())
	b.WriteString("\n[Install]\nWantedBy=multi-user.target\n")
	return []byte(b.String()), nil
}

// command returns the JVM's command line, each argument quoted for ExecStart=. The JVM
// takes the last of two flags that contradict each other, so the user's come last.
func (s Spec) command() []string {
	args := append(s.heap(), exitWithoutMemory, noStatistics)
	if s.JavaFeature >= 17 {
		args = append(args, errorsToJournal)
	}
	args = append(args, s.logging(), "-cp", strings.Join(append([]string{s.GenerationDir(), s.InstallDir + "/lib/*"}, s.Jars...), ":"))
	args = append(args, s.Flags...)
	args = append(args, "org.apache.zookeeper.server.quorum.QuorumPeerMain", path.Join(s.GenerationDir(), "zoo.cfg"))

	quoted := []string{quote(specifiers(s.Java))}
	for _, a := range args {
		quoted = append(quoted, argument(a))
	}
	return quoted
}

// The JVM's flags of every instance.
const (
	// exitWithoutMemory is for a server that is neither dead nor alive without memory; systemd
	// starts a new one.
	exitWithoutMemory = "-XX:+ExitOnOutOfMemoryError"
	// noStatistics keeps jps and jstat from theirs, a file that can stall the JVM on a busy disk.
	noStatistics = "-XX:+PerfDisableSharedMem"
	// errorsToJournal is there from Java 17 on. The unit's /tmp goes when the unit stops.
	errorsToJournal = "-XX:+ErrorFileToStderr"
)

// JVMFlags returns the flags that a JVM has in every unit of zkprov's, or may have.
func JVMFlags() []string { return []string{exitWithoutMemory, noStatistics, errorsToJournal} }

// logging returns the flag that names the logging configuration: ZooKeeper logs through
// log4j 1.2 up to 3.7 and through logback from 3.8 on.
func (s Spec) logging() string {
	property, file := "log4j.configuration", "log4j.properties"
	if s.logback() {
		property, file = "logback.configurationFile", "logback.xml"
	}
	u := url.URL{Scheme: "file", Path: path.Join(s.GenerationDir(), file)}
	return "-D" + property + "=" + u.String()
}

func (s Spec) logback() bool {
	return !s.Version.Before("3.8.0")
}

// folders returns the folders that must be mounted before the instance starts.
func (s Spec) folders() []string {
	folders := []string{path.Dir(s.Java), s.InstallDir}
	for _, jar := range s.Jars {
		if folder := path.Dir(jar); !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return append(append(folders, s.GenerationDir()), s.writable()...)
}

// writable returns the folders that the instance writes to.
func (s Spec) writable() []string { return inventory.WritableDirs(s.DataDir, s.DataLogDir, s.LogDir) }
