#!/bin/bash
# Written by yukemuri-provision bundle for @UNIT@. Makes a bus or a kiosk of a fresh Raspberry Pi OS (64 bit, Bookworm or
# Trixie). Each step may be done again: whatever fails is tried again a minute later, and at every start.
set -euo pipefail

kind=@KIND@ unit=@UNIT@ central=@CENTRAL@
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
boot=$(dirname "$here")
data=/var/lib/yukemuri opt=/opt/yukemuri version=$(<"$here/version") settings=/etc/yukemuri/$kind.toml
program=yukemuri-terminal
if [[ $kind == kiosk ]]; then program=yukemuri-kiosk; fi

say() {
    echo "ゆけむり / Yukemuri: $*" >&2
    if [[ -w /dev/tty1 ]]; then echo "Yukemuri: $*" >/dev/tty1 || true; fi
}

fail() {
    say "$*"
    exit 1
}

# Versions of the program and the records have a partition each, which stay writable when all else is not. They were made
# on the card before the first start, behind the system's, so that no resizing of the system takes their place.
partitions() {
    local source disk number label
    for label in yukemuri-opt yukemuri-data; do
        blkid -L "$label" >/dev/null ||
            fail "カードに $label の区画がありません。READMEの「カード」のとおりに作ってください" \
                "(no partition $label on the card: make it as the README says)"
    done
    source=$(findmnt -no SOURCE /)
    disk=$(lsblk -no PKNAME "$source")
    number=$(lsblk -no PARTN "$source" 2>/dev/null || cat "/sys/class/block/${source#/dev/}/partition")
    # The system gets what lies before it. Nothing to grow is no fault.
    echo ', +' | sfdisk --no-reread --force -N "${number// /}" "/dev/$disk" >&2 || true
    partx --update "/dev/$disk" || true
    resize2fs "$source" >&2 || true
    partition yukemuri-opt "$opt"
    partition yukemuri-data "$data"
}

partition() {
    grep -q "^LABEL=$1 " /etc/fstab ||
        echo "LABEL=$1 $2 ext4 noatime,nofail,x-systemd.device-timeout=15s 0 2" >>/etc/fstab
    mkdir -p "$2"
    mountpoint -q "$2" || mount "$2"
}

# Camera, pins and cv2 are built for the system's Python and belong to it.
packages() {
    local wanted=(python3-venv python3-opencv python3-picamera2 python3-lgpio libzbar0 alsa-utils ca-certificates
        fonts-noto-cjk cage chromium overlayroot)
    if dpkg -s "${wanted[@]}" >/dev/null 2>&1; then return 0; fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install --yes --no-install-recommends "${wanted[@]}"
}

users() {
    mkdir -p /etc/sysusers.d /etc/tmpfiles.d
    cp "$here"/system/sysusers.conf /etc/sysusers.d/yukemuri.conf
    cp "$here"/system/tmpfiles.conf /etc/tmpfiles.d/yukemuri.conf
    systemd-sysusers
    systemd-tmpfiles --create yukemuri.conf
    # The user that the system came with, and the wizard that asks for another.
    if id pi >/dev/null 2>&1; then usermod --lock --shell /usr/sbin/nologin pi; fi
    systemctl disable userconfig.service 2>/dev/null || true
}

# Off. A file named ssh on the card's first partition turns it on at the next start, and then with keys alone.
ssh_server() {
    mkdir -p /etc/ssh/sshd_config.d /etc/sudoers.d
    cp "$here"/system/sshd.conf /etc/ssh/sshd_config.d/yukemuri.conf
    if [[ -s $here/system/authorized_keys ]]; then
        id depot >/dev/null 2>&1 || useradd --create-home --shell /bin/bash depot
        usermod --lock depot
        install -d -m 700 -o depot -g depot ~depot/.ssh
        install -m 600 -o depot -g depot "$here"/system/authorized_keys ~depot/.ssh/authorized_keys
        echo 'depot ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/yukemuri
        chmod 440 /etc/sudoers.d/yukemuri
    fi
    ssh-keygen -A
    if systemctl is-enabled --quiet ssh.service; then systemctl disable ssh.service; fi
}

# As an update lays it: a version is whole once release.json lies in it, and only then does a link lead to it.
the_program() {
    local home=$opt/versions/$version
    local pip=("$home/bin/python" -m pip --isolated --disable-pip-version-check install --quiet --no-cache-dir)
    if [[ ! -f $home/release.json ]]; then
        python3 -m venv --clear --system-site-packages "$home"
        (cd "$here/wheels" && "${pip[@]}" --no-index --no-deps --require-hashes -r requirements.txt)
        sync
        cp "$here/release.json" "$home/release.json.new"
        mv "$home/release.json.new" "$home/release.json"
    fi
    cp "$here/release.pub" "$opt/release.pub"
    ln -sfn "versions/$version" "$opt/trusted"
    ln -sfn current/bin "$opt/bin"
    ln -sfn "versions/$version" "$opt/current"
    sync
}

the_system() {
    ln -sf /usr/share/zoneinfo/Asia/Tokyo /etc/localtime
    echo Asia/Tokyo >/etc/timezone
    mkdir -p /etc/systemd/system.conf.d /etc/systemd/journald.conf.d /etc/udev/rules.d
    cp "$here"/system/watchdog.conf /etc/systemd/system.conf.d/yukemuri.conf
    cp "$here"/system/journald.conf /etc/systemd/journald.conf.d/yukemuri.conf
    # A receiver on USB looks like a modem, and would be spoken to like one.
    cp "$here"/system/modems.rules /etc/udev/rules.d/77-yukemuri.rules
    cp "$here"/units/* /etc/systemd/system/
    echo "CENTRAL=$central" >/etc/yukemuri/office.env
    systemctl enable $(cd "$here/units" && grep -l '^\[Install\]' -- *)
    systemctl disable getty@tty1.service 2>/dev/null || true
    # It would tell the depot's network its name, and listen on every address.
    systemctl mask avahi-daemon.service avahi-daemon.socket
}

# Kept until it is enrolled: an answer that was lost is had by the same code again.
enrol() {
    if [[ -f $data/unit.pem && -f $settings ]]; then return 0; fi
    [[ -s $here/code ]] ||
        fail "役場のコードを、カードの yukemuri/code に書いてください (write the office's code into yukemuri/code)"
    local said
    said=$(runuser -u yukemuri -- "$opt/bin/yukemuri-provision" enrol --data "$data" --central "$central" \
        --unit "$unit" --code "$(tr -d '[:space:]' <"$here/code")") ||
        fail "登録できません。コードは15分です。新しいコードを yukemuri/code に書いてください" \
            "(not enrolled: a code is good for 15 minutes; write a new one into yukemuri/code)"
    { cat "$here/settings.toml" && echo && sed -n '/^\[link\]/,$p' <<<"$said"; } >"$settings.new"
    chown root:yukemuri "$settings.new"
    chmod 640 "$settings.new"
    "$opt/bin/$program" config check "$settings.new"
    mv "$settings.new" "$settings"
    # Everybody on the machine can read this partition, and a kiosk's settings have the PIN's hash.
    rm -f "$here/code" "$here/settings.toml"
}

# From the next start on all but those two partitions is read-only, with a memory for what the system must write. Without
# recurse=0 the overlay would cover them too, and every record and update would be gone with the power.
read_only() {
    echo 'overlayroot="tmpfs:recurse=0"' >/etc/overlayroot.local.conf
    sed -i -E '\|[[:space:]]/boot/firmware[[:space:]]|s/defaults/defaults,ro/; s/defaults,ro(,ro)+/defaults,ro/' /etc/fstab
    update-initramfs -u
}

main() {
    local step
    for step in partitions packages users ssh_server the_program the_system enrol read_only; do
        say "$step …"
        "$step"
    done
    systemctl disable yukemuri-first-boot.service
    # Nothing that may do all of this stays behind.
    rm -f /etc/systemd/system/yukemuri-first-boot.service
    say "できました。再起動します (done; starting anew)"
}

main
