package main

import "strings"

// isServer reports whether a class is the server's: all of its methods count as called, as
// many such classes are made by name.
func isServer(name string) bool {
	for _, prefix := range []string{"org.apache.zookeeper.server.", "org.apache.zookeeper.audit.", "org.apache.zookeeper.metrics.", "org.apache.jute.", "org.apache.zookeeper.jmx."} {
		if strings.HasPrefix(name, prefix) {
			return !strings.HasPrefix(name, "org.apache.zookeeper.server.controller.")
		}
	}
	return false
}

// reached returns the methods that a server calls, perhaps: those of its own classes and all
// that these call, directly or not. A method of a class that nobody makes is not called.
func (p *program) reached() map[*method]bool {
	r := reach{program: p, methods: make(map[*method]bool), made: make(map[string]bool), waiting: make(map[string][]*method), started: make(map[string]bool)}
	for name, c := range p.classes {
		if isServer(name) {
			r.make(name)
			for _, m := range c.methods {
				r.call(m)
			}
		}
	}
	for len(r.queue) > 0 {
		m := r.queue[len(r.queue)-1]
		r.queue = r.queue[:len(r.queue)-1]
		r.follow(m)
	}
	return r.methods
}

type reach struct {
	*program
	methods map[*method]bool
	// made and started hold the classes that objects are made of, and whose initialiser runs.
	made, started map[string]bool
	// waiting holds, by class, the methods that are called once one of it is made.
	waiting map[string][]*method
	queue   []*method
}

func (r *reach) call(m *method) {
	if !r.methods[m] {
		r.methods[m] = true
		r.queue = append(r.queue, m)
	}
}

// start runs the initialisers of a class and of what it extends.
func (r *reach) start(name string) {
	for c := r.classes[name]; c != nil && !r.started[c.name]; c = r.classes[c.super] {
		r.started[c.name] = true
		if m := c.method(member{name: "<clinit>", descriptor: "()V"}); m != nil {
			r.call(m)
		}
	}
}

func (r *reach) make(name string) {
	r.start(name)
	for c := r.classes[name]; c != nil && !r.made[c.name]; c = r.classes[c.super] {
		r.made[c.name] = true
		for _, m := range r.waiting[c.name] {
			r.call(m)
		}
		delete(r.waiting, c.name)
	}
}

func (r *reach) follow(m *method) {
	c := m.class
	for at := 0; at < len(m.code); {
		in := decode(m.code, at)
		switch {
		case in.op == 187:
			r.make(c.className(in.index))
		case in.op == getstat || in.op == putstat:
			r.start(c.member(in.index).class)
		case in.op >= virtual && in.op <= ifaces:
			to := c.member(in.index)
			if in.op == statics {
				r.start(to.class)
			}
			for _, target := range r.called(to, in.op == statics || in.op == special) {
				if target.static || in.op == special || r.made[target.class.name] {
					r.call(target)
				} else {
					r.waiting[target.class.name] = append(r.waiting[target.class.name], target)
				}
			}
		case in.op == dynamic:
			// The body of a lambda is a method of the class.
			for _, own := range c.methods {
				if strings.HasPrefix(own.name, "lambda$") {
					r.call(own)
				}
			}
		}
		at = in.next
	}
}
