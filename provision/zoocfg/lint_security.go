package zoocfg

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// The names of what is found of TLS and SASL that lack what they need.
const (
	storeMissing = "tls-without-store"
	loginMissing = "sasl-without-login"
)

const jaas = "java.security.auth.login.config"

// security wants what TLS and SASL need, be it named by zoo.cfg or by a flag.
func (l *linter) security(in *inventory.Instance) {
	has := func(key string) bool { return l.effective(in, key) != "" }
	on := func(key string) bool { return strings.EqualFold(l.effective(in, key), "true") }
	at := func(key string) finding.Position {
		_, pos, _ := l.set(in, key)
		return pos
	}
	name := func(key, what string) string { return "name " + what + " with " + key + " under [zoo_cfg]" }

	if key := "secureClientPort"; has(key) && l.effective(in, "serverCnxnFactory") == nettyFactory && cmp.Or(l.effective(in, "ssl.authProvider"), "x509") == "x509" && !has("ssl.context.supplier.class") {
		if !has("ssl.keyStore.location") {
			l.add(finding.Error, storeMissing, at(key), key+" is for TLS, and no key store is named: the server starts, and every handshake with a client fails", name("ssl.keyStore.location", "one"))
		}
		if !has("ssl.trustStore.location") && cmp.Or(strings.ToLower(l.effective(in, "ssl.clientAuth")), "need") == "need" {
			l.add(finding.Error, storeMissing, at(key), key+" wants a certificate from each client, and no trust store is named by which to judge them: the server starts, and lets none in", name("ssl.trustStore.location", "one")+`, or set ssl.clientAuth = "none"`)
		}
	}
	if key := "sslQuorum"; on(key) && len(l.e.Members()) > 1 && !has("ssl.quorum.context.supplier.class") {
		_, byJDK := in.Property("javax.net.ssl.trustStore")
		if !has("ssl.quorum.keyStore.location") {
			l.add(finding.Error, storeMissing, at(key), key+" is for TLS between the servers, and no key store is named: they start, every handshake fails, and no quorum forms", name("ssl.quorum.keyStore.location", "one"))
		}
		if !has("ssl.quorum.trustStore.location") && !byJDK {
			l.add(finding.Warning, storeMissing, at(key), key+" is for TLS between the servers, and no trust store is named: they judge each other's certificates by the public authorities that the JDK knows", name("ssl.quorum.trustStore.location", "one"))
		}
	}
	if l.hasLogin(in) {
		return
	}
	hint := fmt.Sprintf("name a file with it: jvm.flags = [\"-D%s=/etc/…\"]", jaas)
	if key := "quorum.auth.enableSasl"; on(key) {
		l.add(finding.Error, loginMissing, at(key), fmt.Sprintf("%s is on, and no JAAS configuration is named, with the section %s: the server ends with exit code 1", key, cmp.Or(l.effective(in, "quorum.auth.server.saslLoginContext"), "QuorumServer")), hint)
	}
	required := on("sessionRequireClientSASLAuth") || on("enforce.auth.enabled") && strings.TrimSpace(l.effective(in, "enforce.auth.schemes")) == "sasl"
	for _, key := range l.saslProviders(in) {
		message := fmt.Sprintf("%s is for SASL, and no JAAS configuration is named, with the section Server: the server starts, and no client can authenticate by it", key)
		if required {
			l.add(finding.Error, loginMissing, at(key), message+", as each must", hint)
		} else {
			l.add(finding.Warning, loginMissing, at(key), message, hint)
		}
	}
}

// saslProviders returns the keys that bring SASL for clients.
func (l *linter) saslProviders(in *inventory.Instance) []string {
	var keys []string
	for key, class := range authProviders(in) {
		beats, written := in.Written(key)
		if class == authIn+"SASLAuthenticationProvider" && (!written || beats.Value == class) {
			keys = append(keys, key)
		}
	}
	return keys
}

// authProviders yields the keys authProvider.* of a server, each with its class: those of
// zoo.cfg, and those of flags, which zoo.cfg may beat.
func authProviders(in *inventory.Instance) iter.Seq2[string, string] {
	return func(yield func(key, class string) bool) {
		for _, s := range slices.Concat(in.ZooCfg, in.ZooCfgUnchecked) {
			if strings.HasPrefix(s.Key, "authProvider.") && !yield(s.Key, s.Value) {
				return
			}
		}
		for f := range in.ParsedFlags() {
			key, prefixed := strings.CutPrefix(f.Name, "zookeeper.")
			if prefixed && f.Kind == inventory.FlagProperty && strings.HasPrefix(key, "authProvider.") && !yield(key, f.Value) {
				return
			}
		}
	}
}

// hasLogin reports whether a JAAS configuration is named, or may be where nobody looks.
func (l *linter) hasLogin(in *inventory.Instance) bool {
	for _, property := range []string{jaas, "java.security.properties"} {
		if f, ok := in.Property(property); ok && f.Value != "" {
			return true
		}
	}
	for f := range in.ParsedFlags() {
		if f.Name == "Flags" || f.Name == "VMOptionsFile" {
			return true
		}
	}
	for _, v := range in.Unit.Environment {
		if strings.Contains(v.Value, jaas) {
			return true
		}
	}
	return false
}
