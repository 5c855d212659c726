#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine of its own, for what a test must not do to the one it runs on: Debian's kernel
# under qemu, with the library in the preload file of all its programs.  Its init is
# vm_init.sh, its programs are those of vm.c.  The packages are in FOLDER
# (tests/packages/build.sh makes them); the build of a library and of its tools are enough.
#
#   tests/system/vm.sh FOLDER | LIBRARY [CASE...]
#
# ACCEL names qemu's accelerator; its own emulation, tcg, unless told otherwise.  KERNEL is
# a folder that the kernel's package was unpacked to; else apt-get gets the package.
# Needs qemu-system-x86, busybox-static, cpio and a C compiler; exit 77 where something is
# not there.

set -eu
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
all_cases="programs purge cgroup psi maps overcommit apparmor 5level swap thp oom"

# The machine: MiB, and seconds for all cases.
memory=700
limit=1200

# fail SENTENCE
fail() {
	printf 'vm: %s\n' "$*" >&2
	exit 1
}

# skip SENTENCE
skip() {
	printf 'vm: left out: %s\n' "$*"
	exit 77
}

need() {
	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

# find_kernel: $kernel becomes a folder with boot/ and lib/modules/.
find_kernel() {
	kernel=${KERNEL:-$work/kernel}
	[ ! -d "$kernel/boot" ] || return 0
	package=$(apt-cache depends linux-image-amd64 2>/dev/null |
		sed -n 's/.*Depends: \(linux-image-[0-9]\)/\1/p')
	[ -n "$package" ] || skip "apt knows no kernel"
	(cd "$work" && apt-get download "$package" >log 2>&1) ||
		skip "the kernel cannot be had: $(tail -n 2 "$work/log")"
	dpkg -x "$work/$package"_*.deb "$kernel"
}

# add PROGRAM NAME: with the libraries that it needs.
add() {
	cp -L "$1" "$root/usr/bin/$2"
	ldd "$1" | sed -n 's|^[^/]*\(/[^ ]*\) (0x.*|\1|p' | while read -r library; do
		case $library in
		*libhakmem*) continue ;;
		esac
		mkdir -p "$root${library%/*}"
		cp -L "$library" "$root$library"
	done
}

# add_ours FOLDER|LIBRARY: the library becomes /usr/lib/libhakmem.so.0.
add_ours() {
	mkdir -p "$root/usr/lib" "$root/etc" "$root/modules"
	if [ -d "$1" ]; then
		ls "$1"/libhakmem0_*.deb >/dev/null 2>&1 || skip "$1 has no packages of Debian"
		dpkg -x "$1"/libhakmem0_*.deb "$work/ours"
		dpkg -x "$1"/hakmem-tools_*.deb "$work/ours"
		library=$work/ours/usr/lib/x86_64-linux-gnu/libhakmem.so.0
		stat=$work/ours/usr/bin/hakmem-stat
	else
		library=$1
		stat=$(dirname "$1")/../tools/hakmem-stat
	fi
	cp -L "$library" "$root/usr/lib/libhakmem.so.0"
	echo /usr/lib/libhakmem.so.0 >"$root/etc/ld.so.preload"
	[ -x "$stat" ] || skip "there is no hakmem-stat beside $library"
	add "$stat" hakmem-stat
}

# add_apparmor: its compiler and the folder of profiles, with ours; or nothing.
add_apparmor() {
	parser=$(PATH=$PATH:/usr/sbin command -v apparmor_parser) || return 0
	[ -e /etc/apparmor.d/abstractions/base ] || return 0
	add "$parser" apparmor_parser
	profiles=$root/etc/apparmor.d
	mkdir -p "$profiles/abstractions/base.d" "$root/etc/apparmor"
	: >"$root/etc/apparmor/parser.conf"
	for part in abi abstractions tunables; do
		cp -R /etc/apparmor.d/$part/. "$profiles/$part"
	done
	cp "$here/../../tools/apparmor/hakmem" "$profiles/abstractions"
	cp "$here/../../tools/apparmor/base.d/hakmem" "$profiles/abstractions/base.d"
}

make_root() {
	root=$work/root
	mkdir -p "$root/bin" "$root/usr/bin"
	add_ours "$1"
	cp "$(command -v busybox)" "$root/bin/busybox"
	cp "$here/vm_init.sh" "$root/init"
	chmod 755 "$root/init"
	${CC:-cc} -O1 -fno-builtin -o "$work/vm" "$here/vm.c" || fail "vm.c does not compile"
	add "$work/vm" vm
	for program in cat dash grep ls sleep sort tail; do
		add "$(command -v $program)" $program.real
	done
	add_apparmor
	for module in mm/zsmalloc drivers/block/zram/zram; do
		cp "$kernel"/lib/modules/*/kernel/$module.ko "$root/modules"
	done
	(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd"
}

# boot CASES: what the machine says goes to $work/console.
boot() {
	timeout "$limit" qemu-system-x86_64 -accel "${ACCEL:-tcg}" -cpu max -m $memory \
		-smp 2 -display none -monitor none -serial stdio -no-reboot -nic none \
		-kernel "$kernel"/boot/vmlinuz-* -initrd "$work/initrd" \
		-append "console=ttyS0 quiet panic=-1 psi=1 hak_cases=$1" \
		</dev/null 2>&1 | tr -d '\r' | tee "$work/console" | grep -aE '^(PASS|FAIL|SKIP) ' || :
}

[ $# -ge 1 ] || {
	echo "usage: $0 FOLDER | LIBRARY [CASE...], of: $all_cases" >&2
	exit 2
}
[ "$(uname -m)" = x86_64 ] || skip "the machine would be one of x86_64"
need qemu-system-x86_64 busybox cpio dpkg "${CC:-cc}"
! ldd "$(command -v busybox)" >/dev/null 2>&1 || skip "busybox is not the static one"
ours=$1
shift
cases=$*
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
find_kernel
make_root "$ours"
boot "$(echo "${cases:-$all_cases}" | tr ' ' ,)"
grep -aq '^the cases have ended' "$work/console" ||
	fail "the machine did not come to its end: $(tail -n 40 "$work/console")"
! grep -aE '^FAIL |: hakmem: ' "$work/console" || fail "see above"
