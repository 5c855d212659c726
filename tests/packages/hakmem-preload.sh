#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-preload in a root of its own, made of a few programs of this system:
# what it does to the preload file, and that it undoes what does not work.
. "${abs_top_srcdir:?}/tests/common.sh"

need unshare mount chroot setpriv
root=$work/root
file=$root/etc/ld.so.preload

# Who is not root is it in a user namespace.
as_root="unshare --user --map-root-user --mount"
if [ "$(id -u)" -ne 0 ]; then
	$as_root true || skip "this system allows no user namespace"
	$as_root sh "$abs_top_srcdir/tests/packages/hakmem-preload.sh"
	exit
fi
unshare --mount true || skip "this system allows no mount namespace"

# copy FILE...: to the same place in the root.
copy() {
	for path; do
		mkdir -p "$root$(dirname "$path")"
		cp -L "$path" "$root$path"
	done
}

# install_program NAME...: with all that the loader needs for it.
install_program() {
	for name; do
		copy "/usr/bin/$name"
		for library in $(ldd "/usr/bin/$name" | grep -o '/[^ ]*'); do
			[ -e "$root$library" ] || copy "$library"
		done
	done
}

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

make_root() {
	mkdir -p "$root/dev" "$root/etc" "$root/tmp" "$root/usr/sbin"
	# Only root outside of namespaces could make the device.
	: >"$root/dev/null"
	# /bin may be a link to /usr/bin, and scripts ask for /bin/sh.
	ln -s usr/bin "$root/bin"
	install_program awk cat chmod cksum cmp cp diff env expr grep id mktemp \
		mount mv rm sed seq sh sort sync tail timeout tr true unshare wc
	copy /usr/sbin/chroot
	install_dpkg
	cp "$abs_top_srcdir/tools/hakmem-preload" "$root/usr/sbin"
	lib=$("$(ldd /bin/sh | grep -o '/[^ ]*/ld-[^ ]*')" --list-diagnostics |
		sed -n 's/^dl_dst_lib="\(.*\)"/\1/p')
	[ -n "$lib" ] || skip "the loader does not say what \$LIB is"
	installed=$root/usr/$lib/libhakmem.so.0
	mkdir -p "$root/usr/$lib"
	cp "$hak_library" "$installed"
}

# preload ARGUMENT...: the tool, from outside of the root.
preload() {
	sh "$abs_top_srcdir/tools/hakmem-preload" --root "$root" "$@" \
		>"$work/said" 2>&1
}

# inside ARGUMENT...: the tool, where it stands on the library itself.  In a
# root that is no mount it could not have a mount namespace.
inside() {
	# shellcheck disable=SC2016
	unshare --mount sh -c 'mount --bind "$1" "$1" && exec chroot "$@"' sh \
		"$root" /usr/sbin/hakmem-preload "$@" >"$work/said" 2>&1
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

make_root
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
rm "$file"

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
rm "$file" "$root/spoil"

echo "no library"
rm "$installed"
expect 1 preload enable
says "is libhakmem installed"
nothing_there
printf '%s' "$entry" >"$file"
expect 1 preload status
says "not working"
expect 0 preload disable
nothing_there
cp "$work/good" "$installed"

echo "what is refused"
ln -s /elsewhere "$file"
for job in status test enable disable; do
	expect 1 preload "$job"
	says "not a regular file"
done
[ -L "$file" ] || fail "the link is gone"
expect 2 preload
expect 2 preload enable disable
expect 2 preload --root
expect 2 preload nonsense
