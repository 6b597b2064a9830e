package ensemble

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What servers of several releases answer to srvr.
const (
	srvr34 = `Zookeeper version: 3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf, built on 03/06/2019 16:18 GMT
Latency min/avg/max: 0/0/12
Received: 25
Sent: 24
Connections: 1
Outstanding: 0
Zxid: 0x3000000a1
Mode: follower
Node count: 137
`
	srvr35 = `Zookeeper version: 3.5.4-beta-7f51e5b68cf2f80176ff944a9ebd2abbc65e7327, built on 05/11/2018 16:27 GMT
Latency min/avg/max: 0/0/0
Received: 4
Sent: 3
Connections: 1
Outstanding: 0
Zxid: 0x100000000
Mode: leader
Node count: 5
Proposal sizes last/min/max: -1/-1/-1
`
	srvr363 = `Zookeeper version: 3.6.3--6401e4ad2087061bc6b9f80dec2d69f2e3c8660a, built on 04/08/2021 16:35 GMT
Latency min/avg/max: 0/9.0E-4/12
Received: 1413
Sent: 2824
Connections: 1
Outstanding: 0
Zxid: 0x500001f3a
Mode: leader
Node count: 5
Proposal sizes last/min/max: 48/32/148
`
	srvr38 = `Zookeeper version: 3.8.0-5a02a05eddb59aee6ac762f7ea82e92a68eb9c0f, built on 2022-02-25 08:49 UTC
Latency min/avg/max: 0/0.0/0
Received: 1
Sent: 0
Connections: 1
Outstanding: 0
Zxid: 0x0
Mode: observer
Node count: 5
`
	srvr39 = "Zookeeper version: 3.9.2-e454e8c7283100c7caec6dcae2bc82aaecb63023, built on 2024-02-12 20:59 UTC\r\n" +
		"Latency min/avg/max: 0/0.4118/9\r\nZxid: 0xffffffffffffffff\r\nMode: standalone\r\nNode count: 1.0\r\n"
	srvrReadOnly = `Zookeeper version: 3.6.3--6401e4ad2087061bc6b9f80dec2d69f2e3c8660a, built on 04/08/2021 16:35 GMT
Latency min/avg/max: 0/0.0/0
Received: 2
Sent: 1
Connections: 1
Outstanding: 0
Zxid: 0x0
Mode: read-only
Node count: 5
`
)

func TestParseSrvr(t *testing.T) {
	tests := map[string]struct {
		answer string
		want   Srvr
	}{
		"3.4":                {srvr34, Srvr{"3.4.14", Follower, 3<<32 | 0xa1}},
		"3.5, with a suffix": {srvr35, Srvr{"3.5.4-beta", Leader, 1 << 32}},
		"3.6.3":              {srvr363, Srvr{"3.6.3", Leader, 5<<32 | 0x1f3a}},
		"3.8":                {srvr38, Srvr{"3.8.0", Observing, 0}},
		"3.9":                {srvr39, Srvr{"3.9.2", Standalone, math.MaxUint64}},
		"read-only":          {srvrReadOnly, Srvr{"3.6.3", ReadOnly, 0}},
		"no revision":        {"Zookeeper version: 3.6.3\nMode: follower\n", Srvr{"3.6.3", Follower, 0}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParseSrvr([]byte(test.answer))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseSrvrRefuses(t *testing.T) {
	const prefix = "cannot read the answer to srvr: "
	stranger := prefix + "it has no mode or no version; is this a ZooKeeper?"
	tests := map[string]struct{ answer, want string }{
		"nothing":         {"", stranger},
		"not serving":     {notServingText + "\n", stranger},
		"a web server":    {"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n", stranger},
		"another keeper":  {"ClickHouse Keeper version: v22.8.1\nMode: leader\n", stranger},
		"cut short":       {strings.Split(srvr363, "Mode")[0], stranger},
		"version of none": {"Zookeeper version: -, built\nMode: leader\n", stranger},
		"a mode of its own": {"Zookeeper version: 3.6.3--x\nMode: dictator\n",
			prefix + `the mode is "dictator"`},
		"a long mode": {"Zookeeper version: 3.6.3--x\nMode: " + strings.Repeat("é", 90) + "\n",
			prefix + `the mode is "` + strings.Repeat("é", 40) + `… (90 characters)"`},
		"a zxid in words": {strings.Replace(srvr363, "0x500001f3a", "five\a", 1), prefix + `the zxid is "five\a"`},
		"a zxid too long": {strings.Replace(srvr363, "0x5", "0x500000000", 1), prefix + `the zxid is "0x50000000000001f3a"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParseSrvr([]byte(test.answer))
			if err == nil {
				t.Fatalf("no error, but %+v", got)
			}
			if err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
		})
	}
}

func TestZxid(t *testing.T) {
	z := Zxid(5<<32 | 0x1f3a)
	if z.Epoch() != 5 || z.Counter() != 0x1f3a || z.String() != "5/0x1f3a" {
		t.Errorf("got epoch %d, counter %#x, %s", z.Epoch(), z.Counter(), z)
	}
}

// What servers of several releases answer to mntr, shortened.
const (
	mntr34Leader = "zk_version\t3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf, built on 03/06/2019 16:18 GMT\n" +
		"zk_avg_latency\t0\nzk_packets_received\t70\nzk_num_alive_connections\t1\nzk_outstanding_requests\t0\n" +
		"zk_server_state\tleader\nzk_znode_count\t4\nzk_followers\t3\nzk_synced_followers\t2\nzk_pending_syncs\t0\n"
	mntr34Follower = "zk_version\t3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf, built on 03/06/2019 16:18 GMT\n" +
		"zk_server_state\tfollower\nzk_znode_count\t4\n"
	mntr36Leader = "zk_version\t3.6.3--6401e4ad2087061bc6b9f80dec2d69f2e3c8660a, built on 04/08/2021 16:35 GMT\n" +
		"zk_server_state\tleader\nzk_peer_state\tleading - broadcast\nzk_znode_count\t5\nzk_synced_followers\t2\n" +
		"zk_synced_non_voting_followers\t0\nzk_synced_observers\t1\nzk_learners\t3\nzk_quorum_size\t3\nzk_p50_readlatency\t0\n"
	mntr36Observer = "zk_server_state\tobserver\nzk_peer_state\tobserving - broadcast\nzk_observer_master_id\t3\nzk_quorum_size\t3\n"
	mntrPrometheus = "zk_version\t3.8.0-5a02a05eddb59aee6ac762f7ea82e92a68eb9c0f, built on 2022-02-25 08:49 UTC\r\n" +
		"zk_server_state\tleader\r\nzk_peer_state\tleading - broadcast\r\nzk_quorum_size\t5.0\r\nzk_synced_followers\t4.0\r\n" +
		"zk_synced_observers\t1.0E0\r\nzk_learners\t5.0\r\nzk_readlatency{quantile=\"0.5\",}\tNaN\r\njvm_memory_bytes_max{area=\"heap\",}\t-1.0\r\n"
)

func TestParseMntr(t *testing.T) {
	tests := map[string]struct {
		answer string
		want   Mntr
	}{
		"leader of 3.4":        {mntr34Leader, Mntr{Leader, "", -1, 2, 0, -1, 3}},
		"follower of 3.4":      {mntr34Follower, Mntr{Follower, "", -1, -1, 0, -1, -1}},
		"leader of 3.6":        {mntr36Leader, Mntr{Leader, "leading - broadcast", 3, 2, 0, 1, 3}},
		"observer of 3.6":      {mntr36Observer, Mntr{Observing, "observing - broadcast", 3, -1, 0, -1, -1}},
		"leader of 3.8 floats": {mntrPrometheus, Mntr{Leader, "leading - broadcast", 5, 4, 0, 1, 5}},
		"counts that are none": {"zk_server_state\tleader\nzk_quorum_size\tNaN\nzk_synced_followers\t-1\nzk_synced_observers\tInf\nzk_learners\tmany\n",
			Mntr{Leader, "", -1, -1, 0, -1, -1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParseMntr([]byte(test.answer))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, answer := range []string{"", notServingText, "zk_server_state leader\n", "zk_server_state\t\n", srvr363} {
		if got, err := ParseMntr([]byte(answer)); err == nil || got != (Mntr{}) {
			t.Errorf("%q gives %+v and %v", answer, got, err)
		}
	}
}

// FuzzParseSrvr wants what is read of any answer to keep the promises of Srvr.
func FuzzParseSrvr(f *testing.F) {
	for _, s := range []string{srvr34, srvr35, srvr363, srvr38, srvr39, srvrReadOnly, notServingText, "Mode:leader\nZookeeper version:--", "Zxid: 0x"} {
		f.Add([]byte(s))
	}
	modes := []Mode{Leader, Follower, Observing, Standalone, ReadOnly}
	f.Fuzz(func(t *testing.T, answer []byte) {
		s, err := ParseSrvr(answer)
		if err != nil {
			if s != (Srvr{}) || len(err.Error()) > 512 {
				t.Errorf("error %q with %+v", err, s)
			}
			return
		}
		if !slices.Contains(modes, s.Mode) || s.Version == "" || strings.ContainsAny(string(s.Version), ",\n") {
			t.Errorf("%q gives %+v", answer, s)
		}
		if Zxid(uint64(s.Zxid.Epoch())<<32|uint64(s.Zxid.Counter())) != s.Zxid {
			t.Errorf("zxid %s is not %d", s.Zxid, s.Zxid)
		}
	})
}

// FuzzParseMntr wants the counts of any answer to be counts, or unknown.
func FuzzParseMntr(f *testing.F) {
	for _, s := range []string{mntr34Leader, mntr34Follower, mntr36Leader, mntr36Observer, mntrPrometheus, notServingText, "zk_server_state\t\n", "zk_quorum_size\t1e300"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		m, err := ParseMntr(answer)
		if err != nil {
			if m != (Mntr{}) {
				t.Errorf("error %q with %+v", err, m)
			}
			return
		}
		if m.State == "" {
			t.Errorf("%q has no state", answer)
		}
		for _, n := range []int64{m.QuorumSize, m.SyncedFollowers, m.SyncedObservers, m.Learners} {
			if n < -1 || n > 1<<40 {
				t.Errorf("%q gives the count %d", answer, n)
			}
		}
	})
}
