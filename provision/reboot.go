package provision

// Reboot asks for a boot of a host. Its servers come back by themselves, as their units
// start at boot.
type Reboot struct {
	// IfNeeded leaves a host alone that does not say that it needs one.
	IfNeeded bool `json:"if_needed,omitempty"`
}
