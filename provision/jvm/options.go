package jvm

import (
	"slices"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// span is the releases of Java that take an option: from first on and before gone, of
// which either may be 0, which is no bound. An option that is ignored with a warning is
// taken.
type span struct {
	first, gone int
	// instead tells what to write where it is gone.
	instead string
}

func (s span) takes(feature int) bool {
	return feature >= s.first && (s.gone == 0 || feature < s.gone)
}

const (
	unifiedLogging = "write -Xlog:gc*:file=FILE:time:filecount=5,filesize=10m, which Java 9 and later take"
	otherCollector = "remove it: the collector is gone, and G1 is the default"
	nothingInstead = "remove it"
)

// spans returns when the options came and went that not every Java from 8 on takes, by
// name: "-XX:" and the name of an advanced one, or the name of an inventory.Flag.
func spans() map[string]span {
	all := map[string]span{
		"-Xlog":                  {first: 9, instead: "for Java 8 write -Xloggc:FILE"},
		"-XX:VMOptionsFile":      {first: 9},
		"--add-opens":            {first: 9},
		"--add-exports":          {first: 9},
		"--add-reads":            {first: 9},
		"--add-modules":          {first: 9},
		"--module-path":          {first: 9},
		"--illegal-access":       {first: 9},
		"-XX:UseZGC":             {first: 11},
		"-XX:UseEpsilonGC":       {first: 11},
		"-XX:ZGenerational":      {first: 21},
		"-Xbootclasspath":        {gone: 9, instead: nothingInstead},
		"-Xbootclasspath/p":      {gone: 9, instead: nothingInstead},
		"-Xincgc":                {gone: 9, instead: otherCollector},
		"-d64":                   {gone: 10, instead: nothingInstead},
		"-d32":                   {gone: 10, instead: nothingInstead},
		"-XX:UseParNewGC":        {gone: 10, instead: otherCollector},
		"-XX:UseParallelOldGC":   {gone: 16, instead: "write -XX:+UseParallelGC"},
		"-XX:TraceClassLoading":  {gone: 17, instead: "write -Xlog:class+load"},
		"-XX:MaxPermSize":        {gone: 17, instead: "remove it: from Java 8 on there is no permanent generation"},
		"-XX:PermSize":           {gone: 17, instead: "remove it: from Java 8 on there is no permanent generation"},
		"-XX:AggressiveOpts":     {gone: 13, instead: nothingInstead},
		"-XX:UseBiasedLocking":   {gone: 19, instead: nothingInstead},
		"-XX:UseConcMarkSweepGC": {gone: 15, instead: otherCollector},
	}
	for _, name := range []string{"PrintGCDateStamps", "PrintGCTimeStamps", "PrintGCApplicationStoppedTime", "PrintGCApplicationConcurrentTime",
		"PrintTenuringDistribution", "PrintAdaptiveSizePolicy", "PrintHeapAtGC", "PrintGCCause", "PrintPromotionFailure", "PrintReferenceGC",
		"UseGCLogFileRotation", "NumberOfGCLogFiles", "GCLogFileSize"} {
		all["-XX:"+name] = span{gone: 9, instead: unifiedLogging}
	}
	for _, name := range []string{"CMSInitiatingOccupancyFraction", "UseCMSInitiatingOccupancyOnly", "CMSParallelRemarkEnabled", "CMSClassUnloadingEnabled",
		"CMSScavengeBeforeRemark", "CMSConcurrentMTEnabled", "CMSMaxAbortablePrecleanTime"} {
		all["-XX:"+name] = span{gone: 15, instead: otherCollector}
	}
	for _, name := range []string{"UseFastAccessorMethods", "UseCompressedStrings", "UseCGroupMemoryLimitForHeap", "ExplicitGCInvokesConcurrentAndUnloadsClasses", "UnlockCommercialFeatures", "CMSFullGCsBeforeCompaction", "UseCMSCompactAtFullCollection"} {
		all["-XX:"+name] = span{gone: 11, instead: nothingInstead}
	}
	for _, name := range []string{"PrintSafepointStatistics", "PrintSafepointStatisticsCount"} {
		all["-XX:"+name] = span{gone: 17, instead: "write -Xlog:safepoint"}
	}
	return all
}

// locked returns the options that are refused unless another one stands before them, and
// that one, on every Java that has them.
func locked() map[string]string {
	all := make(map[string]string)
	for _, name := range []string{"UseEpsilonGC", "G1NewSizePercent", "G1MaxNewSizePercent", "G1MixedGCLiveThresholdPercent", "G1OldCSetRegionThresholdPercent",
		"G1ExpandByPercentOfAvailable", "ShenandoahGuaranteedGCInterval", "ShenandoahMinFreeThreshold", "ShenandoahAllocationThreshold", "TrustFinalNonStaticFields"} {
		all[name] = experimental
	}
	for _, name := range []string{"PrintAssembly", "LogCompilation", "DebugNonSafepoints", "PrintInlining", "LogFile", "LogVMOutput", "GuaranteedSafepointInterval", "PrintNMTStatistics", "AbortVMOnSafepointTimeout"} {
		all[name] = diagnostic
	}
	return all
}

const (
	experimental = "UnlockExperimentalVMOptions"
	diagnostic   = "UnlockDiagnosticVMOptions"
)

// zgcIsProduct is the Java from which on ZGC needs no unlocking.
const zgcIsProduct = 15

// collectors are the options that choose a collector; the JVM takes one of them.
func collectors() []string {
	return []string{"UseSerialGC", "UseParallelGC", "UseG1GC", "UseConcMarkSweepGC", "UseZGC", "UseShenandoahGC", "UseEpsilonGC"}
}

// ending are the flags with which java prints something and ends, with 0.
func ending() []string {
	return []string{"-version", "--version", "-fullversion", "--full-version", "-help", "--help", "-h", "-?", "-X", "--help-extra", "--list-modules", "--dry-run", "--validate-modules", "--describe-module", "-d", "-Xlog:help"}
}

// classes are the flags that say where classes are, or which one runs: they take the place of
// zkprov's own, which come before them, or take the next argument for their value.
func classes() []string {
	return []string{"-cp", "-classpath", "--class-path", "-jar", "-p", "-m", "--module"}
}

// named returns the name of a flag in spans.
func named(f inventory.Flag) string {
	switch f.Kind {
	case inventory.FlagAdvanced:
		return "-XX:" + f.Name
	case inventory.FlagExtra:
		if f.Name == "-Xbootclasspath" { // or /a, or /p
			name, _, _ := strings.Cut(f.Text, ":")
			return name
		}
	}
	return f.Name
}

// ignores reports whether the JVM passes over options that it does not know.
func ignores(flags []inventory.Flag) bool {
	return slices.ContainsFunc(flags, func(f inventory.Flag) bool { return f.Text == "-XX:+IgnoreUnrecognizedVMOptions" })
}
