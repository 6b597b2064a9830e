package inventory

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnquoted(t *testing.T) {
	for name, test := range map[string]readCase{
		"all of a zoo.cfg": {"[zoo_cfg]\nforceSync=no\ntickTime=2000\npeerType=observer # this one\ndataDir=/x\n4lw.commands.whitelist=srvr, mntr\nclientPortAddress=0.0.0.0\n[zoo_cfg_unchecked]\na.b=C:x:y z\n" + supported + threeHosts, []string{
			`zk.toml:2:11: the value of forceSync stands without quotes; write forceSync = "no" [syntax]`,
			`zk.toml:4:10: the value of peerType stands without quotes; write peerType = "observer" [syntax]`,
			`zk.toml:5:9: the value of dataDir stands without quotes; write dataDir = "/x" [syntax]`,
			`zk.toml:6:24: the value of 4lw.commands.whitelist stands without quotes; write 4lw.commands.whitelist = "srvr, mntr" [syntax]`,
			`zk.toml:7:19: the value of clientPortAddress stands without quotes; write clientPortAddress = "0.0.0.0" [syntax]`,
			`zk.toml:9:5: the value of a.b stands without quotes; write a.b = "C:x:y z" [syntax]`,
		}},
		"in one line, with what is wrong behind": {supported + oneHost("instance = [ { id = 1, role = participant, zoo_cfg = { forceSync = no, tickTime = 2s }, colour = \"red\" } ]\n"), []string{
			`zk.toml:6:31: the value of role stands without quotes; write role = "participant" [syntax]`,
			`zk.toml:6:68: the value of forceSync stands without quotes; write forceSync = "no" [syntax]`,
			`zk.toml:6:83: the value of tickTime stands without quotes; write tickTime = "2s" [syntax]`,
			`zk.toml:6:89: an instance has no key "colour"; it has id, role, `,
		}},
		"booleans of other languages": {supported + oneHost("local = True\ninstance = [ { id = 1, zoo_cfg.sslQuorum = FALSE } ]\n"), []string{
			`zk.toml:6:9: the value of local stands without quotes; write local = true [syntax]`,
			`zk.toml:7:44: the value of zoo_cfg.sslQuorum stands without quotes; write zoo_cfg.sslQuorum = false [syntax]`,
		}},
		"a secret": {"[zoo_cfg]\nssl.keyStore.password=kappa\nssl.keyStore.passwordPath=/x\n" + supported + threeHosts, []string{
			`zk.toml:2:23: the value of ssl.keyStore.password stands without quotes; write ssl.keyStore.password = "…" [syntax]`,
			`zk.toml:3:27: the value of ssl.keyStore.passwordPath stands without quotes; write ssl.keyStore.passwordPath = "/x" [syntax]`,
		}},
		"then something else": {"[zoo_cfg]\nforceSync=no\nx = \"open\ny=no\n", []string{
			`zk.toml:2:11: the value of forceSync stands without quotes; write forceSync = "no" [syntax]`,
			`zk.toml:3:10: basic strings cannot have new lines [syntax]`,
		}},
		"Windows": {"[zoo_cfg]\r\nforceSync=no\r\n" + supported + threeHosts, []string{
			`zk.toml:2:11: the value of forceSync stands without quotes; write forceSync = "no" [syntax]`,
		}},
		"nothing there": {"[zoo_cfg]\nforceSync=\n", []string{
			`zk.toml:2:11: unexpected character U+000A at start of value; a string stands in quotes [syntax]`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := Read("zk.toml", []byte(test.text))
			var got []string
			for i, f := range found {
				text := f.String()
				if i < len(test.want) && strings.HasPrefix(text, test.want[i]) {
					text = test.want[i] // a beginning is enough
				}
				if f.Name != "few-voters" {
					got = append(got, text)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s\nof:\n%s", diff, test.text)
			}
		})
	}
}

// TestManyUnquoted bounds the work for a file that has no quotes at all.
func TestManyUnquoted(t *testing.T) {
	_, found := Read("zk.toml", []byte("[zoo_cfg]\n"+strings.Repeat("a=b\n", maxUnquoted+50)))
	if len(found) != maxUnquoted+1 {
		t.Errorf("%d findings", len(found))
	}
}
