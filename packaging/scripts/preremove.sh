#!/bin/sh
# deb: remove; rpm: 0. Ends zkprov's own unit; the servers run on.
set -e

case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl --quiet disable --now zkprov-agent.timer zkprov-agent.service
	fi
	;;
esac
