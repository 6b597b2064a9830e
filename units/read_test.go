package units

import "testing"

func TestJavaOf(t *testing.T) {
	for _, java := range []string{"/usr/lib/jvm/java-17/bin/java", "/opt/my %java/bin/java", "/opt/a b/bin/java"} {
		s := plain()
		s.Java = java
		text, err := s.Text()
		if err != nil {
			t.Fatal(err)
		}
		if got := JavaOf(text); got != java {
			t.Errorf("JavaOf = %q, want %q", got, java)
		}
	}
	if got := JavaOf([]byte("[Service]\nExecStart=/usr/bin/java \\\n")); got != "" {
		t.Errorf("JavaOf a unit of somebody else = %q, want nothing", got)
	}
}
