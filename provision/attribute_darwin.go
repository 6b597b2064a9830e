package provision

// forbids is for hosts, which run Linux.
func forbids(string) string { return "" }
