// Package host brings one host to the state that an inventory describes: it
// observes, plans, and applies. It is the only code that changes a host, and it
// does not know who calls it: a command on the host itself, a control machine over
// SSH, or the first boot.
//
// Observe takes a look at the host, in which everything that a plan may need is read
// once. The desired state is a list of resources. Each is planned against a view, the
// look with the changes before it applied, which gives a Change or nothing. The
// resource that planned a change carries it out, and is planned once more on what is
// there then: done means seen. An apply never makes a change that was not in the plan
// that it was given.
//
// A new kind of resource is a file here with its four methods; where it belongs in the
// order says desired.go. What forbids to touch something belongs into package guard.
package host
