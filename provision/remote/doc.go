// Package remote reaches hosts: this one directly, others by the system's own
// ssh, each with one process for a whole run.
//
// On the far side runs zkprov itself, and the two speak JSON-RPC over the
// session's standard streams. The binary is brought along once per version and
// addressed by its SHA-256. Keys, jump hosts, certificates and known_hosts are
// those of the user's ssh configuration; host keys are always checked.
package remote
