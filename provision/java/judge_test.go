package java

import (
	"debug/elf"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestBuiltFor tells from the first bytes of a program what it was built for, and
// nothing of what is no such program.
func TestBuiltFor(t *testing.T) {
	header := func(data elf.Data, machine elf.Machine) string {
		low, high := byte(machine), byte(machine>>8)
		if data == elf.ELFDATA2MSB {
			low, high = high, low
		}
		return "\x7fELF\x02" + string(byte(data)) + "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00" + string([]byte{low, high})
	}
	tests := []struct {
		name, content, want string
	}{
		{"x86-64", header(elf.ELFDATA2LSB, elf.EM_X86_64), "amd64"},
		{"x86", header(elf.ELFDATA2LSB, elf.EM_386), "386"},
		{"ARM, 64 bits", header(elf.ELFDATA2LSB, elf.EM_AARCH64), "arm64"},
		{"ARM", header(elf.ELFDATA2LSB, elf.EM_ARM), "arm"},
		{"an architecture that is not listed", header(elf.ELFDATA2LSB, elf.EM_S390), ""},
		{"big-endian", header(elf.ELFDATA2MSB, elf.EM_AARCH64), ""},
		{"torn", header(elf.ELFDATA2LSB, elf.EM_X86_64)[:19], ""},
		{"a shell script", "#!/bin/sh\nexec /usr/bin/java \"$@\"\n", ""},
		{"empty", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "java")
			if err := os.WriteFile(name, []byte(test.content), 0o755); err != nil {
				t.Fatal(err)
			}
			if got := builtFor(name); got != test.want {
				t.Errorf("built for %q, not %q", got, test.want)
			}
		})
	}
	if runtime.GOOS == "linux" {
		if got := builtFor("/proc/self/exe"); got != runtime.GOARCH {
			t.Errorf("this program is built for %q, not %q", got, runtime.GOARCH)
		}
	}
	if got := builtFor(t.TempDir() + "/none"); got != "" {
		t.Errorf("nothing is built for %q", got)
	}
}
