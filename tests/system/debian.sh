# SPDX-License-Identifier: MIT
# Shared by the tests that make a Debian system of their own with debootstrap: it has
# the packages of FOLDER (tests/packages/build.sh makes them) in /current, and
# nothing of them is installed.  A test defines these, and ends with
# run_test "$@":
#
#   prepare   puts what else it needs into $work/root, outside of namespaces
#   inside    is the test, inside of them; the system is in $root
#
# Needs root, debootstrap, and the way to a mirror; exit 77 where they are not.
# All mounts and processes are in namespaces that end with the script.

# shellcheck disable=SC2016 # texts for the shell of the system
set -eu
LC_ALL=C
export LC_ALL
test=$(basename "$0" .sh)
. "$(dirname "$0")/../packages/kinds.sh"

# fail SENTENCE
fail() {
	printf '%s: %s\n' "$test" "$*" >&2
	exit 1
}

# skip SENTENCE
skip() {
	printf '%s: left out: %s\n' "$test" "$*"
	exit 77
}

# say SENTENCE
say() {
	printf '%s: %s\n' "$test" "$*"
}

# --- Outside of the namespaces -------------------------------------------

# The release of the machine on which the packages were built.
release() {
	sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# Where this machine has its packages from.
mirror() {
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' |
		sed -n "s/^$(release) //p" | head -n 1
}

# outside FOLDER [MIRROR]
outside() {
	ls "$1"/libhakmem0_*.deb >/dev/null 2>&1 || {
		program=$(lacking deb)
		[ -z "$program" ] || skip "$program is missing, and so are the packages"
		fail "$1 has no packages; make them with tests/packages/build.sh"
	}
	[ "$(id -u)" -eq 0 ] || skip "this needs root"
	command -v debootstrap >/dev/null || skip "debootstrap is not installed"
	unshare --mount --pid --fork mount --bind /tmp /tmp 2>/dev/null ||
		skip "there are no namespaces to have"
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM
	folder=$1
	say "debootstrap $(release)"
	debootstrap --variant=minbase "$(release)" "$work/root" \
		"${2:-$(mirror)}" >"$work/log" 2>&1 ||
		skip "debootstrap could not make it: $(tail -n 5 "$work/log")"
	mkdir "$work/root/current"
	cp "$folder"/*.deb "$work/root/current"
	cp /etc/resolv.conf "$work/root/etc"
	prepare
	unshare --mount --pid --fork --kill-child \
		sh "$0" --inside "$work/root"
}

# --- Inside of them ------------------------------------------------------

# in_root TEXT: runs the text as a script of the system.
in_root() {
	chroot "$root" env -i DEBIAN_FRONTEND=noninteractive HOME=/root \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		${http_proxy:+http_proxy="$http_proxy"} sh -euc "$1"
}

# step WHAT TEXT: must succeed, and neither the loader nor the library may have
# anything to say.
step() {
	say "$1"
	in_root "$2" >"$root/log" 2>&1 </dev/null ||
		fail "$1: $(cat "$root/log")"
	! grep -E 'ld\.so: |: hakmem: ' "$root/log" || fail "$1: see above"
}

mount_system() {
	# hakmem-preload has its own namespace only where the root is a mount.
	mount --bind "$root" "$root"
	mount -t proc proc "$root/proc"
	mount --rbind /dev "$root/dev"
	# Services are not to be started, and have no init here.
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
}

# --- The beginning -------------------------------------------------------

# run_test FOLDER [MIRROR]
run_test() {
	if [ "${1:-}" = --inside ]; then
		root=$2
		mount_system
		inside
	elif [ $# -eq 1 ] || [ $# -eq 2 ]; then
		outside "$(cd "$1" && pwd)" ${2:+"$2"}
	else
		echo "usage: $0 FOLDER [MIRROR]" >&2
		exit 2
	fi
}
