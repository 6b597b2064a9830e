package inventory

import "github.com/zkprov/zkprov/internal/finding"

// Rule is a check of a whole, decoded inventory that lives elsewhere: what
// zoo.cfg keys mean is known to provision/zoocfg, not here.
type Rule func(*Ensemble) finding.Findings
