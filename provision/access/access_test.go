package access

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
	"time"
)

// entry is a file as May sees it.
type entry struct {
	mode     fs.FileMode
	uid, gid uint32
}

func (e entry) Name() string       { return "f" }
func (e entry) Size() int64        { return 0 }
func (e entry) Mode() fs.FileMode  { return e.mode }
func (e entry) ModTime() time.Time { return time.Time{} }
func (e entry) IsDir() bool        { return e.mode.IsDir() }
func (e entry) Sys() any           { return &syscall.Stat_t{Uid: e.uid, Gid: e.gid} }

// TestMay asks for users of each class. The first class that a user is in counts.
func TestMay(t *testing.T) {
	const me, mine, other = 7, 8, 9
	unknown := errors.New("no answer")
	groups := func(gids ...uint32) func() ([]uint32, error) {
		return func() ([]uint32, error) { return gids, nil }
	}
	fails := func() ([]uint32, error) { return []uint32{5}, unknown }
	user := User{HasUser: true, HasGroup: true, UID: me, GID: mine, Groups: fails}
	with := func(of func() ([]uint32, error)) User { u := user; u.Groups = of; return u }
	for name, test := range map[string]struct {
		user  User
		file  entry
		ask   fs.FileMode
		may   bool
		class string
		fails bool
	}{
		"owner":                        {user, entry{0o100, me, other}, Execute, true, "u", false},
		"owner, less than others":      {user, entry{0o011, me, mine}, Execute, false, "u", false},
		"first group":                  {user, entry{0o710, 0, mine}, Execute, true, "g", false},
		"first group, less":            {user, entry{0o701, 0, mine}, Execute, false, "g", false},
		"another group":                {with(groups(3, other)), entry{0o710, 0, other}, Execute, true, "g", false},
		"another group, less":          {with(groups(other)), entry{0o701, 0, other}, Execute, false, "g", false},
		"not in the group":             {with(groups(3)), entry{0o710, 0, other}, Execute, false, "o", false},
		"others":                       {with(nil), entry{0o701, 0, other}, Execute, true, "o", false},
		"all, without a question":      {user, entry{0o111, 0, other}, Execute, true, "o", false},
		"groups that nobody tells":     {user, entry{0o710, 0, other}, Execute, false, "", true},
		"a group that is known":        {user, entry{0o710, 0, 5}, Execute, true, "g", false},
		"write, of the group":          {user, entry{0o720, 0, mine}, Write, true, "g", false},
		"write, of others":             {with(nil), entry{0o705, 0, other}, Write, false, "o", false},
		"a user to come":               {User{Groups: fails}, entry{0o710, 0, other}, Execute, false, "o", false},
		"a user to come, group exists": {User{HasGroup: true, GID: mine}, entry{0o710, 0, mine}, Execute, true, "g", false},
		"a user to come, of id 0":      {User{}, entry{0o700, 0, 0}, Execute, false, "o", false},
		"root, a folder":               {User{HasUser: true}, entry{fs.ModeDir, me, mine}, Execute, true, "u", false},
		"root, a file of no use":       {User{HasUser: true}, entry{0o666, me, mine}, Execute, false, "u", false},
		"root, a file":                 {User{HasUser: true}, entry{0o001, me, mine}, Execute, true, "u", false},
		"root writes":                  {User{HasUser: true}, entry{0o000, me, mine}, Write, true, "u", false},
	} {
		t.Run(name, func(t *testing.T) {
			may, class, err := test.user.May(test.file, test.ask)
			if may != test.may || class != test.class || errors.Is(err, unknown) != test.fails {
				t.Errorf("got %t, %q, %v", may, class, err)
			}
		})
	}
}
