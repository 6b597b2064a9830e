package cloudinit

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

const minimal = "[[host]]\nname = \"zk1\" # the first\n\naddress = \"10.0.0.11\"\ninstance = [ { id = 1 } ]\n"

func TestUserData(t *testing.T) {
	for name, options := range map[string]Options{
		"image": {},
		"apt":   {AptSource: "deb [signed-by=$KEY_FILE] https://example.org/debian ./", AptKey: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc=\n-----END PGP PUBLIC KEY BLOCK-----\n"},
		"yum":   {YumURL: "https://example.org/yum", YumKey: "https://example.org/key.asc"},
		"deb":   {PackageURL: "https://example.org/zkprov_1.0_amd64.deb", PackageSHA256: strings.Repeat("0a", 32)},
		"rpm":   {PackageURL: "https://example.org/zkprov-1.0.x86_64.rpm", PackageSHA256: strings.Repeat("0a", 32)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := UserData([]byte(minimal), options)
			if err != nil {
				t.Fatal(err)
			}
			path := "testdata/" + name + ".yaml"
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestContent has inventories that a literal block would not give back.
func TestContent(t *testing.T) {
	for _, text := range []string{"", "no end", "\n[a]\n", " [a]\n", "[a]\n\n", "a = 1\t# tab\n", "[a]\r\n", "\ufeff[a]\n", "a\x80\n"} {
		if got := content([]byte(text)); !strings.Contains(got, "encoding: b64") {
			t.Errorf("%q is written as %q", text, got)
		}
	}
	if got := content([]byte("# ä = 1\n")); strings.Contains(got, "b64") {
		t.Errorf("a plain text is written as %q", got)
	}
}

func TestRefused(t *testing.T) {
	hash := strings.Repeat("0a", 32)
	for want, options := range map[string]Options{
		"just one of them":       {AptSource: "deb x ./", YumURL: "https://x"},
		"needs the repository":   {AptKey: "k"},
		"go together":            {PackageURL: "https://x/y.deb"},
		"64 hex digits":          {PackageURL: "https://x/y.deb", PackageSHA256: "0"},
		"end in .deb or .rpm":    {PackageURL: "https://x/y.tar", PackageSHA256: hash},
		"of https or http":       {PackageURL: "file:///y.deb", PackageSHA256: hash},
		"control character":      {AptSource: "deb x ./\nruncmd: []"},
		"must be of https or ht": {PackageURL: "https://x/';reboot;'.deb", PackageSHA256: hash},
	} {
		if _, err := UserData([]byte(minimal), options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", options, err, want)
		}
	}
}
