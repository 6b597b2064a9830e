package provision

// Collect asks a host for what lies there of zkprov's that nothing names any more.
type Collect struct {
	// Copies takes away the copies of data from before the last upgrade, too.
	Copies bool `json:"copies,omitempty"`
}
