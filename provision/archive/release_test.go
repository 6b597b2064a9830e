package archive

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
)

func TestResolve(t *testing.T) {
	pin := pinned("3.6.3")
	if checkHash(pin) != nil {
		t.Fatalf("the pin of 3.6.3 is %q", pin)
	}
	own := strings.Repeat("ab", 64)
	tests := map[string]struct {
		version inventory.Version
		archive inventory.Archive
		want    Source
	}{
		"3.6.3 needs nothing": {"3.6.3", inventory.Archive{}, Source{
			Version: "3.6.3", SHA512: pin, FileName: "apache-zookeeper-3.6.3-bin.tar.gz",
			URLs: []string{"https://archive.apache.org/dist/zookeeper/zookeeper-3.6.3/apache-zookeeper-3.6.3-bin.tar.gz"}}},
		"a mirror is not trusted more": {"3.6.3", inventory.Archive{URLs: []string{"https://mirror/zk.tar.gz"}}, Source{
			Version: "3.6.3", SHA512: pin, FileName: "apache-zookeeper-3.6.3-bin.tar.gz", URLs: []string{"https://mirror/zk.tar.gz"}}},
		"the user's hash wins": {"3.6.3", inventory.Archive{URLs: []string{"file:///zk.tar.gz"}, SHA512: own}, Source{
			Version: "3.6.3", SHA512: own, FileName: "apache-zookeeper-3.6.3-bin.tar.gz", URLs: []string{"file:///zk.tar.gz"}}},
		"a supported line": {"3.9.5", inventory.Archive{SHA512: own}, Source{
			Version: "3.9.5", SHA512: own, FileName: "apache-zookeeper-3.9.5-bin.tar.gz", URLs: []string{
				"https://dlcdn.apache.org/zookeeper/zookeeper-3.9.5/apache-zookeeper-3.9.5-bin.tar.gz",
				"https://archive.apache.org/dist/zookeeper/zookeeper-3.9.5/apache-zookeeper-3.9.5-bin.tar.gz"}}},
		"unpinned": {"3.4.14", inventory.Archive{}, Source{
			Version: "3.4.14", FileName: "zookeeper-3.4.14.tar.gz",
			URLs: []string{"https://archive.apache.org/dist/zookeeper/zookeeper-3.4.14/zookeeper-3.4.14.tar.gz"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := Resolve(&inventory.Ensemble{Version: test.version, Archive: test.archive})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, u := range got.URLs {
				if _, err := parseURL(u); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestNamesOfReleases(t *testing.T) {
	tests := [][3]string{ // version, top folder, jar
		{"3.4.14", "zookeeper-3.4.14", "zookeeper-3.4.14.jar"},
		{"3.5.4-beta", "zookeeper-3.5.4-beta", "zookeeper-3.5.4-beta.jar"},
		{"3.5.5", "apache-zookeeper-3.5.5-bin", "lib/zookeeper-3.5.5.jar"},
		{"3.5.10", "apache-zookeeper-3.5.10-bin", "lib/zookeeper-3.5.10.jar"},
		{"3.6.3", "apache-zookeeper-3.6.3-bin", "lib/zookeeper-3.6.3.jar"},
		{"3.10.0", "apache-zookeeper-3.10.0-bin", "lib/zookeeper-3.10.0.jar"},
		{"4.0.0-alpha", "apache-zookeeper-4.0.0-alpha-bin", "lib/zookeeper-4.0.0-alpha.jar"},
	}
	for _, test := range tests {
		version := inventory.Version(test[0])
		got := [3]string{test[0], inventory.ReleaseFolder(version), Jar(version)}
		if got != test || FileName(version) != test[1]+".tar.gz" {
			t.Errorf("got %v and %s, want %v", got, FileName(version), test)
		}
	}
}

func TestRule(t *testing.T) {
	e := &inventory.Ensemble{File: "prod.toml", Version: "3.6.3"}
	if found := Rule(e); len(found) != 0 {
		t.Errorf("3.6.3 alone gives %v", found)
	}
	e.Version = "v3.6.3"
	if found := Rule(e); len(found) != 0 {
		t.Errorf("what is no version gives %v", found)
	}
	e.Version = "3.8.5"
	e.Archive.URLs = []string{"https://user:secret@mirror/a.tar.gz", "ftp://user:secret@mirror/a.tar.gz", "git::https://mirror/a", "file:///srv/a.tar.gz"}
	var got []string
	for _, f := range Rule(e) {
		got = append(got, fmt.Sprintf("%s %s %s: %s; %s", f.Pos.File, f.Severity, f.Name, f.Message, f.Hint))
	}
	want := []string{
		`prod.toml error archive-unpinned: no SHA-512 is known for ZooKeeper 3.8.5, and nothing is unpacked without one; ` +
			`add [archive] sha512 = "…" from https://archive.apache.org/dist/zookeeper/zookeeper-3.8.5/apache-zookeeper-3.8.5-bin.tar.gz.sha512, or choose a version that is built in: ` +
			`3.5.6-3.5.9, 3.6.1-3.6.4, 3.7.0-3.7.2, 3.8.0-3.8.4, 3.9.0-3.9.5`,
		`prod.toml error archive-url: cannot use the URL ftp://mirror/a.tar.gz: only https, http and file are fetched; ` +
			`write [archive] urls = ["https://…/apache-zookeeper-3.8.5-bin.tar.gz"]`,
		`prod.toml error archive-url: cannot use the URL git::https://mirror/a: only https, http and file are fetched; ` +
			`write [archive] urls = ["https://…/apache-zookeeper-3.8.5-bin.tar.gz"]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e = &inventory.Ensemble{Version: "3.8.4", Archive: inventory.Archive{SHA512: pinned("3.6.3")}}
	found := Rule(e)
	if len(found) != 1 || found[0].Name != archiveOther || found[0].Message != "archive.sha512 is that of ZooKeeper 3.6.3, and ensemble.version is 3.8.4" {
		t.Errorf("the hash of another release gives %v", found)
	}
	e.Version = "3.6.3"
	if found := Rule(e); len(found) != 0 {
		t.Errorf("a hash that is built in, and written, gives %v", found)
	}
	explained := make(map[string]bool)
	for _, x := range Explanations() {
		explained[x.Name] = x.Means != "" && x.Fix != ""
	}
	if len(explained) != 6 || !explained[jarURL] || !explained[NotJar] || !explained[archiveOther] || !explained[archiveUnpinned] || !explained[archiveURL] || !explained[NotRelease] {
		t.Errorf("explained: %v", explained)
	}
}

func TestNeeds(t *testing.T) {
	if Needs(0) != Needs(usual) || Needs(12_500_000) < 2*12_500_000 || Needs(2) <= Needs(1) {
		t.Errorf("got %d, %d, %d", Needs(0), Needs(usual), Needs(12_500_000))
	}
}
