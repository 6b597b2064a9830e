package inventory

import (
	"net/url"
	"path"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// NamedFile is a file of the host that a server reads because zoo.cfg or a flag of its JVM
// names it.
type NamedFile struct {
	// By is the key or the flag, for messages; Path is what it names.
	By, Path string
	// Ends is set where a server without it does not start, and Needed where it starts and
	// cannot do what it is there for.
	Ends, Needed bool
	Pos          finding.Position
}

// NamedFiles returns the files that an instance is told to read, those of zoo.cfg first. A
// name that Java looks for on the class path is none.
func (in *Instance) NamedFiles() []NamedFile {
	var all []NamedFile
	for _, settings := range []Settings{in.ZooCfg, in.ZooCfgUnchecked} {
		for _, s := range settings {
			if f, ok := in.storeFile(s.Key, s.Value); ok {
				f.By, f.Pos = s.Key, s.Pos
				all = append(all, f)
			}
		}
	}
	for flag := range in.ParsedFlags() {
		f, ok := in.flagFile(flag)
		if ok && f.Path != "" {
			f.Pos = flag.Pos
			if f.By == "" {
				f.By = strings.TrimSuffix(strings.SplitN(flag.Text, "=", 2)[0], ":"+f.Path)
			}
			all = append(all, f)
		}
	}
	return all
}

// storeFile returns the file that one of ZooKeeper's keys for TLS names.
func (in *Instance) storeFile(key, value string) (NamedFile, bool) {
	of, named := "", false
	for _, suffix := range []string{"keyStore.location", "trustStore.location", "keyStore.passwordPath", "trustStore.passwordPath"} {
		if prefix, ok := strings.CutSuffix(key, suffix); ok {
			of, named = prefix, true
		}
	}
	if !named || value == "" {
		return NamedFile{}, false
	}
	on := func(key string) bool {
		value, _, _ := in.Effective(key)
		return strings.EqualFold(value, "true")
	}
	f := NamedFile{Path: value}
	switch of {
	case "ssl.":
		_, secure := in.Written("secureClientPort")
		f.Needed = secure || on("client.portUnification")
	case "ssl.quorum.":
		f.Needed = on("sslQuorum") || on("portUnification")
	}
	return f, true
}

// flagFile returns the file that a flag names.
func (in *Instance) flagFile(flag Flag) (NamedFile, bool) {
	switch flag.Kind {
	case FlagAgent:
		if strings.HasPrefix(flag.Text, "-javaagent:") || strings.HasPrefix(flag.Text, "-agentpath:") {
			return NamedFile{Path: flag.Name, Ends: true}, true
		}
	case FlagAdvanced:
		if flag.Name == "Flags" || flag.Name == "VMOptionsFile" {
			return NamedFile{Path: flag.Value, Ends: true}, true
		}
	case FlagProperty:
		if key, ok := strings.CutPrefix(flag.Name, "zookeeper."); ok {
			if _, overridden := in.Written(key); overridden {
				return NamedFile{}, false
			}
			return in.storeFile(key, flag.Value)
		}
		return propertyFile(flag)
	}
	return NamedFile{}, false
}

// propertyFile returns the file that a system property of the JDK or of what logs names.
func propertyFile(flag Flag) (NamedFile, bool) {
	f := NamedFile{Path: strings.TrimPrefix(flag.Value, "=")} // == replaces what the JDK has
	resource := false
	switch flag.Name {
	case "java.security.auth.login.config", "com.sun.management.jmxremote.password.file", "com.sun.management.jmxremote.access.file", "com.sun.management.config.file":
		f.Ends = true
	case "javax.net.ssl.keyStore", "javax.net.ssl.trustStore", "java.security.krb5.conf", "java.util.logging.config.file":
		if f.Path == "NONE" {
			return NamedFile{}, false
		}
	case "log4j.configuration", "logback.configurationFile":
		resource = true
	default:
		return NamedFile{}, false
	}
	if u, err := url.Parse(f.Path); err == nil && u.Scheme != "" {
		if u.Scheme != "file" || !path.IsAbs(u.Path) {
			return NamedFile{}, false
		}
		return NamedFile{Path: u.Path, Ends: f.Ends}, true
	}
	// log4j does not read a plain path at all, and what it does not find is a resource.
	if resource && (flag.Name == "log4j.configuration" || !path.IsAbs(f.Path)) {
		return NamedFile{}, false
	}
	return f, true
}
