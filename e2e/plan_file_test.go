//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPlanFile applies plans that were kept in files: one that fits is carried out once, one whose apply was killed goes on, and one that
// does not fit changes nothing.
func TestPlanFile(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	file := filepath.Join(t.TempDir(), "roll.plan")

	e.zkprov("plan", "--out", file).exits(0).says("the plan is in "+file+"; apply it, and nothing else, with:", "apply --plan "+file)
	e.zkprov("apply", "--plan", file).exits(0).says("✔ zk1  prepared", "quorum formed", "2/2 followers in sync")
	e.unchanged(ownFolders, func() {
		e.zkprov("apply", "--plan", file).exits(0).says("the plan in "+file+" was carried out before: all of it is there", "nothing to change", "quorum formed")
	})

	e.write(e.text + "\n[zoo_cfg]\nmaxClientCnxns = 77\n")
	e.zkprov("apply", "--plan", file).exits(65).says("the plan was made for another inventory: "+e.inventory+" had the digest ", "[stale-plan]", "plan --out "+file)
	e.zkprov("plan", "--out", file).exits(0)
	e.in("zk2", "chmod 600 /etc/systemd/system/zookeeper-2.service")
	e.unchanged(ownFolders, func() {
		e.zkprov("apply", "--plan", file).exits(65).says("zk2: /etc/systemd/system/zookeeper-2.service differs (content, mode 0600 -> 0644), and the plan does not have that as it is now",
			"zk2 plan: /etc/systemd/system/zookeeper-2.service  (content), in the step \"restart zookeeper-2\": from file ", " 0:0 0644 to file ",
			"zk2 now:  /etc/systemd/system/zookeeper-2.service  (content, mode 0600 -> 0644), in the step", " 0:0 0600 to file ")
	})
	e.in("zk2", "chmod 644 /etc/systemd/system/zookeeper-2.service")

	e.args = append(e.args, "--plan", file)
	e.interrupt(syscall.SIGKILL, " ok  ")
	e.zkprov("apply", "--lock-timeout", "60s").exits(0).says("of the plan in "+file+" ", " made before", "quorum formed")
	e.args = e.args[:len(e.args)-2]
	for _, host := range []string{"zk1", "zk2", "zk3"} {
		e.in(host, "exec 3<>/dev/tcp/127.0.0.1/2181; echo conf >&3; grep -q ^maxClientCnxns=77 <&3")
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	e.zkprov("apply", "--plan", file).exits(64).says("it is cut off")
	if strings.Contains(string(text), release.Section()) {
		t.Error("the inventory stands in the plan")
	}
}
