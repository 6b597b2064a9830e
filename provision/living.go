package provision

// Living is an Agent that works in another process, which gives signs of life beside
// its work. One that works in this process cannot freeze without it.
type Living interface {
	// Signs counts what came from there. It grows every second or two, whatever is
	// done there; where it does not, the process is stopped, or its machine or the
	// network between is gone.
	Signs() uint64
	// GiveUp ends the connection at once, without waiting for the far side. Calls
	// that are under way end with why, and so do later ones.
	GiveUp(why error)
}
