#!/bin/sh
# SPDX-License-Identifier: MIT
# What hakmem-preload says: its status in words and as JSON, what it warns of, whom it
# waits for, and why the loader does not take a library.
. "${abs_top_srcdir:?}/tests/common.sh"

. "$abs_top_srcdir/tests/packages/preload.sh"

# says_in_json PYTHON: an expression about the status `s`.
says_in_json() {
	status_code=0
	sh "$tool" --root "$root" --json status >"$work/json" 2>/dev/null || status_code=$?
	! command -v python3 >/dev/null || python3 -c '
import json, sys
s = json.load(open(sys.argv[1]))
assert set(s) == {"state", "file", "malloc", "message", "others", "notes", "warnings"}
assert '"$1" "$work/json" || fail "not $1 in: $(cat "$work/json")"
}

echo "not enabled"
expect 3 preload status
says "not enabled"
[ "$(sh "$tool" --root "$root" status 2>/dev/null | wc -l)" = 1 ] ||
	fail "that it is not enabled stands not on stdout"
says_in_json 's["state"] == "off" and not s["others"] and s["malloc"] == ""'
[ "$status_code" = 3 ] || fail "with --json the status is $status_code"

echo "enabled"
expect 0 preload enable
expect 0 preload status
says "enabled in $file: new programs take malloc from /usr/$lib/libhakmem.so.0"
says "note: security scanners may report"
says_not other
says_not Flatpak
says_not warning
says_in_json 's["state"] == "on" and s["malloc"] == "/usr/'"$lib"'/libhakmem.so.0" and len(s["notes"]) == 1 and not s["warnings"]'

echo "other entries, Flatpak and snap"
printf '/a"b.so:/c\\d.so # /no.so\n%s' "$entry" >"$file"
for program in flatpak snap; do
	cp "$root/usr/bin/true" "$root/usr/bin/$program"
done
expect 0 preload status
says "note: $file has other entries: /a\"b.so /c\\d.so"
says "note: Flatpak is installed"
says "note: snap is installed"
says_in_json 's["others"] == ["/a\"b.so", "/c\\d.so"] and len(s["notes"]) == 4'
rm "$root/usr/bin/flatpak" "$root/usr/bin/snap"
printf '%s' "$entry" >"$file"

echo "AppArmor"
apparmor=$root/etc/apparmor.d
mkdir -p "$apparmor/abstractions/base.d" "$apparmor/disable"
cat >"$apparmor/usr.bin.some" <<'PROFILE'
#include <tunables/global>
/usr/bin/some {
  #include <abstractions/base>
  ^hat {
    /x r,
  }
}
profile bare /usr/bin/bare flags=(complain) {
  /x r,
}
profile knows /usr/bin/knows {
  include <abstractions/base>
  include <abstractions/hakmem>
}
PROFILE
printf '/usr/bin/off {\n}\n' >"$apparmor/usr.bin.off"
: >"$apparmor/disable/usr.bin.off"
expect 0 preload status
says "may pass over the settings in hakmem.conf: /usr/bin/some bare"
: >"$apparmor/abstractions/base.d/hakmem"
expect 0 preload status
says "may pass over the settings in hakmem.conf: bare"
rm -r "$apparmor"

if grep -qF /etc/hakmem.conf "$hak_library"; then
	echo "enabled, but the settings disable all programs"
	printf '# all\nHAKMEM_DISABLE = 1\n' >"$conf"
	expect 1 preload status
	says "enabled in $file, but /etc/hakmem.conf, line 2, disables all programs"
	says_in_json 's["state"] == "disabled"'
	printf '[sort]\nHAKMEM_DISABLE=1\n' >"$conf"
	expect 0 in_system /usr/sbin/hakmem-preload status
	says_not disables
	rm "$conf"
fi

echo "the library is none: the loader's own words"
cp "$installed" "$work/good"
echo "no library" >"$installed"
expect 1 preload status
says "not working"
says "the loader: "
says "cannot be preloaded (file too short)"
says_in_json 's["state"] == "broken"'
rm "$file"
expect 1 preload enable
says "cannot be preloaded (file too short)"
nothing_there
rm "$installed"
expect 1 preload enable
says "cannot be preloaded (cannot open shared object file)"
cp "$work/good" "$installed"

echo "the entry of this build"
for name in prefix exec_prefix libdir; do
	eval "$name=\"$(sed -n "s/^$name = //p" "$abs_top_builddir/Makefile")\""
done
case $libdir in
/usr/lib64 | /usr/lib/*-linux-gnu*) built=${entry%?} ;;
*) built=$libdir/libhakmem.so.0 ;;
esac
grep -qxF "entry='$built'" "$abs_top_builddir/tools/hakmem-preload" ||
	fail "the entry is not $built: $(grep ^entry= "$abs_top_builddir/tools/hakmem-preload")"

echo "a library in another prefix"
mkdir -p "$root/opt/hakmem/lib"
make_tool /opt/hakmem/lib/libhakmem.so.0
expect 1 preload enable
says "libhakmem.so.0"
says "cannot be preloaded (cannot open shared object file)"
cp "$installed" "$root/opt/hakmem/lib"
expect 0 preload enable
holds '/opt/hakmem/lib/libhakmem.so.0
'
expect 0 preload status
says "new programs take malloc from /opt/hakmem/lib/libhakmem.so.0"
expect 0 preload disable
nothing_there
make_tool "${entry%?}"

# beside_another ARGUMENT...: as preload, in a /run where process 4711 has the lock.
beside_another() {
	# shellcheck disable=SC2016
	unshare --mount sh -c 'mount -t tmpfs run /run && lock=/run/hakmem-preload.lock &&
		echo 4711 >$lock && exec flock $lock sh "$@"' sh \
		"$tool" --root "$root" "$@" >"$work/said" 2>&1
}

echo "another one is at work"
printf '%s' "$entry" >"$file"
expect 1 beside_another --wait 0 disable
says "another hakmem-preload (process 4711) is at work; waiting for it for up to 0 seconds"
says "nothing was done"
holds "$entry"
expect 0 beside_another status
expect 0 preload disable
nothing_there

echo "options"
for option in -h --help -V --version; do
	expect 0 preload "$option"
	says hakmem-preload
done
says "hakmem-preload $(sed -n 's/^AC_INIT(\[libhakmem\], \[\([0-9.]*\)\].*/\1/p' "$abs_top_srcdir/configure.ac")"
expect 2 preload --wait x disable
expect 2 preload --wait
expect 2 preload --json enable
