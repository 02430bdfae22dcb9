#!/bin/sh
# Makes the account under which personae runs. It is not started: its settings come first.
set -e
adduser --system --group --quiet --home /var/lib/personae --no-create-home personae
install -d -o personae -g personae -m 0750 /var/lib/personae
chgrp personae /etc/personae/personae.ini
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart personae.service
fi
