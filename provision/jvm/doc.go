// Package jvm knows the flags of HotSpot's java: which of them end it at once, on which
// releases, and which have no effect. It runs nothing: what it says is what the JVMs of
// Java 11, 17 and 21 were seen to do, and the tests ask the one at hand.
package jvm
