#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-preload in a root of its own, made of a few programs of this system:
# what it does to the preload file, and that it undoes what does not work.
. "${abs_top_srcdir:?}/tests/common.sh"

. "$abs_top_srcdir/tests/packages/root.sh"

need unshare mount chroot setpriv
root=$work/root
file=$root/etc/ld.so.preload

# Who is not root is it in a user namespace.
as_root="unshare --user --map-root-user --mount"
if [ "$(id -u)" -ne 0 ]; then
	$as_root true || skip "this system allows no user namespace"
	# There it may not write in /run, where the tool has its lock.
	# shellcheck disable=SC2016
	$as_root sh -c 'mount -t tmpfs run /run && exec sh "$1"' sh \
		"$abs_top_srcdir/tests/packages/hakmem-preload.sh"
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

make_preload_root() {
	make_root
	install_dpkg
	cp "$abs_top_srcdir/tools/hakmem-preload" "$root/usr/sbin"
	installed=$root/usr/$lib/libhakmem.so.0
	cp "$hak_library" "$installed"
}

# preload_said ARGUMENT...: the tool, from outside of the root.
preload_said() {
	sh "$abs_top_srcdir/tools/hakmem-preload" --root "$root" "$@" 2>&1
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
		sh "$abs_top_srcdir/tools/hakmem-preload" --root "$root" "$@" \
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

make_preload_root
# shellcheck disable=SC2016
entry='/usr/$LIB/libhakmem.so.0
'

echo "where there was no file"
expect 1 preload status
expect 0 preload test
says "works: threads"
says "not tried: a login"
nothing_there
expect 0 preload enable
holds "$entry"
expect 0 preload status
says "${installed#"$root"}"
expect 0 preload enable
holds "$entry"
expect 0 preload test
expect 0 preload disable
nothing_there
expect 0 preload disable
nothing_there

install_32
if [ -z "$program32" ]; then
	echo "left out: programs of 32 bits, of which this system has none"
else
	echo "programs of 32 bits, for which there is no library, a wrong one, an empty one"
	warning="programs of /lib/ld-linux.so.2 have no library to load for"
	for job in test enable status enable; do
		expect 0 preload "$job"
		says "$warning"
	done
	[ "$(grep -c "$warning" "$work/said")" -eq 1 ] ||
		fail "it says this more than once: $(cat "$work/said")"
	complains || fail "$program32 does not complain, and was to"
	mkdir -p "$root/usr/$lib32"
	cp "$installed" "$root/usr/$lib32/libhakmem.so.0"
	expect 0 preload status
	says "$warning"
	empty_for_32
	! complains || fail "with an empty library: $(cat "$work/complaint")"
	for job in status test disable enable test disable; do
		expect 0 preload "$job"
		! grep -F "$warning" "$work/said" || fail "$job warns without cause"
	done
	nothing_there
fi

echo "among other entries"
# One comment: glibc 2.36 takes words of a second one for entries.
others='/usr/lib/other.so:/usr/lib/more.so # both
'
printf '%s' "$others" >"$file"
chmod 604 "$file"
expect 0 preload enable
holds "$others$entry"
[ "$(stat -c %a "$file")" = 604 ] || fail "the mode of the file has changed"
expect 0 preload disable
holds "$others"
[ "$(stat -c %a "$file")" = 604 ] || fail "the mode of the file has changed"
printf '/a.so:%s /b.so # why' "${entry%?}" >"$file"
expect 0 preload disable
holds '/a.so /b.so # why
'
printf '/a.so' >"$file"
expect 0 preload enable
holds "/a.so
$entry"
printf '# not /usr/lib/libhakmem.so.0\n' >"$file"
expect 1 preload status
expect 0 preload disable
holds '# not /usr/lib/libhakmem.so.0
'
printf '%s # ours\n' "${entry%?}" >"$file"
expect 0 preload disable
holds '# ours
'
: >"$file"
expect 0 preload test
holds ''
rm "$file"

echo "lines that end as on DOS"
cr=$(printf '\r')
printf '/a.so\r\n' >"$file"
expect 0 preload enable
holds "/a.so$cr
$entry"
expect 0 preload disable
holds "/a.so$cr
"
printf '%s\r\n/a.so\n' "${entry%?}" >"$file"
expect 1 preload status
says "not enabled"
expect 0 preload enable
holds "/a.so
$entry"
printf '%s\r\n' "${entry%?}" >"$file"
expect 0 preload disable
nothing_there

echo "owner, attributes, label"
printf '/a.so\n' >"$file"
attributes=
if chown 12:34 "$file" 2>/dev/null; then
	attributes=$(stat -c %u:%g "$file")
fi
# attribute set | get: an attribute that nothing here but python3 can set.
attribute() {
	python3 -c 'import os, sys
if sys.argv[2] == "set":
    os.setxattr(sys.argv[1], "user.mark", b"here")
print(os.getxattr(sys.argv[1], "user.mark").decode())' "$file" "$1" 2>/dev/null || :
}
marked=$(attribute set)
expect 0 preload enable
[ -z "$attributes" ] || [ "$(stat -c %u:%g "$file")" = "$attributes" ] ||
	fail "the owner of the file has changed"
[ "$(attribute get)" = "$marked" ] || fail "the file has lost its attribute"
rm "$file"
printf '#!/bin/sh\necho "$@" >/labelled\n' >"$root/usr/sbin/restorecon"
chmod 755 "$root/usr/sbin/restorecon"
expect 0 preload enable
[ "$(cat "$root/labelled")" = /etc/ld.so.preload ] ||
	fail "a new file has no label"
rm "$root/usr/sbin/restorecon" "$root/labelled"
expect 0 preload disable
nothing_there

echo "a root that is named in another way, or is no mount"
(cd "$root/usr" && expect 0 preload --root .. enable)
holds "$entry"
(cd "$work" && expect 0 preload --root root/../root/ disable)
nothing_there
expect 0 inside_folder enable
holds "$entry"
expect 0 inside_folder disable
nothing_there

echo "the first trial fails"
echo 'exit 3' >"$root/spoil"
expect 1 preload test
says "failed: a package manager"
expect 1 preload enable
nothing_there

echo "the second trial fails"
echo '[ ! -e /tmp/first ] || exit 3; : >/tmp/first' >"$root/spoil"
expect 1 preload enable
says "is again as it was"
nothing_there
rm "$root/tmp/first"
printf '/a.so' >"$file"
expect 1 preload enable
holds /a.so
rm "$file" "$root/tmp/first"

echo "no program starts any more"
cat >"$work/poison.c" <<'PROGRAM'
#include <unistd.h>

__attribute__((constructor)) static void end(void)
{
	_exit(4);
}
PROGRAM
${CC:-cc} -shared -fPIC -o "$root/poison" "$work/poison.c"
cp "$installed" "$work/good"
echo "[ -e /tmp/first ] && mv /poison ${installed#"$root"}; : >/tmp/first" \
	>"$root/spoil"
printf '/a.so\n\n' >"$file"
expect 1 inside enable
says "is again as it was"
holds '/a.so

'
rm "$file" "$root/spoil" "$root/tmp/first"

echo "the library is broken from the start"
printf '/a.so\n' >"$file"
expect 1 preload enable
holds '/a.so
'
rm "$file"
cp "$work/good" "$installed"

echo "interrupted by the reader of what it says"
printf '/a.so' >"$file"
preload_said enable | sed '/tried again/q' >/dev/null
holds /a.so
rm "$file"

echo "killed at any time"
begin=$(date +%s%N)
expect 0 preload enable
expect 0 preload disable
duration=$(($(date +%s%N) - begin))
for part in 2 5 6 7 9 11; do
	printf '%s' "$others" >"$file"
	sh "$abs_top_srcdir/tools/hakmem-preload" --root "$root" enable \
		>"$work/said" 2>&1 &
	sleep "$(echo "$duration $part" | awk '{ print $1 * $2 / 12e9 }')"
	kill -KILL $! 2>/dev/null || :
	wait $! 2>/dev/null || :
	case $(cat "$file") in
	"${others%?}" | "$others${entry%?}") ;;
	*) fail "killed after $part of 12 parts: $(cat "$file")" ;;
	esac
	expect 0 preload disable
	holds "$others"
done
rm "$file"

echo "several at once"
for turn in 1 2; do
	pids=
	for job in enable enable test; do
		preload_said "$job" >"$work/said.$job" &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || fail "of several at once, one failed: $(cat "$work"/said.*)"
	done
	holds "$entry"
	expect 0 preload disable
	nothing_there
done

echo "a file system that is read-only, a file that is immutable"
expect 0 read_only disable
expect 1 read_only enable
says "not read-only"
nothing_there
printf '%s/a.so\n' "$entry" >"$file"
expect 0 read_only status
expect 1 read_only disable
says "not read-only"
holds "$entry/a.so
"
printf '/a.so\n' >"$file"
if chattr +i "$file" 2>/dev/null; then
	status=0
	preload enable || status=$?
	chattr -i "$file"
	[ "$status" -eq 1 ] || fail "it enables in an immutable file"
fi
holds '/a.so
'
rm "$file"

echo "no library"
rm "$installed"
expect 1 preload enable
says "is libhakmem installed"
nothing_there
printf '%s' "$entry" >"$file"
expect 1 preload status
says "not working"
expect 1 preload enable
says "not working"
holds "$entry"
expect 0 preload disable
nothing_there
cp "$work/good" "$installed"

echo "programs of another machine"
mv "$root/usr/bin" "$work/bin"
cp -r "$work/bin" "$root/usr/bin"
for program in "$root"/usr/bin/*; do
	# e_machine, of which 0x7777 is nobody's.
	printf ww | dd of="$program" bs=1 seek=18 conv=notrunc status=none
done
expect 1 preload enable
says "no program runs in $root"
nothing_there
printf '/a.so\n%s' "$entry" >"$file"
expect 1 preload status
says "no program runs in $root"
expect 0 preload disable
holds '/a.so
'
rm -r "$file" "${root:?}/usr/bin"
mv "$work/bin" "$root/usr/bin"

echo "what is refused"
ln -s /elsewhere "$file"
for job in status test enable disable; do
	expect 1 preload "$job"
	says "not a regular file"
done
expect 1 inside status
expect 1 inside enable
expect 0 inside disable
printf '%s' "$entry" >"$root/elsewhere"
expect 1 inside disable
says "not a regular file"
[ -L "$file" ] || fail "the link is gone"
[ "$(cat "$root/elsewhere")" = "${entry%?}" ] || fail "a link was followed"
rm "$file"
printf '/a.so\0/b.so\n' >"$file"
for job in status test enable disable; do
	expect 1 preload "$job"
	says "is no text"
done
expect 2 preload
expect 2 preload enable disable
expect 2 preload --root
expect 2 preload nonsense
