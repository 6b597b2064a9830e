package lab

import "context"

// Setup makes the machine ready to boot hosts: it installs the packages that are missing and builds the hosts' image. Where both are
// there already it takes milliseconds. It needs root, and the machine's Debian mirror when something is missing.
// It raises a limit of the kernel that many hosts at once would meet.
func (s *Store) Setup(ctx context.Context) error {
	if err := s.install(ctx, tools); err != nil {
		return err
	}
	if err := allowInotify(); err != nil {
		return err
	}
	_, err := s.image(ctx, plain)
	return err
}
