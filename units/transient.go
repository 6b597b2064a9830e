package units

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/inventory"
)

// How settings of [Service] are written as properties of a transient unit; see
// org.freedesktop.systemd1(5).
var (
	// textSettings hold one string.
	textSettings = []string{"User", "Group", "ProtectSystem", "ProtectHome", "ProtectProc", "DevicePolicy", "KeyringMode", "WorkingDirectory"}
	// switchSettings hold a boolean.
	switchSettings = []string{"PrivateTmp", "PrivateDevices", "PrivateIPC", "PrivateMounts", "ProtectClock", "ProtectControlGroups",
		"ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "LockPersonality", "NoNewPrivileges",
		"RestrictRealtime", "RestrictSUIDSGID", "MemoryDenyWriteExecute", "PrivateUsers"}
	// listSettings hold words; more of them are added, and none empties the list.
	listSettings = []string{"Environment", "ExecPaths", "NoExecPaths", "ReadOnlyPaths", "InaccessiblePaths", "SupplementaryGroups", "SystemCallArchitectures"}
	// filterSettings hold words that are allowed or, behind a tilde, forbidden.
	filterSettings = []string{"RestrictAddressFamilies", "SystemCallFilter"}
	// limitSettings hold a number, or "infinity".
	limitSettings = []string{"LimitNOFILE", "LimitMEMLOCK", "LimitNPROC", "LimitAS", "LimitSTACK", "LimitDATA", "LimitCORE"}
	// otherSettings mean nothing to a program that is run once and must write nothing.
	otherSettings = []string{"Type", "ExecStart", "Restart", "RestartSec", "RestartPreventExitStatus", "SuccessExitStatus", "TimeoutStopSec",
		"SyslogIdentifier", "ReadWritePaths"}
)

// transient returns the settings of a unit's [Service] as the properties of a transient
// unit. Of a drop-in, in which a user may have written anything, it leaves out what it
// does not know; in a unit of zkprov's that is an error.
func transient(text []byte, dropIn bool) ([]dbus.Property, error) {
	var all []dbus.Property
	section, continued := "", false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		within := continued
		continued = strings.HasSuffix(line, `\`)
		if within || line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		if strings.HasPrefix(line, "[") {
			section = line
			continue
		}
		if section != "[Service]" {
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(strings.ReplaceAll(value, "%%", "%"))
		if words, ok := quotedVariables(name, value); dropIn && !continued && ok {
			all = append(all, transientProperty(name, words))
			continue
		}
		if !dropIn && name == "Environment" {
			all = append(all, transientProperty(name, wordsOf(value)))
			continue
		}
		if dropIn && (continued || strings.ContainsAny(value, `%"'\`)) {
			continue
		}
		properties, err := transientSetting(name, value)
		if err != nil && !dropIn {
			return nil, err
		}
		all = append(all, properties...)
	}
	return all, nil
}

// quotedVariables returns the variables that a line of a drop-in sets in double quotes, each
// as a whole; ok is not set for any other line.
func quotedVariables(name, value string) (words []string, ok bool) {
	if name != "Environment" || strings.ContainsAny(value, `%'\`) || !strings.Contains(value, `"`) {
		return nil, false
	}
	words = wordsOf(value)
	return words, !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(word, `"`) })
}

// transientSetting returns one setting as properties; none for one that means nothing here.
func transientSetting(name, value string) ([]dbus.Property, error) {
	refuse := func() ([]dbus.Property, error) {
		return nil, fmt.Errorf("cannot run a program as the unit would: its %s=%s is not known", name, value)
	}
	one := func(v any) ([]dbus.Property, error) { return []dbus.Property{transientProperty(name, v)}, nil }
	switch {
	case slices.Contains(otherSettings, name):
		return nil, nil
	case slices.Contains(textSettings, name):
		return one(value)
	case slices.Contains(switchSettings, name):
		on, ok := map[string]bool{"yes": true, "true": true, "on": true, "1": true, "no": false, "false": false, "off": false, "0": false}[value]
		if !ok {
			return refuse()
		}
		return one(on)
	case slices.Contains(listSettings, name):
		return one(append([]string{}, strings.Fields(value)...))
	case slices.Contains(filterSettings, name):
		words, forbids := strings.CutPrefix(value, "~")
		return one(struct {
			Allows bool
			Words  []string
		}{!forbids, append([]string{}, strings.Fields(words)...)})
	case slices.Contains(limitSettings, name):
		limit := ^uint64(0)
		if value != "infinity" {
			var err error
			if limit, err = strconv.ParseUint(value, 10, 64); err != nil {
				return refuse()
			}
		}
		return []dbus.Property{transientProperty(name, limit), transientProperty(name+"Soft", limit)}, nil
	case name == "MemoryMax":
		bytes, ok := inventory.ParseSize(value)
		if !ok {
			return refuse()
		}
		return one(bytes)
	case name == "UMask":
		mask, err := strconv.ParseUint(value, 8, 32)
		if err != nil {
			return refuse()
		}
		return one(uint32(mask))
	case name == "SystemCallErrorNumber" && value == "EPERM":
		return one(int32(unix.EPERM))
	case (name == "CapabilityBoundingSet" || name == "AmbientCapabilities") && value == "",
		name == "RestrictNamespaces" && value == "yes":
		return one(uint64(0)) // a mask of what is left
	}
	return refuse()
}

func transientProperty(name string, value any) dbus.Property {
	return dbus.Property{Name: name, Value: godbus.MakeVariant(value)}
}
