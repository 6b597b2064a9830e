// Package cloudinit writes the user-data by which hosts that nobody logs in to
// become an ensemble: one text for all hosts.
package cloudinit

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zkprov/zkprov/inventory"
)

// Options tells where a host gets the package from: from an apt or a yum
// repository, from a URL or, where all are empty, from what the host's image
// knows already.
type Options struct {
	// AptSource is a line of sources.list(5); AptKey the armoured key of the
	// repository, empty where the line says how it is trusted.
	AptSource string
	AptKey    string
	// YumURL is the baseurl of a repository; YumKey the URL of its key, empty
	// where packages are not signed.
	YumURL string
	YumKey string
	// PackageURL is the deb or rpm itself, PackageSHA256 its hash, 64 hex digits.
	PackageURL    string
	PackageSHA256 string
}

var sha256Pattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (o Options) check() error {
	var errs []error
	if n := count(o.AptSource != "" || o.AptKey != "", o.YumURL != "" || o.YumKey != "", o.PackageURL != "" || o.PackageSHA256 != ""); n > 1 {
		errs = append(errs, errors.New("give an apt repository, a yum repository or the package's URL, and just one of them"))
	}
	if o.AptKey != "" && o.AptSource == "" {
		errs = append(errs, errors.New("a key of an apt repository needs the repository"))
	}
	if o.YumKey != "" && o.YumURL == "" {
		errs = append(errs, errors.New("a key of a yum repository needs the repository"))
	}
	if (o.PackageURL == "") != (o.PackageSHA256 == "") {
		errs = append(errs, errors.New("the package's URL and its SHA-256 go together"))
	}
	if o.PackageSHA256 != "" && !sha256Pattern.MatchString(o.PackageSHA256) {
		errs = append(errs, errors.New("the package's SHA-256 must be 64 hex digits, in lower case"))
	}
	if o.PackageURL != "" {
		u, err := url.Parse(o.PackageURL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.ContainsAny(o.PackageURL, "'\\ ") || o.format() == "" {
			errs = append(errs, errors.New("the package's URL must be of https or http and end in .deb or .rpm"))
		}
	}
	for _, text := range []string{o.AptSource, o.YumURL, o.YumKey, o.PackageURL} {
		if strings.ContainsFunc(text, unicode.IsControl) {
			errs = append(errs, fmt.Errorf("%q holds a control character", text))
		}
	}
	return errors.Join(errs...)
}

func count(is ...bool) int {
	n := 0
	for _, b := range is {
		if b {
			n++
		}
	}
	return n
}

// format returns "deb" or "rpm", by the package's URL.
func (o Options) format() string {
	u, err := url.Parse(o.PackageURL)
	if err != nil {
		return ""
	}
	switch path.Ext(u.Path) {
	case ".deb":
		return "deb"
	case ".rpm":
		return "rpm"
	}
	return ""
}

// UserData returns the cloud-config for every host of an inventory. It installs the
// package, writes the inventory, and lets the agent begin without waiting for
// it: the boot goes on while hosts wait for one another.
func UserData(file []byte, o Options) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("cannot write the user-data: %w", err)
	}
	var b strings.Builder
	b.WriteString(`#cloud-config
# Written by zkprov render --cloud-init: the same for every host of the ensemble.

# With it cloud-init would put a host's own name on 127.0.1.1, where the other
# servers could not reach it.
manage_etc_hosts: false

write_files:
  - path: ` + inventory.AgentFile + "\n")
	b.WriteString("    owner: root:root\n    permissions: '0600'\n")
	b.WriteString(content(file))
	o.repository(&b)
	if o.PackageURL == "" {
		b.WriteString("\npackages:\n  - zkprov\n")
	}
	b.WriteString("\nruncmd:\n")
	if o.PackageURL != "" {
		fmt.Fprintf(&b, "  - %s\n", words("sh", "-c", o.install()))
	}
	b.WriteString("  - " + words("systemctl", "enable", "zkprov-agent.service") + "\n")
	b.WriteString("  - " + words("systemctl", "start", "--no-block", "zkprov-agent.service") + "\n")
	return []byte(b.String()), nil
}

// content returns the inventory file as a literal block that people can read, or in base64
// where YAML would not give it back as it is.
func content(file []byte) string {
	text := string(file)
	plain := utf8.ValidString(text) && strings.HasSuffix(text, "\n") && !strings.HasPrefix(text, "\n") && !strings.HasPrefix(text, " ") &&
		!strings.HasSuffix(text, "\n\n") && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && (unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff')
	})
	if !plain {
		return "    encoding: b64\n    content: " + base64.StdEncoding.EncodeToString(file) + "\n"
	}
	var b strings.Builder
	b.WriteString("    content: |\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if line != "" {
			b.WriteString("      " + line)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// repository makes the package's repository known.
func (o Options) repository(b *strings.Builder) {
	switch {
	case o.AptSource != "":
		fmt.Fprintf(b, "\napt:\n  sources:\n    zkprov.list:\n      source: %s\n", quote(o.AptSource))
		if o.AptKey != "" {
			fmt.Fprintf(b, "      key: %s\n", quote(o.AptKey))
		}
		b.WriteString("package_update: true\n")
	case o.YumURL != "":
		fmt.Fprintf(b, "\nyum_repos:\n  zkprov:\n    name: zkprov\n    baseurl: %s\n    enabled: true\n    gpgcheck: %v\n", quote(o.YumURL), o.YumKey != "")
		if o.YumKey != "" {
			fmt.Fprintf(b, "    gpgkey: %s\n", quote(o.YumKey))
		}
	}
}

// install returns a script that installs the package from its URL. Its inserts have
// been checked: no quote and no blank is in them.
func (o Options) install() string {
	file := "/var/cache/zkprov-package." + o.format()
	install := "apt-get -q -y -o DPkg::Lock::Timeout=300 install " + file
	if o.format() == "rpm" {
		install = "$(command -v dnf || command -v yum) -q -y install " + file
	}
	return "set -eu; f=" + file + "; u='" + o.PackageURL + "'; " +
		"if command -v curl >/dev/null; then curl -fsSL --retry 5 -o $f \"$u\"; else wget -q -O $f \"$u\"; fi; " +
		"echo " + o.PackageSHA256 + "  $f | sha256sum -c --quiet; " +
		"DEBIAN_FRONTEND=noninteractive " + install + "; rm $f"
}

// quote writes a string as YAML reads it: JSON is YAML.
func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string
	}
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text))
}

func words(list ...string) string {
	quoted := make([]string, len(list))
	for i, w := range list {
		quoted[i] = quote(w)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
