package main

import (
	"encoding/binary"
)

// effects lists how many entries of the stack an opcode takes and gives, two digits each,
// in the order of the opcodes from 0 on; those that say "--" have code of their own.
const effects = "" +
	"00 01 01 01 01 01 01 01 01 02 02 01 01 01 02 02 " + // 0 nop
	"01 01 -- -- 02 01 02 01 02 -- 01 01 01 01 02 02 " + // 16 bipush
	"02 02 01 01 01 01 02 02 02 02 -- -- -- -- 21 22 " + // 32 lload_2
	"21 22 -- 21 21 21 10 20 10 20 -- 10 10 10 10 20 " + // 48 faload
	"20 20 20 10 10 10 10 20 20 20 20 -- -- -- -- 30 " + // 64 lstore_1
	"40 30 40 30 30 30 30 10 20 -- -- -- -- -- -- -- " + // 80 lastore
	"21 42 21 42 21 42 21 42 21 42 21 42 21 42 21 42 " + // 96 iadd
	"21 42 21 42 11 22 11 22 21 32 21 32 21 32 21 42 " + // 112 irem
	"21 42 21 42 00 12 11 12 21 21 22 11 12 12 21 22 " + // 128 ior
	"21 11 11 11 41 21 21 41 41 10 10 10 10 10 10 20 " + // 144 d2f
	"20 20 20 20 20 20 20 -- -- -- 10 10 10 20 10 20 " + // 160 if_icmplt
	"-- -- -- -- -- -- -- -- -- -- -- 01 11 11 11 -- " + // 176 areturn
	"11 11 10 10 -- -- 10 10 -- --"

// The opcodes that have a meaning here.
const (
	iconstM1 = 2
	iconst5  = 8
	lconst0  = 9
	lconst1  = 10
	bipush   = 16
	sipush   = 17
	ldc      = 18
	ldcW     = 19
	ldc2W    = 20
	aload    = 25
	aload0   = 42
	aaload   = 50
	astore   = 58
	astore0  = 75
	aastore  = 83
	pop      = 87
	dup      = 89
	swap     = 95
	iinc     = 132
	ifeq     = 153
	ifne     = 154
	ifAcmpne = 166
	goTo     = 167
	jsr      = 168
	ret      = 169
	table    = 170
	lookup   = 171
	ireturn  = 172
	areturn  = 176
	vreturn  = 177
	getstat  = 178
	putstat  = 179
	getfield = 180
	putfield = 181
	virtual  = 182
	special  = 183
	statics  = 184
	ifaces   = 185
	dynamic  = 186
	newarray = 189
	athrow   = 191
	cast     = 192
	wide     = 196
	multi    = 197
	ifnull   = 198
	ifnonnul = 199
	gotoW    = 200
	jsrW     = 201
)

// effect returns what an opcode takes from the stack and gives to it; ok is false for one
// that has code of its own.
func effect(op byte) (takes, gives int, ok bool) {
	at := int(op) * 3
	if at+1 >= len(effects) || effects[at] == '-' {
		return 0, 0, false
	}
	return int(effects[at] - '0'), int(effects[at+1] - '0'), true
}

// instruction is one decoded instruction.
type instruction struct {
	op   byte
	at   int
	next int
	// index is the entry of the constant pool, the local variable or the small number.
	index int
	// dims is of multianewarray.
	dims int
	// targets are where it may jump to; falls says that it may go on behind itself.
	targets []int
	falls   bool
}

// decode returns the instruction at a place of code.
func decode(code []byte, at int) instruction {
	in := instruction{op: code[at], at: at, falls: true}
	u2 := func(at int) int { return int(binary.BigEndian.Uint16(code[at:])) }
	s2 := func(at int) int { return int(int16(binary.BigEndian.Uint16(code[at:]))) }
	s4 := func(at int) int { return int(int32(binary.BigEndian.Uint32(code[at:]))) }
	switch op := in.op; {
	case op == bipush:
		in.index, in.next = int(int8(code[at+1])), at+2
	case op == sipush:
		in.index, in.next = s2(at+1), at+3
	case op == ldc, op >= 21 && op <= 25, op >= 54 && op <= 58, op == ret, op == 188:
		in.index, in.next = int(code[at+1]), at+2
	case op == ldcW, op == ldc2W, op >= getstat && op <= statics, op == 187, op == newarray, op == cast, op == 193:
		in.index, in.next = u2(at+1), at+3
	case op == iinc:
		in.next = at + 3
	case op >= ifeq && op <= ifAcmpne, op == ifnull, op == ifnonnul:
		in.targets, in.next = []int{at + s2(at+1)}, at+3
	case op == goTo, op == jsr:
		in.targets, in.next, in.falls = []int{at + s2(at+1)}, at+3, false
	case op == gotoW, op == jsrW:
		in.targets, in.next, in.falls = []int{at + s4(at+1)}, at+5, false
	case op == ifaces, op == dynamic:
		in.index, in.next = u2(at+1), at+5
	case op == multi:
		in.index, in.dims, in.next = u2(at+1), int(code[at+3]), at+4
	case op == wide:
		in.op, in.index, in.next = code[at+1], u2(at+2), at+4
		if in.op == iinc {
			in.next = at + 6
		}
	case op == table, op == lookup:
		in.decodeSwitch(code, s4)
	default:
		in.next = at + 1
		in.falls = op != athrow && (op < ireturn || op > vreturn)
	}
	return in
}

func (in *instruction) decodeSwitch(code []byte, s4 func(int) int) {
	in.falls = false
	p := (in.at + 4) &^ 3
	in.targets = []int{in.at + s4(p)}
	if in.op == table {
		count := s4(p+8) - s4(p+4) + 1
		for i := range count {
			in.targets = append(in.targets, in.at+s4(p+12+4*i))
		}
		in.next = p + 12 + 4*count
		return
	}
	count := s4(p + 4)
	for i := range count {
		in.targets = append(in.targets, in.at+s4(p+12+8*i))
	}
	in.next = p + 8 + 8*count
}
