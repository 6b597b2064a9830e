package main

// program is the classes of one release, and what is known of their values. Methods are
// looked at without their callers: a parameter is all that any caller passes.
type program struct {
	classes map[string]*class
	// below lists the classes that extend or implement one, directly.
	below   map[string][]string
	params  map[*method][]*value
	results map[*method]*value
	fields  map[member]*value
	// users lists the methods that are looked at again when a result or a field changes.
	users  map[any]map[*method]bool
	queue  []*method
	queued map[*method]bool
	// readings are by where they stand in the code.
	readings map[place]*reading
	targets  map[member][]*method
	// rest is what a part of a string may be of which nothing is known: nothing until all is
	// known that the rest of the program tells, then a star.
	rest []string
	// parted are the methods that put a string together of which a part is not known.
	parted map[*method]bool
}

// place is an instruction of a method, and the key that it reads.
type place struct {
	method *method
	at     int
	key    string
}

func newProgram(classes []*class) *program {
	p := &program{
		classes: make(map[string]*class), below: make(map[string][]string),
		params: make(map[*method][]*value), results: make(map[*method]*value), fields: make(map[member]*value),
		users: make(map[any]map[*method]bool), queued: make(map[*method]bool),
		readings: make(map[place]*reading), targets: make(map[member][]*method), parted: make(map[*method]bool),
	}
	for _, c := range classes {
		p.classes[c.name] = c
		p.below[c.super] = append(p.below[c.super], c.name)
		for _, i := range c.interfaces {
			p.below[i] = append(p.below[i], c.name)
		}
		for name, constant := range c.constants {
			if v := constant.value(); v != nil {
				p.fields[member{class: c.name, name: name}] = v
			}
		}
	}
	return p
}

// value returns what is known of a constant.
func (c constant) value() *value {
	switch {
	case c.float:
		return nil
	case c.tag == 8:
		return text(c.text)
	case c.tag == 3, c.tag == 5:
		return number(c.number)
	}
	return nil
}

// run looks at every method until nothing more becomes known, and then again at those that
// put a string together of which a part has stayed unknown.
func (p *program) run(classes []*class) {
	for _, c := range classes {
		for _, m := range c.methods {
			p.enqueue(m)
		}
	}
	p.settle()
	p.rest = []string{unknown}
	for m := range p.parted {
		p.enqueue(m)
	}
	p.settle()
}

func (p *program) settle() {
	for len(p.queue) > 0 {
		m := p.queue[len(p.queue)-1]
		p.queue = p.queue[:len(p.queue)-1]
		p.queued[m] = false
		if len(m.code) > 0 {
			p.interpret(m)
		}
	}
}

func (p *program) enqueue(m *method) {
	if !p.queued[m] {
		p.queued[m] = true
		p.queue = append(p.queue, m)
	}
}

// use notes that a method depends on a result or a field.
func (p *program) use(of any, by *method) {
	if p.users[of] == nil {
		p.users[of] = make(map[*method]bool)
	}
	p.users[of][by] = true
}

func (p *program) changed(what any) {
	for m := range p.users[what] {
		p.enqueue(m)
	}
}

// field returns the member under which a field is known: that of the class that has it.
func (p *program) field(m member) member { return member{class: m.class, name: m.name} }

func (p *program) setField(m member, v *value) {
	m = p.field(m)
	if old := p.fields[m]; v != nil && (old == nil || !old.holds(v)) {
		p.fields[m] = join(old, v)
		p.changed(m)
	}
}

func (p *program) setResult(m *method, v *value) {
	if old := p.results[m]; v != nil && (old == nil || !old.holds(v)) {
		p.results[m] = join(old, v)
		p.changed(m)
	}
}

func (p *program) setParam(m *method, at int, v *value) {
	if v == nil {
		return
	}
	if p.params[m] == nil {
		p.params[m] = make([]*value, m.locals+1)
	}
	if at >= len(p.params[m]) {
		return
	}
	if old := p.params[m][at]; old == nil || !old.holds(v) {
		p.params[m][at] = join(old, v)
		p.enqueue(m)
	}
}

// called returns the methods that a call may reach: the one that the class has or inherits
// and, unless the call is to exactly that, those of the classes below.
func (p *program) called(m member, exact bool) []*method {
	key := m
	if exact {
		key.name = "=" + m.name
	}
	found, known := p.targets[key]
	if known {
		return found
	}
	for name := m.class; name != ""; {
		c := p.classes[name]
		if c == nil {
			break
		}
		if own := c.method(m); own != nil {
			found = append(found, own)
			break
		}
		name = c.super
	}
	if !exact {
		found = p.overriding(m.class, m, found, 0)
	}
	p.targets[key] = found
	return found
}

func (p *program) overriding(class string, m member, found []*method, depth int) []*method {
	if depth > 20 {
		return found
	}
	for _, name := range p.below[class] {
		if own := p.classes[name].method(m); own != nil {
			found = append(found, own)
		}
		found = p.overriding(name, m, found, depth+1)
	}
	return found
}

func (c *class) method(m member) *method {
	for _, own := range c.methods {
		if own.name == m.name && own.descriptor == m.descriptor {
			return own
		}
	}
	return nil
}
