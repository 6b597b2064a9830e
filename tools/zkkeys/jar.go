package main

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"
)

// generated are packages of plain records, which read nothing.
var generated = []string{"org/apache/zookeeper/proto/", "org/apache/zookeeper/txn/", "org/apache/zookeeper/data/", "org/apache/jute/compiler/"}

// readJar reads the classes of a jar.
func readJar(path string) (all []*class, err error) {
	jar, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
	defer jar.Close()
	for _, file := range jar.File {
		if !strings.HasSuffix(file.Name, ".class") || ofPackage(file.Name, generated) {
			continue
		}
		content, err := file.Open()
		if err != nil {
			return nil, fmt.Errorf("cannot read %s of %s: %w", file.Name, path, err)
		}
		data, err := io.ReadAll(content)
		content.Close()
		if err != nil {
			return nil, fmt.Errorf("cannot read %s of %s: %w", file.Name, path, err)
		}
		c, err := parseClass(data)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s of %s: %w", file.Name, path, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func ofPackage(name string, packages []string) bool {
	for _, p := range packages {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// extract returns what the jars of a release read.
func extract(jars []string) (map[row][]string, error) {
	var all []*class
	for _, path := range jars {
		classes, err := readJar(path)
		if err != nil {
			return nil, err
		}
		all = append(all, classes...)
	}
	p := newProgram(all)
	p.run(all)
	return p.rows(), nil
}
