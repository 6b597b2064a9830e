package zoocfg

func securityKeys() []key {
	return []key{
		{name: "skipACL", kind: onOff, def: "no", words: []string{"yes", "no"}, meaning: "Whether access lists are ignored. It is on for exactly yes, and then everybody may do everything."},
		{name: "enableEagerACLCheck", kind: boolean, def: "false", meaning: "Whether a server looks at access lists before it hands a write to the leader."},
		{name: "authProvider.*", kind: text, meaning: "A class that authenticates clients, such as authProvider.sasl = \"org.apache.zookeeper.server.auth.SASLAuthenticationProvider\". What stands for the star tells them apart."},
		{name: "DigestAuthenticationProvider.superDigest", kind: text, meaning: "The digest of the user super, who may do everything."},
		{name: "DigestAuthenticationProvider.enabled", kind: boolean, def: "true", meaning: "Whether clients may authenticate by name and password."},
		{name: "DigestAuthenticationProvider.digestAlg", kind: text, def: "SHA1", same: true, meaning: "The algorithm of the digests in access lists. A server does not start with one that its Java does not know."},
		{name: "X509AuthenticationProvider.superUser", kind: text, meaning: "The certificate's subject of the user super."},
		{name: "IPAuthenticationProvider.usexforwardedfor", kind: boolean, def: "false", meaning: "Whether AdminServer takes a client's address from the header X-Forwarded-For."},
		{name: "ensembleAuthName", kind: text, meaning: "Names of this ensemble, with commas between; a client that names another by the scheme ensemble is cut off."},
		{name: "enforce.auth.enabled", kind: boolean, def: "false", meaning: "Whether clients must authenticate."},
		{name: "enforce.auth.schemes", kind: text, meaning: "By which schemes."},
		{name: "audit.enable", kind: boolean, def: "false", meaning: "Whether changes are written to an audit log."},
		{name: "audit.impl.class", kind: text, def: "org.apache.zookeeper.audit.Log4jAuditLogger", meaning: "The class that writes it; the default is Slf4jAuditLogger from 3.8."},
	}
}

// saslKeys are of SASL and Kerberos.
func saslKeys() []key {
	return []key{
		{name: "quorum.auth.enableSasl", kind: boolean, def: "false", same: true, meaning: "Whether the servers authenticate each other."},
		{name: "quorum.auth.serverRequireSasl", kind: boolean, def: "false", meaning: "Whether servers that do not are refused; wants learnerRequireSasl."},
		{name: "quorum.auth.learnerRequireSasl", kind: boolean, def: "false", meaning: "Whether followers insist on it; wants enableSasl."},
		{name: "quorum.auth.server.saslLoginContext", kind: text, def: "QuorumServer", meaning: "The section of the JAAS file for servers."},
		{name: "quorum.auth.learner.saslLoginContext", kind: text, def: "QuorumLearner", meaning: "The section of the JAAS file for followers."},
		{name: "quorum.auth.kerberos.servicePrincipal", kind: text, def: "zkquorum/localhost", meaning: "The Kerberos principal; _HOST is replaced."},
		{name: "sasl.serverconfig", kind: text, def: "Server", meaning: "The section of the JAAS file by which clients are authenticated."},
		{name: "sasl.clientconfig", kind: text, def: "Client", meaning: "Named in a message when a login fails."},
		{name: "sessionRequireClientSASLAuth", kind: boolean, def: "false", meaning: "Whether clients must authenticate by SASL."},
		{name: "allowSaslFailedClients", kind: boolean, def: "false", meaning: "Whether a client may stay that failed to."},
		{name: "SASLAuthenticationProvider.superPassword", kind: text, meaning: "The password of the user super with DIGEST-MD5."},
		{name: "superUser", kind: text, meaning: "The SASL name of the user super, who may do everything."},
		{name: "superUser.*", kind: text, meaning: "Further such names. What stands for the star tells them apart."},
		{name: "letAnySaslUserDoX", kind: text, meaning: "The name in an access list that means everybody who authenticated by SASL."},
		{name: "security.auth_to_local", kind: text, def: "DEFAULT", meaning: "Rules by which a Kerberos principal becomes a short name."},
		{name: "kerberos.removeHostFromPrincipal", kind: boolean, def: "false", meaning: "Whether the host of a client's principal is left out."},
		{name: "kerberos.removeRealmFromPrincipal", kind: boolean, def: "false", meaning: "Whether its realm is."},
		{name: "kerberos.canonicalizeHostNames", kind: boolean, def: "false", meaning: "Whether a server's canonical name stands in its principal."},
		{name: "kerberos.minReLoginTimeMs", kind: number, def: "60000", unit: "ms", min: 0, bound: protective, meaning: "How long a server waits between two logins."},
		{name: "requireKerberosConfig", kind: boolean, def: "false", meaning: "Whether a server ends that finds no default realm."},
		{name: "kinit", kind: text, def: "/usr/bin/kinit", meaning: "The program that renews a ticket."},
	}
}

func tlsKeys() []key {
	ks := []key{
		{name: "secureClientPort", kind: number, min: 1, max: 65535, bound: hard, meaning: "The port for clients with TLS; wants the Netty factory."},
		{name: "secureClientPortAddress", kind: text, def: "all", meaning: "The address of that port."},
		{name: "sslQuorum", kind: boolean, def: "false", same: true, meaning: "Whether the servers speak TLS with each other."},
		{name: "portUnification", kind: boolean, def: "false", meaning: "Whether the quorum ports take both TLS and plain; for the way from one to the other."},
		{name: "sslQuorumReloadCertFiles", kind: boolean, def: "false", meaning: "Whether changed key stores are read again."},
		{name: "client.portUnification", kind: boolean, def: "false", meaning: "Whether the TLS client port takes plain clients as well."},
		{name: "client.certReload", kind: boolean, def: "false", meaning: "Whether changed key stores of the client port are read again."},
		{name: "fips-mode", kind: boolean, meaning: "Whether TLS keeps to FIPS; on by default from 3.9."},
		{name: "ssl.authProvider", kind: text, def: "x509", meaning: "Who checks a client's certificate."},
		{name: "ssl.sslProvider", kind: onOff, def: "JDK", words: []string{"JDK", "OPENSSL", "OPENSSL_REFCNT"}, meaning: "Who does TLS for clients."},
	}
	for _, prefix := range []string{"ssl.", "ssl.quorum."} {
		for _, k := range tlsPairs() {
			k.name = prefix + k.name
			ks = append(ks, k)
		}
	}
	return ks
}

// tlsPairs are the keys that there are for clients, behind ssl., and for servers, behind
// ssl.quorum.
func tlsPairs() []key {
	stores := []string{"JKS", "PEM", "PKCS12", "BCFKS", ""}
	return []key{
		{name: "keyStore.location", kind: text, meaning: "The key store."},
		{name: "keyStore.password", kind: text, meaning: "Its password; zoo.cfg is readable by root and the service alone."},
		{name: "keyStore.passwordPath", kind: text, meaning: "A file with its password."},
		{name: "keyStore.type", kind: onOff, words: stores, fold: true, meaning: "JKS, PEM, PKCS12 or BCFKS; empty goes by the name of the file."},
		{name: "trustStore.location", kind: text, meaning: "The trust store."},
		{name: "trustStore.password", kind: text, meaning: "Its password."},
		{name: "trustStore.passwordPath", kind: text, meaning: "A file with its password."},
		{name: "trustStore.type", kind: onOff, words: stores, fold: true, meaning: "JKS, PEM, PKCS12 or BCFKS; empty goes by the name of the file."},
		{name: "context.supplier.class", kind: text, meaning: "A class that makes the TLS context in place of all that."},
		{name: "protocol", kind: text, def: "TLSv1.2", meaning: "The newest version of TLS; from 3.9.2 the default is the newest that Java has."},
		{name: "enabledProtocols", kind: text, meaning: "The versions of TLS, with commas between."},
		{name: "ciphersuites", kind: text, meaning: "The cipher suites, with commas between."},
		{name: "hostnameVerification", kind: boolean, def: "true", meaning: "Whether the name in a certificate is compared."},
		{name: "clientHostnameVerification", kind: boolean, meaning: "Whether that of the side that connects is; by default between servers, and not of clients."},
		{name: "allowReverseDnsLookup", kind: boolean, meaning: "Whether a name is looked up for an address to compare; by default between servers, and not of clients."},
		{name: "clientAuth", kind: onOff, def: "need", words: []string{"need", "want", "none", ""}, fold: true, meaning: "Whether the other side needs a certificate."},
		{name: "crl", kind: boolean, def: "false", meaning: "Whether revocation lists are asked."},
		{name: "ocsp", kind: boolean, def: "false", meaning: "Whether OCSP is asked."},
		{name: "handshakeDetectionTimeoutMillis", kind: number, def: "5000", unit: "ms", min: 1, bound: adjusted, meaning: "How long a first packet is waited for."},
	}
}
