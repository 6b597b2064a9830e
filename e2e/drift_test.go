//go:build e2e

package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision/plan"
)

// seen returns the changes that a plan has, each as its action and its resource, and the names of its findings.
func (e *ensemble) seen(args ...string) (changes, findings []string) {
	e.t.Helper()
	r := e.zkprov("plan", append([]string{"-o", "json"}, args...)...)
	var d struct {
		Result plan.Plan `json:"result"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
		e.t.Fatalf("%v\n%s%s", err, r.stdout, r.stderr)
	}
	for _, h := range d.Result.ByHost() {
		for _, c := range h.Changes {
			changes = append(changes, string(c.Action)+" "+c.Resource)
		}
	}
	for _, f := range d.Result.Findings {
		findings = append(findings, f.Name)
	}
	return changes, findings
}

// drifts are what hands do to a host while its server runs, and what a plan shows of it. None of it restarts the server.
var drifts = []struct {
	name, do string
	want     []string
	finds    string
	exits    int
}{
	{name: "a comment in zoo.cfg", do: "echo '# mine' >>$g/zoo.cfg", want: []string{"update file:GEN/zoo.cfg"}},
	{name: "a logging configuration edited", do: "echo log4j.rootLogger=DEBUG >>$g/log4j.properties", want: []string{"update file:GEN/log4j.properties"}},
	{name: "the kept unit removed", do: "rm $g/zookeeper-1.service", want: []string{"create file:GEN/zookeeper-1.service"}},
	{name: "a generation's folder opened", do: "chmod 777 $g", want: []string{"update dir:GEN"}},
	{name: "a link turned", do: "ln -sfn /etc/hosts $c/zoo.cfg", want: []string{"update link:CONFIG/zoo.cfg"}},
	{name: "a link removed", do: "rm $c/log4j.properties", want: []string{"create link:CONFIG/log4j.properties"}},
	{name: "the folder of configuration of another group", do: "chgrp root $c", want: []string{"update dir:CONFIG"}},
	{name: "myid with another mode", do: "chmod 666 $d/myid", want: []string{"update file:DATA/myid"}},
	{name: "the stamp given away", do: "chown root $d/.zkprov.json", want: []string{"update file:STAMP"}},
	{name: "the data folder opened", do: "chmod 755 $d", want: []string{"update dir:DATA"}},
	{name: "the accounts' file edited", do: "echo '# mine' >>/etc/sysusers.d/zkprov-zookeeper.conf", want: []string{"update file:/etc/sysusers.d/zkprov-zookeeper.conf"}},
	{name: "the record of members readable", do: "chmod 644 $s/formed.json", want: []string{"update record:STATE/formed.json"}},
	{name: "what was tried forgotten", do: "rm $s/zookeeper-1.trial"},
	{name: "a jar with another mode", do: "chmod 600 $r/lib/zookeeper-3.6.3.jar", want: []string{"update release:RELEASE"}},
	{name: "a unit with another mode", do: "chmod 600 $u", want: []string{"update unit:UNIT"}},
	{name: "a unit edited and not read", do: "sed -i 's/^LimitNOFILE=.*/LimitNOFILE=1000/' $u", want: []string{"reload reload:systemd"}},
	{name: "a unit disabled", do: "systemctl disable -q zookeeper-1", want: []string{"enable enabled:zookeeper-1.service"}},
	{name: "a drop-in that replaces the command", do: "mkdir -p $u.d; printf '[Service]\\nExecStart=\\nExecStart=/bin/sleep 600\\n' >$u.d/mine.conf; systemctl daemon-reload", finds: "drop-in-overrides"},
	{name: "a drop-in that does not", do: "printf '[Service]\\nLimitNOFILE=600000\\n' >$u.d/mine.conf; systemctl daemon-reload"},
}

// paths are what drifts call the folders and files of zookeeper-1.
const paths = "c=/etc/zookeeper/zookeeper-1; g=$c/GEN; d=/var/lib/zookeeper/zookeeper-1; s=/var/lib/zkprov/zookeeper; r=/opt/zookeeper/apache-zookeeper-3.6.3-bin; u=/etc/systemd/system/zookeeper-1.service; "

// drift does to a host what hands do. A plan shows just that, one thing after the other, and an apply puts all back without a restart.
func (e *ensemble) drift(t *testing.T) {
	e = e.on(t)
	invocation := e.invocation("zk1", "zookeeper-1")
	generation := e.in("zk1", "dirname $(readlink /etc/zookeeper/zookeeper-1/zoo.cfg)")
	const stamp = "/var/lib/zookeeper/zookeeper-1/.zkprov.json"
	full := strings.NewReplacer("GEN", "/etc/zookeeper/zookeeper-1/GEN", "CONFIG", "/etc/zookeeper/zookeeper-1", "DATA", "/var/lib/zookeeper/zookeeper-1",
		"STAMP", stamp, "STATE", "/var/lib/zkprov/zookeeper", "RELEASE", "/opt/zookeeper/apache-zookeeper-3.6.3-bin", "UNIT", "/etc/systemd/system/zookeeper-1.service")
	var want []string
	for _, d := range drifts {
		e.in("zk1", strings.ReplaceAll(paths, "GEN", generation)+d.do)
		for _, c := range d.want {
			want = append(want, full.Replace(c))
		}
		changes, findings := e.seen()
		for i, c := range changes {
			changes[i] = strings.ReplaceAll(c, generation, "GEN")
		}
		missing, more := without(want, changes), without(changes, want)
		if missing != nil || more != nil {
			t.Errorf("%s: the plan lacks %q, and has %q beside", d.name, missing, more)
			want = changes
		}
		if found := slices.Contains(findings, "drop-in-overrides"); found != (d.finds == "drop-in-overrides") {
			t.Errorf("%s: the findings are %q", d.name, findings)
		}
	}
	e.zkprov("check").exits(1).says("differences to the inventory")
	e.zkprov("apply").exits(0)
	if now := e.invocation("zk1", "zookeeper-1"); now != invocation {
		t.Errorf("the server runs as %s, and before as %s", now, invocation)
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.in("zk1", "grep -q 600000 /etc/systemd/system/zookeeper-1.service.d/mine.conf; rm -r /etc/systemd/system/zookeeper-1.service.d; systemctl daemon-reload")

	e.in("zk1", "cp -a /etc/systemd/system/zookeeper-1.service /root; ln -sf /dev/null /etc/systemd/system/zookeeper-1.service; systemctl daemon-reload")
	e.unchanged(append(ownFolders, "/var/lib/zookeeper"), func() {
		e.zkprov("apply").exits(1).says("zookeeper-1.service is masked", "unit-masked", "nothing was changed")
	})
	e.in("zk1", "mv /root/zookeeper-1.service /etc/systemd/system/; systemctl daemon-reload")
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	if now := e.invocation("zk1", "zookeeper-1"); now != invocation {
		t.Errorf("the server runs as %s, and before as %s", now, invocation)
	}
}

// without returns those of some texts that are not among others.
func without(texts, others []string) []string {
	var left []string
	for _, text := range texts {
		if !slices.Contains(others, text) {
			left = append(left, text)
		}
	}
	return left
}

// runsWithAnother lets a server run with another configuration than its files say, by hand, and restarts it with what they say.
func (e *ensemble) runsWithAnother(t *testing.T) {
	e = e.on(t)
	const byHand = `sed -i 's/^LimitNOFILE=.*/LimitNOFILE=4242/' /etc/systemd/system/zookeeper-1.service; systemctl daemon-reload; systemctl restart zookeeper-1`
	e.in("zk1", byHand)
	e.waitIn("zk1", `exec 3<>/dev/tcp/127.0.0.1/2181 && echo srvr >&3 && grep -q Mode <&3`)
	changes, _ := e.seen("--allow-outage")
	want := []string{"create file:/var/lib/zkprov/zookeeper/zookeeper-1.outdated", "update unit:/etc/systemd/system/zookeeper-1.service", "reload reload:zookeeper-1.service", "restart restarted:zookeeper-1.service"}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("the plan is (-want +got):\n%s", diff)
	}
	before := e.invocation("zk1", "zookeeper-1")
	e.zkprov("apply").exits(78).says("--allow-outage")
	if now := e.invocation("zk1", "zookeeper-1"); now != before {
		t.Error("it was restarted without --allow-outage")
	}
	e.zkprov("apply", "--allow-outage", "--settle", "1s").exits(0)
	if limit := e.in("zk1", "grep 'Max open files' /proc/$(systemctl show -p MainPID --value zookeeper-1)/limits"); strings.Contains(limit, "4242") {
		t.Errorf("its limit is still the one that was set by hand: %s", limit)
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}

// javaReplaced puts another copy of the Java into the place of the one that the server runs on, and then one that does not start.
func (e *ensemble) javaReplaced(t *testing.T) {
	e = e.on(t)
	e.in("zk1", "cp -a /opt/runtime.next /opt/runtime.broken; rm -r /opt/runtime; mv /opt/runtime.next /opt/runtime; touch /opt/runtime/bin/java")
	changes, findings := e.seen("--allow-outage")
	if diff := cmp.Diff([]string{"try trial:zookeeper", "restart restarted:zookeeper-1.service"}, changes); diff != "" || !slices.Contains(findings, "java-replaced") {
		t.Errorf("the findings are %q, the plan is (-want +got):\n%s", findings, diff)
	}
	e.zkprov("check").exits(1).says("java-replaced", "/opt/runtime/bin/java was replaced")
	before := e.invocation("zk1", "zookeeper-1")
	e.zkprov("apply", "--allow-outage", "--settle", "1s").exits(0)
	after := e.invocation("zk1", "zookeeper-1")
	if after == before {
		t.Error("it was not restarted")
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.zkprov("check").exits(0)

	e.in("zk1", "rm -r /opt/runtime; mv /opt/runtime.broken /opt/runtime; rm /opt/runtime/lib/modules")
	e.zkprov("apply", "--allow-outage").exits(1).says("zookeeper-1 would not start", "no server was stopped or started")
	if now := e.invocation("zk1", "zookeeper-1"); now != after {
		t.Errorf("the server runs as %s, and before as %s", now, after)
	}
}
