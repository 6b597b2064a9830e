package lab

import (
	"fmt"
	"os"
	"path/filepath"
)

// Cloud is what cloud-init finds at a host's first boot.
type Cloud struct {
	InstanceID string `json:"instance_id"`
	UserData   string `json:"user_data"`
}

// cloudConfig fits cloud-init to a container: seeds from the disk, no network of its own, and no locale, as the image has none.
const cloudConfig = `datasource_list: [NoCloud, None]
network: {config: disabled}
locale: false
ssh_deletekeys: false
ssh_genkeytypes: []
`

// Seed gives a host that is down its user-data, for its next boot.
func (h *Host) Seed(c Cloud) error {
	seed := h.merged("var/lib/cloud/seed/nocloud")
	err := os.MkdirAll(seed, 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(seed, "user-data"), []byte(c.UserData), 0o600)
	}
	if err == nil {
		meta := fmt.Sprintf("instance-id: %s\nlocal-hostname: %s\n", c.InstanceID, h.Name)
		err = os.WriteFile(filepath.Join(seed, "meta-data"), []byte(meta), 0o600)
	}
	if err != nil {
		return fmt.Errorf("cannot seed the host %s: %w", h.Name, err)
	}
	return nil
}
