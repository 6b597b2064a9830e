package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestVersionLine(t *testing.T) {
	built := func(version string, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{Main: debug.Module{Version: version}}
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	tail := fmt.Sprintf(", %s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	tests := map[string]struct {
		version, commit string
		info            *debug.BuildInfo
		want            string
	}{
		"by the linker":    {"1.2.0", "abc", built("v9", "vcs.revision", "def"), "zkprov 1.2.0, commit abc"},
		"by the build":     {"1.2.0", "", built("", "vcs.revision", "def", "vcs.modified", "false"), "zkprov 1.2.0, commit def"},
		"with changes":     {"", "", built("(devel)", "vcs.revision", "def", "vcs.modified", "true"), "zkprov devel, commit def with changes"},
		"go install":       {"", "", built("v1.2.0"), "zkprov v1.2.0, commit unknown"},
		"nothing is known": {"", "", new(debug.BuildInfo), "zkprov devel, commit unknown"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := versionLine(test.version, test.commit, test.info); got != test.want+tail {
				t.Errorf("got %s, want %s", got, test.want+tail)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	info, _ := debug.ReadBuildInfo()
	want := said{Out: versionLine(version, commit, info) + "\n"}
	if got := zkprov(t, "version"); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
