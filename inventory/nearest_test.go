package inventory

import "testing"

func TestNearest(t *testing.T) {
	keys := []string{"client_port", "quorum_port", "election_port", "data_dir", "data_log_dir", "id", "role", "name"}
	tests := map[string]string{
		"client_port":  "client_port",
		"clientPort":   "client_port",
		"CLIENT-PORT":  "client_port",
		"client_prot":  "client_port",
		"cleint_port":  "client_port",
		"quorm_port":   "quorum_port",
		"datadir":      "data_dir",
		"dataLogDir":   "data_log_dir",
		"rol":          "role",
		"nmae":         "name",
		"nam":          "name",
		"name1":        "name",
		"ID":           "id",
		"is":           "",
		"":             "",
		"port":         "",
		"heap":         "",
		"client":       "",
		"naïve_port":   "",
		"elections":    "",
		"electionport": "election_port",
	}
	for name, want := range tests {
		if got := Nearest(name, keys); got != want {
			t.Errorf("nearest to %q is %q, want %q", name, got, want)
		}
	}
	if got := Nearest("a", nil); got != "" {
		t.Errorf("nearest of none is %q", got)
	}
	if got := Nearest("abcd", []string{"abcx", "abcy"}); got != "abcx" {
		t.Errorf("of two as near it is %q, want the first", got)
	}
}

func TestEdits(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "axc", 1},
		{"abc", "bc", 1}, {"abc", "acb", 1}, {"ab", "ba", 1}, {"abcd", "badc", 2}, {"kitten", "sitting", 3},
	} {
		if got := edits(test.a, test.b); got != test.want {
			t.Errorf("%q to %q is %d, want %d", test.a, test.b, got, test.want)
		}
		if got := edits(test.b, test.a); got != test.want {
			t.Errorf("%q to %q is %d, want %d", test.b, test.a, got, test.want)
		}
	}
}
