package java

import "github.com/zkprov/zkprov/checks"

// The names of the findings about Java.
const (
	javaNotFound     = "java-not-found"
	javaUndocumented = "java-undocumented"
)

// Explanations is the table of what this package finds.
func Explanations() []checks.Explanation {
	return []checks.Explanation{
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
