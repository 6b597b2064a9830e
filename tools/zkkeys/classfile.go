package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// class is what of a class file matters here; see chapter 4 of the Java Virtual Machine
// Specification.
type class struct {
	// name and super are written with dots; super is empty for an interface.
	name, super string
	interfaces  []string
	methods     []*method
	// constants holds the values of static final fields that the compiler has put into their
	// users, by name.
	constants map[string]constant
	// words are the names of an enumeration's values.
	words []string
	pool  []constant
}

type method struct {
	class      *class
	name       string
	descriptor string
	static     bool
	abstract   bool
	code       []byte
	locals     int
	handlers   []handler
}

// handler is an entry of a method's exception table.
type handler struct {
	from, to, at int
	// catches is the class, empty for all.
	catches string
}

// constant is an entry of a constant pool.
type constant struct {
	tag byte
	// text is of a Utf8, a String or a Class.
	text string
	// number is of an Integer or a Long; of any other its index, or two.
	number int64
	second uint16
	// float marks a number that is no integer.
	float bool
}

// member is a field or a method that code names.
type member struct{ class, name, descriptor string }

// errShort is for a file that ends too early.
var errShort = errors.New("the class file ends too early")

// reader reads big-endian numbers; after the end it gives zeros, and short is set.
type reader struct {
	data  []byte
	at    int
	short bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || r.at+n > len(r.data) {
		r.short = true
		return make([]byte, max(0, min(n, 8)))
	}
	r.at += n
	return r.data[r.at-n : r.at]
}

// repeat calls a function as often as the next number says, until the data end.
func (r *reader) repeat(do func()) {
	for n := r.u2(); n > 0 && !r.short; n-- {
		do()
	}
}

func (r *reader) u1() int    { return int(r.take(1)[0]) }
func (r *reader) u2() int    { return int(binary.BigEndian.Uint16(r.take(2))) }
func (r *reader) u4() uint32 { return binary.BigEndian.Uint32(r.take(4)) }

// parseClass reads a class file.
func parseClass(data []byte) (*class, error) {
	r := &reader{data: data}
	if r.u4() != 0xcafebabe {
		return nil, errors.New("not a class file")
	}
	r.take(4)
	c := &class{constants: make(map[string]constant)}
	if err := c.readPool(r); err != nil {
		return nil, err
	}
	r.take(2)
	c.name, c.super = c.className(r.u2()), c.className(r.u2())
	r.repeat(func() { c.interfaces = append(c.interfaces, c.className(r.u2())) })
	r.repeat(func() { c.readField(r) })
	r.repeat(func() { c.methods = append(c.methods, c.readMethod(r)) })
	if r.short {
		return nil, errShort
	}
	return c, nil
}

func (c *class) readPool(r *reader) error {
	count := r.u2()
	c.pool = make([]constant, max(1, count))
	for i := 1; i < count && !r.short; i++ {
		e := constant{tag: byte(r.u1())}
		switch e.tag {
		case 1:
			e.text = string(r.take(r.u2()))
		case 3:
			e.number = int64(int32(r.u4()))
		case 4:
			e.number, e.float = int64(math.Float32frombits(r.u4())), true
		case 5:
			e.number = int64(uint64(r.u4())<<32 | uint64(r.u4()))
		case 6:
			e.number, e.float = int64(math.Float64frombits(uint64(r.u4())<<32|uint64(r.u4()))), true
		case 7, 8, 16, 19, 20:
			e.number = int64(r.u2())
		case 9, 10, 11, 12, 17, 18:
			e.number, e.second = int64(r.u2()), uint16(r.u2())
		case 15:
			r.take(3)
		default:
			return fmt.Errorf("a constant of the unknown kind %d", e.tag)
		}
		c.pool[i] = e
		if e.tag == 5 || e.tag == 6 {
			i++ // these two take the place of two
		}
	}
	return nil
}

// entry returns an entry of the constant pool; one of no kind where there is none.
func (c *class) entry(index int) constant {
	if index <= 0 || index >= len(c.pool) {
		return constant{}
	}
	e := c.pool[index]
	if e.tag == 7 || e.tag == 8 {
		e.text = c.entry(int(e.number)).text
	}
	return e
}

func (c *class) className(index int) string {
	return strings.ReplaceAll(c.entry(index).text, "/", ".")
}

// member returns the field or method of an entry; that of an invokedynamic has no class.
func (c *class) member(index int) member {
	e := c.entry(index)
	what := c.entry(int(e.second))
	m := member{name: c.entry(int(what.number)).text, descriptor: c.entry(int(what.second)).text}
	if e.tag != 18 {
		m.class = c.className(int(e.number))
	}
	return m
}

func (c *class) readField(r *reader) {
	access, name := r.u2(), c.entry(r.u2()).text
	r.take(2)
	if access&0x4000 != 0 {
		c.words = append(c.words, name)
	}
	r.repeat(func() {
		attribute, size := c.entry(r.u2()).text, int(r.u4())
		body := &reader{data: r.take(size)}
		if attribute == "ConstantValue" {
			c.constants[name] = c.entry(body.u2())
		}
	})
}

func (c *class) readMethod(r *reader) *method {
	access := r.u2()
	m := &method{class: c, name: c.entry(r.u2()).text, descriptor: c.entry(r.u2()).text}
	m.static, m.abstract = access&0x8 != 0, access&0x400 != 0
	r.repeat(func() {
		attribute, size := c.entry(r.u2()).text, int(r.u4())
		body := &reader{data: r.take(size)}
		if attribute != "Code" {
			return
		}
		body.take(2)
		m.locals = body.u2()
		m.code = body.take(int(body.u4()))
		body.repeat(func() {
			m.handlers = append(m.handlers, handler{from: body.u2(), to: body.u2(), at: body.u2(), catches: c.className(body.u2())})
		})
		r.short = r.short || body.short
	})
	return m
}

// parameters returns the types of a descriptor, and that of the result.
func parameters(descriptor string) (types []string, result string) {
	at := 1
	for at < len(descriptor) && descriptor[at] != ')' {
		start := at
		for descriptor[at] == '[' {
			at++
		}
		if descriptor[at] == 'L' {
			at += strings.IndexByte(descriptor[at:], ';')
		}
		at++
		types = append(types, descriptor[start:at])
	}
	return types, descriptor[min(at+1, len(descriptor)):]
}

// slots returns how many entries of the stack a value of a type takes.
func slots(typ string) int {
	switch typ {
	case "V":
		return 0
	case "J", "D":
		return 2
	}
	return 1
}
