package java

import "github.com/zkprov/zkprov/internal/finding"

// The names of the findings about Java.
const (
	javaNotFound     = "java-not-found"
	javaUndocumented = "java-undocumented"
	javaHangs        = "java-hangs"
)

// Explanations explains every finding of this package.
func Explanations() []finding.Explanation {
	return []finding.Explanation{
		{
			Name:  javaHangs,
			Means: "A program that is called java, has no file release beside it, and would be preferred to the Java that was taken, gave no answer to -version. It is killed after 5 seconds, which every run on the host spends once until a server's unit names a Java. Typical are a wrapper that waits for a licence, a network file system or a terminal.",
			Fix:   "Run it by hand (timeout 9 PATH -version) and repair it, take it off the PATH of root, or name the Java that you want with home under [java]: then nothing else is looked at.",
		},
		{
			Name:  javaNotFound,
			Means: "No Java runtime on the host will do. Looked for in java.home of the inventory (then nowhere else), JAVA_HOME, the unit in use, PATH and the usual folders; judged by the file release of the Java home or by `java -version`. The minimum is the greater of java.minimum and what ZooKeeper itself needs.",
			Fix:   "Set install = true under [java] to install the distribution's headless runtime, or home to name one that the service user can reach.",
		},
		{
			Name:  javaUndocumented,
			Means: "The Java runtime is outside of what the documentation of this ZooKeeper release names. ZooKeeper 3.6.3 has been seen to form a quorum on 11, 17 and 25; its documentation ends at 12.",
			Fix:   "Nothing, if it works for you: add java-undocumented to ignore. Otherwise install a documented release and name it with home under [java].",
		},
	}
}
