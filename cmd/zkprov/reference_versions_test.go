package main

import (
	"bytes"

	"github.com/zkprov/zkprov/provision/archive"
)

// versionsPage returns docs/versions.md.
func versionsPage() []byte {
	var b bytes.Buffer
	b.WriteString(written)
	b.WriteString(`# Versions

## What is built in

Nothing is unpacked before its SHA-512 matched a pinned value. For the releases below zkprov has that value, so that ` + "`version`" + ` alone is enough in the inventory. They are those of which two
independent public sources pin the same value; sources of which one takes its values from the other count once. For any other release the inventory has ` + "`sha512`" + ` under ` + "`[archive]`" + `, and ` + "`zkprov validate`" + ` says where to read it.

| version | independent sources |
|---|---|
`)
	b.Write(archive.Reference())
	return b.Bytes()
}
