package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnfold(t *testing.T) {
	for args, want := range map[string]string{
		"zk1":                           "zk1",
		"zk1 zk2":                       "zk1 zk2",
		"zk1,zk2,zk3":                   "zk1 zk2 zk3",
		"zk[1-3]":                       "zk1 zk2 zk3",
		"zk[01-03]":                     "zk01 zk02 zk03",
		"zk[08-11]":                     "zk08 zk09 zk10 zk11",
		"zk[1,3,5-7].example.com":       "zk1.example.com zk3.example.com zk5.example.com zk6.example.com zk7.example.com",
		"r[1-2]-zk[1-2]":                "r1-zk1 r1-zk2 r2-zk1 r2-zk2",
		"zk[1-2],other zk9":             "zk1 zk2 other zk9",
		"zk[1-3]=10.0.0.[11-13]":        "zk1=10.0.0.11 zk2=10.0.0.12 zk3=10.0.0.13",
		"zk1=10.0.0.1,zk2=10.0.0.2":     "zk1=10.0.0.1 zk2=10.0.0.2",
		"root@zk[1-2]":                  "root@zk1 root@zk2",
		"zk1=2001:db8::1":               "zk1=2001:db8::1",
		"zk[1-2]=10.0.0.1":              `! "zk[1-2]=10.0.0.1" has addresses for 1 of 2 hosts: write as many of each, as in zk[1-3]=10.0.0.[11-13]`,
		"zk*":                           `! "zk*" has a character of a shell's patterns, which zkprov does not have: number hosts as in zk[1-3], or write commas between them`,
		"zk?":                           `! "zk?" has a character of a shell's patterns, which zkprov does not have: number hosts as in zk[1-3], or write commas between them`,
		"zk{1,2}":                       `! "zk{1" has a character of a shell's patterns, which zkprov does not have: number hosts as in zk[1-3], or write commas between them`,
		"zk[!1]":                        `! "zk[!1]" has "!1" in brackets, and may have numbers there, as in zk[1-3,5]; a shell's pattern is none`,
		"zk[a-c]":                       `! "zk[a-c]" has "a-c" in brackets, and may have numbers there, as in zk[1-3,5]; a shell's pattern is none`,
		"zk[]":                          `! "zk[]" has "" in brackets, and may have numbers there, as in zk[1-3,5]; a shell's pattern is none`,
		"zk[1-":                         `! "zk[1-" opens a bracket and does not close it`,
		"zk1]":                          `! "zk1]" closes a bracket that is not open`,
		"zk[3-1]":                       `! "zk[3-1]" counts from 3 down to 1`,
		"zk[1-010]":                     `! "zk[1-010]" has "1-010" in brackets: with zeros in front both numbers have the same length`,
		"zk[1-999999999]":               `! "zk[1-999999999]" stands for more than 1000 hosts`,
		"zk[1-100][1-100]":              `! "zk[1-100][1-100]" stands for more than 1000 hosts`,
		"zk[1-99999999999999999999999]": `! "zk[1-99999999999999999999999]" has "1-99999999999999999999999" in brackets, and may have numbers there, as in zk[1-3,5]; a shell's pattern is none`,
		"zk1,,zk2":                      `! a host is missing in "zk1,,zk2"`,
		",":                             `! a host is missing in ","`,
		"zk[1-3]=10.0.0.[11-12]":        `! "zk[1-3]=10.0.0.[11-12]" has addresses for 2 of 3 hosts: write as many of each, as in zk[1-3]=10.0.0.[11-13]`,
		"zk1, zk[2-3], zk4":             "zk1 zk2 zk3 zk4",
		"zk[1-600] yk[1-600]":           `! "yk[1-600]" and what stands before it are more than 1000 hosts`,
	} {
		hosts, err := unfoldHosts(strings.Fields(args))
		got := strings.Join(hosts, " ")
		if err != nil {
			got = "! " + err.Error()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", args, got, want)
		}
	}
}

// TestUnfoldFolded looks whether what a plan prints can be given to init.
func TestUnfoldFolded(t *testing.T) {
	for _, names := range [][]string{{"zk1"}, {"zk1", "zk2", "zk3", "zk5"}, {"zk9", "zk10"}, {"a", "b"}, {"zk01", "zk02"}} {
		got, err := unfoldHosts([]string{foldNames(names)})
		if diff := cmp.Diff(names, got); diff != "" || err != nil {
			t.Errorf("%v: %s%v", names, diff, err)
		}
	}
}

func FuzzUnfold(f *testing.F) {
	for _, s := range []string{"zk[1-3]", "zk[01-03,7]=10.0.0.[1-4]", "a,b", "[[]]", "zk[1-2][3-4]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		hosts, err := unfoldHosts([]string{arg})
		if err == nil && (len(hosts) == 0 || len(hosts) > mostUnfolded) {
			t.Errorf("%q is %d hosts", arg, len(hosts))
		}
	})
}
