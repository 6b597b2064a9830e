//go:build e2e

package e2e

import (
	"archive/zip"
	"bytes"
	"crypto/sha512"
	_ "embed" // the class of a jar
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// extraMetrics is jar/ExtraMetrics.java, compiled.
//
//go:embed jar/ExtraMetrics.class
var extraMetrics []byte

// extraJar writes a jar with that class into a folder of the control machine, and returns its path and its SHA-512.
func extraJar(t *testing.T) (path, hash string) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("org/example/ExtraMetrics.class")
	if err == nil {
		_, err = w.Write(extraMetrics)
	}
	if err == nil {
		err = z.Close()
	}
	path = filepath.Join(t.TempDir(), "extra-metrics-1.0.jar")
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path, fmt.Sprintf("%x", sha512.Sum512(b.Bytes()))
}

// unit gives a server limits, variables, log files and a jar of its own, and looks at its process and its folders.
func (e *ensemble) unit(t *testing.T) {
	e = e.on(t)
	e.in("zk1", "rm -r /opt/runtime; "+copyRuntime)
	jar, hash := extraJar(t)
	lines := func(more string) []string {
		return []string{"[jvm]", `heap = "50%"`, fmt.Sprintf("jars = [ { url = \"file://%s\", sha512 = %q } ]", jar, hash),
			`flags = ["-Xlog:gc:file=/var/log/zookeeper/zookeeper-1/gc.log"]`,
			"[unit]", `memory_max = "500m"`, "nofile = 4321", `environment = { GREETING = "50% of $HOME, \"quoted\" \\ 'so'", TZ = "Asia/Kolkata" }`,
			"[logging]", `to = "files"`, `size = "2k"`, "keep = 3",
			"[zoo_cfg]", `metricsProvider.className = "org.example.ExtraMetrics"`, more}
	}
	// Without its jar the server would not start, which is found beforehand.
	e.oneServer("[zoo_cfg]", `metricsProvider.className = "org.example.ExtraMetrics"`)
	e.zkprov("apply", "--allow-outage").exits(1).says("zookeeper-1 would not start", "ExtraMetrics")

	e.oneServer(lines("")...)
	e.zkprov("plan", "--diff", "--allow-outage").exits(0).says("/opt/zookeeper/jars/"+hash[:16]+"-extra-metrics-1.0.jar", "/var/log/zookeeper/zookeeper-1/", "LimitNOFILE=4321", "MemoryMax=500M", "-Xmx250m")
	e.zkprov("apply", "--allow-outage", "--settle", "1s").exits(0)
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.zkprov("check").says("quorum")
	invocation := e.invocation("zk1", "zookeeper-1")

	process := e.in("zk1", `p=$(systemctl show -p MainPID --value zookeeper-1); grep 'open files' /proc/$p/limits; tr '\0' '\n' </proc/$p/environ; tr '\0' ' ' </proc/$p/cmdline; echo; readlink /proc/$p/fd/*
systemctl show -p MemoryMax zookeeper-1`)
	for _, want := range []string{"4321                 4321", "GREETING=50% of $HOME, \"quoted\" \\ 'so'\n", "TZ=Asia/Kolkata\n", " -Xmx250m ", "/lib/*:/opt/zookeeper/jars/" + hash[:16] + "-extra-metrics-1.0.jar ",
		"\n/opt/zookeeper/jars/" + hash[:16] + "-extra-metrics-1.0.jar\n", "\n/var/log/zookeeper/zookeeper-1/zookeeper.log\n", "\n/var/log/zookeeper/zookeeper-1/gc.log\n", "MemoryMax=524288000"} {
		if !strings.Contains(process, want) {
			t.Errorf("the process has no %q:\n%s", want, process)
		}
	}
	journal := e.in("zk1", "journalctl -o cat _SYSTEMD_INVOCATION_ID="+invocation)
	if !strings.Contains(journal, "ExtraMetrics is used") || !strings.Contains(journal, "binding to port") || strings.Count(journal, "\nINFO ") > 1 {
		t.Errorf("the journal has\n%s", journal)
	}
	logs := e.in("zk1", "cd /var/log/zookeeper/zookeeper-1; stat -c '%U %a %n' . *")
	for _, want := range []string{"zookeeper 750 .", "zookeeper 640 zookeeper.log\n", "zookeeper 640 zookeeper.log.1\n", "zookeeper 640 zookeeper.log.2", "zookeeper 640 gc.log\n"} {
		if !strings.Contains(logs, want) {
			t.Errorf("there is no %q among the logs:\n%s", want, logs)
		}
	}
	if strings.Contains(logs, "zookeeper.log.3") {
		t.Errorf("there are more logs than are to be kept:\n%s", logs)
	}

	// A share of the host's memory is left to the JVM, which works it out. Of more files than systemd can give it gives those.
	e.oneServer("[jvm]", `heap = "10%"`, "[unit]", "nofile = 1_073_741_824")
	e.zkprov("apply", "--allow-outage", "--settle", "1s").exits(0).says("[files-above-limit]")
	memory := e.in("zk1", `p=$(systemctl show -p MainPID --value zookeeper-1); sed -n 's/Max open files *\([0-9]*\) .*/files \1/p' /proc/$p/limits; echo "kernel $(cat /proc/sys/fs/nr_open)"
p=$(systemctl show -p MainPID --value zookeeper-1); tr '\0' '\n' </proc/$p/cmdline | grep -e -XX:MaxRAM
total=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
heap=$(/opt/runtime/bin/java -XX:MaxRAMPercentage=10.0 -XX:MinRAMPercentage=10.0 -XX:+PrintFlagsFinal -version 2>/dev/null | sed -n 's/.* MaxHeapSize *= \([0-9]*\) .*/\1/p')
[ $((heap / 1024 * 100 / total)) -ge 9 ] && [ $((heap / 1024 * 100 / total)) -le 10 ] && echo fits`)
	if !strings.Contains(memory, "-XX:MaxRAMPercentage=10.0\n") || !strings.Contains(memory, "fits") {
		t.Errorf("the heap is %s", memory)
	}
	// The way back has its jar.
	e.zkprov("gc", "--yes").exits(0)
	e.zkprov("rollback", "--allow-outage", "--settle", "1s").exits(0)
	if line := e.in("zk1", "cat /proc/$(systemctl show -p MainPID --value zookeeper-1)/cmdline"); !strings.Contains(line, hash[:16]+"-extra-metrics-1.0.jar") {
		t.Errorf("after a rollback it runs as %s", line)
	}
	e.oneServer(lines("")...)
	e.zkprov("reset", "--confirm=zookeeper", "--delete-data").exits(0)
	if left := e.in("zk1", "ls -d /var/log/zookeeper /opt/zookeeper 2>/dev/null || true"); left != "" {
		t.Errorf("after a reset there is %s", left)
	}
}
