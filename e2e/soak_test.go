//go:build e2e && soak

package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zkprov/zkprov/e2e/lab"
)

var (
	soakTime  = flag.Duration("soak.time", 20*time.Minute, "how long the soak begins new rolls")
	soakSeed  = flag.Uint64("soak.seed", 0, "what decides what happens; 0 takes one of the clock")
	soakRolls = flag.Int("soak.rolls", 20, "how many rolls at most")
)

// soak is a run of random rolls with random faults.
type soak struct {
	*ensemble
	random *rand.Rand
	w      *writing
	rolls  int
}

// TestSoak changes three voters and an observer again and again, and kills servers, hosts and zkprov itself meanwhile, all at random and
// under writes. Nothing that was acknowledged is lost, and after each fault the same command comes to an end.
func TestSoak(t *testing.T) {
	seed := *soakSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("the seed is %d: make soak SOAK_SEED=%[1]d does the same again", seed)
	fmt.Printf("soak: the seed is %d\n", seed)
	e := boot(t, lab.Hosts(4)...)
	h := e.host("zk4")
	e.write("[zoo_cfg]\nmaxClientCnxns = 60\n" + e.lab.Voters(3) + fmt.Sprintf("[[host]]\nname = \"zk4\"\naddress = %q\ninstance = [ { id = 4, role = \"observer\" } ]\n\n", h.Address()))
	e.zkprov("apply").exits(0)
	s := &soak{ensemble: e, random: rand.New(rand.NewPCG(seed, 0)), w: e.writes()}
	for end := time.Now().Add(*soakTime); time.Now().Before(end) && s.rolls < *soakRolls; s.rolls++ {
		s.roll()
		if t.Failed() {
			break
		}
	}
	saw := s.w.stops()
	t.Logf("%d rolls, %d values acknowledged, largest gap %s", s.rolls, saw.Acknowledged, saw.Gap)
	s.undisturbed(saw)
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.zkprov("check").exits(0)
}

// undisturbed wants the rolls in which nothing went wrong to have taken one server at a time.
func (s *soak) undisturbed(saw seen) {
	s.t.Helper()
	quiet := saw
	quiet.LeastUp, quiet.Ends = saw.Voters, nil
	for _, end := range saw.Ends {
		if strings.HasSuffix(end.Step, nothing) {
			quiet.Ends = append(quiet.Ends, end)
		}
	}
	s.oneAtATime(quiet)
}

// action is what is rolled.
type action struct {
	command string
	args    []string
	prepare func(s *soak)
}

// actions are the commands that restart servers one after the other. Each is finished by an apply, whatever interrupts it.
func (s *soak) actions() []action {
	change := func(s *soak) { s.desire(fmt.Sprintf("maxClientCnxns = %d\n", 100+s.random.IntN(10000))) }
	heap := func(s *soak) {
		text := s.text
		if i := strings.Index(text, "[zoo_cfg]"); i >= 0 {
			text = text[i:]
		}
		s.write(fmt.Sprintf("[jvm]\nheap = \"%dm\"\n", 128+s.random.IntN(128)) + text)
	}
	settle := []string{"--settle", fmt.Sprintf("%ds", 1+s.random.IntN(5))}
	return []action{
		{"apply", settle, change},
		{"apply", settle, change},
		{"apply", nil, heap},
		{"restart", settle, func(*soak) {}},
	}
}

// fault is what goes wrong meanwhile. It returns what mends it.
type fault struct {
	name string
	do   func(s *soak, u *underway) (mend func())
}

const nothing = "nothing goes wrong"

var faults = []fault{
	{nothing, func(*soak, *underway) func() { return nil }},
	{"a server is killed", func(s *soak, _ *underway) func() {
		host := s.anyHost()
		s.try(host, "systemctl kill -s KILL "+serverOn(host))
		return nil
	}},
	{"a server is stopped for a while", func(s *soak, _ *underway) func() {
		host := s.anyHost()
		s.try(host, "systemctl stop "+serverOn(host))
		return func() { s.in(host, "systemctl start "+serverOn(host)) }
	}},
	{"a server is frozen for a while", func(s *soak, _ *underway) func() {
		host := s.anyHost()
		s.try(host, "systemctl kill -s STOP "+serverOn(host))
		time.Sleep(time.Duration(1+s.random.IntN(15)) * time.Second)
		s.try(host, "systemctl kill -s CONT "+serverOn(host))
		return nil
	}},
	{"a server is cut off for a while", func(s *soak, _ *underway) func() {
		host := s.anyHost()
		s.apart(host)
		time.Sleep(time.Duration(1+s.random.IntN(20)) * time.Second)
		s.together(host)
		return nil
	}},
	{"the power of a host is cut", func(s *soak, _ *underway) func() {
		host := s.host(s.anyHost())
		if err := host.PowerOff(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
		return func() {
			if err := host.Start(s.t.Context()); err != nil {
				s.t.Fatal(err)
			}
		}
	}},
	{"zkprov is killed", func(s *soak, u *underway) func() { _ = u.cmd.Process.Kill(); return nil }},
	{"zkprov is interrupted", func(s *soak, u *underway) func() { _ = u.cmd.Process.Signal(syscall.SIGINT); return nil }},
	{"zkprov is suspended for a while", func(s *soak, u *underway) func() {
		_ = u.cmd.Process.Signal(syscall.SIGSTOP)
		time.Sleep(time.Duration(1+s.random.IntN(60)) * time.Second)
		_ = u.cmd.Process.Signal(syscall.SIGCONT)
		return nil
	}},
	{"the far side of zkprov is killed", func(s *soak, _ *underway) func() {
		s.try(s.anyHost(), `kill -9 $(sed -n 's/.*"pid":\([0-9]*\).*/\1/p' /run/zkprov/lock)`)
		return nil
	}},
}

func (s *soak) anyHost() string {
	hosts := s.lab.Hosts()
	return hosts[s.random.IntN(len(hosts))].Name
}

func serverOn(host string) string { return "zookeeper-" + strings.TrimPrefix(host, "zk") }

// try runs a script on a host where it may fail, as what it is about may be away just then.
func (s *soak) try(host, script string) {
	if _, err := s.host(host).Run(s.t.Context(), script); err != nil {
		s.t.Logf("on %s: %v", host, err)
	}
}

// roll does one thing with one fault, mends what the fault has left and wants an apply to come to an end.
func (s *soak) roll() {
	s.t.Helper()
	actions := s.actions()
	a, f := actions[s.random.IntN(len(actions))], faults[s.random.IntN(len(faults))]
	after := time.Duration(s.random.IntN(25000)) * time.Millisecond
	s.t.Logf("%s roll %d: %s %v; after %s %s", time.Now().Format("15:04:05"), s.rolls+1, a.command, a.args, after, f.name)
	a.prepare(s)
	s.w.mark(fmt.Sprintf("roll %d, %s, %s", s.rolls+1, a.command, f.name))
	before := s.invocationsOfAll()
	u := s.begins(a.command, a.args...)
	select {
	case <-u.ended:
	case <-time.After(after):
	}
	mend := f.do(s, u)
	select {
	case <-u.ended:
	case <-time.After(15 * time.Second):
	}
	if mend != nil {
		mend()
	}
	r := u.ends(6 * time.Minute)
	s.t.Logf("%s it ended with %d after %s, having touched %v", time.Now().Format("15:04:05"), r.code, r.took, s.touchedAny(before))
	if f.name == nothing {
		r.exits(0)
	}
	s.allServe(90 * time.Second)
	for attempt := 1; ; attempt++ {
		r := s.zkprov("apply", "--settle", "1s", "--lock-timeout", "90s")
		if r.code == 0 {
			break
		}
		if s.t.Logf("apply ended with %d:\n%s%s", r.code, r.stdout, r.stderr); attempt == 3 {
			r.exits(0)
		}
	}
	s.zkprov("plan", "--detailed-exitcode").exits(0)
	s.w.goesOn(30 * time.Second)
}

// touchedAny are the instances that were started since, of those that run.
func (s *soak) touchedAny(before map[string]string) []string {
	var touched []string
	for _, m := range s.members() {
		id, err := s.host(m.Host.Name).InvocationID(s.t.Context(), m.Instance.Name)
		if err != nil || id != before[m.Instance.Name] {
			touched = append(touched, m.Instance.Name)
		}
	}
	slices.Sort(touched)
	return touched
}
