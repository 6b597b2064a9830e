//go:build !manual

package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// TestInterruptible ends a run at the first signal when it is ready, and at the second at
// once.
func TestInterruptible(t *testing.T) {
	forever := make(chan struct{})
	defer close(forever)
	// A signal that was ignored, by whoever started the tests or by one of them, is not
	// until somebody has listened for it.
	heed := func() {
		heard := make(chan os.Signal, 1)
		signal.Notify(heard, syscall.SIGHUP)
		signal.Stop(heard)
	}
	heed()
	for name, test := range map[string]struct {
		signals []syscall.Signal
		nohup   bool
		// hangs is a run that does not heed the first signal.
		hangs bool
		want  int
	}{
		"it ends by itself":         {want: 7},
		"SIGINT":                    {signals: []syscall.Signal{syscall.SIGINT}, want: 130},
		"SIGTERM":                   {signals: []syscall.Signal{syscall.SIGTERM}, want: 143},
		"the terminal is closed":    {signals: []syscall.Signal{syscall.SIGHUP}, want: 129},
		"it is closed, under nohup": {signals: []syscall.Signal{syscall.SIGHUP}, nohup: true, want: 7},
		"SIGINT twice":              {signals: []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, hangs: true, want: 130},
		"SIGINT, then SIGTERM":      {signals: []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, hangs: true, want: 143},
	} {
		t.Run(name, func(t *testing.T) {
			if test.nohup {
				signal.Ignore(syscall.SIGHUP)
				defer heed()
			}
			code := interruptible(func(ctx context.Context) int {
				for _, s := range test.signals {
					_ = syscall.Kill(os.Getpid(), s)
					time.Sleep(100 * time.Millisecond)
				}
				if test.hangs {
					<-forever
				}
				if len(test.signals) > 0 && !test.nohup {
					<-ctx.Done()
				} else if ctx.Err() != nil {
					return 1
				}
				return 7
			})
			if code != test.want {
				t.Errorf("the exit code is %d, want %d", code, test.want)
			}
		})
	}
}
