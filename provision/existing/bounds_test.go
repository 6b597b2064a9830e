package existing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/provision/existing"
)

// TestBounds looks whether hostile files are read in time that grows with their size.
func TestBounds(t *testing.T) {
	begin := time.Now()
	doubling := "A=xxxxxxxxxxxxxxxx\n" + strings.Repeat("A=\"$A$A\"\n", 100) + "JVMFLAGS=$A\n"
	existing.ReadProcess(nil, []existing.Input{{Name: "java.env", Text: []byte(doubling)}})
	many := "A=" + strings.Repeat("x", 100_000) + "\nJVMFLAGS=\"" + strings.Repeat("$A", 200_000) + "\"\n"
	existing.ReadProcess(nil, []existing.Input{{Name: "java.env", Text: []byte(many)}})
	if _, found := write(nil, given{name: "zoo.cfg", text: basic + three + strings.Repeat("a=1\n", 200_000)}); found.Failed() {
		t.Error(found)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
