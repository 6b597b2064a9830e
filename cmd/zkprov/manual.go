//go:build manual

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// With the build tag manual this program is not zkprov: it writes zkprov's man
// pages and shell completions, from the very commands that zkprov is made of,
// below the folder that it is given. Times are those of SOURCE_DATE_EPOCH.
func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: manual FOLDER")
		os.Exit(exitUsage)
	}
	if err := writeManual(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(exitFailed)
	}
}

func writeManual(dir string) error {
	root := new(command).root()
	root.InitDefaultCompletionCmd()
	root.DisableAutoGenTag = true
	man, completions := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	for _, d := range []string{man, completions} {
		if err := os.RemoveAll(d); err != nil {
			return err
		}
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	for file, write := range map[string]func(string) error{
		"zkprov.bash": func(name string) error { return root.GenBashCompletionFileV2(name, true) },
		"zkprov.zsh":  root.GenZshCompletionFile,
		"zkprov.fish": func(name string) error { return root.GenFishCompletionFile(name, true) },
	} {
		if err := write(filepath.Join(completions, file)); err != nil {
			return err
		}
	}
	prepare(root)
	return doc.GenManTree(root, &doc.GenManHeader{Source: "zkprov " + version, Manual: "zkprov"}, man)
}

// prepare makes markdown, which cobra makes man pages from, of what is plain
// text in the help of a command and of those below it.
func prepare(cmd *cobra.Command) {
	cmd.Long = markdown(cmd.Long)
	for _, sub := range cmd.Commands() {
		prepare(sub)
	}
}

// markdown keeps the examples of a text, which are indented, as they are, and
// the signs of its words from being taken for marks.
func markdown(text string) string {
	var lines []string
	example := false
	for line := range strings.SplitSeq(text, "\n") {
		if indented := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"); indented != example && line != "" {
			example = indented
			lines = append(lines, "")
		}
		if example && line != "" {
			line = "    " + strings.ReplaceAll(line, "\t", "    ")
		} else {
			line = strings.NewReplacer("*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "`", "\\`").Replace(line)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
