package host

import (
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/zoocfg/zoocfgtest"
)

func TestWithoutSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"":                "",
		"tickTime=2000\n": "tickTime=2000\n",
		"SASLAuthenticationProvider.superPassword=x\n": "SASLAuthenticationProvider.superPassword=(not shown)\n",
		"ldap.bindSecret=x\nldap.passwd=y\n":           "ldap.bindSecret=(not shown)\nldap.passwd=(not shown)\n",
		"DigestAuthenticationProvider.superDigest=s:x": "DigestAuthenticationProvider.superDigest=(not shown)",
		"ssl.keyStore.password=geheim\na=b\n":          "ssl.keyStore.password=(not shown)\na=b\n",
		"ssl.keyStore.password = geheim":               "ssl.keyStore.password = (not shown)",
		"ssl.keyStore.password: geheim\n":              "ssl.keyStore.password: (not shown)\n",
		"ssl.keyStore.password geheim\n":               "ssl.keyStore.password (not shown)\n",
		"  ssl.keyStore.password\t:\tgeheim":           "  ssl.keyStore.password\t:\t(not shown)",
		"ssl.keyStore.password=ge\\\n  heim\na=b\n":    "ssl.keyStore.password=(not shown)\na=b\n",
		"ssl.keyStore.password=ge\\\r\nheim\r\na=b":    "ssl.keyStore.password=(not shown)\r\na=b",
		"ssl.keyStore.password=ge\\\\\na=b\n":          "ssl.keyStore.password=(not shown)\na=b\n",
		"ssl.keyStore.pass\\\n  word=geheim\na=b\n":    "ssl.keyStore.pass\\\n  word=(not shown)\na=b\n",
		"ssl.keyStore.pass\\word=geheim\n":             "ssl.keyStore.pass\\word=(not shown)\n",
		"ssl.keyStore.p\\u0061ssword=geheim\n":         "ssl.keyStore.p\\u0061ssword=(not shown)\n",
		"a=b\rssl.keyStore.PASSWORD=geheim\rc=d":       "a=b\rssl.keyStore.PASSWORD=(not shown)\rc=d",
		"ssl.keyStore.passwordPath=/etc/zk/key.pw\n":   "ssl.keyStore.passwordPath=/etc/zk/key.pw\n",
		"ssl.keyStore.password=\na=b\n":                "ssl.keyStore.password=\na=b\n",
		"ssl.keyStore.password\na=b\n":                 "ssl.keyStore.password\na=b\n",
		"#ssl.keyStore.password=geheim\na=b\n":         "#ssl.keyStore.password=(not shown)\na=b\n",
		"#ssl.keyStore.password=geheim\\\na=b\n":       "#ssl.keyStore.password=(not shown)\na=b\n",
		"# password of the store\na=b\n":               "# password of the store\na=b\n",
		"ExecStart=java \\\n    -Da.password=geheim\n": "ExecStart=java \\\n    -Da.password=(not shown)\n",
	} {
		if got := withoutSecrets([]byte(text)); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// FuzzWithoutSecrets looks whether ZooKeeper would find a password in what is
// shown.
func FuzzWithoutSecrets(f *testing.F) {
	for _, seed := range []string{"a.password=x\n", "#\npassword : x\\\r\n y", "p\\u0061ssword x", "pass\\\nword=x", "a=\\\npassword=x", "\\\npassword=x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before, err := zoocfgtest.Parse(text)
		if err != nil {
			return
		}
		after, err := zoocfgtest.Parse([]byte(withoutSecrets(text)))
		if err != nil {
			t.Fatalf("%q is shown as %q: %v", text, withoutSecrets(text), err)
		}
		for _, s := range before.Settings {
			if !inventory.IsSecret(s.Key) || s.Value == "" {
				continue
			}
			if got, _ := after.Settings.Get(s.Key); got != notShown {
				t.Errorf("%q is shown as %q", text, withoutSecrets(text))
			}
		}
	})
}
