#!/bin/sh
# SPDX-License-Identifier: MIT
# Packages of both kinds in a system's life, in a root made of a few programs of
# this one: installed, switched on, upgraded while it is on, removed.  Scripts of
# the packages run; what they need from other packages is not looked at.
#
#   tests/packages/upgrade.sh PREVIOUS CURRENT
#
# Folders with packages (tests/packages/build.sh, with --revision 0 and
# without).  Needs root.  A kind of which no packages are made here is left out,
# which is said; exit 77 where that is all of them.

set -eu
export LC_ALL=C

# fail SENTENCE
fail() {
	printf 'upgrade: %s\n' "$*" >&2
	exit 1
}

# skip SENTENCE
skip() {
	printf 'upgrade: left out: %s\n' "$*"
	exit 77
}

. "$(dirname "$0")/kinds.sh"
. "$(dirname "$0")/root.sh"

# --- What each kind of package manager does ------------------------------

in_dpkg() {
	dpkg --root="$root" --log=/dev/null --force-depends "$@"
}

deb_begin() {
	mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
	: >"$root/var/lib/dpkg/status"
	: >"$root/var/lib/dpkg/available"
	library=libhakmem0
}

# deb_install_old: a package as that of version 0.1.1 in one thing: it had a
# hakmem.conf of comments alone.
deb_install_old() {
	mkdir -p "$work/old/DEBIAN" "$work/old/etc"
	cp "$old_conf" "$work/old/etc/hakmem.conf"
	echo /etc/hakmem.conf >"$work/old/DEBIAN/conffiles"
	cat >"$work/old/DEBIAN/control" <<-CONTROL
	Package: hakmem-tools
	Version: 0.1.1-1
	Architecture: $(dpkg --print-architecture)
	Maintainer: nobody <nobody@localhost>
	Description: an old package
	CONTROL
	dpkg-deb --root-owner-group -b "$work/old" "$work/old.deb" >/dev/null
	in_dpkg -r libhakmem-common # which was not there in that version
	in_dpkg -i "$work/old.deb"
}

# deb_install FOLDER: an old hakmem-tools makes way for libhakmem-common, as with apt.
deb_install() {
	in_dpkg --auto-deconfigure -i "$1"/libhakmem0_*.deb "$1"/libhakmem-common_*.deb \
		"$1"/hakmem-tools_*.deb
}

deb_remove() {
	in_dpkg -r "$@"
}

deb_version() {
	dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Version}' "$1"
}

deb_purge() {
	[ -e "$conf" ] || fail "what an administrator wrote went with the package"
	in_dpkg -P hakmem-tools libhakmem-common >"$work/said" 2>&1 ||
		fail "$(cat "$work/said")"
}

in_rpm() {
	rpm --root "$root" --dbpath /var/lib/rpm "$@"
}

# The loader of this system may look in another folder than rpm's.
rpm_begin() {
	in_rpm --initdb 2>/dev/null
	lib64=$(basename "$(rpm --eval %_libdir)")
	[ "$lib" = "$lib64" ] || ln -s "$lib" "$root/usr/$lib64"
	case $lib32 in
	"" | lib) ;;
	*) ln -sT /usr/lib "$root/usr/$lib32" ;;
	esac
	library=hakmem
}

rpm_install_old() {
	cat >"$work/old.spec" <<-SPEC
	Name: hakmem-tools
	Version: 0.1.1
	Release: 0
	Summary: An old package
	License: MIT
	%description
	%install
	install -D -m 644 $old_conf %{buildroot}/etc/hakmem.conf
	%files
	%config(noreplace) /etc/hakmem.conf
	SPEC
	rpmbuild --nodeps --define "_topdir $work/built" -bb "$work/old.spec"
	in_rpm -U --nodeps "$work"/built/RPMS/*/hakmem-tools-0.1.1-0*.rpm
}

rpm_install() {
	in_rpm -U --nodeps --replacepkgs "$1"/hakmem-[0-9]*[!c].rpm "$1"/hakmem-tools-*.rpm
}

rpm_remove() {
	in_rpm -e --nodeps "$@"
}

rpm_version() {
	in_rpm -q --qf '%{VERSION}-%{RELEASE}' "$1" 2>/dev/null
}

# rpm has no purge, and keeps what was changed under another name.
rpm_purge() {
	rm "$conf.rpmsave" ||
		fail "what an administrator wrote went with the package"
}

# --- The life of a system ------------------------------------------------

in_root() {
	chroot "$root" "$@" >"$work/said" 2>&1 ||
		fail "$*: $(cat "$work/said")"
}

# start_programs: they start all the time, and the loader complains of nothing.
start_programs() {
	while [ ! -e "$work/enough" ]; do
		chroot "$root" true || echo "true does not run"
		[ -z "$program32" ] || chroot "$root" "$program32" >/dev/null ||
			echo "$program32 does not run"
	done >"$work/complaints" 2>&1
}

# quietly COMMAND...
quietly() {
	"$@" >"$work/said" 2>&1 || fail "$*: $(cat "$work/said")"
}

# undisturbed COMMAND...: while programs start.
undisturbed() {
	rm -f "$work/enough"
	start_programs &
	starter=$!
	status=0
	"$@" >"$work/said" 2>&1 || status=$?
	: >"$work/enough"
	wait $starter
	[ "$status" -eq 0 ] || fail "$*: $(cat "$work/said")"
	[ ! -s "$work/complaints" ] || fail "during $*: $(sort -u "$work/complaints")"
}

is_off() {
	[ ! -e "$preload" ] || fail "it is on after $1: $(cat "$preload")"
}

# The file of comments goes when nobody has changed it.
replace_old() {
	quietly "${kind}_install_old"
	[ -e "$conf" ] || fail "the old package has no $conf"
	quietly "${kind}_install" "$previous"
	[ ! -e "$conf" ] || fail "the upgrade leaves the comments in $conf"
	[ -e "$root/usr/share/hakmem/programs.conf" ] || fail "there is no programs.conf"
	quietly "${kind}_remove" hakmem-tools "$library"
	quietly "${kind}_install_old"
	echo "# kept" >>"$conf"
}

install_previous() {
	undisturbed "${kind}_install" "$previous"
	is_off "the installation"
	before=$("${kind}_version" "$library")
	grep -qx '# kept' "$conf" || fail "the installation took what was in $conf"
}

upgrade() {
	in_root hakmem-preload enable
	undisturbed "${kind}_install" "$current"
	[ "$("${kind}_version" "$library")" != "$before" ] ||
		fail "$before is still there; nothing was upgraded"
	in_root hakmem-preload status
	grep -qx '# kept' "$conf" || fail "the upgrade took what was in $conf"
}

remove() {
	undisturbed "${kind}_remove" hakmem-tools
	is_off "the removal of the tools"
}

# refuse LINE: without the tools, this line of a person keeps the library.
refuse() {
	echo "$1" >"$preload"
	! "${kind}_remove" "$library" >"$work/said" 2>&1 ||
		fail "the library that $preload names was removed: $1"
	grep -q 'remove that .* first' "$work/said" ||
		fail "it does not say why it does not go: $(cat "$work/said")"
	in_root true
	[ ! -s "$work/said" ] || fail "$(cat "$work/said")"
	rm "$preload"
}

# A comment does not keep it.
remove_despite_comment() {
	echo '# not /usr/lib/libhakmem.so.0' >"$preload"
	"${kind}_remove" "$library" >"$work/said" 2>&1 ||
		fail "a comment in $preload keeps the library: $(cat "$work/said")"
	rm "$preload"
}

# Both at once, while it is on.
remove_all() {
	undisturbed "${kind}_install" "$current"
	in_root hakmem-preload enable
	undisturbed "${kind}_remove" hakmem-tools "$library"
	is_off "the removal of all"
	"${kind}_purge"
	left=$(find "$root" -name '*hakmem*' ! -path "$root/tmp/*")
	[ -z "$left" ] || fail "left behind: $left"
}

# check_packages: those of this kind are in both folders.
check_packages() {
	for folder in "$previous" "$current"; do
		ls "$folder"/*."$kind" >/dev/null 2>&1 ||
			fail "there are no $kind packages in $folder"
	done
}

live() {
	root=$work/$kind
	preload=$root/etc/ld.so.preload
	conf=$root/etc/hakmem.conf
	make_root
	install_32
	"${kind}_begin"
	replace_old
	install_previous
	upgrade
	remove
	# shellcheck disable=SC2016
	refuse '/usr/$LIB/libhakmem.so.0'
	refuse 'libhakmem.so.0 # by hand'
	remove_despite_comment
	remove_all
	echo "upgrade: $kind: installed, upgraded from $before, removed"
}

[ $# -eq 2 ] || {
	echo "usage: $0 PREVIOUS CURRENT" >&2
	exit 2
}
[ "$(id -u)" -eq 0 ] || skip "this needs root"
old_conf=$(cd "$(dirname "$0")" && pwd)/hakmem.conf.old
previous=$1
current=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
status=77
for kind in $kinds; do
	program=$(lacking "$kind")
	if [ -n "$program" ]; then
		echo "upgrade: left out: $kind, for which $program is missing"
	else
		check_packages
		live
		status=0
	fi
done
exit $status
