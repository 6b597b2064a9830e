package zoocfg

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// Classes that ZooKeeper brings.
const (
	nettyFactory = "org.apache.zookeeper.server.NettyServerCnxnFactory"
	nioFactory   = "org.apache.zookeeper.server.NIOServerCnxnFactory"
	metricsIn    = "org.apache.zookeeper.metrics."
	watchIn      = "org.apache.zookeeper.server.watch."
	auditIn      = "org.apache.zookeeper.audit."
	authIn       = "org.apache.zookeeper.server.auth."
)

// combinations judges the keys of one instance together; see
// QuorumPeerConfig.parseProperties and checkValidity, and QuorumPeerMain.runFromConfig.
func (l *linter) combinations(in *inventory.Instance) {
	at := func(key string) finding.Position { return place(in, key) }
	has := func(key string) bool { _, ok := in.Written(key); return ok }
	on := func(key string) bool { return isTrue(value(in, key)) }
	add := func(name string, pos finding.Position, message, hint string) {
		// What stands under [zoo_cfg_unchecked] is the user's own affair.
		if !slices.ContainsFunc(in.ZooCfgUnchecked, func(s inventory.Setting) bool { return s.Pos == pos && pos.Line > 0 }) {
			l.add(finding.Error, name, pos, message, hint)
		}
	}
	refused := func(pos finding.Position, message, hint string) { add(combination, pos, message, hint) }

	// Up to 3.8, 0 is no port.
	secure := has("secureClientPort") && (value(in, "secureClientPort") != "0" || !l.e.Version.Before("3.9.0"))
	if has("secureClientPortAddress") && !secure {
		refused(at("secureClientPortAddress"), "secureClientPortAddress without secureClientPort is refused by ZooKeeper", "set secureClientPort")
	}
	factory, _, set := in.Effective("serverCnxnFactory")
	nio := !set || factory == nioFactory
	if secure && nio {
		refused(at("secureClientPort"), "with secureClientPort ZooKeeper ends with an exception, as its NIO factory has no TLS", fmt.Sprintf("set serverCnxnFactory = %q", nettyFactory))
	}
	if v, pos, _ := in.Effective("client.portUnification"); isTrue(v) && nio {
		add(ignoredValue, pos, "client.portUnification has no effect with the NIO factory, which has no TLS", fmt.Sprintf("set serverCnxnFactory = %q", nettyFactory))
	}
	if scheme, pos, set := in.Effective("ssl.authProvider"); secure && set && scheme != "x509" {
		if _, _, provided := in.Effective("authProvider." + scheme); !provided {
			refused(pos, fmt.Sprintf("ssl.authProvider is %q, and ZooKeeper stops where TLS has no provider of that name", inventory.Clip(scheme)), fmt.Sprintf("set authProvider.%s to its class", inventory.Clip(scheme)))
		}
	}
	if a := value(in, "clientPortAddress"); inventory.IsLoopback(a) && l.e.Bootstrap != nil && len(l.e.Hosts) > 1 {
		add(unsuitable, at("clientPortAddress"), "with clientPortAddress "+a+" the other hosts cannot see whether this server runs, by which [bootstrap] tells what may be founded",
			"let the server listen on an address that the others reach, or leave [bootstrap] out and run zkprov apply from a control machine")
	}
	l.sessions(in, refused)
	if on("quorum.auth.serverRequireSasl") && !on("quorum.auth.learnerRequireSasl") {
		refused(at("quorum.auth.serverRequireSasl"), "quorum.auth.serverRequireSasl without quorum.auth.learnerRequireSasl is refused by ZooKeeper", "set both")
	}
	if on("quorum.auth.learnerRequireSasl") && !on("quorum.auth.enableSasl") {
		refused(at("quorum.auth.learnerRequireSasl"), "quorum.auth.learnerRequireSasl without quorum.auth.enableSasl is refused by ZooKeeper", "set both")
	}
	if v, pos, _ := in.Effective("extendedTypesEnabled"); isTrue(v) && in.ID > 254 {
		refused(pos, fmt.Sprintf("with extendedTypesEnabled a server id is at most 254, and %s has %d", in.Name, in.ID), "choose another id")
	}
	if v, pos, set := in.Effective("datadir.autocreate"); set && !isTrue(v) {
		refused(pos, "with datadir.autocreate = false a server without data ends with exit code 3, as it does not make version-2", "remove it: zkprov makes the data directory itself, and the unit waits for its mounts")
	}
	l.schemes(in, add)
	for _, s := range in.ZooCfg {
		if k, ok := find(s.Key); ok && k.ofPrometheus() && k.known(l.e.Version) && !prometheus(in) {
			l.add(finding.Warning, ignoredValue, s.Pos, s.Key+" has no effect without the provider that reads it", fmt.Sprintf("set metricsProvider.className = %q", prometheusProvider))
		}
	}
}

// prometheusProvider is the one provider of ZooKeeper's that has settings.
const prometheusProvider = metricsIn + "prometheus.PrometheusMetricsProvider"

// prometheus reports whether an instance has that provider, or one of somebody else's, that
// may have the same settings.
func prometheus(in *inventory.Instance) bool {
	class := value(in, "metricsProvider.className")
	return class == prometheusProvider || class != "" && !ours(class)
}

// ofPrometheus reports whether a key is one of the provider's.
func (k key) ofPrometheus() bool {
	return strings.HasPrefix(k.name, "metricsProvider.") && k.name != "metricsProvider.className"
}

// isTrue reports whether Java's Boolean.parseBoolean takes a text for true.
func isTrue(text string) bool { return strings.EqualFold(text, "true") }

// schemes judges by which schemes clients must authenticate; see AuthenticationHelper, which
// each server that begins to serve makes.
func (l *linter) schemes(in *inventory.Instance, add func(name string, pos finding.Position, message, hint string)) {
	if l.e.Version.Before("3.7.0") {
		return
	}
	never := func(pos finding.Position, message, hint string) {
		add(neverServing, pos, fmt.Sprintf("%s: ZooKeeper %s never serves then, while its process stays", message, l.e.Version), hint)
	}
	const hint = `set authProvider.1 = "org.apache.zookeeper.server.auth.SASLAuthenticationProvider"`
	if v, pos, _ := in.Effective("sessionRequireClientSASLAuth"); isTrue(v) {
		if !provides(in, "sasl") {
			never(pos, "sessionRequireClientSASLAuth is on, and no authProvider is one of SASL", hint)
		}
		return
	}
	v, pos, _ := in.Effective("enforce.auth.enabled")
	if !isTrue(v) {
		return
	}
	schemes, at, set := in.Effective("enforce.auth.schemes")
	if !set {
		never(pos, "enforce.auth.enabled is on without enforce.auth.schemes", `set enforce.auth.schemes, such as "sasl"`)
		return
	}
	for scheme := range strings.SplitSeq(schemes, ",") {
		if scheme = trim(scheme); !provides(in, scheme) {
			never(at, fmt.Sprintf("enforce.auth.schemes has %q, and no authProvider of that scheme is set", inventory.Clip(scheme)), "")
		}
	}
}

// provides reports whether a server may have a provider for a scheme: one that ZooKeeper
// always has, or a class that is set. Which scheme another's class is of is not known.
func provides(in *inventory.Instance, scheme string) bool {
	enabled, _, set := in.Effective("DigestAuthenticationProvider.enabled")
	if scheme == "ip" || scheme == "digest" && (!set || isTrue(enabled)) {
		return true
	}
	if _, secure := in.Written("secureClientPort"); secure && scheme == "x509" {
		return true
	}
	brings := map[string]string{"sasl": "SASL", "x509": "X509", "digest": "Digest", "auth": "Key", "ensemble": "Ensemble"}
	for _, class := range authProviders(in) {
		if class == authIn+brings[scheme]+"AuthenticationProvider" || !ours(class) {
			return true
		}
	}
	return false
}

// sessions judges the bounds of session time-outs; see QuorumPeerConfig.parseProperties.
func (l *linter) sessions(in *inventory.Instance, refused func(pos finding.Position, message, hint string)) {
	number := func(key, otherwise string) (int32, bool) {
		n, err := strconv.ParseInt(cmp.Or(value(in, key), otherwise), 10, 32)
		return int32(n), err == nil // where it is no number, that is found by itself
	}
	tick, ok := number("tickTime", "")
	low, lowOK := number("minSessionTimeout", "-1")
	high, highOK := number("maxSessionTimeout", "-1")
	if !ok || !lowOK || !highOK || tick == 0 {
		return
	}
	if low == -1 {
		low = 2 * tick
	}
	if high == -1 {
		high = 20 * tick
	}
	if low > high {
		refused(place(in, "minSessionTimeout", "maxSessionTimeout", "tickTime"),
			fmt.Sprintf("minSessionTimeout (%d ms) is greater than maxSessionTimeout (%d ms), which ZooKeeper refuses", low, high), "where they are not set they are 2 and 20 ticks")
	}
}

// text judges the keys whose text is an address or the name of a class.
func (l *linter) text(in *inventory.Instance, s inventory.Setting) {
	refused := func(message, hint string) { l.add(finding.Error, refusedValue, s.Pos, message, hint) }
	release := "ZooKeeper " + string(l.e.Version)
	switch s.Key {
	case "clientPortAddress", "secureClientPortAddress":
		if s.Value == "" {
			l.add(finding.Error, unsuitable, s.Pos, s.Key+" is empty, which "+release+" takes for the loopback address", "write an address, or leave the key out for all of them")
		} else if !addressPattern.MatchString(s.Value) && !isAddress(s.Value) {
			refused(fmt.Sprintf("%s is %q, which is no address%s", s.Key, inventory.Clip(s.Value), odd(s.Value)), release+" stops at it, with exit code 2")
		}
	case "serverCnxnFactory":
		if ours(s.Value) && s.Value != nettyFactory && s.Value != nioFactory {
			refused(fmt.Sprintf("%s is %q, which is no class of ZooKeeper's%s", s.Key, inventory.Clip(s.Value), odd(s.Value)), release+" ends at it, with an exception; it brings "+nioFactory+" and "+nettyFactory)
		}
	case "watchManagerName":
		if brought := watchIn + "WatchManager"; ours(s.Value) && s.Value != brought && s.Value != brought+"Optimized" {
			refused(fmt.Sprintf("%s is %q, which is no class of ZooKeeper's%s", s.Key, inventory.Clip(s.Value), odd(s.Value)), release+" ends at it, with exit code 1; it brings "+brought+" and "+brought+"Optimized")
		}
	case "audit.impl.class":
		audits, _, _ := in.Effective("audit.enable")
		brought := auditIn + "Slf4jAuditLogger"
		if l.e.Version.Before("3.8.0") {
			brought = auditIn + "Log4jAuditLogger"
		}
		if isTrue(audits) && ours(s.Value) && s.Value != brought {
			refused(fmt.Sprintf("%s is %q, which is no class of ZooKeeper's%s", s.Key, inventory.Clip(s.Value), odd(s.Value)), release+" ends at it, with an exception; it brings "+brought)
		}
	case "DigestAuthenticationProvider.digestAlg":
		if !digestPattern.MatchString(s.Value) {
			refused(fmt.Sprintf("%s is %q, which is no digest of Java's%s", s.Key, inventory.Clip(s.Value), odd(s.Value)), release+" ends at it, with an exception; write one such as SHA-256")
		}
	case "metricsProvider.className":
		brought := []string{metricsIn + "impl.DefaultMetricsProvider", metricsIn + "impl.NullMetricsProvider", prometheusProvider}
		if ours(s.Value) && !slices.Contains(brought, s.Value) {
			refused(fmt.Sprintf("%s is %q, which is no class of ZooKeeper's%s", s.Key, inventory.Clip(s.Value), odd(s.Value)), release+" stops at it, with exit code 2; it brings "+strings.Join(brought, ", "))
		}
	}
}

// ours reports whether a class would be one of ZooKeeper's own; another may come from a
// jar of the user's. A name without a package is nobody's.
func ours(class string) bool {
	return strings.HasPrefix(class, "org.apache.zookeeper.") || !strings.Contains(class, ".")
}

// digestPattern matches what every Java knows as a digest.
var digestPattern = regexp.MustCompile(`(?i)^(MD2|MD5|SHA|SHA-?1|SHA-?(224|256|384|512)|SHA-?512/(224|256)|SHA3-(224|256|384|512))$`)

// addressPattern matches what may be the name of a host: one that ends like a number is
// an address or nothing.
var addressPattern = regexp.MustCompile(`^([A-Za-z0-9_-]+\.)*[A-Za-z_][A-Za-z0-9_-]*\.?$`)

// isAddress reports whether a text is an IP address, in brackets or not.
func isAddress(text string) bool {
	_, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return err == nil
}
