package zoocfg

import (
	"fmt"
	"strings"
)

// jaasFlag names a JAAS configuration, on two lines.
const jaasFlag = "[jvm]\nflags = [ \"-Djava.security.auth.login.config=/etc/jaas.conf\" ]\n"

// flagged returns an inventory of three hosts with flags on its second line and settings from
// the fourth on.
func flagged(settings string, flags ...string) string {
	quoted := make([]string, len(flags))
	for i, f := range flags {
		quoted[i] = fmt.Sprintf("%q", f)
	}
	return "[jvm]\nflags = [" + strings.Join(quoted, ", ") + "]\n" + cfg(settings)
}

func flagCases() map[string]lintCase {
	return map[string]lintCase{
		"flags of others":           {flagged("", "-Dcom.example.x=1", "-Djava.io.tmpdir=/tmp", "-Xint", "-Djute.maxbuffer=4194304", "-Dzookeeper.snapCount=1000", "-Dreadonlymode.enabled=true"), nil},
		"a flag that is read twice": {flagged("", "-Dfsync.warningthresholdms=500", "-Dzookeeper.fsync.warningthresholdms=500"), nil},
		"a native key": {flagged("", "-Dzookeeper.tickTime=3000", "-Dzookeeper.quorum.auth.enableSasl=true"), []string{
			`zk.toml:2:10: the flag -Dzookeeper.tickTime has no effect: ZooKeeper 3.6.3 reads tickTime from zoo.cfg alone; write tickTime = "3000" under [zoo_cfg] [flag-no-effect]`,
			`zk.toml:2:39: the flag -Dzookeeper.quorum.auth.enableSasl has no effect: ZooKeeper 3.6.3 reads quorum.auth.enableSasl from zoo.cfg alone; write quorum.auth.enableSasl = "true" under [zoo_cfg] [flag-no-effect]`,
		}},
		"a native key that zkprov writes, or nobody": {flagged("", "-Dzookeeper.clientPort=2182", "-Dzookeeper.group.1=1:2", "-Dserver.1=a"), []string{
			`zk.toml:2:10: the flag -Dzookeeper.clientPort has no effect: ZooKeeper 3.6.3 reads clientPort from zoo.cfg alone; it follows from client_port of the instance [flag-no-effect]`,
			`zk.toml:2:41: the flag -Dzookeeper.group.1 has no effect: ZooKeeper 3.6.3 reads group.1 from zoo.cfg alone; every participant has one vote [flag-no-effect]`,
			`zk.toml:2:68: the flag -Dserver.1 has no effect: ZooKeeper 3.6.3 reads server.1 from zoo.cfg alone; it follows from [[host]] and their instances [flag-no-effect]`,
		}},
		"names that others have too": {flagged("", "-Dserver.name=zk1", "-Dgroup.name=prod", "-Dweight.unit=kg", "-Dserver=x"), nil},
		"blanks around secrets": {cfg("ssl.keyStore.password = \" hunter2\"\nDigestAuthenticationProvider.superDigest = \"super:hunter2 \""), []string{
			`zk.toml:2:1: ssl.keyStore.password is a secret with blanks around it, which ZooKeeper leaves out; write it without [zoo-cfg-blanks]`,
			`zk.toml:3:1: DigestAuthenticationProvider.superDigest is a secret with blanks around it, which ZooKeeper leaves out; write it without [zoo-cfg-blanks]`,
		}},
		"blanks around values": {flagged("", "-Dzookeeper.snapCount= 5000", "-Djute.maxbuffer=4194304 ", "-Dcom.example.x= y"), []string{
			`zk.toml:2:10: the flag -Dzookeeper.snapCount has blanks around its value, and they belong to it; write it without [zoo-cfg-blanks]`,
			`zk.toml:2:41: the flag -Djute.maxbuffer has blanks around its value, and they belong to it; write it without [zoo-cfg-blanks]`,
		}},
		"keys of clients": {flagged("", "-Dzookeeper.request.timeout=1000", "-Dzookeeper.clientCnxnSocket=x"), []string{
			`zk.toml:2:10: warning: the flag -Dzookeeper.request.timeout has no effect: ZooKeeper 3.6.3 reads request.timeout in clients alone; remove it; set it where the clients run [flag-unknown-key]`,
			`zk.toml:2:46: warning: the flag -Dzookeeper.clientCnxnSocket has no effect: ZooKeeper 3.6.3 reads clientCnxnSocket in clients alone; remove it; set it where the clients run [flag-unknown-key]`,
		}},
		"a prefix too many": {flagged("", "-Dzookeeper.jute.maxbuffer=4194304"), []string{
			`zk.toml:2:10: the flag -Dzookeeper.jute.maxbuffer has no effect: ZooKeeper reads it without the prefix zookeeper.; write -Djute.maxbuffer=4194304 [flag-no-effect]`,
		}},
		"no prefix": {flagged("", "-DsnapCount=5000", "-DauthProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider", "-DmultiAddress.enabled=true", "-DclientPort=2181"), []string{
			`zk.toml:2:10: the flag -DsnapCount has no effect: it lacks the prefix zookeeper., and what a flag can set zoo.cfg can; write snapCount = "5000" under [zoo_cfg] [flag-no-effect]`,
			`zk.toml:2:30: the flag -DauthProvider.1 has no effect: it lacks the prefix zookeeper., and what a flag can set zoo.cfg can; write authProvider.1 = "org.apache.zookeeper.server.auth.SASLAuthenticationProvider" under [zoo_cfg] [flag-no-effect]`,
			`zk.toml:2:110: the flag -DmultiAddress.enabled has no effect: it lacks the prefix zookeeper.; write -Dzookeeper.multiAddress.enabled=true [flag-no-effect]`,
			`zk.toml:2:141: the flag -DclientPort has no effect: ZooKeeper 3.6.3 reads clientPort from zoo.cfg alone; it follows from client_port of the instance [flag-no-effect]`,
		}},
		"what zkprov writes": {flagged("", "-Dzookeeper.admin.enableServer=true", "-Dzookeeper.db.autocreate=true", "-Dzookeeper.4lw.commands.whitelist=*", "-Dzookeeper.4lw.commands.whitelist=srvr,mntr,ruok,conf,isro"), []string{
			`zk.toml:2:10: the flag -Dzookeeper.admin.enableServer has no effect: zkprov writes admin.enableServer into zoo.cfg, which beats a flag; it follows from admin_port of the instance [flag-no-effect]`,
			`zk.toml:2:49: the flag -Dzookeeper.db.autocreate has no effect: zkprov writes db.autocreate into zoo.cfg, which beats a flag; it is false, so that an empty disk never votes [flag-no-effect]`,
			`zk.toml:2:83: the flag -Dzookeeper.4lw.commands.whitelist has no effect: zkprov writes 4lw.commands.whitelist into zoo.cfg, which beats a flag; write 4lw.commands.whitelist = "*" under [zoo_cfg] [flag-no-effect]`,
		}},
		"what zoo.cfg says": {flagged("snapCount = 1000\npreAllocSize = 1024", "-Dzookeeper.snapCount=2000", "-Dzookeeper.preAllocSize=1024"), []string{
			`zk.toml:2:10: the flag -Dzookeeper.snapCount has no effect: snapCount stands in zoo.cfg as well, by line 4, and beats it; remove one of them [flag-no-effect]`,
		}},
		"values of flags": {flagged("", "-Dzookeeper.snapCount=x", "-Dzookeeper.forceSync=no", "-Dzookeeper.skipACL=yes", "-Djute.maxbuffer=4M"), []string{
			`zk.toml:2:10: snapCount is "x", and must be a whole number (transactions); ZooKeeper 3.6.3 takes its default, 100000, for it, without a word [zoo-cfg-ignored]`,
			`zk.toml:2:37: warning: forceSync = "no" acknowledges transactions that are not on the disk yet: a power cut loses them [zoo-cfg-unsafe-value]`,
			`zk.toml:2:65: warning: with -Dzookeeper.skipACL=yes everybody may do everything; remove it when the emergency is over [zoo-cfg-unsafe-value]`,
			`zk.toml:2:92: jute.maxbuffer is "4M", and must be a whole number (bytes); ZooKeeper 3.6.3 takes its default, 1048575, for it, without a word [zoo-cfg-ignored]`,
		}},
		"unknown flags": {flagged("", "-Dzookeeper.snapcount=1", "-Dzookeeper.enforce.auth.enabled=true", "-Dzookeeper.zookeeper.snapCount=1", "-Dzookeeper.root.logger=INFO", "-Dzookeeper.requestThrottleLimit=1", "-Dzookeeper.com.example=1"), []string{
			`zk.toml:2:10: warning: the flag -Dzookeeper.snapcount has no effect: ZooKeeper 3.6.3 does not read it; did you mean snapCount? [flag-unknown-key]`,
			`zk.toml:2:37: warning: the flag -Dzookeeper.enforce.auth.enabled has no effect: ZooKeeper 3.6.3 does not read it, which is read from 3.7.0 on; remove it, or choose another version [flag-unknown-key]`,
			`zk.toml:2:78: warning: the flag -Dzookeeper.zookeeper.snapCount has no effect: ZooKeeper 3.6.3 does not read it; write the prefix zookeeper. once: -Dzookeeper.snapCount [flag-unknown-key]`,
			`zk.toml:2:115: warning: the flag -Dzookeeper.root.logger has no effect: the logging configuration that zkprov writes does not use it; set what [logging] can, or name a configuration of your own: -Dlog4j.configuration= or -Dlogback.configurationFile= [flag-unknown-key]`,
			`zk.toml:2:147: warning: the flag -Dzookeeper.requestThrottleLimit has no effect: ZooKeeper 3.6.3 does not read it; write request_throttle_max_requests under [zoo_cfg] [flag-unknown-key]`,
			`zk.toml:2:185: warning: the flag -Dzookeeper.com.example has no effect: ZooKeeper 3.6.3 does not read it; where a plugin reads it, silence this by name [flag-unknown-key]`,
		}},
		"a buffer of one": {onHosts("", "jvm.flags = [ \"-Djute.maxbuffer=4194304\" ]", ""), []string{
			`zk.toml:9:15: warning: jute.maxbuffer is not set on zookeeper-1 and 4194304 on zookeeper-2, and should be the same everywhere; set it under the top-level [jvm] [zoo-cfg-differs]`,
		}},
		"a flag of one": {onHosts("jvm.flags = [ \"-Dzookeeper.digest.enabled=false\" ]", "zoo_cfg.digest.enabled = false", ""), []string{
			`zk.toml:4:15: warning: digest.enabled is false on zookeeper-1 and not set on zookeeper-3, and should be the same everywhere; set it under the top-level [zoo_cfg] [zoo-cfg-differs]`,
		}},
	}
}

func securityCases() map[string]lintCase {
	const stores = "ssl.keyStore.location = \"/k\"\nssl.trustStore.location = \"/t\"\n"
	const netty = "-Dzookeeper.serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory"
	const noKey = `secureClientPort is for TLS, and no key store is named: the server starts, and every handshake with a client fails; name one with ssl.keyStore.location under [zoo_cfg] [tls-without-store]`
	const provider = "authProvider.1 = \"org.apache.zookeeper.server.auth.SASLAuthenticationProvider\"\n"
	return map[string]lintCase{
		"Netty by a flag": {flagged(stores+"secureClientPort = 2281", netty), nil},
		"stores by flags": {flagged("secureClientPort = 2281", netty, "-Dzookeeper.ssl.keyStore.location=/k", "-Dzookeeper.ssl.trustStore.location=/t"), nil},
		"no stores": {flagged("secureClientPort = 2281", netty), []string{
			`zk.toml:4:1: ` + noKey,
			`zk.toml:4:1: secureClientPort wants a certificate from each client, and no trust store is named by which to judge them: the server starts, and lets none in; name one with ssl.trustStore.location under [zoo_cfg], or set ssl.clientAuth = "none" [tls-without-store]`,
		}},
		"no certificates of clients": {flagged("secureClientPort = 2281\nssl.clientAuth = \"none\"", netty), []string{`zk.toml:4:1: ` + noKey}},
		"stores by a class":          {flagged("secureClientPort = 2281\nssl.context.supplier.class = \"com.example.Context\"", netty), nil},
		"servers without stores": {cfg("sslQuorum = true"), []string{
			`zk.toml:2:1: sslQuorum is for TLS between the servers, and no key store is named: they start, every handshake fails, and no quorum forms; name one with ssl.quorum.keyStore.location under [zoo_cfg] [tls-without-store]`,
			`zk.toml:2:1: warning: sslQuorum is for TLS between the servers, and no trust store is named: they judge each other's certificates by the public authorities that the JDK knows; name one with ssl.quorum.trustStore.location under [zoo_cfg] [tls-without-store]`,
		}},
		"servers with the JDK's trust store": {flagged("sslQuorum = true\nssl.quorum.keyStore.location = \"/k\"", "-Djavax.net.ssl.trustStore=/t"), nil},
		"one server needs no stores":         {"[zoo_cfg]\nsslQuorum = true\n[[host]]\nname = \"zk1\"\naddress = \"a\"\ninstance = [ { id = 1 } ]\n", nil},
		"servers without a login": {cfg("quorum.auth.enableSasl = true\nquorum.auth.server.saslLoginContext = \"Mine\""), []string{
			`zk.toml:2:1: quorum.auth.enableSasl is on, and no JAAS configuration is named, with the section Mine: the server ends with exit code 1; name a file with it: jvm.flags = ["-Djava.security.auth.login.config=/etc/…"] [sasl-without-login]`,
		}},
		"clients without a login": {cfg(provider), []string{
			`zk.toml:2:1: warning: authProvider.1 is for SASL, and no JAAS configuration is named, with the section Server: the server starts, and no client can authenticate by it; name a file with it: jvm.flags = ["-Djava.security.auth.login.config=/etc/…"] [sasl-without-login]`,
		}},
		"clients that must and cannot": {cfg(provider + "sessionRequireClientSASLAuth = true"), []string{
			`zk.toml:2:1: authProvider.1 is for SASL, and no JAAS configuration is named, with the section Server: the server starts, and no client can authenticate by it, as each must; name a file with it: jvm.flags = ["-Djava.security.auth.login.config=/etc/…"] [sasl-without-login]`,
		}},
		"clients by a flag": {flagged("", "-Dzookeeper.authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider"), []string{
			`zk.toml:2:10: warning: authProvider.sasl is for SASL, and no JAAS configuration is named, with the section Server: the server starts, and no client can authenticate by it; name a file with it: jvm.flags = ["-Djava.security.auth.login.config=/etc/…"] [sasl-without-login]`,
		}},
		"clients with a login":       {jaasFlag + cfg(provider), nil},
		"a login by the environment": {cfg(provider + "[unit.environment]\nJDK_JAVA_OPTIONS = \"-Djava.security.auth.login.config=/etc/jaas.conf\""), nil},
	}
}
