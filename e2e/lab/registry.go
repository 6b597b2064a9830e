package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// registryLock is held while a lab is opened. It is the machine's, not the store's, as bridges and subnets are.
const registryLock = "/run/zkprov-lab.lock"

// Labs returns the names of the labs in this store.
func (s *Store) Labs() ([]string, error) {
	entries, err := os.ReadDir(s.path("labs"))
	if err != nil {
		return nil, fmt.Errorf("cannot list the labs: %w", err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, nil
}

// sweep closes the labs whose process ended without doing so.
func (s *Store) sweep(ctx context.Context) error {
	names, err := s.Labs()
	if err != nil {
		return err
	}
	for _, name := range names {
		lab, err := s.load(name)
		if errors.Is(err, fs.ErrNotExist) {
			// Its process ended before it had written down anything, so there is nothing but the folder; or the lab is being closed.
			err = os.RemoveAll(s.path("labs", name))
		} else if err == nil && lab.abandoned() {
			s.say("closing the lab %s, left behind by process %d", name, lab.owner.PID)
			err = lab.Close(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) abandoned() bool { return l.owner != nil && !l.owner.alive() }

func (s *Store) takenSubnets() (map[Subnet]bool, error) {
	names, err := s.Labs()
	if err != nil {
		return nil, err
	}
	taken := make(map[Subnet]bool)
	for _, name := range names {
		lab, err := s.load(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // closed since it was listed
		}
		if err != nil {
			return nil, err
		}
		taken[lab.Subnet] = true
	}
	return taken, nil
}
