package provision

import "testing"

// TestRetiredDifference tells in words that a server has left the inventory.
func TestRetiredDifference(t *testing.T) {
	c := Change{Resource: "retired:zookeeper-4.service", Instance: "zookeeper-4", Action: Stop, From: "running, enabled", Summary: "zookeeper-4.service and disable it; its data stays"}
	if got, want := c.Difference(), "zookeeper-4.service has left this host by the inventory, and is running, enabled"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
