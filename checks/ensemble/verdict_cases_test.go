package ensemble

// judgeTests are answers, as changes of those of servers that are all well, and
// the verdict: its summary, and severity and text of each finding.
var judgeTests = []struct {
	name                    string
	participants, observers int
	edit                    func(map[int]Answer)
	want                    []string
}{
	{name: "three", participants: 3, want: []string{"formed, leader 3, 3 serve, 2 in sync, 0 observers, survives 1"}},
	{name: "one", participants: 1, want: []string{"formed, leader 1, 1 serve, 0 in sync, 0 observers, survives 0"}},
	{name: "two", participants: 2, want: []string{"formed, leader 2, 2 serve, 1 in sync, 0 observers, survives 0"}},
	{name: "four", participants: 4, want: []string{"formed, leader 4, 4 serve, 3 in sync, 0 observers, survives 1"}},
	{name: "five and observers", participants: 5, observers: 2, want: []string{"formed, leader 5, 5 serve, 4 in sync, 2 observers, survives 2"}},
	{name: "one and an observer", participants: 1, observers: 1, want: []string{"formed, leader 1, 1 serve, 0 in sync, 1 observers, survives 0"}},
	{name: "a release that counts neither voters nor observers", participants: 3, observers: 1, edit: func(as map[int]Answer) {
		for id := range as {
			set(as, id, func(a *Answer) { a.QuorumSize, a.SyncedObservers = -1, -1 })
		}
	}, want: []string{"formed, leader 3, 3 serve, 2 in sync, 1 observers, survives 1"}},

	{name: "one of three is down", participants: 3, edit: func(as map[int]Answer) {
		as[1] = silent(ErrRefused)
		set(as, 3, func(a *Answer) { a.SyncedFollowers = 1 })
	}, want: []string{
		"quorum, leader 3, 2 serve, 1 in sync, 0 observers, survives 0",
		"critical zk1: zookeeper-1: does not answer: connection refused; on zk1 see: journalctl -u zookeeper-1 [instance-down]",
	}},
	{name: "the leader has not noticed it", participants: 3, edit: func(as map[int]Answer) {
		as[1] = silent(ErrNoConnection)
	}, want: []string{
		"quorum, leader 3, 2 serve, 1 in sync, 0 observers, survives 0",
		"critical zk1: zookeeper-1: does not answer: no connection in time; on zk1 see: journalctl -u zookeeper-1 [instance-down]",
	}},
	{name: "the followers take no more connections", participants: 3, edit: func(as map[int]Answer) {
		as[1], as[2] = silent(ErrClosed), silent(ErrClosed)
	}, want: []string{
		"quorum, leader 3, 3 serve, 2 in sync, 0 observers, survives 1",
		"warning zk1: zookeeper-1: warning: " + ErrClosed.Error() + "; on zk1 see: journalctl -u zookeeper-1 [not-serving]",
		"warning zk2: zookeeper-2: warning: " + ErrClosed.Error() + "; on zk2 see: journalctl -u zookeeper-2 [not-serving]",
	}},
	{name: "the followers stand still, which the leader has not noticed", participants: 3, edit: func(as map[int]Answer) {
		as[1], as[2] = silent(ErrNoAnswer), silent(ErrNotServing)
	}, want: []string{
		"no quorum, leader 3, 1 serve, 0 in sync, 0 observers, survives 0",
		"critical no quorum: 1 of 3 participants serve, it takes 2; see what is said of the others [no-quorum]",
		"critical zk1: zookeeper-1: no answer in time; on zk1 see: journalctl -u zookeeper-1 [not-serving]",
		"critical zk2: zookeeper-2: runs and does not serve: it has no quorum or is not in sync yet; on zk2 see: journalctl -u zookeeper-2 [not-serving]",
	}},
	{name: "one of five is down, and another may be", participants: 5, edit: func(as map[int]Answer) {
		as[1] = silent(ErrRefused)
		set(as, 5, func(a *Answer) { a.SyncedFollowers = 3 })
	}, want: []string{
		"quorum, leader 5, 4 serve, 3 in sync, 0 observers, survives 1",
		"warning zk1: zookeeper-1: warning: does not answer: connection refused; on zk1 see: journalctl -u zookeeper-1 [instance-down]",
	}},
	{name: "two of five are down", participants: 5, edit: func(as map[int]Answer) {
		as[1], as[2] = silent(ErrRefused), silent(ErrNotServing)
		set(as, 5, func(a *Answer) { a.SyncedFollowers = 2 })
	}, want: []string{
		"quorum, leader 5, 3 serve, 2 in sync, 0 observers, survives 0",
		"critical zk1: zookeeper-1: does not answer: connection refused; on zk1 see: journalctl -u zookeeper-1 [instance-down]",
		"critical zk2: zookeeper-2: runs and does not serve: it has no quorum or is not in sync yet; on zk2 see: journalctl -u zookeeper-2 [not-serving]",
	}},
	{name: "four, of whom two are up", participants: 4, edit: func(as map[int]Answer) {
		as[1], as[2], as[3], as[4] = silent(ErrRefused), silent(ErrRefused), silent(ErrNotServing), silent(ErrNotServing)
	}, want: []string{
		"no quorum, leader -, 0 serve, 0 in sync, 0 observers, survives 0",
		"critical no quorum: 0 of 4 participants serve, it takes 3; see what is said of the others [no-quorum]",
		"critical zk1: zookeeper-1: does not answer: connection refused; on zk1 see: journalctl -u zookeeper-1 [instance-down]",
		"critical zk2: zookeeper-2: does not answer: connection refused; on zk2 see: journalctl -u zookeeper-2 [instance-down]",
		"critical zk3: zookeeper-3: runs and does not serve: it has no quorum or is not in sync yet; on zk3 see: journalctl -u zookeeper-3 [not-serving]",
		"critical zk4: zookeeper-4: runs and does not serve: it has no quorum or is not in sync yet; on zk4 see: journalctl -u zookeeper-4 [not-serving]",
	}},
	{name: "the only one is down", participants: 1, edit: func(as map[int]Answer) { as[1] = silent(ErrRefused) }, want: []string{
		"no quorum, leader -, 0 serve, 0 in sync, 0 observers, survives 0",
		"critical no quorum: 0 of 1 participants serve, it takes 1; see what is said of the others [no-quorum]",
		"critical zk1: zookeeper-1: does not answer: connection refused; on zk1 see: journalctl -u zookeeper-1 [instance-down]",
	}},
	{name: "without a quorum two serve reads", participants: 3, edit: func(as map[int]Answer) {
		all(as, Answer{Serving: true, Running: true, Mode: ReadOnly, Version: "3.6.3", SyncedFollowers: -1})
		as[3] = silent(ErrRefused)
	}, want: []string{
		"no quorum, leader -, 0 serve, 0 in sync, 0 observers, survives 0",
		"critical no quorum: 0 of 3 participants serve, it takes 2; see what is said of the others [no-quorum]",
		"critical zk1: zookeeper-1: serves reads only: it has no quorum; on zk1 see: journalctl -u zookeeper-1 [not-serving]",
		"critical zk2: zookeeper-2: serves reads only: it has no quorum; on zk2 see: journalctl -u zookeeper-2 [not-serving]",
		"critical zk3: zookeeper-3: does not answer: connection refused; on zk3 see: journalctl -u zookeeper-3 [instance-down]",
	}},
	{name: "an observer is down", participants: 3, observers: 1, edit: func(as map[int]Answer) {
		as[4] = silent(ErrRefused)
		set(as, 3, func(a *Answer) { a.SyncedObservers = 0 })
	}, want: []string{
		"quorum, leader 3, 3 serve, 2 in sync, 0 observers, survives 1",
		"warning zk4: zookeeper-4: warning: does not answer: connection refused; on zk4 see: journalctl -u zookeeper-4 [instance-down]",
	}},
	{name: "an observer of two is down", participants: 2, observers: 1, edit: func(as map[int]Answer) {
		as[3] = silent(ErrNotServing)
		set(as, 2, func(a *Answer) { a.SyncedObservers = 0 })
	}, want: []string{
		"quorum, leader 2, 2 serve, 1 in sync, 0 observers, survives 0",
		"warning zk3: zookeeper-3: warning: runs and does not serve: it has no quorum or is not in sync yet; on zk3 see: journalctl -u zookeeper-3 [not-serving]",
	}},
	{name: "an observer serves and the leader has none", participants: 3, observers: 1, edit: func(as map[int]Answer) {
		set(as, 3, func(a *Answer) { a.SyncedObservers = 0 })
	}, want: []string{
		"quorum, leader 3, 3 serve, 2 in sync, 0 observers, survives 1",
		"warning zk3: zookeeper-3: warning: the leader has 0 of 1 observers in sync; see the observer's journal [observer-detached]",
	}},
	{name: "observers follow a follower", participants: 3, observers: 2, edit: func(as map[int]Answer) {
		set(as, 3, func(a *Answer) { a.SyncedObservers = 0 })
		set(as, 1, func(a *Answer) { a.SyncedObservers = 2 })
	}, want: []string{"formed, leader 3, 3 serve, 2 in sync, 2 observers, survives 1"}},

	{name: "a follower is not in sync", participants: 3, edit: func(as map[int]Answer) {
		set(as, 3, func(a *Answer) { a.SyncedFollowers = 1 })
	}, want: []string{
		"quorum, leader 3, 3 serve, 1 in sync, 0 observers, survives 0",
		"warning zk3: zookeeper-3: warning: the leader has 1 of 2 followers in sync; a server that copies a lot of data takes its time; otherwise see its journal [not-in-sync]",
	}},
	{name: "no follower is in sync", participants: 3, edit: func(as map[int]Answer) {
		set(as, 3, func(a *Answer) { a.SyncedFollowers = 0 })
	}, want: []string{
		"no quorum, leader 3, 3 serve, 0 in sync, 0 observers, survives 0",
		"critical no quorum: 1 of 3 participants serve, it takes 2; see what is said of the others [no-quorum]",
		"warning zk3: zookeeper-3: warning: the leader has 0 of 2 followers in sync; a server that copies a lot of data takes its time; otherwise see its journal [not-in-sync]",
	}},
	{name: "two leaders", participants: 3, edit: func(as map[int]Answer) {
		set(as, 1, func(a *Answer) { a.Mode = Leader })
	}, want: []string{
		"no quorum, leader -, 3 serve, 1 in sync, 0 observers, survives 0",
		"critical more than one server says that it leads: zookeeper-1, zookeeper-3; ask again; where it stays so, the server lists differ and there are two ensembles [two-leaders]",
	}},
	{name: "all followers, as the leader has just gone", participants: 3, edit: func(as map[int]Answer) {
		as[3] = silent(ErrRefused)
	}, want: []string{
		"no quorum, leader -, 2 serve, 2 in sync, 0 observers, survives 0",
		"critical no quorum: 2 of 3 participants serve, and none of them leads; ask again: an election is under way [no-quorum]",
		"critical zk3: zookeeper-3: does not answer: connection refused; on zk3 see: journalctl -u zookeeper-3 [instance-down]",
	}},

	{name: "a follower that has not noticed yet", participants: 3, edit: func(as map[int]Answer) {
		set(as, 2, func(a *Answer) { a.Mode = ReadOnly })
		as[3] = silent(ErrRefused)
	}, want: []string{
		"no quorum, leader -, 1 serve, 1 in sync, 0 observers, survives 0",
		"critical no quorum: 1 of 3 participants serve, it takes 2; see what is said of the others [no-quorum]",
		"critical zk2: zookeeper-2: serves reads only: it has no quorum; on zk2 see: journalctl -u zookeeper-2 [not-serving]",
		"critical zk3: zookeeper-3: does not answer: connection refused; on zk3 see: journalctl -u zookeeper-3 [instance-down]",
	}},
	{name: "a follower, and too few who may lead it", participants: 5, edit: func(as map[int]Answer) {
		delete(as, 5)
		as[2], as[3], as[4] = silent(ErrRefused), silent(ErrRefused), silent(ErrRefused)
	}, want: []string{
		"no quorum, leader -, 1 serve, 1 in sync, 0 observers, survives 0",
		"critical no quorum: 1 of 5 participants serve, it takes 3; see what is said of the others [no-quorum]",
		"critical zk2: zookeeper-2: does not answer: connection refused; on zk2 see: journalctl -u zookeeper-2 [instance-down]",
		"critical zk3: zookeeper-3: does not answer: connection refused; on zk3 see: journalctl -u zookeeper-3 [instance-down]",
		"critical zk4: zookeeper-4: does not answer: connection refused; on zk4 see: journalctl -u zookeeper-4 [instance-down]",
		"warning zk5: zookeeper-5: warning: was not asked, so nothing is known of it; see what is said of its host [not-asked]",
	}},

	{name: "leader not asked", participants: 3, edit: func(as map[int]Answer) { delete(as, 3) }, want: []string{
		"quorum, leader -, 2 serve, 2 in sync, 0 observers, survives 1",
		"warning warning: 2 of 3 participants follow a leader that did not answer as one; ask again after an election; a leader with leaderServes = \"no\" never answers [leader-unseen]",
		"warning zk3: zookeeper-3: warning: was not asked, so nothing is known of it; see what is said of its host [not-asked]",
	}},
	{name: "the leader serves no clients", participants: 3, edit: func(as map[int]Answer) { as[3] = silent(ErrNotServing) }, want: []string{
		"quorum, leader -, 2 serve, 2 in sync, 0 observers, survives 1",
		"warning warning: 2 of 3 participants follow a leader that did not answer as one; ask again after an election; a leader with leaderServes = \"no\" never answers [leader-unseen]",
		"warning zk3: zookeeper-3: warning: runs and does not serve: it has no quorum or is not in sync yet; on zk3 see: journalctl -u zookeeper-3 [not-serving]",
	}},
	{name: "only the leader was asked", participants: 3, observers: 1, edit: func(as map[int]Answer) {
		for _, id := range []int{1, 2, 4} {
			delete(as, id)
		}
	}, want: []string{
		"quorum, leader 3, 3 serve, 2 in sync, 1 observers, survives 1",
		"warning zk1: zookeeper-1: warning: was not asked, so nothing is known of it; see what is said of its host [not-asked]",
		"warning zk2: zookeeper-2: warning: was not asked, so nothing is known of it; see what is said of its host [not-asked]",
		"warning zk4: zookeeper-4: warning: was not asked, so nothing is known of it; see what is said of its host [not-asked]",
	}},
	{name: "nobody was asked", participants: 3, edit: func(as map[int]Answer) { clear(as) }, want: []string{
		"no quorum, leader -, 0 serve, 0 in sync, 0 observers, survives 0, unknown",
		"critical it is not known whether there is a quorum: 0 of 3 participants serve, 3 could not be asked, and it takes 2; see what is said of their hosts [no-quorum]",
		"warning zk1: zookeeper-1: warning: was not asked, so nothing is known of it; see what is said of its host [not-asked]",
		"warning zk2: zookeeper-2: warning: was not asked, so nothing is known of it; see what is said of its host [not-asked]",
		"warning zk3: zookeeper-3: warning: was not asked, so nothing is known of it; see what is said of its host [not-asked]",
	}},

	{name: "standalone", participants: 3, edit: func(as map[int]Answer) {
		set(as, 1, func(a *Answer) { a.Mode = Standalone })
		set(as, 3, func(a *Answer) { a.SyncedFollowers = 1 })
	}, want: []string{
		"quorum, leader 3, 2 serve, 1 in sync, 0 observers, survives 0",
		"critical zk1: zookeeper-1: runs alone, outside of the ensemble; its configuration is not the inventory's; apply it and restart the server [wrong-mode]",
	}},
	{name: "everybody alone", participants: 3, edit: func(as map[int]Answer) {
		all(as, Answer{Serving: true, Running: true, Mode: Standalone, Version: "3.6.3"})
	}, want: []string{
		"no quorum, leader -, 0 serve, 0 in sync, 0 observers, survives 0",
		"critical no quorum: 0 of 3 participants serve, it takes 2; see what is said of the others [no-quorum]",
		"critical zk1: zookeeper-1: runs alone, outside of the ensemble; its configuration is not the inventory's; apply it and restart the server [wrong-mode]",
		"critical zk2: zookeeper-2: runs alone, outside of the ensemble; its configuration is not the inventory's; apply it and restart the server [wrong-mode]",
		"critical zk3: zookeeper-3: runs alone, outside of the ensemble; its configuration is not the inventory's; apply it and restart the server [wrong-mode]",
	}},
	{name: "wrong mode", participants: 3, observers: 1, edit: func(as map[int]Answer) {
		set(as, 1, func(a *Answer) { a.Mode = Observing })
		set(as, 4, func(a *Answer) { a.Mode = Follower })
	}, want: []string{
		"quorum, leader 3, 2 serve, 1 in sync, 0 observers, survives 0",
		"critical zk1: zookeeper-1: is observer, and the inventory says participant; its configuration is not the inventory's; apply it and restart the server [wrong-mode]",
		"critical zk4: zookeeper-4: is follower, and the inventory says observer; its configuration is not the inventory's; apply it and restart the server [wrong-mode]",
	}},

	{name: "wrong version", participants: 3, edit: func(as map[int]Answer) {
		set(as, 1, func(a *Answer) { a.Version = "3.5.9" })
		set(as, 2, func(a *Answer) { a.Version = "3.6.4" })
		set(as, 3, func(a *Answer) { a.Version = "3.6.4" })
	}, want: []string{
		"formed, leader 3, 3 serve, 2 in sync, 0 observers, survives 1",
		"warning warning: zookeeper-1 runs ZooKeeper 3.5.9, and the inventory says 3.6.3; restart one server at a time [version-differs]",
		"warning warning: zookeeper-2, zookeeper-3 run ZooKeeper 3.6.4, and the inventory says 3.6.3; restart one server at a time [version-differs]",
	}},
	{name: "an epoch ahead of the leader's", participants: 3, edit: func(as map[int]Answer) {
		set(as, 1, func(a *Answer) { a.Zxid = 6<<32 | 1 })
	}, want: []string{
		"quorum, leader 3, 3 serve, 2 in sync, 0 observers, survives 1",
		"warning zk1: zookeeper-1: warning: is in epoch 6, and the leader in 5; ask again; after an election it takes a moment [epoch-differs]",
	}},
	{name: "an epoch behind the leader's, which has a transaction", participants: 3, edit: func(as map[int]Answer) {
		set(as, 3, func(a *Answer) { a.Zxid++ })
		set(as, 2, func(a *Answer) { a.Zxid = 5<<32 | 1 })
	}, want: []string{
		"quorum, leader 3, 3 serve, 2 in sync, 0 observers, survives 1",
		"warning zk1: zookeeper-1: warning: is in epoch 4, and the leader in 5; ask again; after an election it takes a moment [epoch-differs]",
	}},
	{name: "quorum size", participants: 3, edit: func(as map[int]Answer) {
		set(as, 3, func(a *Answer) { a.QuorumSize = 4 })
	}, want: []string{
		"quorum, leader 3, 3 serve, 2 in sync, 0 observers, survives 1",
		"critical zk3: zookeeper-3: the leader counts 4 participants, and the inventory has 3; the servers run with other lists than the inventory's [quorum-size]",
	}},
	{name: "mntr closed, and late", participants: 3, edit: func(as map[int]Answer) {
		set(as, 1, func(a *Answer) { a.NoMntr = ErrNoAnswer.Error() })
		set(as, 3, func(a *Answer) {
			a.NoMntr, a.QuorumSize, a.SyncedFollowers, a.SyncedObservers = ErrNotWhitelisted.Error(), -1, -1, -1
		})
	}, want: []string{
		"formed, leader 3, 3 serve, 2 in sync, 0 observers, survives 1",
		"warning zk1: zookeeper-1: warning: does not answer mntr: no answer in time [mntr-missing]",
		"warning zk3: zookeeper-3: warning: does not answer mntr: this word is not in 4lw.commands.whitelist; add mntr to it [mntr-missing]",
	}},

	{name: "one that reads only and answers no mntr", participants: 3, edit: func(as map[int]Answer) {
		set(as, 1, func(a *Answer) { a.Mode, a.NoMntr = ReadOnly, ErrNoAnswer.Error() })
		set(as, 3, func(a *Answer) { a.SyncedFollowers = 1 })
	}, want: []string{
		"quorum, leader 3, 2 serve, 1 in sync, 0 observers, survives 0",
		"critical zk1: zookeeper-1: serves reads only: it has no quorum; on zk1 see: journalctl -u zookeeper-1 [not-serving]",
	}},
	{name: "a leader that counts nobody", participants: 3, edit: func(as map[int]Answer) {
		set(as, 3, func(a *Answer) { a.QuorumSize = 0 })
	}, want: []string{
		"quorum, leader 3, 3 serve, 2 in sync, 0 observers, survives 1",
		"critical zk3: zookeeper-3: the leader counts 0 participants, and the inventory has 3; the servers run with other lists than the inventory's [quorum-size]",
	}},
	{name: "two observers, and nobody who counts them", participants: 3, observers: 2, edit: func(as map[int]Answer) {
		set(as, 3, func(a *Answer) { a.SyncedObservers = -1 })
	}, want: []string{"formed, leader 3, 3 serve, 2 in sync, 2 observers, survives 1"}},
	{name: "an observer follows the leader, and another a follower", participants: 3, observers: 2, edit: func(as map[int]Answer) {
		set(as, 3, func(a *Answer) { a.SyncedObservers = 1 })
		set(as, 2, func(a *Answer) { a.SyncedObservers = 1 })
	}, want: []string{"formed, leader 3, 3 serve, 2 in sync, 2 observers, survives 1"}},
	{name: "an observer of one that does not serve", participants: 3, observers: 1, edit: func(as map[int]Answer) {
		as[1] = silent(ErrNotServing)
		set(as, 1, func(a *Answer) { a.SyncedObservers = 1 })
		set(as, 3, func(a *Answer) { a.SyncedFollowers, a.SyncedObservers = 1, 0 })
	}, want: []string{
		"quorum, leader 3, 2 serve, 1 in sync, 0 observers, survives 0",
		"critical zk1: zookeeper-1: runs and does not serve: it has no quorum or is not in sync yet; on zk1 see: journalctl -u zookeeper-1 [not-serving]",
		"warning zk3: zookeeper-3: warning: the leader has 0 of 1 observers in sync; see the observer's journal [observer-detached]",
	}},
	{name: "two of five follow one that does not answer", participants: 5, edit: func(as map[int]Answer) {
		as[3], as[4], as[5] = silent(ErrRefused), silent(ErrRefused), silent(ErrNotServing)
	}, want: []string{
		"quorum, leader -, 2 serve, 2 in sync, 0 observers, survives 0",
		"critical zk3: zookeeper-3: does not answer: connection refused; on zk3 see: journalctl -u zookeeper-3 [instance-down]",
		"critical zk4: zookeeper-4: does not answer: connection refused; on zk4 see: journalctl -u zookeeper-4 [instance-down]",
		"critical zk5: zookeeper-5: runs and does not serve: it has no quorum or is not in sync yet; on zk5 see: journalctl -u zookeeper-5 [not-serving]",
		"warning warning: 2 of 5 participants follow a leader that did not answer as one; ask again after an election; a leader with leaderServes = \"no\" never answers [leader-unseen]",
	}},
	{name: "as many as it takes were not asked", participants: 3, edit: func(as map[int]Answer) {
		delete(as, 1)
		delete(as, 2)
		as[3] = silent(ErrRefused)
	}, want: []string{
		"no quorum, leader -, 0 serve, 0 in sync, 0 observers, survives 0, unknown",
		"critical it is not known whether there is a quorum: 0 of 3 participants serve, 2 could not be asked, and it takes 2; see what is said of their hosts [no-quorum]",
		"critical zk3: zookeeper-3: does not answer: connection refused; on zk3 see: journalctl -u zookeeper-3 [instance-down]",
		"warning zk1: zookeeper-1: warning: was not asked, so nothing is known of it; see what is said of its host [not-asked]",
		"warning zk2: zookeeper-2: warning: was not asked, so nothing is known of it; see what is said of its host [not-asked]",
	}},
	{name: "too few were not asked", participants: 3, edit: func(as map[int]Answer) {
		delete(as, 1)
		as[2], as[3] = silent(ErrRefused), silent(ErrRefused)
	}, want: []string{
		"no quorum, leader -, 0 serve, 0 in sync, 0 observers, survives 0",
		"critical no quorum: 0 of 3 participants serve, it takes 2; see what is said of the others [no-quorum]",
		"critical zk2: zookeeper-2: does not answer: connection refused; on zk2 see: journalctl -u zookeeper-2 [instance-down]",
		"critical zk3: zookeeper-3: does not answer: connection refused; on zk3 see: journalctl -u zookeeper-3 [instance-down]",
		"warning zk1: zookeeper-1: warning: was not asked, so nothing is known of it; see what is said of its host [not-asked]",
	}},
	{name: "a version behind one that is down", participants: 3, edit: func(as map[int]Answer) {
		as[1] = silent(ErrRefused)
		set(as, 2, func(a *Answer) { a.Version = "3.5.9" })
		set(as, 3, func(a *Answer) { a.SyncedFollowers = 1 })
	}, want: []string{
		"quorum, leader 3, 2 serve, 1 in sync, 0 observers, survives 0",
		"critical zk1: zookeeper-1: does not answer: connection refused; on zk1 see: journalctl -u zookeeper-1 [instance-down]",
		"warning warning: zookeeper-2 runs ZooKeeper 3.5.9, and the inventory says 3.6.3; restart one server at a time [version-differs]",
	}},
}
