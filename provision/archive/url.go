package archive

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// parseURL parses a URL that go-getter fetches as it stands, and refuses others:
// go-getter's forced getters ("git::…"), sub-directories ("…//…") and magic query
// parameters make it fetch something else than the text says.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// The parser's own message repeats the text, password and all.
		return nil, fmt.Errorf("cannot use a URL: it does not parse%s", odd(raw))
	}
	bad := func(why string) (*url.URL, error) {
		return nil, fmt.Errorf("cannot use the URL %s: %s%s", inventory.Clip(display(u)), why, odd(raw))
	}
	switch u.Scheme {
	case "https", "http":
		if u.Hostname() == "" {
			return bad("it names no host")
		}
	case "file":
		if u.Host != "" && u.Host != "localhost" {
			return bad("a file lies on this machine; write file:///path")
		}
		if u.RawPath != "" {
			return bad("an escaped slash has no meaning in a file's path")
		}
	default:
		return bad("only https, http and file are fetched")
	}
	if !strings.HasPrefix(u.Path, "/") || strings.HasSuffix(u.Path, "/") {
		return bad("its path names no file")
	}
	parts := strings.Split(u.Path[1:], "/")
	if slices.ContainsFunc(parts, func(p string) bool { return p == "" || p == "." || p == ".." }) {
		return bad("its path has an empty part, . or ..")
	}
	if strings.ContainsFunc(u.Path, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return bad("its path has a control character")
	}
	// A query that does not parse would lose a part on its way.
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return bad("its query does not parse")
	}
	for _, magic := range []string{"archive", "checksum", "filename"} {
		if query.Has(magic) {
			return bad("the query parameter " + magic + " changes how it is fetched")
		}
	}
	return u, nil
}

// odd returns the end of a message about a URL with a character that belongs in none;
// empty where there is none.
func odd(raw string) string {
	if what := inventory.Strange(raw, inventory.Plain); what != "" {
		return "; " + what
	}
	return ""
}

// display returns a URL for messages: without user and password, either of which may be
// a token, and without the query, where signed URLs carry their secret.
func display(u *url.URL) string {
	d := *u
	d.User, d.RawQuery, d.ForceQuery, d.Fragment, d.RawFragment = nil, "", false, "", ""
	return d.String()
}
