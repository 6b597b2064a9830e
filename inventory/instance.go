package inventory

import (
	"slices"
	"strings"
)

// instance judges one instance by itself.
func (j *judge) instance(in *Instance, n *node) {
	if n.holds("id", integer) && !validID(in.ID) {
		j.fail(n.at("id"), "out-of-range", "", "id is %s, and must be from 0 to 255", n.said("id"))
	}
	if in.Role != Participant && in.Role != Observer {
		j.fail(n.at("role"), "bad-value", hintOf(Nearest(string(in.Role), []string{string(Participant), string(Observer)})), "role is %q, and may be %q or %q%s", in.Role, Participant, Observer, strange(string(in.Role), Plain))
	}
	j.memory(in, n)
	j.unit(in, n)
	j.logging(in, n)
	j.jars(n)
	j.addresses(n)
	j.tlsOnly(in, n)
	j.admin(in, n)
	if flags := j.innermost(n, "jvm", "flags"); flags != nil && !j.judged[flags] {
		j.judged[flags] = true
		for _, item := range flags.items {
			if item.kind == string(text) && !strings.HasPrefix(item.scalar, "-") {
				hint := "write one flag in each string"
				if strings.HasPrefix(item.scalar, "@") {
					hint = "write the flags of the file here, or -XX:VMOptionsFile= with its path (Java 9 or later)"
				}
				j.once(item.pos, "bad-flag", hint, "jvm.flags has %q, and a flag of the JVM begins with a hyphen%s", item.scalar, strange(item.scalar, Plain))
			}
			j.oneAddress(item.scalar, item.pos)
			if key, ok := passwordOf(item.scalar); ok {
				j.once(item.pos, "flag-password", passwordHint(key, j.ensemble.Version), "jvm.flags gives %s a %s, which everybody on the host could read in the unit and in the list of processes", key, secretOf(key))
			}
		}
	}
}

// passwordOf returns the key of a flag that gives a password away. A switch does not,
// nor does the password that every JDK's own trust store has.
func passwordOf(flag string) (key string, ok bool) {
	key, value, _ := strings.Cut(flag, "=")
	lower := strings.ToLower(key)
	secret := strings.HasSuffix(lower, "password") || strings.HasSuffix(lower, "passwd") || strings.HasSuffix(lower, "pwd") || secretOf(key) != "password"
	return key, secret && !slices.Contains([]string{"", "true", "false", "changeit"}, value)
}

// secretOf names the secret that a flag gives away.
func secretOf(key string) string {
	if strings.HasSuffix(strings.ToLower(key), "superdigest") {
		return "digest of a password"
	}
	return "password"
}

// passwordHint returns where else a release takes a password from. Those of
// javax.net.ssl are the whole JVM's: no key of ZooKeeper stands for them.
func passwordHint(key string, v Version) string {
	if strings.HasPrefix(key, "-Djavax.net.ssl.") {
		return "write the flag into a file that only root and the service can read, and -XX:VMOptionsFile= with its path here (Java 9 or later); ssl.keyStore and ssl.trustStore under [zoo_cfg] are for the TLS of ZooKeeper itself, not for the rest of the JVM"
	}
	if key, ok := strings.CutPrefix(key, "-Dzookeeper."); ok && !strings.HasPrefix(key, "ssl.") {
		return "write it under [zoo_cfg], as " + key + ": only root and the service can read zoo.cfg"
	}
	if v.Before("3.8.0") {
		return "for TLS write it under [zoo_cfg], as ssl.keyStore.password or ssl.trustStore.password, or those of ssl.quorum: only root and the service can read zoo.cfg"
	}
	return "for TLS name a file with it under [zoo_cfg], as ssl.keyStore.passwordPath or ssl.trustStore.passwordPath, or those of ssl.quorum"
}

// innermost returns the value of a key that may stand with the instance, its host or
// the whole ensemble; nil where it stands nowhere.
func (j *judge) innermost(instance *node, table, key string) *node {
	if v := instance.get(table).get(key); v != nil {
		return v
	}
	for i := range j.hosts {
		for _, n := range j.instances[i] {
			if v := j.hosts[i].get(table).get(key); n == instance && v != nil {
				return v
			}
		}
	}
	return j.root.get(table).get(key)
}
