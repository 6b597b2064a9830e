package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Artifact is a jar of ZooKeeper's in the Maven repository, such as "zookeeper-jute" of "3.6.3".
type Artifact struct{ Name, Version string }

// repository is the folder in which Maven keeps what it has fetched.
func (s *Store) repository() string { return s.path("zookeeper", "maven") }

func (s *Store) jar(a Artifact) string {
	return filepath.Join(s.repository(), "org/apache/zookeeper", a.Name, a.Version, a.Name+"-"+a.Version+".jar")
}

// Jars returns the paths of jars. Those that are not in the store yet are fetched in one run of Maven.
func (s *Store) Jars(ctx context.Context, artifacts []Artifact) (paths []string, err error) {
	var missing strings.Builder
	for _, a := range artifacts {
		path := s.jar(a)
		paths = append(paths, path)
		if _, err := os.Stat(path); err != nil {
			fmt.Fprintf(&missing, "<artifactItem><groupId>org.apache.zookeeper</groupId><artifactId>%s</artifactId><version>%s</version></artifactItem>\n", a.Name, a.Version)
		}
	}
	if missing.Len() == 0 {
		return paths, nil
	}
	done := s.step("jars of ZooKeeper")
	defer func() { done(err) }()
	if err := s.install(ctx, mavenTools); err != nil {
		return nil, err
	}
	unlock, err := lockFile(ctx, s.path("zookeeper.lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	work, err := os.MkdirTemp(s.dir, "jars-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	model := fmt.Sprintf(fetchModel, filepath.Join(work, "copies"), missing.String())
	if err := os.WriteFile(filepath.Join(work, "pom.xml"), []byte(model), 0o600); err != nil {
		return nil, err
	}
	_, err = command{name: "mvn", dir: work, args: []string{"-q", "-B", "-Dmaven.repo.local=" + s.repository(), "dependency:copy"}}.output(ctx)
	return paths, err
}

// fetchModel is a project that does nothing but copy jars, without what they depend on.
const fetchModel = `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>zkprov</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
<build><plugins><plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId>
<configuration><outputDirectory>%s</outputDirectory><artifactItems>
%s</artifactItems></configuration></plugin></plugins></build></project>
`
