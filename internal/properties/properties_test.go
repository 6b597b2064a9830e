package properties

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRead has what java.util.Properties of Java 17 and 25 makes of each text.
func TestRead(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string // keys and values in turn
	}{
		"empty":                 {"", nil},
		"blanks":                {"\n  \n\t\f\n", nil},
		"equals":                {"tickTime=2000\n", []string{"tickTime", "2000"}},
		"no newline at the end": {"a=1\nb=2", []string{"a", "1", "b", "2"}},
		"colon":                 {"a:1\nb : 2", []string{"a", "1", "b", "2"}},
		"blank":                 {"a 1\nb\t2\nc \f 3", []string{"a", "1", "b", "2", "c", "3"}},
		"blanks around":         {"  a  =  1  \n", []string{"a", "1  "}},
		"one separator":         {"a==1\nb=:2\nc = = 3\nd  e = 4", []string{"a", "=1", "b", ":2", "c", "= 3", "d", "e = 4"}},
		"no value":              {"a=\nb\nc: \nd=\\", []string{"a", "", "b", "", "c", "", "d", ""}},
		"no key":                {"=1", []string{"", "1"}},
		"comments":              {"#a=1\n!b=2\n  # c=3\n \t! d=4\ne=5#6\nf=!7", []string{"e", "5#6", "f", "!7"}},
		"comment is not joined": {"# a \\\nb=1", []string{"b", "1"}},
		"CRLF":                  {"a=1\r\nb=2\r\n", []string{"a", "1", "b", "2"}},
		"CR":                    {"a=1\rb=2\r", []string{"a", "1", "b", "2"}},
		"joined":                {"a=1,\\\n   2,\\\r\n\t3,\\\r4\nb=5", []string{"a", "1,2,3,4", "b", "5"}},
		"joined key":            {"tick\\\n  Time=2000", []string{"tickTime", "2000"}},
		"joined separator":      {"a\\\n = \\\n 1", []string{"a", "1"}},
		"joined to a comment":   {"a=1\\\n# b", []string{"a", "1# b"}},
		"joined to nothing":     {"a=1\\\n\nb=2", []string{"a", "1", "b", "2"}},
		"nothing joined":        {"\\\n\n\\\n#a\n\\\na=1", []string{"a", "1"}},
		"joined to the end":     {"a=1\\", []string{"a", "1"}},
		"backslash at the end":  {"a=C:\\\\\nb=2", []string{"a", `C:\`, "b", "2"}},
		"backslash and joined":  {"a=C:\\\\\\\nb=2", []string{"a", `C:\b=2`}},
		"Windows path":          {`a=C:\zk\data`, []string{"a", "C:zkdata"}},
		"escapes":               {`a=1\t2\n3\r4\f5\q6\ `, []string{"a", "1\t2\n3\r4\f5q6 "}},
		"escapes in keys":       {`a\ b\=c\:d\#=1`, []string{"a b=c:d#", "1"}},
		"escaped first":         {`\#a=1` + "\n" + `\!b=2`, []string{"#a", "1", "!b", "2"}},
		"code points":           {`a=\u0041\u00EB\u52d5`, []string{"a", "Aë動"}},
		"surrogates":            {`a=\ud83d\udc18!`, []string{"a", "🐘!"}},
		"half of a pair":        {`a=\ud83dx`, []string{"a", "\ufffdx"}},
		"ISO 8859-1":            {"a=Zo\xeb\n", []string{"a", "Zoë"}},
		"UTF-8 is not read":     {"a=ë\n", []string{"a", "Ã«"}},
		"a key twice":           {"a=1\nb=2\na=3", []string{"a", "1", "b", "2", "a", "3"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range Read(test.text) {
				if p.Malformed {
					t.Errorf("%q is malformed", p.Key)
				}
				got = append(got, p.Key, p.Value)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestRanges has for each text what of it is the value, as it is written.
func TestRanges(t *testing.T) {
	for text, want := range map[string][]string{
		"a=1\nb = 2 \n":                  {"1", "2 "},
		"# c=3\r\n\r\na=1\r\nb:2\r\n":    {"1", "2"},
		"a=\\u0041\\\n  B\nb=\\\n  2\\":  {"\\u0041\\\n  B", "2\\"},
		"a\\\n  = 1\\\r\n":               {"1\\\r\n"},
		"a=\nb\nc=\\\n\nd= \\":           {"", "", "", ""},
		"a=\\\\\nb=2":                    {`\\`, "2"},
		"\\\n#a=1\n  b=\xeb":             {"\xeb"},
		"key\\=with\\ escapes= \\ value": {"\\ value"},
	} {
		var got []string
		for _, p := range Read(text) {
			got = append(got, text[p.Start:p.End])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: -want +got:\n%s", text, diff)
		}
	}
}

// TestMalformed reads what Java refuses as if u were any other letter.
func TestMalformed(t *testing.T) {
	for text, want := range map[string]Property{
		`a=\u00g0`:       {Key: "a", Value: "u00g0", Start: 2, End: 8, Malformed: true},
		`a=1\u004`:       {Key: "a", Value: "1u004", Start: 2, End: 8, Malformed: true},
		`\uzzzz=1`:       {Key: "uzzzz", Value: "1", Start: 7, End: 8, Malformed: true},
		`a=\u+123`:       {Key: "a", Value: "u+123", Start: 2, End: 8, Malformed: true},
		`a=\\u00g0`:      {Key: "a", Value: `\u00g0`, Start: 2, End: 9},
		"a=\\u00\\\n 41": {Key: "a", Value: "A", Start: 2, End: 11},
	} {
		if diff := cmp.Diff([]Property{want}, Read(text)); diff != "" {
			t.Errorf("%q: -want +got:\n%s", text, diff)
		}
	}
}

// TestFirst reads one line, and nothing of a comment or a blank one.
func TestFirst(t *testing.T) {
	for text, want := range map[string]struct {
		key  string // "none" for none
		size int
	}{
		"":               {"none", 0},
		"\r\na=1":        {"none", 2},
		"  \na=1":        {"none", 3},
		"# b=1\\\na=1":   {"none", 7},
		"\\\n\na=1":      {"none", 2},
		"a=1\nb=2":       {"a", 4},
		"  a=1\\\n2\n3":  {"a", 9},
		"a=1\\\r\n  2\r": {"a", 10},
		"=1":             {"", 2},
	} {
		key := "none"
		p, size := First(text)
		if p != nil {
			key = p.Key
		}
		if key != want.key || size != want.size {
			t.Errorf("%q begins with the property %q of %d bytes, not %q of %d", text, key, size, want.key, want.size)
		}
	}
}

func TestTrim(t *testing.T) {
	for text, want := range map[string]string{"": "", " \t\x00 a b\x1f\r\n": "a b", "\u00a0a\u0085": "\u00a0a\u0085"} {
		if got := Trim(text); got != want {
			t.Errorf("%q is trimmed to %q, not %q", text, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "tickTime=2000\nserver.1=[fd00::1]:2888:3888:observer\n", "# a\\\n! b\na\\\n  b = \\u0041\\\\\\\n:c\r\n", "\\", "a=\\u", "\\\n\\\n=\\\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, p := range Read(text) {
			if p.Start < at || p.End < p.Start || len(text) < p.End {
				t.Fatalf("%q: the value of %+v lies before %d or beyond the text", text, p, at)
			}
			if p.Value != "" && p.Start == p.End {
				t.Errorf("%q: %+v has a value of no bytes", text, p)
			}
			at = p.End
			// The value by itself means the same.
			if alone := Read("key=" + text[p.Start:p.End]); len(alone) != 1 || alone[0].Key != "key" || alone[0].Value != p.Value {
				t.Errorf("%q: %+v reads as %+v by itself", text, p, alone)
			}
		}
	})
}
