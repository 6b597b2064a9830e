// Package durable makes what was written to a file system survive a power cut.
package durable

import "os"

// SyncDir flushes a folder, so that renames and new names in it last; see fsync(2).
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
