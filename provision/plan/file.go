package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/zkprov/zkprov/inventory"
)

// fileFormat is the format of the plan files that this version writes and reads. Another
// one is needed where a field changes its meaning.
const fileFormat = 1

// FileLimit bounds a plan file, bytes. A plan for 500 hosts takes some 10 MB.
const FileLimit = 64 << 20

// File is a plan as it is kept in a file, with what tells whether it may be applied.
type File struct {
	// Format is the first field, by which a plan file is known.
	Format int `json:"zkprov_plan"`
	// About tells whoever opens the file what it is.
	About string `json:"about"`
	// Zkprov is the build that made the plan: another one may make other changes of the
	// same inventory.
	Zkprov string `json:"zkprov"`
	// Made is when, By the user and machine where the plan was made, and InventoryFile the
	// path of the inventory there. They are for people alone.
	Made          time.Time `json:"made"`
	By            string    `json:"by,omitempty"`
	InventoryFile string    `json:"inventory_file"`
	Plan          *Plan     `json:"plan"`
}

// Encode returns the text of a plan file. Its format is set.
func (f *File) Encode() ([]byte, error) {
	said := *f
	said.Format = fileFormat
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(said)
	return b.Bytes(), err
}

// Decode reads a plan file. The error says why a text is none. It is strict: what it does
// not understand would be approved without being known.
func Decode(text []byte) (*File, error) {
	var marked struct {
		Format  *int    `json:"zkprov_plan"`
		Command *string `json:"command"`
	}
	err := json.Unmarshal(text, &marked)
	var syntax *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return nil, errors.New("it is empty")
	case errors.As(err, &syntax) && bytes.HasPrefix(bytes.TrimSpace(text), []byte(`{`)) && syntax.Offset >= int64(len(text)):
		return nil, errors.New("it is cut off: its end is missing")
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("it is no JSON: %w", err)
	case err == nil && marked.Format == nil && marked.Command != nil:
		return nil, errors.New("it is what -o json prints, and that is not for apply: zkprov plan --out FILE writes a plan file")
	case err != nil || marked.Format == nil:
		return nil, errors.New("it is JSON, and no plan: it has no number zkprov_plan")
	case *marked.Format != fileFormat:
		return nil, fmt.Errorf("it has the format %d, and this version of zkprov reads format %d", *marked.Format, fileFormat)
	}
	f := new(File)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(f); err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it is damaged: something follows the plan")
	}
	if f.Plan == nil || f.Plan.Inventory == "" {
		return nil, errors.New("it is damaged: there is no plan in it")
	}
	return f, nil
}

// Concerns returns an error where the plan is not about an ensemble.
func (f *File) Concerns(e *inventory.Ensemble) error {
	if f.Plan.Ensemble == e.Name {
		return nil
	}
	return fmt.Errorf("the plan is for the ensemble %q, and %s has the ensemble %q; give the inventory that the plan was made for, which was %s", f.Plan.Ensemble, e.File, e.Name, f.InventoryFile)
}

// Fits returns an *Error of kind Stale where the inventory was changed since the plan was
// made, or where the build of zkprov is another one. What is so on the hosts is for
// Approves to compare.
func (f *File) Fits(e *inventory.Ensemble, build string) error {
	if f.Zkprov != build {
		return stale("the plan was made by zkprov %s, and this is zkprov %s, which may do other things for the same inventory", f.Zkprov, build)
	}
	if now := Digest(e); f.Plan.Inventory != now {
		return stale("the plan was made for another inventory: %s had the digest %.12s, and %s has %.12s", f.InventoryFile, f.Plan.Inventory, e.File, now)
	}
	return nil
}
