#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-preload in a system that needs it most: disks without space, settings that
# keep programs from starting, a library that is missing or no library.
. "${abs_top_srcdir:?}/tests/common.sh"

. "$abs_top_srcdir/tests/packages/preload.sh"

# A disk that is soon full.
small="mount -t tmpfs -o size=16k none"

# small_etc FILLER ARGUMENT...: as preload, with /etc of the root on such a disk, and
# the bytes of FILLER on it.  What is there at the end comes back.
small_etc() {
	filler=$1
	shift
	status=0
	rm -rf "$work/before" "$work/after"
	cp -a "$root/etc" "$work/before"
	# shellcheck disable=SC2016
	unshare --mount sh -c '
		etc=$1 filler=$2 && shift 2
		'"$small"' "$etc" && cp -a before/. "$etc"
		cat "$filler" >"$etc/filler" 2>/dev/null || :
		status=0
		"$@" || status=$?
		rm "$etc/filler"
		cp -a "$etc" after
		exit $status' sh "$root/etc" "$filler" \
		sh "$tool" --root "$root" "$@" \
		>"$work/said" 2>&1 || status=$?
	rm -rf "$root/etc"
	mv "$work/after" "$root/etc"
	return $status
}

full_etc() {
	small_etc /dev/zero "$@"
}

# full_tmp ARGUMENT...: as preload, with a full disk for files of no duration.
full_tmp() {
	mkdir -p "$work/tmp"
	# shellcheck disable=SC2016
	TMPDIR=$work/tmp unshare --mount sh -c "$small"' "$TMPDIR"
		! cat /dev/zero >"$TMPDIR/filler" 2>/dev/null && exec "$@"' sh \
		sh "$tool" --root "$root" "$@" \
		>"$work/said" 2>&1
}

blanks=$(printf '%s' "${entry%?}" | tr -c '\n' ' ')

echo "/etc is full: enable"
expect 1 full_etc enable
says "cannot be written"
says_not "again as it was"
nothing_there
printf '/a.so' >"$file"
expect 1 full_etc enable
says "stays as it was"
says_not "again as it was"
holds /a.so

echo "/etc is full from the second trial on"
echo 'if [ -e /tmp/first ]; then seq 99999 >/etc/filler; exit 3; fi; : >/tmp/first' \
	>"$root/spoil"
printf '/a.so\n' >"$file"
expect 1 small_etc /dev/null enable
says "blanks stand for"
holds "/a.so
$blanks
"
rm "$file" "$root/spoil" "$root/tmp/first"

echo "/etc is full: disable"
printf '%s' "$entry" >"$file"
expect 0 full_etc disable
says "disabled"
nothing_there
printf '/a.so\n%s' "$entry" >"$file"
chmod 604 "$file"
expect 0 full_etc disable
says "blanks stand for the entry"
holds "/a.so
$blanks
"
[ "$(stat -c %a "$file")" = 604 ] || fail "the mode of the file has changed"
expect 3 preload status
printf '/a.so:%s /b.so # why' "${entry%?}" >"$file"
expect 0 full_etc disable
holds "/a.so:$blanks /b.so # why"
rm "$file"

echo "/tmp is full"
expect 1 full_tmp enable
says "is its disk full"
says_not "I/O error"
nothing_there
printf '/a.so\n%s' "$entry" >"$file"
expect 0 full_tmp disable
holds '/a.so
'
rm "$file"

if grep -qF /etc/hakmem.conf "$hak_library"; then
	echo "settings with which programs do not start"
	for section in '' '[*]' '[/usr/bin/*]'; do
		printf '%s\nHAKMEM_LIMIT_MB=1\n' "$section" >"$conf"
		printf '/a.so\n%s' "$entry" >"$file"
		expect 0 in_system /usr/sbin/hakmem-preload disable
		rm "$conf"
		holds '/a.so
'
	done
	rm "$file"

	echo "programs of the project do not read the file"
	cp "$root/usr/bin/true" "$root/usr/bin/hakmem-true"
	printf '#!/usr/bin/sh\n' >"$root/usr/bin/hakmem-script"
	chmod 755 "$root/usr/bin/hakmem-script"
	echo HAKMEM_VERBOSE=1 >"$conf"
	printf '%s' "$entry" >"$file"
	expect 0 in_system /usr/bin/true
	says "hakmem: version"
	for program in hakmem-true hakmem-script; do
		expect 0 in_system "/usr/bin/$program"
		says_not hakmem:
	done
	rm "$conf" "$file"
fi

echo "the library is none, or missing"
echo "no library" >"$installed"
for library in none missing; do
	printf '/a.so\n%s' "$entry" >"$file"
	expect 0 inside disable
	holds '/a.so
'
	rm -f "$installed"
done
