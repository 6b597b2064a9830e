package lab

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Release is a ZooKeeper release's binary archive on the machine.
type Release struct {
	Path   string `json:"path"`
	SHA512 string `json:"sha512"`
	// Published is set where it is the archive as Apache published it, rather than its jars packed anew.
	Published bool `json:"published"`
}

// Section is the part of an inventory that takes the release from where it lies.
func (r Release) Section() string { return r.SectionFrom("file://" + r.Path) }

// SectionFrom is Section with another URL.
func (r Release) SectionFrom(url string) string {
	return fmt.Sprintf("\n[archive]\nurls = [%q]\nsha512 = %q\n", url, r.SHA512)
}

// recipe changes with how an archive is packed, so that an older one is not taken for it.
const recipe = "3"

// ZooKeeper returns the archive of a release: the published one where it can be had, otherwise the very same jars from the machine's
// Maven repository, packed in the release's layout. What was fetched once is kept in the store.
func (s *Store) ZooKeeper(ctx context.Context, version string) (release Release, err error) {
	top := "apache-zookeeper-" + version + "-bin"
	dir := s.path("zookeeper", version+"-"+recipe)
	record := filepath.Join(dir, "release.json")
	unlock, err := lockFile(ctx, s.path("zookeeper.lock"))
	if err != nil {
		return release, err
	}
	defer unlock()
	if err := readJSON(record, &release); err == nil {
		if _, err := os.Stat(release.Path); err == nil {
			return release, nil
		}
	}
	done := s.step("ZooKeeper %s", version)
	defer func() { done(err) }()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return release, err
	}
	release = Release{Path: filepath.Join(dir, top+".tar.gz"), Published: true}
	url := fmt.Sprintf("https://archive.apache.org/dist/zookeeper/zookeeper-%s/%s.tar.gz", version, top)
	if publishedErr := download(ctx, url, release.Path); publishedErr != nil {
		s.say("ZooKeeper %s: the published archive cannot be had here, packing its jars", version)
		release.Published = false
		if err := s.pack(ctx, version, top, dir); err != nil {
			return release, fmt.Errorf("cannot get ZooKeeper %s: %w", version, errors.Join(publishedErr, err))
		}
	}
	if release.SHA512, err = hashFile(release.Path); err != nil {
		return release, err
	}
	return release, writeJSON(record, release)
}

func download(ctx context.Context, url, path string) error {
	// Where there is no way out, this is found out soon.
	connect, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 10 * time.Second,
	}}
	request, err := http.NewRequestWithContext(connect, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	file, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	_, err = io.Copy(file, response.Body)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// pack builds the archive from the release's jars and the scripts of Debian's package.
func (s *Store) pack(ctx context.Context, version, top, dir string) error {
	if err := s.install(ctx, mavenTools); err != nil {
		return err
	}
	staging := filepath.Join(dir, "staging")
	defer os.RemoveAll(staging)
	if err := os.RemoveAll(staging); err != nil {
		return err
	}
	tree := filepath.Join(staging, top)
	if err := os.MkdirAll(filepath.Join(tree, "lib"), 0o755); err != nil {
		return err
	}
	if err := s.jars(ctx, version, filepath.Join(tree, "lib"), staging); err != nil {
		return err
	}
	if err := scripts(ctx, tree, staging); err != nil {
		return err
	}
	return packTree(staging, top, filepath.Join(dir, top+".tar.gz"))
}

// jars copies a release's own jars and all that it runs with. The scope compile of its published model brings those that it leaves to
// its surroundings, too.
func (s *Store) jars(ctx context.Context, version, lib, work string) error {
	local := s.repository()
	mvn := func(args ...string) error {
		_, err := command{name: "mvn", dir: work, args: append([]string{"-q", "-B", "-Dmaven.repo.local=" + local}, args...)}.output(ctx)
		return err
	}
	for _, artifact := range []string{"zookeeper", "zookeeper-prometheus-metrics"} {
		if err := mvn("dependency:get", "-Dtransitive=false", "-Dartifact=org.apache.zookeeper:"+artifact+":"+version+":pom"); err != nil {
			if artifact != "zookeeper" {
				continue // older releases have no such module
			}
			return err
		}
		pom := filepath.Join(local, "org/apache/zookeeper", artifact, version, artifact+"-"+version+".pom")
		if err := mvn("-f", pom, "dependency:copy-dependencies", "-DincludeScope=compile", "-DoutputDirectory="+lib); err != nil {
			return err
		}
		if err := mvn("dependency:copy", "-Dartifact=org.apache.zookeeper:"+artifact+":"+version, "-DoutputDirectory="+lib); err != nil {
			return err
		}
	}
	// These two are for compilers only, and are not in the release.
	for _, pattern := range []string{"jsr305-*.jar", "spotbugs-annotations-*.jar"} {
		names, _ := filepath.Glob(filepath.Join(lib, pattern))
		for _, name := range names {
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	if _, err := os.Stat(filepath.Join(lib, "zookeeper-"+version+".jar")); err != nil {
		return fmt.Errorf("the Maven repository brought no server: %w", err)
	}
	return nil
}

// scripts takes bin/ and conf/ from Debian's own package of ZooKeeper.
func scripts(ctx context.Context, tree, work string) error {
	if _, err := (command{name: "apt-get", dir: work, args: []string{"-qq", "download", "zookeeper"}}).output(ctx); err != nil {
		if err := apt(ctx, "update"); err != nil {
			return err
		}
		if _, err := (command{name: "apt-get", dir: work, args: []string{"-qq", "download", "zookeeper"}}).output(ctx); err != nil {
			return err
		}
	}
	packages, _ := filepath.Glob(filepath.Join(work, "zookeeper_*.deb"))
	if len(packages) != 1 {
		return fmt.Errorf("apt-get downloaded %d packages named zookeeper", len(packages))
	}
	unpacked := filepath.Join(work, "debian")
	if _, err := run(ctx, "dpkg-deb", "--extract", packages[0], unpacked); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(tree, "bin"), 0o755); err != nil {
		return err
	}
	names, _ := filepath.Glob(filepath.Join(unpacked, "usr/share/zookeeper/bin/*.sh"))
	if len(names) == 0 {
		return errors.New("the package of Debian has no scripts")
	}
	for _, name := range names {
		if filepath.Base(name) == "zkEnv.sh" {
			continue // a link to Debian's own settings
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(tree, "bin", filepath.Base(name)), content, 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(tree, "bin", "zkEnv.sh"), []byte(environment), 0o755); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(tree, "conf"), 0o755); err != nil {
		return err
	}
	sample := "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/tmp/zookeeper\nclientPort=2181\n"
	return os.WriteFile(filepath.Join(tree, "conf", "zoo_sample.cfg"), []byte(sample), 0o644)
}

// environment stands for the release's zkEnv.sh, of which Debian has one that fits its own paths only.
const environment = `ZOOBINDIR="${ZOOBINDIR:-/usr/bin}"
if [ $# -gt 1 ] && [ "$1" = --config ]; then
  ZOOCFGDIR="$2"
  shift 2
fi
ZOOCFGDIR="${ZOOCFGDIR:-$ZOOBINDIR/../conf}"
ZOOCFG="$ZOOCFGDIR/zoo.cfg"
ZOO_LOG_DIR="${ZOO_LOG_DIR:-$ZOOBINDIR/../logs}"
ZOO_LOG4J_PROP="${ZOO_LOG4J_PROP:-INFO,CONSOLE}"
JAVA="${JAVA_HOME:+$JAVA_HOME/bin/}java"
CLASSPATH="$ZOOCFGDIR:$ZOOBINDIR/../lib/*"
`

// packTree writes the folder top below dir as a tar, the same bytes every time.
func packTree(dir, top, path string) error {
	var names []string
	err := filepath.WalkDir(filepath.Join(dir, top), func(name string, _ fs.DirEntry, err error) error {
		names = append(names, name)
		return err
	})
	if err != nil {
		return err
	}
	slices.Sort(names)
	file, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer file.Close()
	zip := gzip.NewWriter(file)
	archive := tar.NewWriter(zip)
	for _, name := range names {
		if err := packOne(archive, dir, name); err != nil {
			return err
		}
	}
	if err := errors.Join(archive.Close(), zip.Close(), file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

func packOne(archive *tar.Writer, dir, name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	inside, err := filepath.Rel(dir, name)
	if err != nil {
		return err
	}
	header := &tar.Header{Name: inside, Mode: 0o644, ModTime: time.Unix(1617898500, 0), Format: tar.FormatUSTAR, Typeflag: tar.TypeReg, Size: info.Size()}
	if info.IsDir() {
		header.Name, header.Typeflag, header.Mode, header.Size = inside+"/", tar.TypeDir, 0o755, 0
	} else if info.Mode()&0o100 != 0 {
		header.Mode = 0o755
	}
	if err := archive.WriteHeader(header); err != nil || info.IsDir() {
		return err
	}
	content, err := os.Open(name)
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = io.Copy(archive, content)
	return err
}

func hashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha512.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
