// Package host brings one host to the state that an inventory describes: it
// observes, plans, and applies. It is the only code that changes a host, and it
// does not know who calls it: a command on the host itself, a control machine over
// SSH, or the first boot.
//
// A host's desired state is a list of resources. Each compares what is there with
// what should be, which gives a Change or nothing; the resource that made the
// change carries it out, and is then asked again. An apply never makes a change
// that was not in the plan it was given.
package host
