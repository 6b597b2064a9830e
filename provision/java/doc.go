// Package java finds a Java runtime on a host, judges whether the instances can
// run on it, and installs the distribution's where the user wants that.
package java
