package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
	"github.com/zkprov/zkprov/units"
)

// planGroup is the hosts with the same changes, shown once.
type planGroup struct {
	hosts string // such as zk[1-3]
	title string
	lines []planLine
}

type planLine struct {
	sign, text string
	diffs      []planDiff
}

// planDiff is a diff; host is set where the hosts of a group have different ones.
type planDiff struct{ host, text string }

// member stands for an instance's name in a text that is compared between hosts.
const member = "\x00"

// groupPlans puts hosts together whose changes differ in nothing but the names
// of their instances. A host without changes is left out.
func groupPlans(e *inventory.Ensemble, plans []plan.HostChanges) []planGroup {
	type key struct{ lines string }
	var order []key
	hosts := make(map[key][]plan.HostChanges)
	for _, p := range plans {
		if len(p.Changes) == 0 {
			continue
		}
		k := key{title(e, p) + strings.Join(neutral(e, p), "\n")}
		if hosts[k] == nil {
			order = append(order, k)
		}
		hosts[k] = append(hosts[k], p)
	}
	var groups []planGroup
	for _, k := range order {
		groups = append(groups, newGroup(e, hosts[k]))
	}
	return groups
}

func newGroup(e *inventory.Ensemble, plans []plan.HostChanges) planGroup {
	var names []string
	var ids []int
	for _, p := range plans {
		names = append(names, p.Host)
		for _, in := range hostIn(e, p.Host).Instances {
			ids = append(ids, in.ID)
		}
	}
	single := len(hostIn(e, plans[0].Host).Instances) == 1
	g := planGroup{hosts: foldNames(names), title: title(e, plans[0])}
	for i, text := range neutral(e, plans[0]) {
		if single {
			text = strings.ReplaceAll(text, member, e.Name+"-"+foldIDs(ids))
		}
		g.lines = append(g.lines, planLine{sign: sign(plans[0].Changes[i].Action), text: text, diffs: diffs(plans, i)})
	}
	return g
}

// diffs returns the diffs of the i-th change: one where all hosts have the same.
func diffs(plans []plan.HostChanges, i int) []planDiff {
	var all []planDiff
	for _, p := range plans {
		if p.Changes[i].Diff != "" {
			all = append(all, planDiff{p.Host, p.Changes[i].Diff})
		}
	}
	if len(all) == 1 || len(all) > 1 && !slices.ContainsFunc(all, func(d planDiff) bool { return d.text != all[0].text }) {
		return []planDiff{{"", all[0].text}}
	}
	return all
}

// generation matches the name of a generation in a path or as the target of a link: it is
// another one for each instance, and what is in it is what counts.
var generation = regexp.MustCompile(`(/|-> )[0-9a-f]{16}(/|\b)`)

// neutral returns the lines of a plan, with a mark for the instance's name where the
// host has just one.
func neutral(e *inventory.Ensemble, p plan.HostChanges) []string {
	h := hostIn(e, p.Host)
	var lines []string
	for _, c := range p.Changes {
		line := generation.ReplaceAllString(c.Line(), "$1…$2")
		if len(h.Instances) == 1 {
			line = replaceWord(line, h.Instances[0].Name, member)
		}
		lines = append(lines, line)
	}
	return lines
}

// replaceWord replaces a name that is no part of a longer one: zookeeper-3 is
// neither zookeeper-31 nor in apache-zookeeper-3.6.3.
func replaceWord(s, old, new string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, old)
		if i < 0 {
			return b.String() + s
		}
		end := i + len(old)
		b.WriteString(s[:i])
		if end < len(s) && s[end] >= '0' && s[end] <= '9' || i > 0 && s[i-1] == '-' {
			b.WriteString(old)
		} else {
			b.WriteString(new)
		}
		s = s[end:]
	}
}

// title returns what a host is about to become: new where it gets instances that it
// did not have, and otherwise how much of it changes.
func title(e *inventory.Ensemble, p plan.HostChanges) string {
	participants, observers := 0, 0
	for _, in := range hostIn(e, p.Host).Instances {
		switch {
		case !getsFirstUnit(p, in.Name):
		case in.Role == inventory.Participant:
			participants++
		default:
			observers++
		}
	}
	if participants+observers == 0 {
		return count(len(p.Changes), "change")
	}
	var parts []string
	if participants > 0 {
		parts = append(parts, count(participants, "participant"))
	}
	if observers > 0 {
		parts = append(parts, count(observers, "observer"))
	}
	return "new: " + strings.Join(parts, ", ")
}

// getsFirstUnit reports whether an instance gets its first unit and is started. A unit
// that somebody removed under a server that runs makes nothing new.
func getsFirstUnit(p plan.HostChanges, instance string) bool {
	return slices.ContainsFunc(p.Changes, func(c provision.Change) bool {
		return c.Action == provision.Create && c.Path == units.Path(instance)
	}) && slices.ContainsFunc(p.Changes, func(c provision.Change) bool {
		return c.Action == provision.Run && c.Instance == instance
	})
}

// foldNames writes zk1, zk2, zk3, zk5 as zk[1-3,5]; other names are listed.
func foldNames(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	prefix := ""
	var numbers []int
	for i, name := range names {
		p := strings.TrimRight(name, "0123456789")
		n, err := strconv.Atoi(name[len(p):])
		if err != nil || i > 0 && p != prefix || strconv.Itoa(n) != name[len(p):] {
			return strings.Join(names, ",")
		}
		prefix = p
		numbers = append(numbers, n)
	}
	return prefix + "[" + ranges(numbers) + "]"
}

// foldIDs writes 1, 2, 3, 5 as {1-3,5}, and one alone as it is.
func foldIDs(ids []int) string {
	if len(ids) == 1 {
		return strconv.Itoa(ids[0])
	}
	return "{" + ranges(ids) + "}"
}

func ranges(numbers []int) string {
	slices.Sort(numbers)
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		part := strconv.Itoa(numbers[i])
		if j > i {
			part += "-" + strconv.Itoa(numbers[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ",")
}

// hostIn returns a host of a plan: one that has left the inventory has nothing of it.
func hostIn(e *inventory.Ensemble, name string) *inventory.Host {
	if h := e.Host(name); h != nil {
		return h
	}
	return &inventory.Host{Name: name}
}
