#!/bin/sh
# deb: configure; rpm: 1 (first installation) or 2 (upgrade). Starts nothing.
set -e

case "$1" in
configure | 1 | 2)
	if command -v systemd-sysusers >/dev/null 2>&1; then
		systemd-sysusers zkprov-zookeeper.conf
	fi
	if command -v systemd-tmpfiles >/dev/null 2>&1; then
		systemd-tmpfiles --create zkprov.conf
	fi
	if [ -d /run/systemd/system ]; then
		systemctl --system daemon-reload
	fi
	;;
esac
