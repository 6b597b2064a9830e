package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRemoveProgram wants a program to go with its folder, and nobody else's file with them.
func TestRemoveProgram(t *testing.T) {
	for name, others := range map[string][]string{
		"by itself":        nil,
		"among other ones": {"ls"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "bin")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			program := filepath.Join(dir, "zkprov")
			for _, name := range append(others, "zkprov") {
				if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := removeProgram(program); (err != nil) != (others != nil) {
				t.Errorf("got %v", err)
			}
			if _, err := os.Stat(program); !os.IsNotExist(err) {
				t.Errorf("the program is there still: %v", err)
			}
			for _, other := range others {
				if _, err := os.Stat(filepath.Join(dir, other)); err != nil {
					t.Error(err)
				}
			}
			if _, err := os.Stat(dir); os.IsNotExist(err) != (others == nil) {
				t.Errorf("the folder: %v", err)
			}
		})
	}
}
