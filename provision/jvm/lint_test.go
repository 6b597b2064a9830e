package jvm

import (
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/skip"
	"github.com/zkprov/zkprov/inventory"
)

// judge returns what Lint finds in an inventory with some flags, on its second line, and with
// more that stands behind them.
func judge(t *testing.T, flags []string, more string) finding.Findings {
	t.Helper()
	quoted := make([]string, len(flags))
	for i, f := range flags {
		quoted[i] = fmt.Sprintf("%q", f)
	}
	text := "[jvm]\nflags = [" + strings.Join(quoted, ", ") + "]\n" + more
	if !strings.Contains(more, "[[host]]") {
		text += "\n[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ { id = 1 } ]\n"
	}
	e, found := inventory.Read("zk.toml", []byte(text))
	if e == nil {
		t.Fatal(found)
	}
	found = Lint(e)
	found.SortByPosition()
	return found
}

// ofFlags are flags and the names of what is found of them.
type ofFlags struct {
	flags []string
	want  []string
	// fails is set where java itself does not start with them, whatever its release.
	fails bool
}

func flagCases() map[string]ofFlags {
	ends, unwritable := []string{flagEnds}, []string{flagUnwritable}
	return map[string]ofFlags{
		"none":                       {nil, nil, false},
		"a property":                 {[]string{"-Da=b"}, nil, false},
		"a property without a value": {[]string{"-Da"}, nil, false},
		"a small heap":               {[]string{"-Xms512m"}, nil, false},
		"a large heap":               {[]string{"-Xms2g"}, ends, true},
		"a large heap, twice":        {[]string{"-Xms2g", "-Xms1g"}, nil, false},
		"both heaps":                 {[]string{"-Xms2g", "-Xmx2g"}, nil, false},
		"a large initial heap":       {[]string{"-XX:InitialHeapSize=2g"}, ends, true},
		"a large least heap":         {[]string{"-XX:MinHeapSize=2g"}, ends, true},
		"a large new generation":     {[]string{"-Xmn2g"}, nil, false},
		"a size with a blank":        {[]string{"-Xms 1g"}, ends, true},
		"a size in MB":               {[]string{"-Xmx512mb"}, ends, true},
		"no size":                    {[]string{"-Xmx"}, ends, true},
		"a heap of nothing":          {[]string{"-Xmx0m"}, ends, true},
		"a first heap of nothing":    {[]string{"-Xms0"}, nil, false},
		"two flags":                  {[]string{"-XX:+UseG1GC -XX:MaxGCPauseMillis=50"}, []string{flagTwo}, true},
		"two sizes":                  {[]string{"-Xms512m -Xmn64m"}, []string{flagTwo}, true},
		"two properties":             {[]string{"-Da=b -Dc=d"}, []string{flagTwo}, false},
		"a command":                  {[]string{"-XX:OnOutOfMemoryError=kill -9 %p"}, nil, false},
		"a class path":               {[]string{"-cp"}, ends, false},
		"a class path by a property": {[]string{"-Djava.class.path=/opt/x"}, ends, false},
		"a class path and more":      {[]string{"-cp /opt/x"}, ends, true},
		"a long class path":          {[]string{"--class-path=/opt/x"}, ends, false},
		"a jar":                      {[]string{"-jar"}, ends, false},
		"a module path":              {[]string{"--module-path=/opt/x"}, nil, false},
		"a module path, none":        {[]string{"--module-path"}, ends, false},
		"opens with a blank":         {[]string{"--add-opens java.base/java.lang=ALL-UNNAMED"}, ends, true},
		"opens":                      {[]string{"--add-opens=java.base/java.lang=ALL-UNNAMED"}, nil, false},
		"opens nothing":              {[]string{"--add-opens"}, ends, true},
		"the version":                {[]string{"-version"}, ends, false},
		"a version that goes on":     {[]string{"-showversion"}, nil, false},
		"help":                       {[]string{"-help"}, ends, false},
		"help about logs":            {[]string{"-Xlog:help"}, ends, false},
		"two collectors":             {[]string{"-XX:+UseG1GC", "-XX:+UseParallelGC"}, ends, true},
		"one collector":              {[]string{"-XX:+UseG1GC", "-XX:+UseParallelGC", "-XX:-UseG1GC"}, nil, false},
		"a locked option":            {[]string{"-XX:G1NewSizePercent=20"}, ends, true},
		"one that is unlocked":       {[]string{"-XX:+UnlockExperimentalVMOptions", "-XX:G1NewSizePercent=20"}, nil, false},
		"one that is unlocked later": {[]string{"-XX:G1NewSizePercent=20", "-XX:+UnlockExperimentalVMOptions"}, ends, true},
		"a diagnostic option":        {[]string{"-XX:+DebugNonSafepoints"}, ends, true},
		"a log elsewhere":            {[]string{"-Xlog:gc*:file=/nowhere/gc.log:time:filecount=5"}, unwritable, true},
		"an old log elsewhere":       {[]string{"-Xloggc:/nowhere/gc.log"}, unwritable, true},
		"a quoted log elsewhere":     {[]string{"-Xlog:gc:file=\"/nowhere/gc.log\""}, unwritable, true},
		"a recording elsewhere":      {[]string{"-XX:StartFlightRecording=delay=5s,filename=/nowhere/x.jfr"}, unwritable, true},
		"a dump elsewhere":           {[]string{"-XX:HeapDumpPath=/nowhere", "-XX:ErrorFile=/nowhere/x"}, []string{flagUnwritable, flagUnwritable}, false},
		"a log in /tmp":              {[]string{"-Xlog:gc:/tmp/zkprov-test-gc.log"}, nil, false},
		"a log to the journal":       {[]string{"-Xlog:gc*:stdout:time"}, nil, false},
		"a log to nowhere":           {[]string{"-Xlog:disable"}, nil, false},
		"a relative log":             {[]string{"-Xlog:gc:nowhere/gc.log"}, []string{flagRelative}, true},
		"a missing agent":            {[]string{"-javaagent:/nowhere/a.jar=9404:/etc/x.yml"}, nil, true},
		"a relative agent":           {[]string{"-javaagent:nowhere/a.jar"}, []string{flagRelative}, true},
		"a missing file of flags":    {[]string{"-XX:Flags=/nowhere/flags"}, nil, true},
	}
}

// TestFlags judges flags, and looks whether the JVM at hand says the same of them: what it
// refuses whatever its release, and what it takes.
func TestFlags(t *testing.T) {
	for name, test := range flagCases() {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range judge(t, test.flags, "") {
				got = append(got, f.Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", test.flags, diff)
			}
			java := javaAtHand(t)
			// As in a unit, the own heap comes first.
			out, err := exec.Command(java, slices.Concat([]string{"-Xmx1g"}, test.flags, []string{"-version"})...).CombinedOutput()
			if (err != nil) != test.fails && !slices.Contains([]string{"-cp", "--module-path"}, test.flags[0]) {
				t.Errorf("with %q java ends with %v: %s", test.flags, err, out)
			}
		})
	}
}

// TestFlagMessages looks at whole findings.
func TestFlagMessages(t *testing.T) {
	for name, test := range map[string]struct {
		flags []string
		more  string
		want  []string
	}{
		"above a heap of its own": {[]string{"-Xms3g"}, "heap = \"2g\"", []string{
			`zk.toml:2:10: with -Xms3g the JVM ends at once: the heap may grow to 2048m only; raise heap under [jvm], or lower this [flag-ends-jvm]`}},
		"above a share of the unit's memory": {[]string{"-Xms3g"}, "heap = \"50%\"\n[unit]\nmemory_max = \"4g\"", []string{
			`zk.toml:2:10: with -Xms3g the JVM ends at once: the heap may grow to 2048m only; raise heap under [jvm], or lower this [flag-ends-jvm]`}},
		"a share of the host's memory": {[]string{"-Xms3g"}, "heap = \"50%\"", nil},
		"the JVM's own choice":         {[]string{"-Xms3g"}, "heap = \"auto\"\n[unit]\nmemory_max = \"4g\"", nil},
		"CMS on Java 17": {[]string{"-XX:+UseConcMarkSweepGC"}, "[java]\nminimum = 17", []string{
			`zk.toml:2:10: -XX:+UseConcMarkSweepGC is refused from Java 15 on, with which the JVM ends at once, and the oldest Java that may be used is 17; remove it: the collector is gone, and G1 is the default [flag-of-other-java]`}},
		"CMS on Java 11":                {[]string{"-XX:+UseConcMarkSweepGC"}, "[java]\nminimum = 11", nil},
		"CMS on any Java":               {[]string{"-XX:+UseConcMarkSweepGC"}, "", nil},
		"what is unknown may be":        {[]string{"-XX:+IgnoreUnrecognizedVMOptions", "-XX:+UseConcMarkSweepGC"}, "[java]\nminimum = 17", nil},
		"the old log on Java 11":        {[]string{"-XX:+UseGCLogFileRotation"}, "[java]\nminimum = 11", []string{`zk.toml:2:10: -XX:+UseGCLogFileRotation is refused from Java 9 on, with which the JVM ends at once, and the oldest Java that may be used is 11; write -Xlog:gc*:file=FILE:time:filecount=5,filesize=10m, which Java 9 and later take [flag-of-other-java]`}},
		"what still prints on Java 11":  {[]string{"-XX:+PrintGCDetails"}, "[java]\nminimum = 11", nil},
		"no permanent generation on 11": {[]string{"-XX:MaxPermSize=64m"}, "[java]\nminimum = 11", nil},
		"boot class path on Java 11":    {[]string{"-Xbootclasspath/a:/x", "-Xbootclasspath/p:/x"}, "[java]\nminimum = 11", []string{`zk.toml:2:34: -Xbootclasspath/p:/x is refused from Java 9 on, with which the JVM ends at once, and the oldest Java that may be used is 11; remove it [flag-of-other-java]`}},
		"the old log and the new one": {[]string{"-XX:+PrintGCDateStamps", "-Xlog:gc"}, "", []string{
			`zk.toml:2:36: no Java takes both -XX:+PrintGCDateStamps, which is refused from Java 9 on, and -Xlog:gc, which is known from Java 9 on: the JVM ends at once; remove the one that is not for the Java of the hosts [flag-of-other-java]`}},
		"IPv6 in the list": {[]string{"-Djava.net.preferIPv4Stack=true"}, "[[host]]\nname = \"zk1\"\naddress = \"fd00::1\"\ninstance = [ { id = 1 } ]\n", []string{
			`zk.toml:2:10: -Djava.net.preferIPv4Stack=true keeps the JVM from IPv6, and the address of host zk1 is fd00::1: a server cannot listen there or reach it; remove the flag, or use IPv4 addresses [flag-ipv4-only]`}},
		"IPv6 for clients": {[]string{"-Djava.net.preferIPv4Stack=true"}, "[zoo_cfg]\nclientPortAddress = \"::1\"", []string{
			`zk.toml:2:10: -Djava.net.preferIPv4Stack=true keeps the JVM from IPv6, and clientPortAddress is ::1: a server cannot listen there or reach it; remove the flag, or use IPv4 addresses [flag-ipv4-only]`}},
		"IPv6 allowed": {[]string{"-Djava.net.preferIPv4Stack=true", "-Djava.net.preferIPv4Stack=false"}, "[zoo_cfg]\nclientPortAddress = \"::1\"", nil},
		"no place for a log": {[]string{"-Xlog:gc:/var/log/zookeeper/gc.log"}, "", []string{
			`zk.toml:2:10: with -Xlog:gc:/var/log/zookeeper/gc.log the JVM ends at once: the unit of zookeeper-1 may not write there; write it into /var/lib/zookeeper/zookeeper-1/gc.log, or below paths.logs [flag-unwritable]`}},
		"a place for logs": {[]string{"-Xlog:gc:/var/log/zookeeper/zookeeper-1/gc.log"}, "[paths]\nlogs = \"/var/log/zookeeper\"", nil},
		"the data":         {[]string{"-Xlog:gc:/var/lib/zookeeper/zookeeper-1/gc.log"}, "", nil},
		"relative paths": {[]string{"-Djava.security.auth.login.config=jaas.conf", "-Dlog4j.configuration=log4j.properties"}, "[zoo_cfg]\n\"ssl.keyStore.location\" = \"conf/keystore.jks\"", []string{
			`zk.toml:2:10: -Djava.security.auth.login.config names jaas.conf, and a relative path is looked for in /, where a server runs; write it from / on [path-relative]`,
			`zk.toml:4:1: ssl.keyStore.location names conf/keystore.jks, and a relative path is looked for in /, where a server runs; write it from / on [path-relative]`}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range judge(t, test.flags, test.more) {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// example returns a flag of a name in spans.
func example(name string) string {
	switch {
	case strings.HasPrefix(name, "-Xboot"):
		return name + ":/x"
	case name == "-Xlog":
		return "-Xlog:gc"
	case name == "--illegal-access":
		return name + "=permit"
	case name == "--add-modules":
		return name + "=java.base"
	case name == "--module-path":
		return name + "=/x"
	case name == "--add-reads":
		return name + "=java.base=ALL-UNNAMED"
	case strings.HasPrefix(name, "--add-"):
		return name + "=java.base/java.lang=ALL-UNNAMED"
	case regexp.MustCompile(`(Size|Files|Fraction|Count|Interval|Time|Compaction)$`).MatchString(name) && name != "-XX:UseCMSCompactAtFullCollection":
		return name + "=1"
	case strings.HasPrefix(name, "-XX:"):
		return strings.Replace(name, "-XX:", "-XX:+", 1)
	}
	return name
}

// javaAtHand returns the JVM that a test asks. Without one the test is skipped, and fails
// where every test has to run.
func javaAtHand(t *testing.T) string {
	t.Helper()
	java, err := exec.LookPath("java")
	if err != nil {
		skip.OutsideCI(t, "there is no java here to be asked: %v", err)
	}
	return java
}

// TestSpans asks the JVM at hand for every option that not all releases take.
func TestSpans(t *testing.T) {
	java := javaAtHand(t)
	said, err := exec.Command(java, "-version").CombinedOutput()
	version := regexp.MustCompile(`version "(?:1\.)?([0-9]+)`).FindSubmatch(said)
	if err != nil || version == nil {
		t.Fatalf("%v: %s", err, said)
	}
	feature, _ := strconv.Atoi(string(version[1]))
	for _, name := range slices.Sorted(maps.Keys(spans())) {
		if name == "-XX:VMOptionsFile" {
			continue // of a file that is there
		}
		text := example(name)
		args := []string{text, "-version"}
		if name == "-XX:UseEpsilonGC" {
			args = []string{"-XX:+UnlockExperimentalVMOptions", text, "-version"}
		}
		out, err := exec.Command(java, args...).CombinedOutput()
		refused := refusedBy([]inventory.Flag{inventory.ParseFlag(text)}, feature)
		if (err != nil) != (len(refused) > 0) {
			t.Errorf("Java %d ends with %v of %s, and %d refusals are known: %s", feature, err, text, len(refused), out)
		}
	}
}

// TestOnJava judges flags by the Java of a host.
func TestOnJava(t *testing.T) {
	h := &inventory.Host{Name: "zk1", Instances: []inventory.Instance{{Name: "zookeeper-1", JVM: inventory.JVM{Flags: []string{"-XX:+UseZGC", "-Xlog:gc", "-XX:+UseConcMarkSweepGC"}}}, {Former: true, JVM: inventory.JVM{Flags: []string{"-XX:+UseZGC"}}}}}
	for feature, want := range map[int][]string{
		8:  {"-XX:+UseZGC is known from Java 11 on, and /jre/bin/java is Java 8: the JVM would end at once", "-Xlog:gc is known from Java 9 on, and /jre/bin/java is Java 8: the JVM would end at once"},
		11: {"-XX:+UseZGC is experimental up to Java 14, and /jre/bin/java is Java 11: the JVM would end at once"},
		17: {"-XX:+UseConcMarkSweepGC is refused from Java 15 on, and /jre/bin/java is Java 17: the JVM would end at once"},
		0:  nil, // not known
	} {
		var got []string
		for _, f := range OnJava(h, feature, "/jre/bin/java") {
			got = append(got, f.Message)
			if f.Severity != finding.Critical || f.Name != flagOtherJava || f.Instance != "zookeeper-1" {
				t.Errorf("found %+v", f)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Java %d (-want +got):\n%s", feature, diff)
		}
	}
}

func TestEveryFindingIsExplained(t *testing.T) {
	produced := map[string]bool{flagOtherJava: true, flagIPv4Only: true}
	for _, test := range flagCases() {
		for _, f := range judge(t, test.flags, "") {
			produced[f.Name] = true
		}
	}
	var explained []string
	for _, e := range Explanations() {
		explained = append(explained, e.Name)
	}
	slices.Sort(explained)
	if diff := cmp.Diff(explained, slices.Sorted(maps.Keys(produced))); diff != "" {
		t.Errorf("explained and found differ (-explained +found):\n%s", diff)
	}
}
