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

# ensemble is that of a unit, as its description tells.
ensemble() { sed -n 's|^Description=ZooKeeper server [0-9]* of ensemble \([^/]*\)$|\1|p' "$1"; }

# data is where the server of a unit writes to.
data() { sed -n 's|^ReadWritePaths=||p' "$1"; }

# configuration is the folder of a server's, with all generations in it. The last
# argument of a unit's command lies in the folder of one of them; before zkprov had
# generations, in the folder itself.
configuration() {
	generation=$(sed -n 's|^Environment="\{0,1\}ZKPROV_GENERATION=\([0-9A-Za-z]*\)"\{0,1\}$|\1|p' "$1")
	folder=$(sed -n 's|^ *\(/.*\)/zoo\.cfg$|\1|p' "$1")
	echo "${folder%"/$generation"}"
}

# plain says whether a shell takes a path, or a name in one, as it stands.
plain() {
	case "$1" in
	"" | .* | *[!A-Za-z0-9/._-]*) return 1 ;;
	esac
}

# kept_state lists the ensembles of installed instances, one a line, and an empty
# line for a unit that does not tell. What is kept of an ensemble: formed.json,
# without which a server whose disk was lost might be let vote empty.
kept_state() {
	instances | while IFS= read -r unit; do
		echo "$(ensemble "$unit")"
	done
}

# has says whether a list has a line.
has() { printf '%s\n' "$1" | grep -qxF -e "$2"; }

purge() {
	rm -rf /var/cache/zkprov
	if [ -z "$(instances)" ]; then
		rm -rf "$state" /etc/zkprov
		return
	fi
	# $() would drop an empty line at the end.
	kept=$(kept_state && echo .)
	# Any ensemble may be that of a unit that does not tell.
	if has "$kept" ""; then
		return
	fi
	for entry in "$state"/* "$state"/.[!.]*; do
		if ! has "$kept" "${entry##*/}"; then
			rm -rf "$entry"
		fi
	done
}

# tell says what lies here still, and how it is taken away: the package's documents
# are gone.
tell() {
	units=$(instances)
	if [ -z "$units" ]; then
		return
	fi
	echo "zkprov: these ZooKeeper servers stay installed, running or not, and so does their data:"
	echo "$units" | while IFS= read -r unit; do
		echo "  ${unit##*/}: data in $(data "$unit")"
	done
	echo "Kept with them: $state/<ensemble>, which remembers that a quorum existed, and /etc/zkprov/inventory.toml."
	echo "To take a server away as well; its data stays:"
	echo "$units" | while IFS= read -r unit; do
		server=${unit##*/}
		server=${server%.service}
		folder=$(configuration "$unit")
		if ! plain "$unit"; then
			continue
		fi
		if ! plain "$folder"; then
			folder=
		fi
		echo "  systemctl disable --now $server; rm -r $unit${folder:+ $folder}; systemctl daemon-reload"
	done
	echo "And after the last one of an ensemble, what is kept of it:"
	kept_state | sort -u | while IFS= read -r ensemble; do
		if plain "$ensemble"; then
			echo "  rm -r $state/$ensemble"
		fi
	done
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
