package archive

import (
	"net/url"
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	tests := map[string]string{ // URL to what the message says; "" is accepted
		"https://archive.apache.org/dist/zookeeper/a.tar.gz":  "",
		"http://mirror:8080/a.tar.gz":                         "",
		"HTTPS://mirror/a.tar.gz":                             "",
		"https://[::1]:8443/a.tar.gz":                         "",
		"https://user:secret@mirror/a.tar.gz":                 "",
		"https://mirror/a.tar.gz?signature=x%2Fy&n=1":         "",
		"https://mirror/with%20blank/a%2Fb.tar.gz":            "",
		"file:///srv/a.tar.gz":                                "",
		"file://localhost/srv/a.tar.gz":                       "",
		"file:///srv/what%3F.tar.gz":                          "",
		"":                                                    "only https, http and file are fetched",
		"/srv/a.tar.gz":                                       "only https, http and file are fetched",
		"ftp://mirror/a.tar.gz":                               "only https, http and file are fetched",
		"s3::https://mirror/a.tar.gz":                         "only https, http and file are fetched",
		"git::https://mirror/a.git":                           "only https, http and file are fetched",
		"https::https://mirror/a.tar.gz":                      "it names no host",
		"https:///a.tar.gz":                                   "it names no host",
		"https://:443/a.tar.gz":                               "it names no host",
		"file://server/srv/a.tar.gz":                          "a file lies on this machine; write file:///path",
		"file:srv/a.tar.gz":                                   "its path names no file",
		"file:///srv/a%2Fb.tar.gz":                            "an escaped slash has no meaning in a file's path",
		"https://mirror":                                      "its path names no file",
		"https://mirror/dir/":                                 "its path names no file",
		"https://mirror/a//b.tar.gz":                          "its path has an empty part, . or ..",
		"https://mirror/a%2F%2Fb.tar.gz":                      "its path has an empty part, . or ..",
		"https://mirror/a/../b.tar.gz":                        "its path has an empty part, . or ..",
		"https://mirror/a/%2e%2e/b.tar.gz":                    "its path has an empty part, . or ..",
		"file:///srv/./a.tar.gz":                              "its path has an empty part, . or ..",
		"https：//mirror/a.tar.gz":                             "only https, http and file are fetched; its character 6 is U+FF1A \"：\", which looks like \":\"",
		"https://mirror/dir/\u200b/":                          "its path names no file; its character 20 is U+200B ZERO WIDTH SPACE, which cannot be seen",
		"https://mirror/a%0Ab.tar.gz":                         "its path has a control character",
		"https://mirror/a.tar.gz?checksum=file:x":             "the query parameter checksum changes how it is fetched",
		"https://mirror/a.tar.gz?archive=false":               "the query parameter archive changes how it is fetched",
		"https://mirror/a.tar.gz?x=1&filename=/etc/passwd":    "the query parameter filename changes how it is fetched",
		"https://mirror/a.tar.gz?%63hecksum=x":                "the query parameter checksum changes how it is fetched",
		"https://mirror/a.tar.gz?a=1;b=2":                     "its query does not parse",
		"https://mirror/a.tar.gz?a=%zz":                       "its query does not parse",
		"https://user:secret@mirror:port/a.tar.gz":            "it does not parse",
		"https://user:secret@mirror/a%zz":                     "it does not parse",
		"https://user:secret@mirror/dir/?token=secret#secret": "its path names no file",
	}
	for raw, want := range tests {
		t.Run(raw, func(t *testing.T) {
			u, err := parseURL(raw)
			if want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if again, err := url.Parse(raw); err != nil || u.String() != again.String() {
					t.Errorf("it became %s", u)
				}
				return
			}
			wantError(t, err, want)
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%q tells a secret", err)
			}
		})
	}
}

// FuzzParseURL wants every URL that is accepted to be fetched as it stands, and no
// message to tell a secret.
func FuzzParseURL(f *testing.F) {
	for _, s := range []string{
		"https://archive.apache.org/dist/zookeeper/a.tar.gz", "http://u:p@h:1/a?b=c#d", "file:///srv/a", "file://localhost/a%3Fb",
		"git::https://h/a", "https://h//a", "https://h/a?archive=1", "https://h/%2e%2e/a", "https://[fe80::1%25eth0]/a", "https://h/a?b;c",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := parseURL(raw)
		if err != nil {
			return
		}
		if u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "file" {
			t.Errorf("%q has scheme %q", raw, u.Scheme)
		}
		hash := strings.Repeat("a", 128)
		full := withChecksum(u, hash)
		if strings.Count(full, "::") > strings.Count(u.Host, "::")+strings.Count(u.User.String(), "::")+strings.Count(u.EscapedPath(), "::")+strings.Count(u.Fragment, "::") {
			t.Errorf("%q forces a getter: %s", raw, full)
		}
		if _, rest, _ := strings.Cut(full, "://"); strings.Contains(strings.SplitN(rest, "?", 2)[0], "//") {
			t.Errorf("%q has a sub-directory: %s", raw, full)
		}
		back, err := url.Parse(full)
		if err != nil {
			t.Fatalf("%q became %q: %v", raw, full, err)
		}
		q := back.Query()
		if q.Get("checksum") != "sha512:"+hash || q.Get("archive") != "false" {
			t.Errorf("%q became %q", raw, full)
		}
		q.Del("checksum")
		q.Del("archive")
		if back.Path != u.Path || back.Host != u.Host || q.Encode() != u.Query().Encode() {
			t.Errorf("%q became %q", raw, full)
		}
		if shown := display(u); strings.ContainsAny(shown, "?#@\n") && !strings.ContainsAny(u.EscapedPath(), "@") {
			t.Errorf("%q is shown as %q", raw, shown)
		}
	})
}
