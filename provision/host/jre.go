package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/java"
)

// foundJava is the Java for a host's instances, or why nothing will do.
type foundJava struct {
	result *java.Result
	none   *java.NotFoundError
}

// java chooses the Java for a host's instances; no Java is a result and not an error.
// current is the one that their units
// start now, or that a plan foretold.
func (l *look) java(e *inventory.Ensemble, h *inventory.Host, release archive.Place, current string) (foundJava, error) {
	return once(l, "the Java", func() (foundJava, error) {
		m := l.m
		user, err := l.serviceUser(e)
		if err != nil {
			return foundJava{}, err
		}
		found, err := java.Find(l.ctx, java.Options{
			Root: m.Root, Home: h.Java.Home, Env: m.Env, Current: current,
			Minimum: h.Java.Minimum, Version: e.Version, Jar: jarPath(e, release), User: user, Asked: &m.asked,
		})
		var none *java.NotFoundError
		switch {
		case errors.As(err, &none):
			return foundJava{none: none}, nil
		case err != nil:
			return foundJava{}, fmt.Errorf("cannot look for a Java: %w", err)
		}
		return foundJava{result: &found}, nil
	})
}

// jre is the distribution's Java, to be installed. It is a step of its own: what it
// brings decides what the units say, so that the host is planned anew after it.
type jre struct {
	ensemble *inventory.Ensemble
	host     *inventory.Host
	release  archive.Place
	pkg      java.Package
	foretold *java.Result
}

func (j *jre) key() string { return resourceKey(provision.KindPackage, j.pkg.Name) }

func (j *jre) plan(v *view) (*provision.Change, error) {
	found, err := v.look.java(j.ensemble, j.host, j.release, j.foretold.Java)
	if err != nil || found.result != nil || v.java != nil {
		return nil, err
	}
	return &provision.Change{Action: provision.Install, From: absent, To: j.pkg.Name,
		Summary: fmt.Sprintf("%s (%s), Java %d", j.pkg.Name, j.pkg.Manager, j.pkg.Feature)}, nil
}

func (j *jre) foresee(v *view) { v.java = j.foretold }

func (j *jre) apply(ctx context.Context, m *Machine) error {
	return java.Install(ctx, m.runner(), j.pkg)
}

// chooseJava returns the Java that the units will name, the package that brings it
// where it is not there yet, and what is found about both.
func (l *look) chooseJava(t provision.Task) (*java.Result, *jre, finding.Findings) {
	e, h, o := t.Ensemble, t.Target(), l.observation
	if departs(h) {
		return new(java.Result), nil, nil // what runs there names its own
	}
	if o.Java != nil {
		return o.Java, nil, o.Java.Findings(h.Name)
	}
	if !h.Java.Install {
		return nil, nil, finding.Findings{o.NoJava.Finding(h.Name)}
	}
	pkg, err := java.InstallPlan(o.Facts.OS, o.Facts.Arch, o.NoJava.Need.Feature)
	if err != nil {
		f := o.NoJava.Finding(h.Name)
		f.Message += "; and " + err.Error()
		return nil, nil, finding.Findings{f}
	}
	foretold := &java.Result{Home: pkg.ExpectedHome, Java: pkg.ExpectedHome + "/bin/java", Feature: pkg.Feature}
	return foretold, &jre{ensemble: e, host: h, release: o.Release, pkg: pkg, foretold: foretold}, nil
}
