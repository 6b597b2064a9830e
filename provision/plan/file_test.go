package plan

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// kept returns a plan file as it is written.
func kept(t *testing.T) (File, string) {
	t.Helper()
	f := File{About: "a <plan>", Zkprov: "1.0, commit abc", Made: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), By: "root@ctl", InventoryFile: "/etc/prod.toml", Plan: made()}
	text, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return f, string(text)
}

// TestFile writes a plan file and reads it back.
func TestFile(t *testing.T) {
	want, text := kept(t)
	want.Format = fileFormat
	got, err := Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(text, "{\n  \"zkprov_plan\": 1,\n  \"about\": \"a <plan>\",\n") || !strings.HasSuffix(text, "}\n") {
		t.Errorf("it begins with %.60q", text)
	}
}

// TestDecodeRefuses reads what is no plan file.
func TestDecodeRefuses(t *testing.T) {
	_, text := kept(t)
	for name, test := range map[string]struct{ text, says string }{
		"empty":              {" \n", "it is empty"},
		"an inventory":       {"[ensemble]\nname = \"zookeeper\"\n", "it is no JSON"},
		"binary":             {"\x00\x01\x02", "it is no JSON"},
		"cut off":            {text[:len(text)/2], "it is cut off"},
		"its last byte less": {strings.TrimSuffix(text, "}\n"), "it is cut off"},
		"other JSON":         {`{"a": 1}`, "no number zkprov_plan"},
		"a list":             {`[1]`, "no number zkprov_plan"},
		"a word for a mark":  {`{"zkprov_plan": "yes"}`, "no number zkprov_plan"},
		"what -o json says":  {`{"command": "plan", "exit_code": 0}`, "zkprov plan --out FILE"},
		"a later format":     {strings.Replace(text, `"zkprov_plan": 1`, `"zkprov_plan": 2`, 1), "it has the format 2, and this version of zkprov reads format 1"},
		"a field more":       {strings.Replace(text, `"about"`, `"approver": "x", "about"`, 1), `it is damaged: json: unknown field "approver"`},
		"a field of a step":  {strings.Replace(text, `"instances"`, `"only_if": [], "instances"`, 1), "it is damaged"},
		"a wrong type":       {strings.Replace(text, `"ensemble": "zookeeper"`, `"ensemble": 4`, 1), "it is damaged"},
		"no plan":            {`{"zkprov_plan": 1}`, "there is no plan in it"},
		"two":                {text + text, "it is no JSON"},
	} {
		if f, err := Decode([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, %v; want %q", name, f, err, test.says)
		}
	}
}

// TestFileFits compares a plan file with the inventory and the build that it is to be
// applied with.
func TestFileFits(t *testing.T) {
	e := &inventory.Ensemble{Name: "zookeeper", File: "prod.toml"}
	other := &inventory.Ensemble{Name: "zookeeper", File: "prod.toml", Version: "3.6.4"}
	f, _ := kept(t)
	f.Plan.Inventory = Digest(e)
	for name, test := range map[string]struct {
		e     *inventory.Ensemble
		build string
		says  string // empty is that it fits
	}{
		"the same":          {e, f.Zkprov, ""},
		"lies elsewhere":    {&inventory.Ensemble{Name: "zookeeper", File: "x.toml"}, f.Zkprov, ""},
		"another build":     {e, "1.1, commit def", "made by zkprov 1.0, commit abc, and this is zkprov 1.1, commit def"},
		"another inventory": {other, f.Zkprov, "the plan was made for another inventory: /etc/prod.toml had the digest " + f.Plan.Inventory[:12] + ", and prod.toml has " + Digest(other)[:12]},
	} {
		err := f.Fits(test.e, test.build)
		var stale *provision.Error
		switch {
		case test.says == "":
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case !errors.As(err, &stale) || stale.Kind != provision.Stale || !strings.Contains(err.Error(), test.says):
			t.Errorf("%s: got %v, want %q", name, err, test.says)
		}
	}
	if err := f.Concerns(e); err != nil {
		t.Error(err)
	}
	if err := f.Concerns(&inventory.Ensemble{Name: "kafka", File: "k.toml"}); err == nil || !strings.Contains(err.Error(), `for the ensemble "zookeeper", and k.toml has the ensemble "kafka"`) {
		t.Errorf("of another ensemble: %v", err)
	}
}

// FuzzDecode reads any text; what is taken for a plan file is one again when it is written.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{"", "{", `{"zkprov_plan": 1, "plan": {"inventory": "x", "steps": [{"name": "stage", "changes": [{"host": "a", "changes": [{}]}]}]}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := Decode(text)
		if err != nil {
			return
		}
		again, err := read.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(again)
		if err != nil {
			t.Fatalf("%v of\n%s", err, again)
		}
		a, _ := json.Marshal(read)
		if b, _ := json.Marshal(back); string(a) != string(b) {
			t.Errorf("it becomes\n%s\nof\n%s", b, a)
		}
	})
}
