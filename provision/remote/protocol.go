package remote

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/creachadair/jrpc2"

	"github.com/zkprov/zkprov/provision"
)

// The methods of an agent, one for each of provision.Agent; an archive travels
// in pieces, each sent before the call that takes it.
const (
	methodObserve      = "observe"
	methodPlan         = "plan"
	methodArchiveBegin = "archive.begin"
	methodArchivePiece = "archive.piece"
	methodArchiveEnd   = "archive.end"
	methodArchiveFetch = "archive.fetch"
	methodLock         = "lock"
	methodUnlock       = "unlock"
	methodApply        = "apply"
	methodStop         = "stop"
	methodProbe        = "probe"
	methodWrite        = "write"
	methodReadBack     = "readBack"
	methodEndWrite     = "endWrite"
	methodTryWrite     = "tryWrite"
	methodJournal      = "journal"
	methodHistory      = "history"

	// notifyEvent is sent by the agent while it applies.
	notifyEvent = "event"
)

type lockParams struct {
	Task     provision.Task `json:"task"`
	Patience time.Duration  `json:"patience"`
}

type applyParams struct {
	Task    provision.Task     `json:"task"`
	Changes []provision.Change `json:"changes"`
	Later   []provision.Change `json:"later"`
	// Number counts the applies of a session, from 1.
	Number int `json:"number"`
}

// stopParams has the number of the last apply that is to stop.
type stopParams struct {
	Number int `json:"number"`
}

type probeParams struct {
	Task  provision.Task     `json:"task"`
	Known []provision.Report `json:"known"`
}

type instanceParams struct {
	Task  provision.Task  `json:"task"`
	ID    int             `json:"id"`
	Token provision.Token `json:"token,omitzero"`
	Lines int             `json:"lines,omitempty"`
}

// codeFailure marks an error of the agent; its data is the *provision.Error, where
// it is one.
const codeFailure jrpc2.Code = 1

// codeStopped marks the end of an apply that was asked to stop: what it had begun is
// finished, and there is more to do.
const codeStopped jrpc2.Code = 2

// encode makes an error ready for the wire.
func encode(err error) error {
	if err == nil {
		return nil
	}
	wire := &jrpc2.Error{Code: codeFailure, Message: err.Error()}
	var e *provision.Error
	if errors.As(err, &e) {
		data, err := json.Marshal(e)
		if err != nil {
			panic(err) // strings
		}
		wire.Data = data
	}
	return wire
}

// decode turns an error from the wire into what encode was given. Errors that it did
// not encode keep their text.
func decode(wire *jrpc2.Error) error {
	if wire.Code == codeStopped {
		return context.Canceled
	}
	var e provision.Error
	if wire.Code == codeFailure && json.Unmarshal(wire.Data, &e) == nil {
		return &e
	}
	return errors.New(wire.Message)
}
