package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

func TestFoldNames(t *testing.T) {
	for in, want := range map[string]string{
		"zk1":                 "zk1",
		"zk1 zk2 zk3":         "zk[1-3]",
		"zk1 zk2 zk3 zk5":     "zk[1-3,5]",
		"zk3 zk1 zk2":         "zk[1-3]",
		"zk1 zk3":             "zk[1,3]",
		"zk1 zk2":             "zk[1-2]",
		"zk9 zk10 zk11":       "zk[9-11]",
		"zk1 db1":             "zk1,db1",
		"alpha beta":          "alpha,beta",
		"zk01 zk02":           "zk01,zk02", // a folded 1 would be another name
		"zk1 zk02":            "zk1,zk02",
		"zk1.a zk2.a":         "zk1.a,zk2.a",
		"1 2 3":               "[1-3]",
		"zk zk1":              "zk,zk1",
		"rack1-zk1 rack1-zk2": "rack1-zk[1-2]",
		"rack1-zk1 rack2-zk1": "rack1-zk1,rack2-zk1",
	} {
		if got := foldNames(strings.Fields(in)); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}

func TestRanges(t *testing.T) {
	for want, in := range map[string][]int{
		"":             nil,
		"1":            {1},
		"1-2":          {2, 1},
		"1,3":          {3, 1},
		"1-3,5,7-9":    {9, 8, 7, 5, 3, 2, 1},
		"254-255":      {254, 255},
		"1,3,5,7,9,11": {1, 3, 5, 7, 9, 11},
	} {
		if got := ranges(in); got != want {
			t.Errorf("%v is %s, want %s", in, got, want)
		}
	}
	if got := foldIDs([]int{4}) + " " + foldIDs([]int{2, 1}); got != "4 {1-2}" {
		t.Errorf("ids are %s", got)
	}
}

func TestReplaceWord(t *testing.T) {
	for in, want := range map[string]string{
		"zookeeper-3":                             "*",
		"/etc/zookeeper/zookeeper-3/zoo.cfg":      "/etc/zookeeper/*/zoo.cfg",
		"zookeeper-3.service, zookeeper-3":        "*.service, *",
		"zookeeper-31 and zookeeper-3":            "zookeeper-31 and *",
		"/opt/apache-zookeeper-3.6.3-bin":         "/opt/apache-zookeeper-3.6.3-bin",
		"zookeeper-2":                             "zookeeper-2",
		"":                                        "",
		"/usr/local/data/zookeeper-3  (0750 a:b)": "/usr/local/data/*  (0750 a:b)",
	} {
		if got := replaceWord(in, "zookeeper-3", "*"); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

// three are hosts with one participant each, and a fourth with two instances.
const three = `[ensemble]
name = "zookeeper"
version = "3.6.3"
[[host]]
name = "zk1"
address = "10.0.0.1"
instance = [ { id = 1 } ]
[[host]]
name = "zk2"
address = "10.0.0.2"
instance = [ { id = 2 } ]
[[host]]
name = "zk3"
address = "10.0.0.3"
instance = [ { id = 3 } ]
[[host]]
name = "zk4"
address = "10.0.0.4"
instance = [ { id = 4, role = "observer" }, { id = 5, role = "observer", client_port = 2182, quorum_port = 2890, election_port = 3890 } ]
`

func testEnsemble(t *testing.T, text string) *inventory.Ensemble {
	t.Helper()
	e, found := inventory.Read("prod.toml", []byte(text))
	if found.Failed() {
		t.Fatal(found)
	}
	return e
}

// zooCfg is the change of an instance's zoo.cfg.
func zooCfg(instance, diff string) provision.Change {
	path := "/etc/zookeeper/" + instance + "/zoo.cfg"
	return provision.Change{Resource: "file:" + path, Action: provision.Update, Path: path, Instance: instance, Summary: "content", Diff: diff}
}

func release() provision.Change {
	const path = "/opt/zookeeper/apache-zookeeper-3.6.3-bin"
	return provision.Change{Resource: "release:" + path, Action: provision.Install, Path: path, Summary: "apache-zookeeper-3.6.3-bin"}
}

// unit is the change of an instance's unit file.
func unit(instance string, action provision.Action) provision.Change {
	path := "/etc/systemd/system/" + instance + ".service"
	return provision.Change{Resource: "unit:" + path, Action: action, Path: path, Instance: instance, Summary: "0644 root:root"}
}

func start(instance string) provision.Change {
	return provision.Change{Resource: "running:" + instance + ".service", Action: provision.Run, Instance: instance, Summary: instance + ".service"}
}

func TestGroupPlans(t *testing.T) {
	e := testEnsemble(t, three)
	on := func(host string, changes ...provision.Change) plan.HostChanges {
		return plan.HostChanges{Host: host, Changes: changes}
	}
	tests := map[string]struct {
		plans []plan.HostChanges
		want  []planGroup
	}{
		"nothing": {plans: []plan.HostChanges{on("zk1"), on("zk2")}},
		"the same on all": {
			plans: []plan.HostChanges{on("zk1", zooCfg("zookeeper-1", "d")), on("zk2", zooCfg("zookeeper-2", "d")), on("zk3", zooCfg("zookeeper-3", "d"))},
			want:  []planGroup{{"zk[1-3]", "1 change", []planLine{{"~", "/etc/zookeeper/zookeeper-{1-3}/zoo.cfg  (content)", []planDiff{{"", "d"}}}}}},
		},
		"other diffs": {
			plans: []plan.HostChanges{on("zk1", zooCfg("zookeeper-1", "a")), on("zk2", zooCfg("zookeeper-2", "b"))},
			want:  []planGroup{{"zk[1-2]", "1 change", []planLine{{"~", "/etc/zookeeper/zookeeper-{1-2}/zoo.cfg  (content)", []planDiff{{"zk1", "a"}, {"zk2", "b"}}}}}},
		},
		"one in between differs": {
			plans: []plan.HostChanges{on("zk1", start("zookeeper-1")), on("zk2", release(), unit("zookeeper-2", provision.Create), start("zookeeper-2")), on("zk3", start("zookeeper-3"))},
			want: []planGroup{
				{"zk[1,3]", "1 change", []planLine{{">", "start zookeeper-{1,3}.service", nil}}},
				{"zk2", "new: 1 participant", []planLine{
					{"+", "apache-zookeeper-3.6.3-bin in /opt/zookeeper/apache-zookeeper-3.6.3-bin", nil},
					{"+", "/etc/systemd/system/zookeeper-2.service  (0644 root:root)", nil}, {">", "start zookeeper-2.service", nil},
				}},
			},
		},
		// The release of a server of that number.
		"a release that is unpacked anew": {
			plans: []plan.HostChanges{on("zk3", release())},
			want:  []planGroup{{"zk3", "1 change", []planLine{{"+", "apache-zookeeper-3.6.3-bin in /opt/zookeeper/apache-zookeeper-3.6.3-bin", nil}}}},
		},
		"a unit that is written anew": {
			plans: []plan.HostChanges{on("zk3", release(), unit("zookeeper-3", provision.Update))},
			want: []planGroup{{"zk3", "2 changes", []planLine{
				{"+", "apache-zookeeper-3.6.3-bin in /opt/zookeeper/apache-zookeeper-3.6.3-bin", nil}, {"~", "/etc/systemd/system/zookeeper-3.service  (0644 root:root)", nil},
			}}},
		},
		"a unit that was removed under a server": {
			plans: []plan.HostChanges{on("zk3", unit("zookeeper-3", provision.Create))},
			want:  []planGroup{{"zk3", "1 change", []planLine{{"+", "/etc/systemd/system/zookeeper-3.service  (0644 root:root)", nil}}}},
		},
		"several instances": {
			plans: []plan.HostChanges{on("zk4", release(), unit("zookeeper-4", provision.Create), unit("zookeeper-5", provision.Create), start("zookeeper-4"), start("zookeeper-5"))},
			want: []planGroup{{"zk4", "new: 2 observers", []planLine{
				{"+", "apache-zookeeper-3.6.3-bin in /opt/zookeeper/apache-zookeeper-3.6.3-bin", nil},
				{"+", "/etc/systemd/system/zookeeper-4.service  (0644 root:root)", nil}, {"+", "/etc/systemd/system/zookeeper-5.service  (0644 root:root)", nil},
				{">", "start zookeeper-4.service", nil}, {">", "start zookeeper-5.service", nil},
			}}},
		},
		"one beside another": {
			plans: []plan.HostChanges{on("zk4", unit("zookeeper-5", provision.Create), start("zookeeper-4"), start("zookeeper-5"))},
			want: []planGroup{{"zk4", "new: 1 observer", []planLine{
				{"+", "/etc/systemd/system/zookeeper-5.service  (0644 root:root)", nil},
				{">", "start zookeeper-4.service", nil}, {">", "start zookeeper-5.service", nil},
			}}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := groupPlans(e, test.plans)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(planGroup{}, planLine{}, planDiff{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}
