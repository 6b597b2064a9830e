package main

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// document is what -o json prints: one object and nothing else.
type document struct {
	Command  string          `json:"command"`
	ExitCode int             `json:"exit_code"`
	Result   any             `json:"result,omitempty"`
	Errors   []documentError `json:"errors,omitempty"`
}

type documentError struct {
	Host string `json:"host,omitempty"`
	provision.Error
}

func writeDocument(w io.Writer, command string, result any, err error, code int) error {
	d := document{Command: command, ExitCode: code, Result: result}
	if err != nil {
		for _, one := range provision.Split(err) {
			d.Errors = append(d.Errors, describe(one))
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(d)
}

// describe takes an error apart: the host that it is about, its message, its hint and its commands.
func describe(err error) documentError {
	var d documentError
	var host *plan.HostError
	if errors.As(err, &host) {
		d.Host, err = host.Host, host.Err
	}
	var finding *plan.FindingError
	if errors.As(err, &finding) {
		d.Host = finding.Finding.Host
	}
	var known *provision.Error
	if errors.As(err, &known) {
		d.Error = *known
		// What was put before it says what was being done.
		if before, ok := strings.CutSuffix(err.Error(), known.Error()); ok && finding == nil {
			d.Message = before + d.Message
		}
		return d
	}
	d.Error = provision.Error{Kind: provision.Failed, Message: err.Error()}
	return d
}
