#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples of hakmem-guide(7), in the order of the page, as an administrator types
# them into a Debian system: made by debootstrap, given the packages in FOLDER
# (tests/packages/build.sh makes them) and the programs of which the page speaks.
#
#   tests/system/guide.sh FOLDER [MIRROR]
#
# What it needs stands in debian.sh; exit 77 where that is not.

# shellcheck disable=SC2016 # texts for the shell of the system
. "$(dirname "$0")/debian.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)

prepare() {
	mkdir "$work/root/examples"
	awk -v folder="$work/root/examples" -f "$top/tests/man/guide.awk" \
		"$top/man/hakmem-guide.7.in"
}

install_programs() {
	step "install the packages and the programs" '
		apt-get update
		apt-get install -y --no-install-recommends /current/libhakmem0_*.deb \
			/current/libhakmem-common_*.deb \
			/current/hakmem-tools_*.deb default-jre-headless nodejs \
			postgresql procps python3 redis-server ruby sysvinit-utils
		pg_lsclusters'
}

# place NUMBER PATH: puts the file there, and does what would be done with it.
place() {
	case $2 in
	*.service.d/*)
		in_root "mkdir -p '${2%/*}' && cp /examples/$1.file '$2'"
		use_service "$2" ;;
	Dockerfile) use_image "/examples/$1.file" ;;
	esac
}

# What systemd does: the service runs in the environment of the drop-in.
use_service() {
	step "a service with the drop-in" '
		env $(sed -n "s/^Environment=//p" '"$1"') \
			redis-server --daemonize yes --port 0 --unixsocket /tmp/redis
		sleep 2
		grep -q libhakmem /proc/$(pidof redis-server)/maps'
}

# What Docker does, in a system that does not load the library otherwise.
use_image() {
	step "the lines of the Dockerfile" '
		cp $(sed -n "s|^COPY \(.*\) /tmp/$|/current/\1|p" '"$1"') /tmp
		sh -euc "$(sed -n "s/^RUN //p" '"$1"')"
		env $(sed -n "s/^ENV //p" '"$1"') grep libhakmem /proc/self/maps'
}

# example FILE: what it says is the program's, and may be the library's statistics.  An
# example that asks for the settings gets those of the file that it makes.
example() {
	say "$(sed 's/^/    /' "$root/examples/$1")"
	in_root ". /examples/$1" >"$root/log" 2>&1 </dev/null || fail "$(cat "$root/log")"
	! grep 'ld\.so: ' "$root/log" || fail "$1: see above"
	! grep -q check-conf "$root/examples/$1" ||
		grep -q HAKMEM_PURGE_SHARE "$root/log" ||
		fail "the settings of the file are not shown: $(cat "$root/log")"
}

inside() {
	install_programs
	for file in "$root"/examples/[0-9]*; do
		name=${file##*/}
		case $name in
		*.file) place "${name%.file}" "$(sed -n "s/^${name%.file} //p" "$root/examples/paths")" ;;
		*) example "$name" ;;
		esac
	done
	[ ! -e "$root/etc/ld.so.preload" ] || fail "the last example leaves the preload file"
	in_root 'redis-cli -s /tmp/redis shutdown nosave; pg_ctlcluster 15 main stop' >/dev/null
	say "all examples of the page work"
}

run_test "$@"
