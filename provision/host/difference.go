package host

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/zkprov/zkprov/internal/properties"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/units"
)

// differences lists in a few words each what an instance is started with otherwise after a
// change from one generation to another. Values that look like secrets are left out.
func differences(before, now *generation) []string {
	var all []string
	add := func(what, old, new string) {
		if old != new {
			all = append(all, difference(what, old, new))
		}
	}
	add("release:", path.Base(units.ReleaseOf(before.unit)), path.Base(units.ReleaseOf(now.unit)))
	add("jars:", jarNames(before.unit), jarNames(now.unit))
	add("java:", units.JavaOf(before.unit), units.JavaOf(now.unit))
	all = append(all, settingsDiffer(before.zooCfg, now.zooCfg)...)
	all = append(all, linesDiffer(unitLines(before), unitLines(now))...)
	switch {
	case before.logName != now.logName:
		add("logging:", before.logName, now.logName)
	case string(before.logging) != string(now.logging):
		all = append(all, now.logName+": content")
	}
	if all == nil && string(before.zooCfg) != string(now.zooCfg) {
		all = append(all, "zoo.cfg: comments")
	}
	return all
}

// difference tells of a value that came, went, or is another one.
func difference(what, old, new string) string {
	switch {
	case old == "":
		return fmt.Sprintf("%s + %s", what, new)
	case new == "":
		return fmt.Sprintf("%s - %s", what, old)
	}
	return fmt.Sprintf("%s %s -> %s", what, old, new)
}

// settingsDiffer compares the keys of two texts as Java reads them.
func settingsDiffer(before, now []byte) []string {
	var keys []string
	for _, text := range [][]byte{before, now} {
		for _, p := range properties.Read(string(text)) {
			if key := properties.Trim(p.Key); !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	old, new := valuesOf(before), valuesOf(now)
	var all []string
	for _, key := range keys {
		was, wasThere := old[key]
		is, isThere := new[key]
		text := func(value string) string { return key + "=" + value }
		switch {
		case wasThere == isThere && was == is:
		case inventory.IsSecret(key):
			all = append(all, "zoo.cfg: "+key+" "+notShown)
		case !wasThere:
			all = append(all, difference("zoo.cfg:", "", text(is)))
		case !isThere:
			all = append(all, difference("zoo.cfg:", text(was), ""))
		default:
			all = append(all, difference("zoo.cfg: "+key, fmt.Sprintf("%q", was), fmt.Sprintf("%q", is)))
		}
	}
	return all
}

// unitLines returns what a unit says beside the release, the Java and the folder of the
// generation: without comments, and a line for each argument of the command.
func unitLines(g *generation) []string {
	names := []string{g.name, unnamed}
	if release := units.ReleaseOf(g.unit); release != "" {
		names = append(names, release, "RELEASE")
	}
	if java := units.JavaOf(g.unit); java != "" {
		names = append(names, java, "JAVA", path.Dir(java), "JAVA")
	}
	for _, jar := range units.JarsOf(g.unit) {
		names = append(names, ":"+jar, "", " "+path.Dir(jar), "")
	}
	text := strings.NewReplacer(names...).Replace(withoutSecrets(g.unit))
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(strings.TrimSuffix(line, `\`))
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "[") || strings.HasPrefix(line, "Documentation=") {
			continue
		}
		lines = append(lines, line)
	}
	return lines
}

// linesDiffer pairs the lines that went with those that came, by what they set.
func linesDiffer(before, now []string) []string {
	went := without(before, now)
	came := without(now, before)
	var all []string
	for _, old := range went {
		name := setBy(old)
		i := slices.IndexFunc(came, func(line string) bool { return setBy(line) == name })
		if i < 0 {
			all = append(all, difference("unit:", old, ""))
			continue
		}
		all = append(all, difference("unit:", old, came[i]))
		came = slices.Delete(came, i, i+1)
	}
	for _, line := range came {
		all = append(all, difference("unit:", "", line))
	}
	return all
}

// without returns the lines of one text that another lacks.
func without(lines, of []string) []string {
	left := slices.Clone(of)
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		i := slices.Index(left, line)
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
		return i >= 0
	})
}

// setBy returns what a line of a unit or an option of a JVM sets.
func setBy(line string) string {
	for _, option := range []string{"-Xmx", "-Xms", "-Xss", "-Xmn"} {
		if strings.HasPrefix(line, option) {
			return option
		}
	}
	name, value, _ := strings.Cut(line, "=")
	if name == "Environment" {
		variable, _, _ := strings.Cut(value, "=")
		return name + variable
	}
	if flag, ok := strings.CutPrefix(name, "-XX:"); ok {
		return "-XX:" + strings.TrimLeft(flag, "+-")
	}
	return name
}

// maxDiff bounds the diff that goes into a history, bytes.
const maxDiff = 64 << 10

// diffOf returns the unified diffs between the files of two generations of an instance.
func diffOf(instance string, before, now *generation) string {
	var b strings.Builder
	for _, f := range []struct {
		name     string
		old, new []byte
	}{{"zoo.cfg", before.zooCfg, now.zooCfg}, {now.logName, before.logging, now.logging}, {units.FileName(instance), before.unit, now.unit}} {
		plain := func(g *generation, text []byte) string {
			return strings.ReplaceAll(withoutSecrets(text), g.name, unnamed)
		}
		b.WriteString(udiff.Unified(f.name, f.name, plain(before, f.old), plain(now, f.new)))
	}
	if b.Len() > maxDiff {
		return b.String()[:strings.LastIndexByte(b.String()[:maxDiff], '\n')+1] + "…\n"
	}
	return b.String()
}
