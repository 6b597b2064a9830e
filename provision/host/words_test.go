package host_test

import (
	"strings"
	"testing"

	"github.com/zkprov/zkprov/provision"
)

// TestChangeWords wants every change of a whole first plan to be told without the names
// that only the code has for it.
func TestChangeWords(t *testing.T) {
	h := newHost(t)
	plan := h.plan(t)
	h.apply(t, plan)
	h.task.Ensemble.Hosts[0].Instances[0].JVM.Heap = "2g"
	h.task.Ensemble.Hosts[0].Instances[0].ZooCfg = nil
	again := h.plan(t)
	for _, c := range append(plan.Changes, again.Changes...) {
		for _, text := range []string{c.Line(), c.Difference()} {
			for _, inside := range []string{"hold", "file:", "dir:", "release:", "running:", "enabled:", "reload:", "unit:", "link:", "restarted:", "generation:", "trial:", "change together", "whole"} {
				if strings.Contains(text, inside) {
					t.Errorf("%s is told as %q", c.Resource, text)
				}
			}
		}
	}
	for c, want := range map[*provision.Change][2]string{
		{Resource: "release:/opt/zk", Path: "/opt/zk", Action: provision.Install, Summary: "zk-3.6.3"}: {"zk-3.6.3 in /opt/zk", "zk-3.6.3 is not unpacked in /opt/zk"},
		{Resource: "release:/opt/zk", Path: "/opt/zk", Action: provision.Install, Summary: "zk-3.6.3, again: it is empty"}: {
			"zk-3.6.3, again: it is empty in /opt/zk", "zk-3.6.3 has to be unpacked in /opt/zk, again: it is empty"},
		{Resource: "file:/etc/zoo.cfg", Path: "/etc/zoo.cfg", Action: provision.Update, Summary: "content, mode 0644 -> 0640"}: {
			"/etc/zoo.cfg  (content, mode 0644 -> 0640)", "/etc/zoo.cfg differs (content, mode 0644 -> 0640)"},
		{Resource: "file:/data/initialize", Path: "/data/initialize", Action: provision.Remove, Summary: "the ensemble exists"}: {
			"/data/initialize  (the ensemble exists)", "/data/initialize is left over (the ensemble exists)"},
		{Resource: "user:zk", Action: provision.Create, Summary: "system user zk"}:             {"system user zk", "there is no system user zk"},
		{Resource: "systemd:units", Action: provision.Reload, Summary: "systemd reads …"}:      {"systemd reads …", "systemd has not read its units since they were changed"},
		{Resource: "trial:zookeeper", Action: provision.Try, Summary: "a, b: Java starts"}:     {"try a, b: Java starts", "what a, b would be started with was not tried"},
		{Resource: "enabled:a", Action: provision.Enable, Summary: "a.service starts at boot"}: {"enable: a.service starts at boot", "a.service does not start at boot"},
		{Resource: "running:a", Action: provision.Run, Summary: "a.service"}:                   {"start a.service", "a.service is not started"},
		{Resource: "running:a", Action: provision.Run, Summary: "a.service, again"}:            {"start a.service, again", "a.service is not started"},
		{Resource: "running:a", Action: provision.Run, Summary: "a.service, which is failed"}:  {"start a.service, which is failed", "a.service, which is failed, is not started"},
		{Resource: "restarted:a", Action: provision.Again, Summary: "a.service"}:               {"restart a.service", "a.service runs with something else than it would be started with"},
		{Resource: "stopped:a", Action: provision.Stop, Summary: "a.service, which is empty"}:  {"stop a.service, which is empty", "a.service, which is empty, runs"},
		{Resource: "link:/etc/a", Path: "/etc/a", Action: provision.Update, Summary: "-> 0/a"}: {"/etc/a  (-> 0/a)", "/etc/a differs (-> 0/a)"},
		{Resource: "link:/etc/a", Path: "/etc/a", Action: provision.Create, Summary: "-> 0/a"}: {"/etc/a  (-> 0/a)", "/etc/a is missing"},
	} {
		if got := [2]string{c.Line(), c.Difference()}; got != want {
			t.Errorf("%s: got %q, want %q", c.Resource, got, want)
		}
	}
}
