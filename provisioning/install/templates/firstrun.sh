#!/bin/bash
# Written by yukemuri-provision bundle. At the very first start there is no network yet: only has the rest done once there is.
set -eu
cp /boot/firmware/yukemuri/yukemuri-first-boot.service /etc/systemd/system/
systemctl enable yukemuri-first-boot.service
sed -i -E 's/ systemd\.(run|run_success_action|unit)=[^ ]*//g' /boot/firmware/cmdline.txt
