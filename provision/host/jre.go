package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/java"
)

// findJava chooses the Java for a host's instances; no Java is a result and not
// an error.
func (m *Machine) findJava(ctx context.Context, e *inventory.Ensemble, h *inventory.Host, release archive.Place, current string) (*java.Result, *java.NotFoundError, error) {
	user := java.User{Name: e.Service.User}
	uid, gid, err := m.ids(ctx, owner{e.Service.User, e.Service.Group})
	var failed *provision.Error
	switch {
	case err == nil:
		user.Known, user.UID, user.GID = true, uint32(uid), uint32(gid)
	case errors.As(err, &failed):
		return nil, nil, err // and not that there is no such user yet
	}
	found, err := java.Find(ctx, java.Options{
		Root: m.Root, Home: h.Java.Home, Env: m.Env, Current: current,
		Minimum: h.Java.Minimum, Version: e.Version, Jar: jarPath(e, release), User: user, Asked: &m.asked,
	})
	var none *java.NotFoundError
	switch {
	case errors.As(err, &none):
		return nil, none, nil
	case err != nil:
		return nil, nil, fmt.Errorf("cannot look for a Java: %w", err)
	}
	return &found, nil, nil
}

// jre is the distribution's Java, to be installed.
type jre struct {
	m    *Machine
	find func(ctx context.Context) (*java.Result, error)
	pkg  java.Package
}

func (j *jre) key() string            { return "package:" + j.pkg.Name }
func (j *jre) phase() provision.Phase { return provision.Stage }

func (j *jre) plan(ctx context.Context) (*provision.Change, error) {
	found, err := j.find(ctx)
	if err != nil || found != nil {
		return nil, err
	}
	return &provision.Change{Action: provision.Install, Summary: fmt.Sprintf("%s (%s), Java %d", j.pkg.Name, j.pkg.Manager, j.pkg.Feature)}, nil
}

func (j *jre) apply(ctx context.Context) error { return java.Install(ctx, j.m.runner(), j.pkg) }

// jreFor is the package that would give the host a Java.
func jreFor(os facts.OSRelease, arch string, none *java.NotFoundError) (java.Package, error) {
	return java.InstallPlan(os, arch, none.Need.Feature)
}
