package provision

// Reset asks for the opposite of an apply: what zkprov made of the ensemble on a host is
// taken away, and nothing else.
type Reset struct {
	// DeleteData takes the data away too, where the ownership stamp says that it is this
	// ensemble's. Otherwise it stays, with its stamp.
	DeleteData bool `json:"delete_data,omitempty"`
}

// Stay is something that a reset leaves on a host, and why.
type Stay struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}
