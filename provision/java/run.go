package java

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/zkprov/zkprov/provision/access"
)

// versionLimit bounds one `java -version`; a slow machine takes one second.
const versionLimit = 5 * time.Second

// maxOutput bounds what is kept of a program's output.
const maxOutput = 8 << 10

// runVersion asks java for its version. Root runs it as the service user, or as
// nobody where that is not known yet, in an environment that is as bare as the
// unit's, so that neither JAVA_TOOL_OPTIONS nor root's rights flatter the answer,
// and a program that was merely found is not trusted with those.
func runVersion(ctx context.Context, java string, u access.User, limit time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	version, err := runAs(ctx, java, u, nil, limit)
	if !errors.Is(err, fs.ErrPermission) || u.Groups == nil {
		return version, err
	}
	// Its other groups are asked for where the first one is not enough.
	groups, unknown := u.Groups()
	if unknown != nil {
		return "", unknown
	}
	return runAs(ctx, java, u, groups, limit)
}

// runAs runs java as the user, in those groups beside its first one.
func runAs(ctx context.Context, java string, u access.User, groups []uint32, limit time.Duration) (string, error) {
	var out tail
	cmd := exec.CommandContext(ctx, java, "-version")
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = &out, &out
	// A wrapper may leave a child behind that holds the pipe.
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		if !u.HasUser || !u.HasGroup {
			u = nobody()
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: u.UID, Gid: u.GID, Groups: groups}
	}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err := cmd.Run()
	text := out.String()
	var exit *exec.ExitError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "", &hangs{limit}
	case ctx.Err() != nil:
		return "", fmt.Errorf("java -version was interrupted")
	case errors.Is(err, syscall.ENOEXEC):
		return "", fmt.Errorf("it does not run on this machine (%s): it is for another architecture, or broken", syscall.ENOEXEC)
	case errors.Is(err, syscall.ENOENT):
		return "", fmt.Errorf("it does not start: its interpreter or loader is missing, as with one that is for another C library or architecture")
	case errors.As(err, &exit):
		return "", fmt.Errorf("java -version failed with %s%s", exit.ProcessState, firstLine(text))
	case err != nil:
		return "", fmt.Errorf("java -version failed: %w", err)
	}
	version, ok := parseVersionOutput(text)
	switch {
	case ok:
		return version, nil
	case strings.TrimSpace(text) == "":
		return "", errors.New("java -version printed nothing")
	default:
		return "", fmt.Errorf("java -version named no version%s", firstLine(text))
	}
}

// hangs is the error for a program that gave no answer in its time.
type hangs struct{ limit time.Duration }

func (e *hangs) Error() string { return fmt.Sprintf("java -version gave no answer within %s", e.limit) }

// nobody returns the user who owns nothing; see systemd's "Users, Groups, UIDs and
// GIDs" for its number on a host that does not name it.
func nobody() access.User {
	u := access.User{Name: "nobody", HasUser: true, HasGroup: true, UID: 65534, GID: 65534}
	named, err := user.Lookup(u.Name)
	if err != nil {
		return u
	}
	uid, err := strconv.ParseUint(named.Uid, 10, 32)
	if err != nil || uid == 0 {
		return u
	}
	gid, err := strconv.ParseUint(named.Gid, 10, 32)
	if err != nil || gid == 0 {
		return u
	}
	u.UID, u.GID = uint32(uid), uint32(gid)
	return u
}

// firstLine returns ": " and the first line that is not blank, cut to a length that
// fits a message and without control characters; empty where there is none.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		line = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return -1
			}
			return r
		}, strings.TrimSpace(line))
		if line == "" {
			continue
		}
		if r := []rune(line); len(r) > 200 {
			line = string(r[:200]) + "…"
		}
		return ": " + line
	}
	return ""
}

// tail keeps the last maxOutput bytes that are written to it.
type tail struct{ b bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	t.b.Write(p)
	if extra := t.b.Len() - maxOutput; extra > 0 {
		t.b.Next(extra)
	}
	return len(p), nil
}

func (t *tail) String() string { return t.b.String() }
