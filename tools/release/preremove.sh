#!/bin/sh
# Stops personae when it is removed, not when a newer one takes its place. Data and settings stay.
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
	systemctl disable --now personae.service
fi
