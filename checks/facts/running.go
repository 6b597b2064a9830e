package facts

import (
	"bytes"
	"maps"
	"os"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"unicode"

	"github.com/zkprov/zkprov/internal/properties"
)

// Bounds on what is read of a process and its configuration, which belong to whoever
// started it. A class path that names every jar has some KiB.
const (
	maxCmdline   = 128 << 10
	maxZooConfig = 64 << 10
	maxServers   = 255
	maxWord      = 512 // of a path or name that is shown
	maxRunning   = 64  // servers on one host
)

// serverClasses lists the classes that a server is started by: zkServer.sh, Debian's package and
// units name one of them, with the configuration behind.
var serverClasses = []string{
	"org.apache.zookeeper.server.quorum.QuorumPeerMain",
	"org.apache.zookeeper.server.ZooKeeperServerMain",
}

// zooKeepers finds the servers that run on the host, on whatever ports.
func zooKeepers(root string) []ZooKeeper {
	var found []ZooKeeper
	for _, pid := range pids(root) {
		if len(found) == maxRunning {
			break
		}
		proc := path.Join("/proc", strconv.Itoa(pid))
		text, err := readSome(InRoot(root, proc+"/cmdline"), maxCmdline)
		if err != nil {
			continue // gone meanwhile, or not ours to look at
		}
		program, args, ok := serverArguments(text)
		if !ok {
			continue
		}
		if exe, err := os.Readlink(InRoot(root, proc+"/exe")); err == nil {
			program = exe
		}
		// A sudo or runuser that waits for the server has the same arguments.
		if name := path.Base(program); !strings.HasPrefix(name, "java") && name != "jsvc" {
			continue
		}
		z := ZooKeeper{PID: pid}
		var st syscall.Stat_t
		if syscall.Stat(InRoot(root, proc), &st) == nil {
			z.UID = st.Uid
		}
		cgroup, _ := readSome(InRoot(root, proc+"/cgroup"), maxSmallFile)
		z.Unit = unitOfCgroup(string(cgroup))
		cwd, _ := os.Readlink(InRoot(root, proc+"/cwd"))
		z.read(process{root, proc, cwd}, args)
		found = append(found, z)
	}
	return found
}

// serverArguments returns the program and what stands behind the class of a server in a
// command line as /proc/PID/cmdline has it.
func serverArguments(cmdline []byte) (program string, args []string, ok bool) {
	for _, class := range serverClasses {
		if !bytes.Contains(cmdline, []byte(class)) {
			continue
		}
		words := strings.Split(strings.TrimRight(string(cmdline), "\x00"), "\x00")
		if at := slices.Index(words, class); at > 0 {
			return words[0], words[at+1:], true
		}
	}
	return "", nil, false
}

// process tells where a process sees files: it may have another root than ours.
type process struct{ root, proc, cwd string }

// absolute returns a path as the process means it.
func (p process) absolute(name string) string {
	if !path.IsAbs(name) {
		name = path.Join("/", p.cwd, name)
	}
	return path.Clean(name)
}

func (p process) readFile(name string, limit int64) ([]byte, error) {
	seen := InRoot(p.root, p.proc+"/root")
	if _, err := os.Lstat(seen); err != nil {
		seen = InRoot(p.root, "/")
	}
	file, err := openRegular(path.Join(seen, name))
	if err != nil {
		return nil, cause(err)
	}
	defer file.Close()
	b, err := readRegular(file, limit)
	return b, cause(err)
}

// read takes what the arguments and the configuration tell.
func (z *ZooKeeper) read(p process, args []string) {
	if len(args) != 1 {
		// ServerConfig.parse: port, data directory.
		if len(args) >= 2 {
			z.ClientPort, _ = strconv.Atoi(args[0])
			z.DataDir = shown(p.absolute(args[1]))
		}
		return
	}
	config := p.absolute(args[0])
	z.Config = shown(config)
	text, err := p.readFile(config, maxZooConfig)
	if err != nil {
		z.Error = err.Error()
		return
	}
	settings := make(map[string]string)
	readSettings(settings, text)
	if dynamic := settings["dynamicConfigFile"]; dynamic != "" {
		if more, err := p.readFile(p.absolute(dynamic), maxZooConfig); err == nil {
			readSettings(settings, more)
		}
	}
	z.ClientPort, _ = strconv.Atoi(settings["clientPort"])
	if dir := settings["dataDir"]; dir != "" {
		dir = p.absolute(dir)
		z.DataDir = shown(dir)
		if b, err := p.readFile(path.Join(dir, "myid"), maxSmallFile); err == nil {
			if id, problem := parseMyid(b); problem == "" {
				z.ID = &id
			}
		}
	}
	if dir := settings["dataLogDir"]; dir != "" {
		z.DataLogDir = shown(p.absolute(dir))
	}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		text, ok := strings.CutPrefix(key, "server.")
		id, err := strconv.Atoi(text)
		if !ok || err != nil || id < 0 {
			continue
		}
		lines, port := serverLines(id, settings[key])
		z.Servers = append(z.Servers, lines...)
		if z.ID != nil && id == *z.ID && port != 0 {
			z.ClientPort = port
		}
	}
	sort.SliceStable(z.Servers, func(i, j int) bool { return z.Servers[i].ID < z.Servers[j].ID })
	z.Servers = z.Servers[:min(len(z.Servers), maxServers)]
}

// readSettings adds what a zoo.cfg sets, as QuorumPeerConfig reads it. What Java would
// refuse is read as well as it goes: the file may have changed since the server started.
func readSettings(settings map[string]string, zooCfg []byte) {
	for _, p := range properties.Read(string(zooCfg)) {
		settings[properties.Trim(p.Key)] = properties.Trim(p.Value)
	}
}

// serverLines returns the addresses in the value of a server.N, and the client port
// behind them; 0 where there is none.
func serverLines(id int, value string) (lines []ServerLine, clientPort int) {
	addresses, client, _ := strings.Cut(value, ";")
	if client = strings.TrimSpace(client); client != "" {
		clientPort, _ = strconv.Atoi(client[strings.LastIndex(client, ":")+1:])
	}
	for address := range strings.SplitSeq(addresses, "|") {
		address = strings.TrimSpace(address)
		host, rest := "", ""
		if strings.HasPrefix(address, "[") {
			host, rest, _ = strings.Cut(address[1:], "]")
			rest = strings.TrimPrefix(rest, ":")
		} else {
			host, rest, _ = strings.Cut(address, ":")
		}
		ports := strings.Split(rest, ":")
		if host == "" || len(ports) < 2 {
			continue
		}
		line := ServerLine{ID: id, Host: shown(host)}
		line.QuorumPort, _ = strconv.Atoi(ports[0])
		line.ElectionPort, _ = strconv.Atoi(ports[1])
		lines = append(lines, line)
	}
	return lines, clientPort
}

// shown returns a text of somebody else's as it may be shown: a terminal obeys what some
// characters say.
func shown(text string) string {
	if len(text) > maxWord {
		text = strings.ToValidUTF8(text[:maxWord], "") + "…"
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
