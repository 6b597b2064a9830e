package lab

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"strings"
)

// Subnet is one of the lab's 255 networks of 254 addresses: number N is 10.77.N.0/24, its bridge is zklabN.
type Subnet int

// demo is the subnet of the lab of that name; the inventories under examples/ have its addresses.
const demo Subnet = 0

// Bridge is the name of the network interface on the machine.
func (s Subnet) Bridge() string { return fmt.Sprintf("zklab%d", int(s)) }

// Prefix is the network itself.
func (s Subnet) Prefix() netip.Prefix { return netip.PrefixFrom(s.Address(0), 24) }

// Machine is the address of the machine that the lab runs on.
func (s Subnet) Machine() netip.Addr { return s.Address(1) }

// Address is the address of a host by its last octet.
func (s Subnet) Address(octet int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 77, byte(s), byte(octet)})
}

// Move puts the addresses of the lab "demo" in a text, such as an inventory of examples/, into this subnet.
func (s Subnet) Move(text string) string {
	network := func(s Subnet) string { return strings.TrimSuffix(s.Address(0).String(), "0") }
	return strings.ReplaceAll(text, network(demo), network(s))
}

// chooseSubnet gives the lab "demo" its fixed subnet and every other lab one that is free, starting from a number that its name
// decides. free reports whether nobody has a subnet.
func chooseSubnet(name string, free func(Subnet) bool) (Subnet, error) {
	if name == "demo" {
		if !free(demo) {
			return 0, fmt.Errorf("cannot open the lab demo: the machine already has an address in %s or an interface %s", demo.Prefix(), demo.Bridge())
		}
		return demo, nil
	}
	hash := fnv.New32a()
	hash.Write([]byte(name))
	const numbers = 255 // 1..255, as 0 is the demo's
	start := hash.Sum32() % numbers
	for i := range uint32(numbers) {
		if subnet := Subnet(1 + (start+i)%numbers); free(subnet) {
			return subnet, nil
		}
	}
	return 0, fmt.Errorf("cannot open the lab %s: all %d subnets are taken", name, numbers)
}
