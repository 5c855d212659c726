#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-preload in a root of its own, made of a few programs of this system:
# what it does to the preload file, and that it undoes what does not work.
. "${abs_top_srcdir:?}/tests/common.sh"

. "$abs_top_srcdir/tests/packages/preload.sh"

echo "where there was no file"
expect 3 preload status
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
expect 3 preload status
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
expect 3 preload status
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
	sh "$tool" --root "$root" enable \
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
