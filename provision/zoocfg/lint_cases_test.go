package zoocfg

import "strings"

func keyCases() map[string]lintCase {
	return map[string]lintCase{
		"nothing set": {threeHosts, nil},
		"examples":    {cfg("tickTime = 2000\ninitLimit = 10\nsyncLimit = 5\nautopurge.purgeInterval = 1"), nil},
		"misspelt": {cfg("ticktime = 2000\nautopurge.purgeIntervall = 1\nmaxClientConns = 0"), []string{
			`zk.toml:2:1: ZooKeeper 3.6.3 does not read ticktime; did you mean tickTime? [zoo-cfg-unknown-key]`,
			`zk.toml:3:1: ZooKeeper 3.6.3 does not read autopurge.purgeIntervall; did you mean autopurge.purgeInterval? [zoo-cfg-unknown-key]`,
			`zk.toml:4:1: ZooKeeper 3.6.3 does not read maxClientConns; did you mean maxClientCnxns? [zoo-cfg-unknown-key]`,
		}},
		"other words": {cfg("timeTick = 1\npurgeInterval = 1\nsnapRetainCount = 3\nTICKTIME = 1\nautopurge_purge_interval = 1\nlimitInit = 1\nkeyStore.location = \"x\"\nmaxCnxn = 1\nzk.tickTime = 1\npurgeIntervl = 1\ntimeTik = 1\ncommands.whitelist = \"*\"\nmaxbuffer = 1\nautopurge.snapCount = 1\nserver.cnxn.factory = \"x\"\nclientport = 1"), []string{
			`zk.toml:2:1: ZooKeeper 3.6.3 does not read timeTick; did you mean tickTime? [zoo-cfg-unknown-key]`,
			`zk.toml:3:1: ZooKeeper 3.6.3 does not read purgeInterval; did you mean autopurge.purgeInterval? [zoo-cfg-unknown-key]`,
			`zk.toml:4:1: ZooKeeper 3.6.3 does not read snapRetainCount; did you mean autopurge.snapRetainCount? [zoo-cfg-unknown-key]`,
			`zk.toml:5:1: ZooKeeper 3.6.3 does not read TICKTIME; did you mean tickTime? [zoo-cfg-unknown-key]`,
			`zk.toml:6:1: ZooKeeper 3.6.3 does not read autopurge_purge_interval; did you mean autopurge.purgeInterval? [zoo-cfg-unknown-key]`,
			`zk.toml:7:1: ZooKeeper 3.6.3 does not read limitInit; did you mean initLimit? [zoo-cfg-unknown-key]`,
			`zk.toml:8:1: ZooKeeper 3.6.3 does not read keyStore.location; did you mean ssl.keyStore.location or ssl.quorum.keyStore.location? [zoo-cfg-unknown-key]`,
			`zk.toml:9:1: ZooKeeper 3.6.3 does not read maxCnxn; did you mean maxCnxns? [zoo-cfg-unknown-key]`,
			`zk.toml:10:1: ZooKeeper 3.6.3 does not read zk.tickTime; did you mean tickTime? [zoo-cfg-unknown-key]`,
			`zk.toml:11:1: ZooKeeper 3.6.3 does not read purgeIntervl; did you mean autopurge.purgeInterval? [zoo-cfg-unknown-key]`,
			`zk.toml:12:1: ZooKeeper 3.6.3 does not read timeTik; did you mean tickTime? [zoo-cfg-unknown-key]`,
			`zk.toml:13:1: ZooKeeper 3.6.3 does not read commands.whitelist; did you mean 4lw.commands.whitelist? [zoo-cfg-unknown-key]`,
			`zk.toml:14:1: ZooKeeper 3.6.3 does not read maxbuffer; did you mean jute.maxbuffer? [zoo-cfg-unknown-key]`,
			`zk.toml:15:1: ZooKeeper 3.6.3 does not read autopurge.snapCount; did you mean snapCount? [zoo-cfg-unknown-key]`,
			`zk.toml:16:1: server.cnxn.factory is written by zkprov, from the hosts and instances of the inventory; describe the member as an instance of a [[host]] [zoo-cfg-reserved-key]`,
			`zk.toml:17:1: ZooKeeper 3.6.3 does not read clientport; did you mean clientPort? [zoo-cfg-unknown-key]`,
		}},
		"unknown": {cfg("com.example.plugin = \"x\"\nlog4j = true"), []string{
			`zk.toml:2:1: ZooKeeper 3.6.3 does not read com.example.plugin; ZooKeeper takes a key that it does not know for a system property; where a plugin reads this one, write it under [zoo_cfg_unchecked] [zoo-cfg-unknown-key]`,
			`zk.toml:3:1: ZooKeeper 3.6.3 does not read log4j; ZooKeeper takes a key that it does not know for a system property; where a plugin reads this one, write it under [zoo_cfg_unchecked] [zoo-cfg-unknown-key]`,
		}},
		"of clients": {cfg("client.secure = true\nsasl.clientconfig = \"Client\""), []string{
			`zk.toml:2:1: ZooKeeper 3.6.3 reads client.secure in clients alone, so that it has no effect on a server; set it where the clients run [zoo-cfg-unknown-key]`,
			`zk.toml:3:1: ZooKeeper 3.6.3 reads sasl.clientconfig in clients alone, so that it has no effect on a server; set it where the clients run [zoo-cfg-unknown-key]`,
		}},
		"SASL": {cfg("authProvider.sasl = \"org.apache.zookeeper.server.auth.SASLAuthenticationProvider\"\nkerberos.removeHostFromPrincipal = true\nkerberos.removeRealmFromPrincipal = true\nsuperUser = \"admin\"\nSASLAuthenticationProvider.superPassword = \"x\"\naudit.impl.class = \"org.example.Audit\""), nil},
		"a server that is none": {cfg("server.realm = \"EXAMPLE.ORG\""), []string{
			`zk.toml:2:1: server.realm has no effect in zoo.cfg: ZooKeeper reads it as a flag of the JVM only; write jvm.flags = ["-Dzookeeper.server.realm=EXAMPLE.ORG"] [zoo-cfg-needs-flag]`,
		}},
		"fractions": {cfg("connection_throttle_drop_increase = 0.5\nsnapshotSizeFactor = \"a third\"\npathStats.sampleRate = \"half\""), []string{
			`zk.toml:3:1: snapshotSizeFactor is "a third", and must be a number; ZooKeeper 3.6.3 logs a warning and takes its default, 0.33, for it [zoo-cfg-ignored]`,
			`zk.toml:4:1: pathStats.sampleRate is "half", and must be a number; ZooKeeper 3.6.3 never serves with it, while its process stays [zoo-cfg-never-serves]`,
		}},
		"other metrics": {cfg("metricsProvider.httpHost = \"127.0.0.1\""), []string{
			`zk.toml:2:1: ZooKeeper 3.6.3 does not read metricsProvider.httpHost, which is read from 3.8.0 on; remove it, or choose another version [zoo-cfg-other-version]`,
		}},
		"prefix": {cfg("zookeeper.nio.numWorkerThreads = 4\n\"zookeeper.skipACL\" = \"yes\""), []string{
			`zk.toml:2:1: zookeeper.nio.numWorkerThreads has no effect: in zoo.cfg a key stands without the prefix zookeeper.; write nio.numWorkerThreads [zoo-cfg-prefix]`,
			`zk.toml:3:1: zookeeper.skipACL has no effect: in zoo.cfg a key stands without the prefix zookeeper.; write skipACL [zoo-cfg-prefix]`,
		}},
		"renamed": {cfg("requestThrottleLimit = 5"), []string{
			`zk.toml:2:1: requestThrottleLimit has no effect in zoo.cfg, although ZooKeeper's documentation has it; write request_throttle_max_requests [zoo-cfg-renamed-key]`,
		}},
		"members": {cfg("server.1 = \"a:1:2\"\ngroup.1 = \"1:2:3\"\nweight.2 = 1\ngroup2 = \"4\""), []string{
			`zk.toml:2:1: server.1 is written by zkprov, from the hosts and instances of the inventory; describe the member as an instance of a [[host]] [zoo-cfg-reserved-key]`,
			`zk.toml:3:1: group.1 makes a hierarchical quorum, of groups or with weights, and zkprov restarts servers by the majority of all voters alone, which may be none there; remove it [zoo-cfg-hierarchical]`,
			`zk.toml:4:1: weight.2 makes a hierarchical quorum, of groups or with weights, and zkprov restarts servers by the majority of all voters alone, which may be none there; remove it [zoo-cfg-hierarchical]`,
			`zk.toml:5:1: group2 makes a hierarchical quorum, of groups or with weights, and zkprov restarts servers by the majority of all voters alone, which may be none there; remove it [zoo-cfg-hierarchical]`,
		}},
		"of the inventory": {cfg("clientPort = 2181\ndataDir = \"/srv\"\ndataLogDir = \"/srv\"\npeerType = \"observer\"\ndynamicConfigFile = \"/x\"\nstandaloneEnabled = true\nreconfigEnabled = true\nadmin.enableServer = true\nadmin.serverPort = 1\nadmin.serverAddress = \"::\"\ndb.autocreate = true"), []string{
			`zk.toml:2:1: clientPort is written by zkprov; it follows from client_port of the instance [zoo-cfg-reserved-key]`,
			`zk.toml:3:1: dataDir is written by zkprov; it follows from data_dir of the instance, or paths.data [zoo-cfg-reserved-key]`,
			`zk.toml:4:1: dataLogDir is written by zkprov; it follows from data_log_dir of the instance [zoo-cfg-reserved-key]`,
			`zk.toml:5:1: peerType is written by zkprov; it follows from role of the instance [zoo-cfg-reserved-key]`,
			`zk.toml:6:1: dynamicConfigFile is written by zkprov; it follows from [[host]] and their instances [zoo-cfg-reserved-key]`,
			`zk.toml:7:1: standaloneEnabled is written by zkprov; it follows from the number of participants [zoo-cfg-reserved-key]`,
			`zk.toml:8:1: reconfigEnabled is written by zkprov; it follows from [[host]] and their instances; zkprov keeps the membership [zoo-cfg-reserved-key]`,
			`zk.toml:9:1: admin.enableServer is written by zkprov; it follows from admin_port of the instance [zoo-cfg-reserved-key]`,
			`zk.toml:10:1: admin.serverPort is written by zkprov; it follows from admin_port of the instance [zoo-cfg-reserved-key]`,
			`zk.toml:11:1: admin.serverAddress is written by zkprov; it follows from admin_address of the instance [zoo-cfg-reserved-key]`,
			`zk.toml:12:1: db.autocreate is written by zkprov; it is false, so that an empty disk never votes [zoo-cfg-reserved-key]`,
		}},
		"flags": {cfg("jute.maxbuffer = 4194304\nmultiAddress.enabled = true\nreadonlymode.enabled = false"), []string{
			`zk.toml:2:1: jute.maxbuffer has no effect in zoo.cfg: ZooKeeper reads it as a flag of the JVM only; write jvm.flags = ["-Djute.maxbuffer=4194304"] [zoo-cfg-needs-flag]`,
			`zk.toml:3:1: multiAddress.enabled is written by zkprov; it follows from address of the host or the instance, where that is several [zoo-cfg-reserved-key]`,
			`zk.toml:4:1: readonlymode.enabled has no effect in zoo.cfg: ZooKeeper reads it as a flag of the JVM only; write jvm.flags = ["-Dreadonlymode.enabled=false"] [zoo-cfg-needs-flag]`,
		}},
		"too new for 3.5": {version("3.5.10") + cfg("maxCnxns = 5\nmultiAddress.enabled = true\nssl.keyStore.passwordPath = \"/x\"\nsslQuorum = false"), []string{
			`zk.toml:4:1: ZooKeeper 3.5.10 does not read maxCnxns, which is read from 3.6.0 on; remove it, or choose another version [zoo-cfg-other-version]`,
			`zk.toml:5:1: multiAddress.enabled is written by zkprov; it follows from address of the host or the instance, where that is several [zoo-cfg-reserved-key]`,
			`zk.toml:6:1: ZooKeeper 3.5.10 does not read ssl.keyStore.passwordPath, which is read from 3.8.0 on; remove it, or choose another version [zoo-cfg-other-version]`,
		}},
		"too new for 3.6": {version("3.6.3") + cfg("enforce.auth.enabled = true\nfips-mode = true"), []string{
			`zk.toml:4:1: ZooKeeper 3.6.3 does not read enforce.auth.enabled, which is read from 3.7.0 on; remove it, or choose another version [zoo-cfg-other-version]`,
			`zk.toml:5:1: ZooKeeper 3.6.3 does not read fips-mode, which is read from 3.8.2 on; remove it, or choose another version [zoo-cfg-other-version]`,
		}},
		"new enough": {version("3.8.6") + cfg("enforce.auth.enabled = false\nfips-mode = true\nmaxCnxns = 5"), nil},
		"where it is set": {"[[host]]\nname = \"zk1\"\naddress = \"a\"\nzoo_cfg.tick = 1\n[[host.instance]]\nid = 1\nzoo_cfg.b.c = 2\n", []string{
			`zk.toml:4:1: ZooKeeper 3.6.3 does not read tick; ZooKeeper takes a key that it does not know for a system property; where a plugin reads this one, write it under [zoo_cfg_unchecked] [zoo-cfg-unknown-key]`,
			`zk.toml:7:1: ZooKeeper 3.6.3 does not read b.c; ZooKeeper takes a key that it does not know for a system property; where a plugin reads this one, write it under [zoo_cfg_unchecked] [zoo-cfg-unknown-key]`,
		}},
		"said once": {cfg("snapcnt = 1"), []string{
			`zk.toml:2:1: ZooKeeper 3.6.3 does not read snapcnt; did you mean snapCount? [zoo-cfg-unknown-key]`,
		}},
	}
}

func valueCases() map[string]lintCase {
	return map[string]lintCase{
		"numbers": {cfg("tickTime = \"2s\"\ninitLimit = 1.5\nsyncLimit = true\nsnapCount = \"\"\nmaxClientCnxns = \" 5 \""), []string{
			`zk.toml:2:1: tickTime is "2s", and must be a whole number (ms); ZooKeeper 3.6.3 stops at it, with exit code 2 [zoo-cfg-refused]`,
			`zk.toml:3:1: initLimit is "1.5", and must be a whole number (ticks); ZooKeeper 3.6.3 stops at it, with exit code 2 [zoo-cfg-refused]`,
			`zk.toml:4:1: syncLimit is "true", and must be a whole number (ticks); ZooKeeper 3.6.3 stops at it, with exit code 2 [zoo-cfg-refused]`,
			`zk.toml:5:1: snapCount is "", and must be a whole number (transactions); ZooKeeper 3.6.3 takes its default, 100000, for it, without a word [zoo-cfg-ignored]`,
			`zk.toml:6:1: maxClientCnxns is " 5 " with blanks around it, which ZooKeeper leaves out; write "5" [zoo-cfg-blanks]`,
		}},
		"numbers as text": {cfg("tickTime = \"2000\"\ninitLimit = \"+10\"\nsnapCount = 0x1000"), nil},
		"out of range": {cfg("tickTime = 99\ninitLimit = 0\nsyncLimit = 100001\nelectionAlg = 1\nautopurge.snapRetainCount = 2\nsnapCount = 2147483648"), []string{
			`zk.toml:2:1: tickTime is 99, and must be between 100 and 600000 (ms) [zoo-cfg-out-of-range]`,
			`zk.toml:3:1: initLimit is 0, with which ZooKeeper 3.6.3 stops with exit code 2; it must be between 1 and 100000 (ticks) [zoo-cfg-refused]`,
			`zk.toml:4:1: syncLimit is 100001, and must be between 1 and 100000 (ticks) [zoo-cfg-out-of-range]`,
			`zk.toml:5:1: electionAlg is 1, with which ZooKeeper 3.6.3 stops with exit code 2; it must be 3 [zoo-cfg-refused]`,
			`zk.toml:6:1: warning: autopurge.snapRetainCount is 2, for which ZooKeeper takes another number, and should be at least 3 (snapshots) [zoo-cfg-out-of-range]`,
			`zk.toml:7:1: snapCount is "2147483648", and must be a whole number between 2 and 2147483647 (transactions); ZooKeeper 3.6.3 takes its default, 100000, for it, without a word [zoo-cfg-ignored]`,
		}},
		"bounds": {cfg("tickTime = 100\ninitLimit = 100000\nsyncLimit = 1\nelectionAlg = 3\nautopurge.snapRetainCount = 3\nsnapCount = 2147483647\nminSessionTimeout = -1\nsnapSizeLimitInKb = 1099511627776\ntxnLogSizeLimitInKb = 1099511627776\npreAllocSize = 1073741824"), []string{
			`zk.toml:3:1: warning: initLimit is 100000 ticks, which is a time of as many times tickTime; was it meant in ticks? [zoo-cfg-unit]`,
			`zk.toml:9:1: warning: snapSizeLimitInKb is 1099511627776 KB, which is 1048576 GiB; was it meant in KB? [zoo-cfg-unit]`,
			`zk.toml:10:1: warning: txnLogSizeLimitInKb is 1099511627776 KB, which is 1048576 GiB; was it meant in KB? [zoo-cfg-unit]`,
			`zk.toml:11:1: warning: preAllocSize is 1073741824 KB, which is 1024 GiB; was it meant in KB? [zoo-cfg-unit]`,
		}},
		"big numbers": {cfg("snapSizeLimitInKb = 1099511627777\ntxnLogSizeLimitInKb = 1099511627777\npreAllocSize = 1073741825"), []string{
			`zk.toml:2:1: snapSizeLimitInKb is 1099511627777, and must be between -1 and 1099511627776 (KB) [zoo-cfg-out-of-range]`,
			`zk.toml:3:1: txnLogSizeLimitInKb is 1099511627777, and must be between -1 and 1099511627776 (KB) [zoo-cfg-out-of-range]`,
			`zk.toml:4:1: preAllocSize is 1073741825, and must be between 0 and 1073741824 (KB) [zoo-cfg-out-of-range]`,
		}},
		"overflow": {cfg("tickTime = \"99999999999999999999\""), []string{
			`zk.toml:2:1: tickTime is "99999999999999999999", and must be a whole number between 100 and 600000 (ms); ZooKeeper 3.6.3 stops at it, with exit code 2 [zoo-cfg-refused]`,
		}},
		"booleans": {cfg("sslQuorum = \"yes\"\nsyncEnabled = 1\nlocalSessionsEnabled = \"TRUE\""), []string{
			`zk.toml:2:1: sslQuorum is "yes", and must be true or false; ZooKeeper 3.6.3 takes everything but true for false, without a word [zoo-cfg-ignored]`,
			`zk.toml:3:1: syncEnabled is "1", and must be true or false; ZooKeeper 3.6.3 takes everything but true for false, without a word [zoo-cfg-ignored]`,
		}},
		"numbers that end a server": {cfg("tickTime = 0\nsyncLimit = 0\nnio.numSelectorThreads = 0\nleader.maxConcurrentSnapSyncs = 0\nleader.maxConcurrentDiffSyncs = -1\nsecureClientPort = 65536\ncnxTimeout = \"5 s\""), []string{
			`zk.toml:2:1: tickTime is 0, with which ZooKeeper 3.6.3 stops with exit code 2; it must be between 100 and 600000 (ms) [zoo-cfg-refused]`,
			`zk.toml:3:1: syncLimit is 0, with which ZooKeeper 3.6.3 stops with exit code 2; it must be between 1 and 100000 (ticks) [zoo-cfg-refused]`,
			`zk.toml:4:1: nio.numSelectorThreads is 0, with which ZooKeeper 3.6.3 ends with an exception; it must be between 1 and 1024 (threads) [zoo-cfg-refused]`,
			`zk.toml:5:1: leader.maxConcurrentSnapSyncs is 0, with which ZooKeeper 3.6.3 never serves, while its process stays; it must be at least 1 [zoo-cfg-never-serves]`,
			`zk.toml:6:1: leader.maxConcurrentDiffSyncs is -1, with which ZooKeeper 3.6.3 never serves, while its process stays; it must be at least 1 [zoo-cfg-never-serves]`,
			`zk.toml:7:1: secureClientPort is 65536, with which ZooKeeper 3.6.3 stops with exit code 2; it must be between 1 and 65535 [zoo-cfg-refused]`,
			`zk.toml:7:1: with secureClientPort ZooKeeper ends with an exception, as its NIO factory has no TLS; set serverCnxnFactory = "org.apache.zookeeper.server.NettyServerCnxnFactory" [zoo-cfg-combination]`,
			`zk.toml:8:1: cnxTimeout is "5 s", and must be a whole number (ms); ZooKeeper 3.6.3 ends at it, with an exception [zoo-cfg-refused]`,
		}},
		"another release": {version("3.8.6") + cfg("sslQuorum = \"yes\"\nsyncEnabled = \"False\"\nelectionAlg = 2"), []string{
			`zk.toml:4:1: sslQuorum is "yes", and must be true or false; ZooKeeper 3.8.6 stops at it, with exit code 2 [zoo-cfg-refused]`,
			`zk.toml:6:1: electionAlg is 2, with which ZooKeeper 3.8.6 stops with exit code 2; it must be 3 [zoo-cfg-refused]`,
		}},
		"an older release": {version("3.5.10") + cfg("sslQuorum = \"yes\"\nelectionAlg = 2"), []string{
			`zk.toml:4:1: sslQuorum is "yes", and must be true or false; ZooKeeper 3.5.10 takes everything but true for false, without a word [zoo-cfg-ignored]`,
			`zk.toml:5:1: electionAlg is 2, and must be 3 [zoo-cfg-out-of-range]`,
		}},
		"octal and hex": {cfg("snapCount = \"0x3e8\"\nglobalOutstandingLimit = \"01\"\ncommitLogCount = \"#10\"\ncnxTimeout = \"0x3e8\"\ntickTime = \"08000\"\nmaxCnxns = \"09\""), []string{
			`zk.toml:2:1: snapCount is "0x3e8", and must be a whole number (transactions); ZooKeeper 3.6.3 takes its default, 100000, for it, without a word [zoo-cfg-ignored]`,
			`zk.toml:4:1: commitLogCount is "#10", and must be a whole number (transactions); ZooKeeper 3.6.3 logs a warning and takes its default, 500, for it [zoo-cfg-ignored]`,
			`zk.toml:5:1: cnxTimeout is "0x3e8", and must be a whole number (ms); ZooKeeper 3.6.3 ends at it, with an exception [zoo-cfg-refused]`,
			`zk.toml:7:1: maxCnxns is "09", and must be a whole number between -2147483648 and 2147483647 (connections); ZooKeeper 3.6.3 takes its default, 0, for it, without a word [zoo-cfg-ignored]`,
		}},
		"units": {cfg("preAllocSize = 67108864\ntxnLogSizeLimitInKb = 67108864\nsnapSizeLimitInKb = 2147483647\ninitLimit = 20000\nautopurge.purgeInterval = 3600"), []string{
			`zk.toml:2:1: warning: preAllocSize is 67108864 KB, which is 64 GiB; was it meant in KB? [zoo-cfg-unit]`,
			`zk.toml:3:1: warning: txnLogSizeLimitInKb is 67108864 KB, which is 64 GiB; was it meant in KB? [zoo-cfg-unit]`,
			`zk.toml:4:1: warning: snapSizeLimitInKb is 2147483647 KB, which is 2047 GiB; was it meant in KB? [zoo-cfg-unit]`,
			`zk.toml:5:1: warning: initLimit is 20000 ticks, which is a time of as many times tickTime; was it meant in ticks? [zoo-cfg-unit]`,
			`zk.toml:6:1: warning: autopurge.purgeInterval is 3600 hours, which is 150 days; was it meant in hours? [zoo-cfg-unit]`,
		}},
		"units as they are": {cfg("preAllocSize = 1048576\ntxnLogSizeLimitInKb = 16777216\nsnapSizeLimitInKb = 1073741824\ninitLimit = 1000\nautopurge.purgeInterval = 744"), nil},
		"blanks": {cfg("tickTime = \" 2000\"\nskipACL = \"yes \"\nsslQuorum = \"  true\"\nssl.keyStore.type = \" \""), []string{
			`zk.toml:2:1: tickTime is " 2000" with blanks around it, which ZooKeeper leaves out; write "2000" [zoo-cfg-blanks]`,
			`zk.toml:3:1: skipACL = "yes" lets everybody do everything; remove it; for an emergency pass -Dzookeeper.skipACL=yes as a JVM flag [zoo-cfg-unsafe-value]`,
			`zk.toml:3:1: skipACL is "yes " with blanks around it, which ZooKeeper leaves out; write "yes" [zoo-cfg-blanks]`,
			`zk.toml:4:1: sslQuorum is "  true" with blanks around it, which ZooKeeper leaves out; write "true" [zoo-cfg-blanks]`,
			`zk.toml:5:1: ssl.keyStore.type is " " with blanks around it, which ZooKeeper leaves out; write "" [zoo-cfg-blanks]`,
		}},
		"addresses": {cfg("clientPortAddress = \"10.0.0.999\"\nsecureClientPortAddress = \"10.0.0.1:2281\"\nserverCnxnFactory = \"org.apache.zookeeper.server.NettyServerCnxn\"\nsecureClientPort = 2281\nmetricsProvider.className = \"org.apache.zookeeper.metrics.PrometheusMetricsProvider\""), []string{
			`zk.toml:2:1: clientPortAddress is "10.0.0.999", which is no address; ZooKeeper 3.6.3 stops at it, with exit code 2 [zoo-cfg-refused]`,
			`zk.toml:3:1: secureClientPortAddress is "10.0.0.1:2281", which is no address; ZooKeeper 3.6.3 stops at it, with exit code 2 [zoo-cfg-refused]`,
			`zk.toml:4:1: serverCnxnFactory is "org.apache.zookeeper.server.NettyServerCnxn", which is no class of ZooKeeper's; ZooKeeper 3.6.3 ends at it, with an exception; it brings org.apache.zookeeper.server.NIOServerCnxnFactory and org.apache.zookeeper.server.NettyServerCnxnFactory [zoo-cfg-refused]`,
			`zk.toml:6:1: metricsProvider.className is "org.apache.zookeeper.metrics.PrometheusMetricsProvider", which is no class of ZooKeeper's; ZooKeeper 3.6.3 stops at it, with exit code 2; it brings org.apache.zookeeper.metrics.impl.DefaultMetricsProvider, org.apache.zookeeper.metrics.impl.NullMetricsProvider, org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider [zoo-cfg-refused]`,
		}},
		"no address": {cfg("clientPortAddress = \"*\"\nserverCnxnFactory = \"NettyServerCnxnFactory\""), []string{
			`zk.toml:2:1: clientPortAddress is "*", which is no address; ZooKeeper 3.6.3 stops at it, with exit code 2 [zoo-cfg-refused]`,
			`zk.toml:3:1: serverCnxnFactory is "NettyServerCnxnFactory", which is no class of ZooKeeper's; ZooKeeper 3.6.3 ends at it, with an exception; it brings org.apache.zookeeper.server.NIOServerCnxnFactory and org.apache.zookeeper.server.NettyServerCnxnFactory [zoo-cfg-refused]`,
		}},
		"an empty address": {cfg("clientPortAddress = \"\""), []string{
			`zk.toml:2:1: clientPortAddress is empty, which ZooKeeper 3.6.3 takes for the loopback address; write an address, or leave the key out for all of them [zoo-cfg-unsuitable]`,
		}},
		"one's own classes": {cfg("serverCnxnFactory = \"com.example.Factory\"\nmetricsProvider.className = \"com.example.Provider\"\nclientPortAddress = \"zk-1.example.org.\"\nsecureClientPort = 1"), nil},
		"booleans as text":  {cfg("tcpKeepAlive = \"true\"\nsyncEnabled = false"), nil},
		"words": {cfg("leaderServes = false\nforceSync = \"No\"\nsnapshot.compression.method = \"LZ4\"\nssl.clientAuth = \"required\""), []string{
			`zk.toml:2:1: leaderServes is "false", and must be one of yes, no; ZooKeeper 3.6.3 takes its default, yes, for it, without a word [zoo-cfg-ignored]`,
			`zk.toml:3:1: forceSync is "No", and must be one of yes, no; ZooKeeper 3.6.3 takes its default, yes, for it, without a word [zoo-cfg-ignored]`,
			`zk.toml:4:1: snapshot.compression.method is "LZ4", and must be one of "", gz, snappy; ZooKeeper 3.6.3 takes its default for it, without a word [zoo-cfg-ignored]`,
			`zk.toml:5:1: ssl.clientAuth is "required", and must be one of need, want, none, ""; ZooKeeper 3.6.3 ends at it, with an exception once TLS is on [zoo-cfg-ignored]`,
		}},
		"unsafe": {cfg("skipACL = \"yes\"\nforceSync = \"no\"\nleaderServes = \"no\""), []string{
			`zk.toml:2:1: skipACL = "yes" lets everybody do everything; remove it; for an emergency pass -Dzookeeper.skipACL=yes as a JVM flag [zoo-cfg-unsafe-value]`,
			`zk.toml:3:1: warning: forceSync = "no" acknowledges transactions that are not on the disk yet: a power cut loses them [zoo-cfg-unsafe-value]`,
			`zk.toml:4:1: warning: with leaderServes = "no" the leader does not answer zkprov, which then finds no leader; remove it [zoo-cfg-unsafe-value]`,
		}},
		"safe": {cfg("skipACL = \"no\"\nforceSync = \"yes\"\nleaderServes = \"yes\""), nil},
		"no purge": {cfg("autopurge.purgeInterval = 0"), []string{
			`zk.toml:2:1: warning: autopurge.purgeInterval = 0 never removes old snapshots and logs, until the disk is full; write a number of hours [purge-off]`,
		}},
		"no mntr": {cfg("\"4lw.commands.whitelist\" = \"srvr, ruok\""), []string{
			`zk.toml:2:1: 4lw.commands.whitelist lacks mntr, by which zkprov tells whether the followers are in sync; add mntr [whitelist-closed]`,
		}},
		"blanks for commas": {cfg("\"4lw.commands.whitelist\" = \"srvr mntr\""), []string{
			`zk.toml:2:1: 4lw.commands.whitelist lacks mntr, by which zkprov tells whether the followers are in sync; add mntr [whitelist-closed]`,
		}},
		"mntr":      {cfg("\"4lw.commands.whitelist\" = \"srvr, mntr\""), nil},
		"all words": {cfg("\"4lw.commands.whitelist\" = \"*\""), nil},
		"any text":  {cfg("clientPortAddress = \"::\"\nssl.ciphersuites = \"\"\nDigestAuthenticationProvider.superDigest = \"super:x\""), nil},
	}
}

func combinationCases() map[string]lintCase {
	const alone = "[bootstrap]\nid = \"0123456789abcdef\"\nexpires = 2026-01-31T12:00:00Z\n[zoo_cfg]\nclientPortAddress = \"127.0.0.1\"\n"
	const two = "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ { id = 1 } ]\n[[host]]\nname = \"zk2\"\naddress = \"10.0.0.2\"\ninstance = [ { id = 2 } ]\n"
	const netty = "serverCnxnFactory = \"org.apache.zookeeper.server.NettyServerCnxnFactory\"\n"
	return map[string]lintCase{
		"secure address alone": {cfg("secureClientPortAddress = \"::\""), []string{
			`zk.toml:2:1: secureClientPortAddress without secureClientPort is refused by ZooKeeper; set secureClientPort [zoo-cfg-combination]`,
		}},
		"unseen by the others": {alone + two, []string{
			`zk.toml:5:1: with clientPortAddress 127.0.0.1 the other hosts cannot see whether this server runs, by which [bootstrap] tells what may be founded; let the server listen on an address that the others reach, or leave [bootstrap] out and run zkprov apply from a control machine [zoo-cfg-unsuitable]`,
		}},
		"seen by the others": {strings.Replace(alone, "127.0.0.1", "zk.example.org", 1) + two, nil},
		"with nobody to see": {alone + "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ { id = 1 } ]\n", nil},
		"with a coordinator": {"[zoo_cfg]\nclientPortAddress = \"localhost\"\n" + two, nil},
		"TLS without Netty": {cfg("tickTime = 2000\nsecureClientPort = 2281"), []string{
			`zk.toml:3:1: with secureClientPort ZooKeeper ends with an exception, as its NIO factory has no TLS; set serverCnxnFactory = "org.apache.zookeeper.server.NettyServerCnxnFactory" [zoo-cfg-combination]`,
		}},
		"TLS with NIO": {cfg("serverCnxnFactory = \"org.apache.zookeeper.server.NIOServerCnxnFactory\"\nclient.portUnification = true"), []string{
			`zk.toml:3:1: client.portUnification has no effect with the NIO factory, which has no TLS; set serverCnxnFactory = "org.apache.zookeeper.server.NettyServerCnxnFactory" [zoo-cfg-ignored]`,
		}},
		"TLS": {cfg(netty + "secureClientPort = 2281\nsecureClientPortAddress = \"::\"\nssl.keyStore.location = \"/k\"\nssl.trustStore.location = \"/t\""), nil},
		"sessions": {cfg("minSessionTimeout = 60000\nmaxSessionTimeout = 30000"), []string{
			`zk.toml:2:1: minSessionTimeout (60000 ms) is greater than maxSessionTimeout (30000 ms), which ZooKeeper refuses; where they are not set they are 2 and 20 ticks [zoo-cfg-combination]`,
		}},
		"least session": {cfg("minSessionTimeout = 40001"), []string{
			`zk.toml:2:1: minSessionTimeout (40001 ms) is greater than maxSessionTimeout (40000 ms), which ZooKeeper refuses; where they are not set they are 2 and 20 ticks [zoo-cfg-combination]`,
		}},
		"greatest session": {cfg("tickTime = 3000\nmaxSessionTimeout = 5999"), []string{
			`zk.toml:3:1: minSessionTimeout (6000 ms) is greater than maxSessionTimeout (5999 ms), which ZooKeeper refuses; where they are not set they are 2 and 20 ticks [zoo-cfg-combination]`,
		}},
		"no least session": {cfg("minSessionTimeout = 0\nmaxSessionTimeout = 3999"), nil},
		"sessions of a tick out of bounds": {cfg("tickTime = -5\nmaxSessionTimeout = 1"), []string{
			`zk.toml:2:1: tickTime is -5, and must be between 100 and 600000 (ms) [zoo-cfg-out-of-range]`,
		}},
		"sessions of a negative tick": {cfg("tickTime = -5"), []string{
			`zk.toml:2:1: minSessionTimeout (-10 ms) is greater than maxSessionTimeout (-100 ms), which ZooKeeper refuses; where they are not set they are 2 and 20 ticks [zoo-cfg-combination]`,
			`zk.toml:2:1: tickTime is -5, and must be between 100 and 600000 (ms) [zoo-cfg-out-of-range]`,
		}},
		"metrics for nobody": {cfg("metricsProvider.httpPort = 7001\nmetricsProvider.exportJvmInfo = \"yes\""), []string{
			`zk.toml:2:1: warning: metricsProvider.httpPort has no effect without the provider that reads it; set metricsProvider.className = "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider" [zoo-cfg-ignored]`,
			`zk.toml:3:1: warning: metricsProvider.exportJvmInfo has no effect without the provider that reads it; set metricsProvider.className = "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider" [zoo-cfg-ignored]`,
		}},
		"metrics": {cfg("metricsProvider.className = \"org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider\"\nmetricsProvider.httpPort = \"a\""), []string{
			`zk.toml:3:1: metricsProvider.httpPort is "a", and must be a whole number; ZooKeeper 3.6.3 ends at it, with an exception [zoo-cfg-refused]`,
		}},
		"no session at all": {cfg("minSessionTimeout = 1\nmaxSessionTimeout = 0"), []string{
			`zk.toml:2:1: minSessionTimeout (1 ms) is greater than maxSessionTimeout (0 ms), which ZooKeeper refuses; where they are not set they are 2 and 20 ticks [zoo-cfg-combination]`,
		}},
		"sessions as they may be": {cfg("minSessionTimeout = 40000\nmaxSessionTimeout = 40000"), nil},
		"sessions by default":     {cfg("minSessionTimeout = -1\nmaxSessionTimeout = -1"), nil},
		"SASL for servers": {jaasFlag + cfg("quorum.auth.enableSasl = true\nquorum.auth.serverRequireSasl = true"), []string{
			`zk.toml:5:1: quorum.auth.serverRequireSasl without quorum.auth.learnerRequireSasl is refused by ZooKeeper; set both [zoo-cfg-combination]`,
		}},
		"SASL for followers": {cfg("quorum.auth.learnerRequireSasl = true"), []string{
			`zk.toml:2:1: quorum.auth.learnerRequireSasl without quorum.auth.enableSasl is refused by ZooKeeper; set both [zoo-cfg-combination]`,
		}},
		"SASL for both": {cfg("quorum.auth.learnerRequireSasl = true\nquorum.auth.serverRequireSasl = true"), []string{
			`zk.toml:2:1: quorum.auth.learnerRequireSasl without quorum.auth.enableSasl is refused by ZooKeeper; set both [zoo-cfg-combination]`,
		}},
		"SASL": {jaasFlag + cfg("quorum.auth.enableSasl = true\nquorum.auth.learnerRequireSasl = true\nquorum.auth.serverRequireSasl = true"), nil},
		"another provider for TLS": {cfg(netty + "secureClientPort = 2281\nssl.authProvider = \"digest\""), []string{
			`zk.toml:4:1: ssl.authProvider is "digest", and ZooKeeper stops where TLS has no provider of that name; set authProvider.digest to its class [zoo-cfg-combination]`,
		}},
		"no folders made": {cfg("datadir.autocreate = false"), []string{
			`zk.toml:2:1: with datadir.autocreate = false a server without data ends with exit code 3, as it does not make version-2; remove it: zkprov makes the data directory itself, and the unit waits for its mounts [zoo-cfg-combination]`,
		}},
		"clients must authenticate": {version("3.8.6") + cfg("enforce.auth.enabled = true"), []string{
			`zk.toml:4:1: enforce.auth.enabled is on without enforce.auth.schemes: ZooKeeper 3.8.6 never serves then, while its process stays; set enforce.auth.schemes, such as "sasl" [zoo-cfg-never-serves]`,
		}},
		"by SASL that nobody provides": {version("3.8.6") + cfg("sessionRequireClientSASLAuth = true"), []string{
			`zk.toml:4:1: sessionRequireClientSASLAuth is on, and no authProvider is one of SASL: ZooKeeper 3.8.6 never serves then, while its process stays; set authProvider.1 = "org.apache.zookeeper.server.auth.SASLAuthenticationProvider" [zoo-cfg-never-serves]`,
		}},
		"by schemes that nobody provides": {version("3.8.6") + cfg("enforce.auth.enabled = true\nenforce.auth.schemes = \"digest, x509,sasl\""), []string{
			`zk.toml:5:1: enforce.auth.schemes has "sasl", and no authProvider of that scheme is set: ZooKeeper 3.8.6 never serves then, while its process stays [zoo-cfg-never-serves]`,
			`zk.toml:5:1: enforce.auth.schemes has "x509", and no authProvider of that scheme is set: ZooKeeper 3.8.6 never serves then, while its process stays [zoo-cfg-never-serves]`,
		}},
		"by a scheme of a flag": {"jvm.flags = [\"-Dzookeeper.authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider\", \"-Djava.security.auth.login.config=/j\"]\n" + version("3.8.6") + cfg("sessionRequireClientSASLAuth = true"), nil},
		"by SASL before 3.7":    {cfg("sessionRequireClientSASLAuth = true"), nil},
		"TTL and id 255": {"zoo_cfg.extendedTypesEnabled = true\n[[host]]\nname = \"a\"\naddress = \"a\"\ninstance = [ { id = 255 } ]\n", []string{
			`zk.toml:1:1: with extendedTypesEnabled a server id is at most 254, and zookeeper-255 has 255; choose another id [zoo-cfg-combination]`,
		}},
		"TTL and id 254": {"zoo_cfg.extendedTypesEnabled = true\n[[host]]\nname = \"a\"\naddress = \"a\"\ninstance = [ { id = 254 } ]\n", nil},
	}
}

// onHosts sets something on each of three hosts, on lines 4, 9 and 14.
func onHosts(first, second, third string) string {
	return "[[host]]\nname = \"zk1\"\naddress = \"a\"\n" + first + "\ninstance = [ { id = 1 } ]\n" +
		"[[host]]\nname = \"zk2\"\naddress = \"b\"\n" + second + "\ninstance = [ { id = 2 } ]\n" +
		"[[host]]\nname = \"zk3\"\naddress = \"c\"\n" + third + "\ninstance = [ { id = 3 } ]\n"
}

func differenceCases() map[string]lintCase {
	return map[string]lintCase{
		"differs on the first": {onHosts("zoo_cfg.tickTime = 3000", "", ""), []string{
			`zk.toml:4:1: warning: tickTime is 3000 on zookeeper-1 and 2000 on zookeeper-2, and should be the same everywhere; set it under the top-level [zoo_cfg] [zoo-cfg-differs]`,
		}},
		"differs on the last": {onHosts("", "", "zoo_cfg.digest.enabled = false"), []string{
			`zk.toml:14:1: warning: digest.enabled is not set on zookeeper-1 and false on zookeeper-3, and should be the same everywhere; set it under the top-level [zoo_cfg] [zoo-cfg-differs]`,
		}},
		"differs on each": {onHosts("zoo_cfg.syncLimit = 6", "zoo_cfg.syncLimit = 7", "zoo_cfg.syncLimit = 8"), []string{
			`zk.toml:9:1: warning: syncLimit is 6 on zookeeper-1 and 7 on zookeeper-2, and should be the same everywhere; set it under the top-level [zoo_cfg] [zoo-cfg-differs]`,
			`zk.toml:14:1: warning: syncLimit is 6 on zookeeper-1 and 8 on zookeeper-3, and should be the same everywhere; set it under the top-level [zoo_cfg] [zoo-cfg-differs]`,
		}},
		"as zkprov's default": {onHosts("zoo_cfg.tickTime = 2000", "", "zoo_cfg.initLimit = 10"), nil},
		"same on all":         {onHosts("zoo_cfg.tickTime = 3000", "zoo_cfg.tickTime = 3000", "zoo_cfg.tickTime = \"3000\""), nil},
		"may differ":          {onHosts("zoo_cfg.maxClientCnxns = 1", "zoo_cfg.maxClientCnxns = 2", ""), nil},
		"differs on one host": {"[[host]]\nname = \"zk1\"\naddress = \"a\"\ninstance = [\n  { id = 1 },\n  { id = 2, client_port = 1, quorum_port = 2, election_port = 3, zoo_cfg.digest.enabled = true } ]\n", []string{
			`zk.toml:6:66: warning: digest.enabled is not set on zookeeper-1 and true on zookeeper-2, and should be the same everywhere; set it under the top-level [zoo_cfg] [zoo-cfg-differs]`,
		}},
	}
}
