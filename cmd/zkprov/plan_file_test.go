package main

import (
	"os"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// keep writes a plan of the inventory good.toml into a file, as change makes it.
func keep(t *testing.T, path string, change func(f *plan.File)) {
	t.Helper()
	c := new(command)
	e, _, _, err := c.read(t.Context(), "good.toml")
	if err != nil {
		t.Fatal(err)
	}
	f := &plan.File{Zkprov: build(), InventoryFile: "/there/good.toml", Plan: &plan.Plan{Ensemble: e.Name, Inventory: plan.Digest(e), Hosts: []plan.Part{{Host: "here"}}}}
	change(f)
	text, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, string(text))
}

// TestApplyPlanFile gives apply plan files that it must not follow: it says why, and looks
// at no host.
func TestApplyPlanFile(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "good.toml", oneLocal)
	put(t, "other.toml", strings.Replace(oneLocal, `name = "zookeeper"`, `name = "kafka"`, 1))
	put(t, "changed.toml", oneLocal+"[zoo_cfg]\ntickTime = 3000\n")
	put(t, "garbage", "x")
	keep(t, "good.plan", func(*plan.File) {})
	keep(t, "version.plan", func(f *plan.File) { f.Zkprov = "0.1, commit abc" })
	keep(t, "hindered.plan", func(f *plan.File) {
		found := finding.Finding{Name: "foreign-data", Severity: finding.Critical, Refusal: true, Host: "here", Message: "it is another's"}
		f.Plan.Findings, f.Plan.Obstacles = finding.Findings{found}, []plan.Obstacle{{Finding: &found}}
	})
	keep(t, "away.plan", func(f *plan.File) {
		f.Plan.Obstacles = []plan.Obstacle{{Host: "here", Error: &provision.Error{Kind: provision.Unreachable, Message: "no answer"}}}
	})
	for line, test := range map[string]struct {
		says string
		code int
	}{
		"--plan none.plan good.toml":                 {"open none.plan: no such file or directory", 64},
		"--plan garbage good.toml":                   {"garbage is no plan file: it is no JSON", 64},
		"--plan good.toml good.toml":                 {"good.toml is no plan file", 64},
		"--plan . good.toml":                         {". is no regular file", 64},
		"--plan= good.toml":                          {"--plan is empty", 64},
		"--plan good.plan other.toml":                {`the plan is for the ensemble "zookeeper", and other.toml has the ensemble "kafka"`, 64},
		"--plan good.plan changed.toml":              {"the plan was made for another inventory: /there/good.toml had the digest ", 65},
		"--plan version.plan good.toml":              {"the plan was made by zkprov 0.1, commit abc", 65},
		"--plan hindered.plan good.toml":             {"✘ here: it is another's [foreign-data]\nthis stood against the plan when it was made, ", 78},
		"--plan away.plan good.toml":                 {"✘ here: no answer\n", 4},
		"--plan good.plan --limit here good.toml":    {"--limit is part of a plan", 64},
		"--plan good.plan --allow-outage good.toml":  {"--allow-outage is part of a plan", 64},
		"--plan good.plan --no-restart good.toml":    {"--no-restart is part of a plan", 64},
		"--plan good.plan --settle 1s good.toml":     {"--settle is part of a plan", 64},
		"-o json --plan garbage good.toml":           {`"exit_code": 64`, 64},
		"-o json --plan version.plan good.toml":      {`"name": "stale-plan"`, 65},
		"-o json --plan hindered.plan good.toml":     {`"name": "foreign-data"`, 78},
		"--plan good.plan --lock-timeout 0s no.toml": {"no.toml", 64},
	} {
		t.Run(line, func(t *testing.T) {
			got := zkprovOn(t, untouched{}, append([]string{"apply"}, strings.Fields(line)...)...)
			if got.Code != test.code || !strings.Contains(got.Out+got.Err, test.says) {
				t.Errorf("exit code %d, want %d and %q in\n%s%s", got.Code, test.code, test.says, got.Out, got.Err)
			}
		})
	}
}

// untouched is a host that nobody may ask for anything: every call but Close ends the test.
type untouched struct{ provision.Agent }

func (untouched) Close() error { return nil }

// TestPlanOut keeps a plan in a file.
func TestPlanOut(t *testing.T) {
	t.Chdir(t.TempDir())
	inventoryText := oneLocal
	put(t, "good.toml", inventoryText)
	got := zkprov(t, "plan", "--out", "new.plan", "good.toml")
	if got.Code != 1 || !strings.HasSuffix(got.Out, "the plan is in new.plan; apply refuses it for what stands against it\n") {
		t.Errorf("exit code %d\n%s", got.Code, got.Out)
	}
	info, err := os.Stat("new.plan")
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("it has the mode %v, and %v", info.Mode(), err)
	}
	text, err := os.ReadFile("new.plan")
	if err != nil {
		t.Fatal(err)
	}
	f, err := plan.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(f.About, "bin/zkprov apply --plan new.plan good.toml") || f.Zkprov != build() || !strings.HasSuffix(f.InventoryFile, "/good.toml") || f.Plan.Ensemble != "zookeeper" {
		t.Errorf("it says %+v", f)
	}
	if got := zkprov(t, "apply", "--plan", "new.plan", "good.toml"); got.Code != 1 || !strings.Contains(got.Err, "[no-systemd]\n") || !strings.Contains(got.Err, "this stood against the plan when it was made") {
		t.Errorf("exit code %d\n%s", got.Code, got.Err)
	}

	for line, says := range map[string]string{
		"--out good.toml good.toml": "good.toml exists and is no plan file, so it is not replaced",
		"--out - good.toml":         `--out is "-", and must be the path of a file`,
		"--out= good.toml":          `--out is "", and must be the path of a file`,
		"--out . good.toml":         ". is no regular file",
	} {
		if got := zkprovOn(t, untouched{}, append([]string{"plan"}, strings.Fields(line)...)...); got.Code != 64 || !strings.Contains(got.Err, says) {
			t.Errorf("%s: exit code %d\n%s", line, got.Code, got.Err)
		}
	}
	if now, err := os.ReadFile("good.toml"); err != nil || string(now) != inventoryText {
		t.Errorf("the inventory is now %q, %v", now, err)
	}
	// One that is there, that another version wrote, or that was cut off, is replaced.
	for _, before := range []string{string(text), strings.Replace(string(text), `"zkprov_plan": 1`, `"zkprov_plan": 9`, 1), string(text[:40]), ""} {
		put(t, "new.plan", before)
		zkprov(t, "plan", "-q", "--out", "new.plan", "good.toml")
		now, err := os.ReadFile("new.plan")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := plan.Decode(now); err != nil {
			t.Errorf("after %.40q: %v", before, err)
		}
	}
	if got := zkprov(t, "plan", "-q", "--out", "none/new.plan", "good.toml"); got.Code != 1 || !strings.Contains(got.Err, "cannot write the plan: ") {
		t.Errorf("exit code %d\n%s", got.Code, got.Err)
	}
}
