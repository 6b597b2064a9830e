package fleet

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/plan"
)

// tarball is the least that passes for an archive of 3.6.3, with further files, and
// its hash.
func tarball(t *testing.T, others ...string) (text, hash string) {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	for _, name := range append([]string{"lib/zookeeper-3.6.3.jar"}, others...) {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "apache-zookeeper-3.6.3-bin/" + name, Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String(), fmt.Sprintf("%x", sha512.Sum512(b.Bytes()))
}

// lacking is a fleet of which zk2 has no archive, of that text and hash.
func lacking(t *testing.T, hash string, urls ...string) (*Fleet, *hosts) {
	f, hs := newFleet(t)
	f.Forks = 1
	f.Ensemble.Archive.SHA512, f.Ensemble.Archive.URLs = hash, urls
	f.Archives = &archive.Fetcher{Cache: archive.Cache{Dir: t.TempDir()}}
	hs.byName["zk2"].plan.NeedsArchive = true
	hs.byName["zk2"].changes = []provision.Change{change(plan.Stage)}
	return f, hs
}

// onFour is a call on each host.
func onFour(call string) []string {
	var calls []string
	for i := range 4 {
		calls = append(calls, fmt.Sprintf("zk%d %s", i+1, call))
	}
	return calls
}

// No host is locked while the archive is fetched, on this machine or on the hosts, and
// what is done is planned under the lock.
func TestNoLockWhileFetching(t *testing.T) {
	text, hash := tarball(t)
	before := append(onFour("lock"), onFour("unlock")...)
	for fetch, after := range map[string][]string{inventory.FetchControl: append(onFour("lock"), "zk2 archive", "zk2 stage"), inventory.FetchHost: append(append([]string{"zk2 fetch"}, onFour("lock")...), "zk2 stage")} {
		t.Run(fetch, func(t *testing.T) {
			var hs *hosts
			var during []string
			planned := 0
			mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				during = hs.calls()
				planned = hs.count("plan")
				_, _ = w.Write([]byte(text))
			}))
			defer mirror.Close()
			f, all := lacking(t, hash, mirror.URL+"/zk.tar.gz")
			hs = all
			f.Ensemble.Archive.Fetch = fetch
			hs.byName["zk2"].during = func(_ context.Context, call string) {
				if call == "fetch" {
					during = slices.DeleteFunc(hs.calls(), func(c string) bool { return c == "zk2 fetch" })
					planned = hs.count("plan")
				}
			}
			if _, err := f.Apply(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, during); diff != "" {
				t.Errorf("while it is fetched (-want +got):\n%s", diff)
			}
			calls := hs.calls()
			if diff := cmp.Diff(after, calls[len(before):len(before)+len(after)]); diff != "" {
				t.Errorf("then (-want +got):\n%s", diff)
			}
			if n := hs.count("plan"); planned != 4 || n != 8 {
				t.Errorf("%d plans before and %d in all", planned, n)
			}
		})
	}
}

// What this machine has costs no second look.
func TestDeliverFromCache(t *testing.T) {
	text, hash := tarball(t)
	f, hs := lacking(t, hash)
	if err := f.Archives.Cache.Add(t.Context(), hash, strings.NewReader(text), archive.MaxArchive); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	if hs.count("unlock") != 0 || hs.count("plan") != 4 || hs.count("archive") != 1 {
		t.Errorf("the calls are %v", hs.calls())
	}
}

// Another run may have taken the hosts meanwhile.
func TestLockedAfterFetching(t *testing.T) {
	text, hash := tarball(t)
	mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	defer mirror.Close()
	f, hs := lacking(t, hash, mirror.URL+"/zk.tar.gz")
	hs.byName["zk1"].during = func(_ context.Context, call string) {
		if call == "unlock" {
			hs.byName["zk1"].errs["lock"] = &provision.Error{Kind: provision.Locked, Message: "another run is at work"}
		}
	}
	if _, err := f.Apply(t.Context()); kindOf(err) != provision.Locked || hs.count("archive")+hs.count("stage") > 0 {
		t.Errorf("%v; the calls are %v", err, hs.calls())
	}
}

// A mirror that does not deliver is said as it is given up, with the next one.
func TestGivenUp(t *testing.T) {
	text, hash := tarball(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	defer gone.Close()
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	defer good.Close()
	f, _ := lacking(t, hash, gone.URL+"/zk.tar.gz", good.URL+"/zk.tar.gz")
	var said []string
	f.Report = func(e Event) {
		if e.Kind == Progress && e.Bytes == 0 && regexp.MustCompile("^(mirror|fetching) ").MatchString(e.Text) {
			said = append(said, regexp.MustCompile(`after [0-9.m]*s`).ReplaceAllString(e.Text, "after …"))
		}
	}
	if _, err := f.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"fetching apache-zookeeper-3.6.3-bin.tar.gz from " + gone.URL + "/zk.tar.gz", "mirror " + gone.URL + "/zk.tar.gz given up after …: the server answered 404 Not Found; the release is not there, mirrors keep the current ones only; trying " + good.URL + "/zk.tar.gz"}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
}

// An archive that no host would unpack is sent to none.
func TestRefusedArchive(t *testing.T) {
	text, hash := tarball(t, "../escaped")
	mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	defer mirror.Close()
	f, hs := lacking(t, hash, mirror.URL+"/zk.tar.gz")
	o, err := f.Apply(t.Context())
	var e *provision.Error
	want := "cannot use " + mirror.URL + `/zk.tar.gz: its entry "apache-zookeeper-3.6.3-bin/../escaped" leads out of the archive`
	if !errors.As(err, &e) || e.Kind != provision.Refused || e.Name != "archive-not-a-release" || e.Message != want || e.Hint == "" {
		t.Errorf("got %v", err)
	}
	if o.Changes() > 0 || hs.count("archive")+hs.count("stage") > 0 || hs.count("lock") != hs.count("unlock") {
		t.Errorf("the calls are %v", hs.calls())
	}
}

// TestDeliverJar brings a jar to the host that lacks it, once the release is there.
func TestDeliverJar(t *testing.T) {
	text, hash := tarball(t)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("a.class"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	jar := b.String()
	jarHash := fmt.Sprintf("%x", sha512.Sum512(b.Bytes()))
	for fetch, want := range map[string][]string{inventory.FetchControl: {"zk2 archive", "zk2 jar", "zk2 stage"}, inventory.FetchHost: {"zk2 fetch", "zk2 fetch jar", "zk2 stage"}} {
		served := jar
		mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(served)) }))
		defer mirror.Close()
		f, hs := lacking(t, hash)
		if err := f.Archives.Cache.Add(t.Context(), hash, strings.NewReader(text), archive.MaxArchive); err != nil {
			t.Fatal(err)
		}
		f.Ensemble.Archive.Fetch = fetch
		for i := range f.Ensemble.Hosts {
			f.Ensemble.Hosts[i].Instances[0].JVM.Jars = []inventory.Jar{{URL: mirror.URL + "/a.jar", SHA512: jarHash}}
		}
		hs.byName["zk2"].plan.NeedsJars = []string{jarHash}
		_, err := f.Apply(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		calls := slices.DeleteFunc(hs.calls(), func(c string) bool { return !slices.Contains(want, c) })
		if diff := cmp.Diff(want, calls); diff != "" {
			t.Errorf("fetch = %s (-want +got):\n%s", fetch, diff)
		}
	}
	// What has the pinned hash and is no jar is sent to none.
	mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	defer mirror.Close()
	f, hs := lacking(t, hash)
	if err := f.Archives.Cache.Add(t.Context(), hash, strings.NewReader(text), archive.MaxArchive); err != nil {
		t.Fatal(err)
	}
	f.Ensemble.Hosts[1].Instances[0].JVM.Jars = []inventory.Jar{{URL: mirror.URL + "/a.jar", SHA512: hash}}
	hs.byName["zk2"].plan.NeedsJars = []string{hash}
	_, err := f.Apply(t.Context())
	var refused *provision.Error
	if !errors.As(err, &refused) || refused.Name != archive.NotJar || hs.count("jar")+hs.count("stage") > 0 {
		t.Errorf("%v; the calls are %v", err, hs.calls())
	}
}
