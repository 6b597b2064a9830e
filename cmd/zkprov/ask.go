package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxAnswer bounds what is typed for an answer, bytes.
const maxAnswer = 1024

// ask asks a question at the terminal and returns the line that is typed, without the blanks
// around it. what names the answer in an error, which is that of ctx where that ends first.
func (c *command) ask(ctx context.Context, question, what string) (string, error) {
	fmt.Fprint(c.io.err, question)
	line, err := unlessDone(ctx, func() (string, error) {
		return bufio.NewReader(io.LimitReader(c.io.in, maxAnswer)).ReadString('\n')
	})
	if ctx.Err() != nil {
		fmt.Fprintln(c.io.err)
		return "", ctx.Err()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("cannot read %s: %w", what, err)
	}
	return strings.TrimSpace(line), nil
}
