# SPDX-License-Identifier: MIT
# Shared by the tests of hakmem-preload: a root of its own, made of a few programs of
# this system, in $root, with the tool and the library; its preload file is $file.

. "$abs_top_srcdir/tests/packages/root.sh"

need unshare mount chroot setpriv
root=$work/root
file=$root/etc/ld.so.preload
conf=$root/etc/hakmem.conf

# Who is not root is it in a user namespace.
as_root="unshare --user --map-root-user --mount"
if [ "$(id -u)" -ne 0 ]; then
	$as_root true || skip "this system allows no user namespace"
	# There it may not write in /run, where the tool has its lock.
	# shellcheck disable=SC2016
	$as_root sh -c 'mount -t tmpfs run /run && exec sh "$1"' sh \
		"$abs_top_srcdir/tests/packages/${0##*/}"
	exit
fi
unshare --mount true || skip "this system allows no mount namespace"

# A package manager that the tests can spoil: it runs /spoil, if that is there,
# each time that it runs on the library.
install_dpkg() {
	cat >"$root/usr/bin/dpkg" <<-'PROGRAM'
	#!/bin/sh
	if [ -e /spoil ] && grep -q hakmem /etc/ld.so.preload; then
		. /spoil
	fi
	PROGRAM
	chmod 755 "$root/usr/bin/dpkg"
}

# make_tool ENTRY: $tool is hakmem-preload with that entry, whatever the prefix of
# this build is.
make_tool() {
	tool=$work/hakmem-preload
	sed "s|^entry=.*|entry='$1'|" "$abs_top_builddir/tools/hakmem-preload" >"$tool"
	chmod 755 "$tool"
}

make_preload_root() {
	make_root
	install_dpkg
	make_tool "${entry%?}"
	cp "$tool" "$root/usr/sbin"
	installed=$root/usr/$lib/libhakmem.so.0
	cp "$hak_library" "$installed"
}

# preload_said ARGUMENT...: the tool, from outside of the root.
preload_said() {
	sh "$tool" --root "$root" "$@" 2>&1
}

# preload ARGUMENT...: the same, and what it says goes to a file.
preload() {
	preload_said "$@" >"$work/said"
}

# inside ARGUMENT...: the tool, where it stands on the library itself.  In a
# root that is no mount it could not have a mount namespace.
inside() {
	# shellcheck disable=SC2016
	unshare --mount sh -c 'mount --bind "$1" "$1" && exec chroot "$@"' sh \
		"$root" /usr/sbin/hakmem-preload "$@" >"$work/said" 2>&1
}

# inside_folder ARGUMENT...: the same in a root that is no mount.
inside_folder() {
	chroot "$root" /usr/sbin/hakmem-preload "$@" >"$work/said" 2>&1
}

# read_only ARGUMENT...: as preload, on a file system that nobody may write.
read_only() {
	# shellcheck disable=SC2016
	unshare --mount sh -c 'mount --bind "$1" "$1" &&
		mount -o remount,bind,ro "$1" && shift && exec "$@"' sh "$root" \
		sh "$tool" --root "$root" "$@" \
		>"$work/said" 2>&1
}

# expect STATUS COMMAND...
expect() {
	expected=$1
	shift
	status=0
	"$@" || status=$?
	[ "$status" -eq "$expected" ] ||
		fail "$*: status $status, not $expected: $(cat "$work/said")"
}

# holds TEXT: the preload file is this, in one piece, and nothing lies beside.
holds() {
	[ "$(cat "$file" && echo .)" = "$(printf '%s' "$1" && echo .)" ] ||
		fail "after: $(cat "$work/said")
the preload file is: $(cat "$file")"
	[ "$(ls "$root/etc")" = ld.so.preload ] ||
		fail "left behind: $(ls "$root/etc")"
}

# nothing_there: no preload file, and nothing beside it.
nothing_there() {
	[ -z "$(ls "$root/etc")" ] || fail "left behind: $(ls "$root/etc")"
}

# says TEXT
says() {
	grep -qF "$1" "$work/said" ||
		fail "it does not say \"$1\" but: $(cat "$work/said")"
}

# says_not TEXT
says_not() {
	! grep -F "$1" "$work/said" || fail "it says so: $(cat "$work/said")"
}

# in_system ARGUMENT...: as inside, with /proc, by which the library finds the
# section of a program.
in_system() {
	mkdir -p "$root/proc"
	# shellcheck disable=SC2016
	unshare --mount sh -c 'mount --bind "$1" "$1" &&
		mount --rbind /proc "$1/proc" && exec chroot "$@"' sh \
		"$root" "$@" >"$work/said" 2>&1
}

# complains: the program of 32 bits, of what the preload file names.
complains() {
	chroot "$root" "$program32" 2>"$work/complaint" >/dev/null ||
		fail "$program32 does not run: $(cat "$work/complaint")"
	[ -s "$work/complaint" ]
}

# empty_for_32: what packages have for it.
empty_for_32() {
	make -s -C "$abs_top_builddir" install-i386 \
		i386libdirs="$root/usr/$lib32"
}

# shellcheck disable=SC2016
entry='/usr/$LIB/libhakmem.so.0
'
make_preload_root
