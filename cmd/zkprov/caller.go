package main

import (
	"cmp"
	"os"
	"os/user"

	"github.com/zkprov/zkprov/provision"
)

// callerOf returns the user who typed a command, and the machine.
func callerOf(command string) provision.Caller {
	who := cmp.Or(os.Getenv("SUDO_USER"), os.Getenv("DOAS_USER"), os.Getenv("USER"), os.Getenv("LOGNAME"))
	if who == "" {
		if u, err := user.Current(); err == nil {
			who = u.Username
		}
	}
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return provision.Caller{User: who, Host: host, Command: command}
}
