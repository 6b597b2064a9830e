package main

import (
	"slices"
	"strings"
)

// frame is what is known at a place of a method.
type frame struct {
	stack, locals []*value
}

func (f frame) clone() frame { return frame{slices.Clone(f.stack), slices.Clone(f.locals)} }

func (f *frame) push(v ...*value) { f.stack = append(f.stack, v...) }

// pop takes n entries, the lowest first.
func (f *frame) pop(n int) []*value {
	n = min(n, len(f.stack))
	taken := slices.Clone(f.stack[len(f.stack)-n:])
	f.stack = f.stack[:len(f.stack)-n]
	return taken
}

func (f *frame) local(at int) *value {
	if at < len(f.locals) {
		return f.locals[at]
	}
	return nil
}

func (f *frame) store(at int, v *value) {
	if at < len(f.locals) {
		f.locals[at] = v
	}
}

// replace puts a value in the place of another wherever that lies: a StringBuilder has
// changed.
func (f *frame) replace(old, now *value) {
	for _, in := range [][]*value{f.stack, f.locals} {
		for i, v := range in {
			if v == old {
				in[i] = now
			}
		}
	}
}

// merge makes known in f what is known in o, and reports whether that was news.
func (f *frame) merge(o frame) bool {
	news := false
	for i := range min(len(f.stack), len(o.stack)) {
		news = mergeInto(&f.stack[i], o.stack[i]) || news
	}
	for i := range min(len(f.locals), len(o.locals)) {
		news = mergeInto(&f.locals[i], o.locals[i]) || news
	}
	return news
}

func mergeInto(at **value, v *value) bool {
	if v == nil || *at != nil && (*at == v || (*at).holds(v)) {
		return false
	}
	*at = join(*at, v)
	return true
}

// walk interprets one method.
type walk struct {
	*program
	m *method
	// states holds what is known where the method may jump to.
	states map[int]*frame
	queue  []int
}

// interpret goes through a method, along every way.
func (p *program) interpret(m *method) {
	w := &walk{program: p, m: m, states: make(map[int]*frame)}
	first := frame{locals: make([]*value, m.locals)}
	copy(first.locals, p.params[m])
	w.reach(0, first)
	for len(w.queue) > 0 {
		at := w.queue[len(w.queue)-1]
		w.queue = w.queue[:len(w.queue)-1]
		w.straight(at)
	}
}

// reach notes that a place is reached with what a frame knows.
func (w *walk) reach(at int, f frame) {
	known := w.states[at]
	if known == nil {
		f = f.clone()
		w.states[at] = &f
	} else if !known.merge(f) {
		return
	}
	if !slices.Contains(w.queue, at) {
		w.queue = append(w.queue, at)
	}
}

// straight goes on from a place until the code ends or another place is known to be
// jumped to.
func (w *walk) straight(at int) {
	f := w.states[at].clone()
	w.caught(at, f)
	for {
		in := decode(w.m.code, at)
		w.step(&f, in)
		for _, target := range in.targets {
			w.reach(target, f)
		}
		if !in.falls || in.next >= len(w.m.code) {
			return
		}
		at = in.next
		if w.states[at] != nil {
			w.reach(at, f)
			return
		}
		if w.m.guarded(at) || len(in.targets) > 0 || in.op == astore || in.op >= astore0 && in.op < astore0+4 {
			w.caught(at, f)
		}
	}
}

// guarded reports whether a handler begins to watch at a place.
func (m *method) guarded(at int) bool {
	return slices.ContainsFunc(m.handlers, func(h handler) bool { return h.from == at })
}

// caught makes what the locals are known at the handlers of a place.
func (w *walk) caught(at int, f frame) {
	for _, h := range w.m.handlers {
		if at >= h.from && at < h.to {
			w.reach(h.at, frame{stack: []*value{nil}, locals: f.locals})
		}
	}
}

// step does one instruction.
func (w *walk) step(f *frame, in instruction) {
	c := w.m.class
	switch op := in.op; {
	case op >= iconstM1 && op <= iconst5:
		f.push(number(int64(op) - 3))
	case op == lconst0, op == lconst1:
		f.push(number(int64(op-lconst0)), nil)
	case op == bipush, op == sipush:
		f.push(number(int64(in.index)))
	case op == ldc, op == ldcW:
		f.push(c.entry(in.index).value())
	case op == ldc2W:
		f.push(c.entry(in.index).value(), nil)
	case op == aload:
		f.push(f.local(in.index))
	case op >= aload0 && op < aload0+4:
		f.push(f.local(int(op - aload0)))
	case op == astore:
		f.store(in.index, f.top())
	case op >= astore0 && op < astore0+4:
		f.store(int(op-astore0), f.top())
	case op == aaload:
		f.push(f.pop(2)[0].origin())
	case op >= pop && op <= swap:
		f.shuffle(op)
	case op == areturn:
		w.setResult(w.m, f.top())
	case op >= getstat && op <= putfield:
		w.access(f, in)
	case op >= virtual && op <= dynamic:
		w.call(f, in)
	case op == 187:
		// One value for each new object, so that it is known again.
		var v *value
		if name := c.className(in.index); name == "java.lang.StringBuilder" || name == "java.lang.StringBuffer" {
			v = &value{strings: []string{""}}
		}
		f.push(v)
	case op == cast:
	case op == multi:
		f.pop(in.dims)
		f.push(nil)
	default:
		if takes, gives, ok := effect(op); ok {
			f.pop(takes)
			f.push(make([]*value, gives)...)
		}
	}
}

func (f *frame) top() *value {
	if v := f.pop(1); len(v) == 1 {
		return v[0]
	}
	return nil
}

// shuffle does what pop, dup, swap and their kin do.
func (f *frame) shuffle(op byte) {
	taken := f.pop([]int{1, 2, 1, 2, 3, 2, 3, 4, 2}[op-pop])
	if n := []int{1, 2, 1, 2, 3, 2, 3, 4, 2}[op-pop]; len(taken) < n {
		taken = append(make([]*value, n-len(taken)), taken...)
	}
	order := [][]int{{}, {}, {0, 0}, {1, 0, 1}, {2, 0, 1, 2}, {0, 1, 0, 1}, {1, 2, 0, 1, 2}, {2, 3, 0, 1, 2, 3}, {1, 0}}[op-pop]
	for _, i := range order {
		f.push(taken[i])
	}
}

// access does an instruction that reads or sets a field.
func (w *walk) access(f *frame, in instruction) {
	m := w.m.class.member(in.index)
	size := slots(m.descriptor)
	var v *value
	if in.op == putstat || in.op == putfield {
		v = f.pop(size)[0]
	}
	if in.op == getfield || in.op == putfield {
		f.pop(1)
	}
	if in.op == putstat || in.op == putfield {
		w.setField(m, v)
		return
	}
	f.push(w.fields[w.field(m)])
	w.use(w.field(m), w.m)
	f.push(make([]*value, size-1)...)
}

// call does an instruction that calls a method.
func (w *walk) call(f *frame, in instruction) {
	m := w.m.class.member(in.index)
	types, result := parameters(m.descriptor)
	args := make([]*value, len(types))
	for i := len(types) - 1; i >= 0; i-- {
		if taken := f.pop(slots(types[i])); len(taken) > 0 {
			args[i] = taken[0]
		}
	}
	var on *value
	if in.op != statics && in.op != dynamic {
		on = f.top()
	}
	var v *value
	switch {
	case in.op == dynamic:
	case strings.HasPrefix(m.class, "java."):
		v = w.library(f, in, m, on, args, types)
	default:
		v = w.own(in, m, args, types)
	}
	if n := slots(result); n > 0 {
		f.push(v)
		f.push(make([]*value, n-1)...)
	}
}

// own does a call of a method of ZooKeeper's.
func (w *walk) own(in instruction, m member, args []*value, types []string) *value {
	if isConfig(m.class) {
		if v, ok := w.config(in, m, args); ok {
			return v
		}
	}
	if in.op == statics && m.name == "valueOf" && w.classes[m.class] == nil {
		w.convert(in, "Enum.valueOf", args[0]) // of a library
	}
	var v *value
	for _, to := range w.called(m, in.op == special || in.op == statics) {
		at := 1
		if to.static {
			at = 0
		}
		for i, a := range args {
			w.setParam(to, at, a)
			at += slots(types[i])
		}
		w.use(to, w.m)
		v = join(v, w.results[to])
	}
	return v
}
