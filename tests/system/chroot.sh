#!/bin/sh
# SPDX-License-Identifier: MIT
# A Debian system that lives on libhakmem: made by debootstrap, given the
# packages in FOLDER (tests/packages/build.sh makes them), switched on, used as
# administrators and users do, switched off, and looked at for what is left.
#
#   tests/system/chroot.sh FOLDER [MIRROR]
#
# What it needs stands in debian.sh; exit 77 where that is not.

# shellcheck disable=SC2016 # texts for the shell of the system
preload=/etc/ld.so.preload
. "$(dirname "$0")/debian.sh"

# The same packages with a lower version, as if they had been there before.
prepare() {
	mkdir "$work/root/previous"
	for package in "$folder"/*.deb; do
		version=$(dpkg-deb -f "$package" Version)
		dpkg-deb -R "$package" "$work/unpacked"
		sed -i "s/$version/$version~/g" "$work/unpacked/DEBIAN/control"
		dpkg-deb --root-owner-group -b "$work/unpacked" \
			"$work/root/previous" >/dev/null
		rm -rf "$work/unpacked"
	done
}

# gone WHAT: no program takes the library any more.
gone() {
	[ ! -e "$root$preload" ] || fail "$1, and $preload is still there"
}

install_previous() {
	step "install a previous build" '
		apt-get update
		apt-get install -y --no-install-recommends \
			/previous/libhakmem0_*.deb /previous/libhakmem-common_*.deb \
			/previous/hakmem-tools_*.deb'
	gone "the packages alone were installed"
}

switch_on() {
	step "switch it on" '
		[ ! -e /etc/hakmem.conf ]
		echo "# kept" >>/etc/hakmem.conf
		hakmem-preload enable
		hakmem-preload status
		hakmem-preload --json status | grep -q "\"state\": \"on\""
		grep -q libhakmem /proc/self/maps'
}

upgrade() {
	step "upgrade while it is on" '
		apt-get install -y --no-install-recommends \
			/current/libhakmem0_*.deb /current/libhakmem-dev_*.deb \
			/current/libhakmem-common_*.deb /current/hakmem-tools_*.deb
		hakmem-preload status
		grep -qx "# kept" /etc/hakmem.conf'
}

install_a_dozen() {
	step "install packages" '
		apt-get install -y --no-install-recommends adduser bc bzip2 cron \
			file gcc git less libc6-dev m4 openssh-client \
			openssh-server python3 sudo vim-tiny xz-utils'
}

use_accounts() {
	step "accounts" '
		adduser --disabled-password --gecos "" alice
		echo alice:secret-1 | chpasswd
		passwd -S alice | grep -q "^alice P"
		su - alice -c "id -un" | grep -qx alice
		echo "alice ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/alice
		su - alice -c "sudo id -u" | grep -qx 0
		su - alice -c "printf \"secret-1\nsecret-2xyz\nsecret-2xyz\n\" | passwd"
		runuser -u alice -- sudo grep -q libhakmem /proc/self/maps'
}

use_languages() {
	step "python3, perl, gcc, git" '
		python3 -c "import json; print(len(json.dumps(list(range(99999)))))"
		hakmem-run -- /usr/bin/python3 -c "print(open(\"/proc/self/maps\").read())" |
			grep -q libhakmem
		perl -e "my %h; \$h{\$_} = 1 for 1 .. 99999; print scalar(keys %h)"
		cd /tmp
		echo "int main(void) { return 7; }" >seven.c
		gcc -O2 -o seven seven.c
		status=0; ./seven || status=$?; [ $status -eq 7 ]
		git init -q repository && git -C repository status'
}

use_without() {
	step "one program without it" '
		HAKMEM_STATS=json hakmem-run --without true 2>&1 | grep -q "\"disabled\": 1"
		cp /usr/bin/true /usr/bin/other
		cp /etc/hakmem.conf /kept
		printf "[other]\nHAKMEM_DISABLE=1\n" >>/etc/hakmem.conf
		hakmem-run --check-conf --for other | grep "holds for /usr/bin/other"
		HAKMEM_STATS=json other 2>&1 | grep -q "\"disabled\": 1"
		HAKMEM_STATS=json /usr/bin/true 2>&1 | grep -q "\"disabled\": 0"
		echo HAKMEM_DISABLE=1 >/etc/hakmem.conf
		! hakmem-preload status >/said 2>&1
		grep -q "line 1, disables all programs" /said
		mv /kept /etc/hakmem.conf'
}

# quiet_32 LIB PROGRAM: the loader of this 32-bit program puts LIB for $LIB.  It
# complains of nothing, but does without what the package has there.
quiet_32() {
	step "32-bit programs, with their libraries in $1" "
		$2
		mv /usr/$1/libhakmem.so.0 /kept
		$2 2>&1 >/dev/null | grep -q 'libhakmem.* cannot be preloaded'
		hakmem-preload status 2>&1 | grep -q 'programs of /lib/ld-linux.so.2'
		mv /kept /usr/$1/libhakmem.so.0
		! hakmem-preload status 2>&1 | grep warning"
}

# The loader comes from one of two packages; libc itself is a program.
use_32_bits() {
	[ "$(in_root 'dpkg --print-architecture')" = amd64 ] || return 0
	step "install libc6-i386" '
		apt-get install -y --no-install-recommends libc6-i386'
	quiet_32 lib32 /lib32/libc.so.6
	step "install a program of i386 in its place" '
		apt-get purge -y libc6-i386
		dpkg --add-architecture i386
		apt-get update
		apt-get install -y --no-install-recommends hello:i386'
	quiet_32 lib/i386-linux-gnu hello
}

# sshd takes the port of the machine, since there is no namespace for nets.
use_sshd() {
	step "log in through sshd" '
		port=$((20000 + $$ % 20000))
		mkdir -p /run/sshd
		/usr/sbin/sshd -p $port -o ListenAddress=127.0.0.1 -E /tmp/sshd.log
		su - alice -c "mkdir .ssh && ssh-keygen -q -t ed25519 -N \"\" -f .ssh/id_ed25519 &&
			cp .ssh/id_ed25519.pub .ssh/authorized_keys &&
			ssh -p $port -o StrictHostKeyChecking=no 127.0.0.1 \
				grep -c libhakmem /proc/self/maps" ||
			{ cat /tmp/sshd.log; exit 1; }
		! grep -Ei "sandbox|fatal|killed" /tmp/sshd.log'
}

use_cron() {
	step "a cron job (takes a minute)" '
		echo "* * * * * root grep -c libhakmem /proc/self/maps >/tmp/cron" \
			>/etc/cron.d/job
		cron
		for second in $(seq 90); do
			[ ! -s /tmp/cron ] || break
			sleep 1
		done
		[ "$(cat /tmp/cron)" -gt 0 ]'
}

# What the library says of the limit must not be seen here.
use_low_limit() {
	step "a limit of 1 MiB in hakmem.conf" '
		cp /etc/hakmem.conf /kept
		echo HAKMEM_LIMIT_MB=1 >/etc/hakmem.conf
		{ bash -c "ls /" && su - alice -c "sudo id -u"; } 2>/said
		printf "[/usr/*]\nHAKMEM_LIMIT_MB=1\n" >/etc/hakmem.conf
		hakmem-preload disable
		mv /kept /etc/hakmem.conf
		grep -q "is ignored below 64" /said
		hakmem-preload enable'
}

switch_off() {
	step "switch it off" '
		hakmem-preload disable
		status=0; hakmem-preload status || status=$?; [ $status -eq 3 ]'
	gone "it was switched off"
}

remove() {
	step "switch it on and remove the packages" '
		hakmem-preload enable
		apt-get purge -y libhakmem0 libhakmem-common libhakmem-dev \
			hakmem-tools'
	gone "the packages were removed"
	step "what the administrator wrote is still there" '
		grep -qx "# kept" /etc/hakmem.conf
		rm /etc/hakmem.conf'
	left=$(in_root "find /etc /usr /var -name '*hakmem*' ! -path '/var/lib/apt/*'")
	[ -z "$left" ] || fail "the packages left behind: $left"
}

inside() {
	install_previous
	switch_on
	upgrade
	install_a_dozen
	use_accounts
	use_languages
	use_without
	use_32_bits
	use_sshd
	use_cron
	use_low_limit
	switch_off
	remove
	say "all of it works, and nothing is left"
}

run_test "$@"
