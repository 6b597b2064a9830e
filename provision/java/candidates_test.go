package java

import "testing"

func TestFragility(t *testing.T) {
	for name, want := range map[string]int{
		"java-17-openjdk-amd64":     0,
		"java-1.17.0-openjdk-amd64": 0,
		"jre-17":                    0,
		"temurin-17-jdk-amd64":      0,
		"java-17-openjdk-17":        0,
		"default-java":              1,
		"jre":                       1,
		"java-21-openjdk":           1, // a link that was turned round
		"jdk-17.0.9":                2,
		"jdk-17.0.9+9":              2,
		"java-17-openjdk-17.0.9.0.9-2.el9.x86_64":         2,
		"zulu17.46.19-ca-jdk17.0.9-linux_x64":             2,
		"java-1.17.0-openjdk-1.17.0.392.b08-4.el8.x86_64": 2,
	} {
		if got := fragility(name, 17); got != want {
			t.Errorf("fragility(%q, 17) = %d, want %d", name, got, want)
		}
	}
	for name, want := range map[string]int{
		"java-1.8.0-openjdk-amd64": 0, "jre-1.8.0": 0, "java-8-openjdk-amd64": 0, "jdk1.8": 0,
		"jdk1.8.0_402": 2, "jdk8u392-b08": 2,
	} {
		if got := fragility(name, 8); got != want {
			t.Errorf("fragility(%q, 8) = %d, want %d", name, got, want)
		}
	}
}
