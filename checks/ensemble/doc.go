// Package ensemble asks servers how they are and judges, by their answers, how the
// ensemble stands.
package ensemble
