package fleet

import "time"

// sinceBoot goes on while the machine sleeps, as the monotonic clock of a Mac does
// not. It jumps where somebody sets the clock.
func sinceBoot() time.Duration { return time.Duration(time.Now().UnixNano()) }
