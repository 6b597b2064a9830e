package jvm

import "github.com/zkprov/zkprov/internal/finding"

// Explanations explains every finding of this package.
func Explanations() []finding.Explanation {
	return []finding.Explanation{
		{Name: flagEnds, Means: "With a flag under [jvm] flags java ends as it starts, and the server never runs: it prints something and leaves, it is given a class path or a class in the place of ZooKeeper's, a size that is none or above the heap's greatest, two garbage collectors, or an option that is locked.", Fix: "See the message. What zkprov does not know of, the plan finds on the host, where it runs java with the flags."},
		{Name: flagTwo, Means: "A string under [jvm] flags looks like two flags. java gets it as one argument: of an option it is no value that java knows, and of a property or an agent it becomes a part of the value.", Fix: "Write each flag as a string of its own. Where it is meant, silence the warning by name."},
		{Name: flagOtherJava, Means: "A flag is for other releases of Java than the hosts': those of the old log of the garbage collector are refused from Java 9 on, those of CMS from 15 on, and -Xlog by Java 8. An inventory is judged by the oldest Java that it allows (java.minimum), and a host by the Java that its servers run on.", Fix: "Write what the message says. Where hosts have different releases of Java, give each its own flags under jvm of the [[host]]."},
		{Name: flagUnwritable, Means: "The JVM is to write a log or a dump where the unit does not let it: a server writes to its data, to its folder below paths.logs, and to a /tmp of its own, which goes when it stops. A log or a recording that cannot be opened ends the JVM at once; a dump is lost when it is needed, which is a warning.", Fix: "Name a file in one of these folders. Where a drop-in lets the server write elsewhere, silence the warning by name."},
		{Name: flagRelative, Means: "A relative path in zoo.cfg or in a flag of the JVM. A server runs in the folder /, so that it would be looked for there.", Fix: "Write the path from / on."},
		{Name: flagIPv4Only, Means: "java.net.preferIPv4Stack is true, which keeps the JVM from IPv6, and the ensemble has an IPv6 address: a server that is to listen on one ends with exit code 14, and one that is to reach another there never does.", Fix: "Remove the flag. Without it Java takes IPv4 first where a name has both."},
	}
}
