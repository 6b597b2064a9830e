package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Password is what sudo asks of the user ops-pw.
const Password = "correct horse"

// account is a user of every host who logs in with the lab's key.
type account struct {
	Name  string
	Shell string
	Noise bool // .bashrc and .profile write to standard output
}

// accounts besides root. What each may do with sudo stands in image/etc/sudoers.d/lab.
var accounts = []account{
	{Name: "ops", Shell: "/bin/bash"},
	{Name: "ops-pw", Shell: "/bin/bash"},
	{Name: "ops-fish", Shell: "/usr/bin/fish"},
	{Name: "ops-noisy", Shell: "/bin/bash", Noise: true},
	{Name: "ops-tty", Shell: "/bin/bash"},
}

func addAccounts(ctx context.Context, root string) error {
	for _, account := range accounts {
		if _, err := run(ctx, "chroot", root, "useradd", "--create-home", "--shell", account.Shell, account.Name); err != nil {
			return err
		}
		if !account.Noise {
			continue
		}
		for _, file := range []string{".bashrc", ".profile"} {
			noise := fmt.Sprintf("echo 'noise on standard output from %s'\nprintf '\\033[1mwelcome\\033[0m\\n'\n", file)
			if err := os.WriteFile(filepath.Join(root, "home", account.Name, file), []byte(noise), 0o644); err != nil {
				return err
			}
		}
	}
	_, err := command{name: "chroot", args: []string{root, "chpasswd"}, stdin: strings.NewReader("ops-pw:" + Password + "\n")}.output(ctx)
	return err
}
