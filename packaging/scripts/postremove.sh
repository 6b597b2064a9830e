#!/bin/sh
# deb: remove, purge; rpm: 0. The servers, their units and their data stay.
set -e

state=/var/lib/zkprov

# instances lists the units that zkprov wrote.
instances() {
	for unit in /etc/systemd/system/*.service; do
		if [ -f "$unit" ] && head -n 1 "$unit" | grep -q '^# Written by zkprov'; then
			echo "$unit"
		fi
	done
}

# ensemble is that of a unit, as its hold file's path tells.
ensemble() { sed -n 's|^ConditionPathExists=!/var/lib/zkprov/\([^/]*\)/[^/]*\.hold$|\1|p' "$1"; }

# data is where the server of a unit writes to.
data() { sed -n 's|^ReadWritePaths=||p' "$1"; }

# kept_state lists the ensembles of installed instances. What is kept of one:
# formed.json, without which a server whose disk was lost might be let vote empty,
# and hold files, without which half of a configuration might be started.
kept_state() {
	for unit in $(instances); do
		name=$(ensemble "$unit")
		# A unit that does not tell: then everything is kept.
		echo "${name:-*}"
	done | sort -u
}

purge() {
	rm -rf /var/cache/zkprov
	kept=$(kept_state)
	if [ -z "$kept" ]; then
		rm -rf "$state" /etc/zkprov
		return
	fi
	for entry in "$state"/* "$state"/.[!.]*; do
		for name in $kept; do
			case "${entry##*/}" in
			$name) continue 2 ;;
			esac
		done
		rm -rf "$entry"
	done
}

# tell says what lies here still.
tell() {
	units=$(instances)
	if [ -z "$units" ]; then
		return
	fi
	echo "zkprov: these ZooKeeper servers stay installed, running or not, and so does their data:"
	for unit in $units; do
		echo "  $(basename "$unit"): data in $(data "$unit")"
	done
	echo "Kept with them: $state/<ensemble>, which remembers that a quorum existed, and /etc/zkprov/inventory.toml."
	echo "To take a server away as well: /usr/share/doc/zkprov/host-layout.md, or"
	echo "systemctl disable --now SERVER, then remove its unit, /etc/zookeeper/SERVER, and its data."
}

case "$1" in
purge)
	purge
	tell
	;;
0)
	tell
	;;
esac
case "$1" in
remove | purge | 0)
	if [ -d /run/systemd/system ]; then
		systemctl --system daemon-reload
	fi
	;;
esac
