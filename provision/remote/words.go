package remote

// doing returns, for messages, what a method of the protocol has a host do.
func doing(method string) string {
	switch method {
	case methodObserve:
		return "say how it is"
	case methodPlan:
		return "plan its part"
	case methodArchiveBegin, methodArchivePiece, methodArchiveEnd:
		return "take the release archive"
	case methodArchiveFetch:
		return "fetch the release archive"
	case methodLock:
		return "give its lock"
	case methodUnlock:
		return "take its lock back"
	case methodApply:
		return "make its changes"
	case methodStop:
		return "stop after the present change"
	case methodProbe:
		return "ask its servers how they are"
	case methodWrite, methodEndWrite, methodTryWrite:
		return "write a value through a server"
	case methodReadBack:
		return "read a value back through a server"
	case methodJournal:
		return "show a server's journal"
	case methodHistory:
		return "tell its history"
	}
	return "answer"
}
