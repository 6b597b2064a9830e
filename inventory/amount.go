package inventory

// amount finds what there is too much of in a file that a parser has read. What is made
// of it later, and what that is judged by, takes every server with every setting.
func amount(root *node, c *Collector) {
	settings := func(n *node) {
		for _, name := range []string{"zoo_cfg", "zoo_cfg_unchecked"} {
			if table := n.get(name); table.leaves() > maxSettings {
				c.Add(tooLarge(table.pos, "%s has more than %d keys", name, maxSettings))
			}
		}
	}
	list := func(n *node, table, key string) {
		if v := n.get(table).get(key); v != nil && len(v.items) > maxList {
			c.Add(tooLarge(v.pos, "%s.%s has more than %s entries", table, key, thousands(maxList)))
		}
	}
	list(root, "ensemble", "ignore")
	list(root, "archive", "urls")
	list(root, "jvm", "flags")
	list(root, "jvm", "jars")
	settings(root)
	hosts := root.tables("host")
	if len(hosts) > maxHosts {
		c.Add(tooLarge(hosts[maxHosts].pos, "the inventory has more than %s hosts, and an ensemble at most 255 servers", thousands(maxHosts)))
	}
	servers := 0
	for _, h := range hosts {
		list(h, "jvm", "flags")
		list(h, "jvm", "jars")
		settings(h)
		instances := h.tables("instance")
		if before := servers; before <= maxServers && before+len(instances) > maxServers {
			c.Add(tooLarge(instances[maxServers-before].pos, "the inventory has more than %s instances, and an ensemble at most 255 servers", thousands(maxServers)))
		}
		servers += len(instances)
		for _, in := range instances {
			list(in, "jvm", "flags")
			list(in, "jvm", "jars")
			settings(in)
		}
	}
}

// leaves counts the values of a table and of the tables in it.
func (n *node) leaves() int {
	if n == nil {
		return 0
	}
	count := 0
	for _, f := range n.fields {
		if f.value.kind == nodeTable {
			count += f.value.leaves()
			continue
		}
		count++
	}
	return count
}
