package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
)

// events are those of a run with every kind in it.
func events() []fleet.Event {
	step := func(text string) fleet.Event { return fleet.Event{Kind: fleet.RunStep, Text: text} }
	done := func(text, err string) fleet.Event {
		return fleet.Event{Kind: fleet.RunStep, Text: text, Done: true, Took: 400 * time.Millisecond, Error: err}
	}
	change := func(host string, c provision.Change, took time.Duration, err string) []fleet.Event {
		return []fleet.Event{{Kind: fleet.HostChange, Host: host, Change: &c}, {Kind: fleet.HostChange, Host: host, Change: &c, Done: true, Took: took, Error: err}}
	}
	all := []fleet.Event{step("connect"), done("connect", ""),
		step("fetch it"), {Kind: fleet.Progress, Text: "it", Bytes: 1e6, Total: 12e6}, done("fetch it", ""),
		step("stage")}
	all = append(all, change("zk2", zooCfg("zookeeper-2", ""), time.Millisecond, "")...)
	all = append(all, change("zk1", zooCfg("zookeeper-1", ""), time.Millisecond, "")...)
	all = append(all, change("zk1", release(), 1500*time.Millisecond, "")...)
	all = append(all, done("stage", ""), step("start"))
	all = append(all, change("zk1", start("zookeeper-1"), 300*time.Millisecond, "exit code 2")...)
	all = append(all, done("start", "zk1: exit code 2"), step("form the quorum"),
		fleet.Event{Kind: fleet.Progress, Text: "2/3 participants serve"}, done("form the quorum", ""))
	for i := range all {
		all[i].Time = time.Date(2026, 1, 2, 14, 2, i, 0, time.UTC)
	}
	return all
}

func TestProgress(t *testing.T) {
	tests := map[string]struct {
		output output
		want   string
	}{
		"plain": {output{progress: "plain"}, `14:02:01 ✔ connect  0.4s
14:02:04 ✔ fetch it  0.4s
14:02:11 + zk1  apache-zookeeper-3.6.3-bin in /opt/zookeeper/apache-zookeeper-3.6.3-bin  1.5s
14:02:12 ✔ zk2  prepared: 1 change
14:02:12 ✔ zk1  prepared: 2 changes
14:02:12 ✔ prepare the hosts  0.4s
14:02:15 ✘ zk1  start zookeeper-1.service  0.3s
14:02:16 ✘ start the servers  0.4s
14:02:18   2/3 participants serve
14:02:19 ✔ form the quorum  0.4s
`},
		"verbose": {output{progress: "auto", verbose: true}, `14:02:01 ✔ connect  0.4s
14:02:04 ✔ fetch it  0.4s
14:02:07 ~ zk2  /etc/zookeeper/zookeeper-2/zoo.cfg  (content)  0.0s
14:02:09 ~ zk1  /etc/zookeeper/zookeeper-1/zoo.cfg  (content)  0.0s
14:02:11 + zk1  apache-zookeeper-3.6.3-bin in /opt/zookeeper/apache-zookeeper-3.6.3-bin  1.5s
14:02:12 ✔ prepare the hosts  0.4s
14:02:15 ✘ zk1  start zookeeper-1.service  0.3s
14:02:16 ✘ start the servers  0.4s
14:02:18   2/3 participants serve
14:02:19 ✔ form the quorum  0.4s
`},
		"none":  {output{progress: "none"}, ""},
		"quiet": {output{progress: "plain", quiet: true}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			p := newProgress(&b, test.output)
			for _, e := range events() {
				p.report(e)
			}
			p.close()
			if diff := cmp.Diff(test.want, b.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestProgressAtOnce has many hosts report at once: no line may be torn.
func TestProgressAtOnce(t *testing.T) {
	var b strings.Builder
	p := newProgress(&b, output{progress: "plain", verbose: true})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			c := start(fmt.Sprintf("zookeeper-%d", i))
			p.report(fleet.Event{Kind: fleet.HostChange, Host: "zk", Change: &c, Done: true})
		})
	}
	wg.Wait()
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for _, line := range lines {
		if !strings.HasPrefix(line, "00:00:00 > zk  start zookeeper-") || !strings.HasSuffix(line, ".service  0.0s") {
			t.Errorf("torn: %q", line)
		}
	}
	if len(lines) != 20 {
		t.Errorf("%d lines of 20", len(lines))
	}
}

// TestProgressBar looks whether a terminal gets every line as well, above the one
// that moves, and whether that is gone in the end.
func TestProgressBar(t *testing.T) {
	var b strings.Builder
	p := newProgress(&b, output{progress: "tty"})
	for _, e := range events() {
		p.report(e)
	}
	p.close()
	for _, want := range []string{"✔ connect  0.4s", "zk1  prepared: 2 changes", "✘ start the servers  0.4s", "2/3 participants serve"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in %q", want, b.String())
		}
	}
}
