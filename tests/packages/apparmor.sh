#!/bin/sh
# SPDX-License-Identifier: MIT
# What packages put into AppArmor's folder: a profile that includes it, or the base of
# all profiles, permits the library and its settings.
. "${abs_top_srcdir:?}/tests/common.sh"

PATH=$PATH:/usr/sbin:/sbin
need apparmor_parser
[ -e /etc/apparmor.d/abstractions/base ] || skip "there are no abstractions of AppArmor"

base=$work/apparmor.d
mkdir -p "$base/abstractions/base.d"
cp -R /etc/apparmor.d/abi /etc/apparmor.d/tunables "$base"
cp -R /etc/apparmor.d/abstractions/. "$base/abstractions"
rm -f "$base/abstractions/hakmem" "$base/abstractions/base.d/hakmem"

# profile INCLUDE: one that includes this.
profile() {
	cat >profile <<-PROFILE
	include <tunables/global>
	profile test /usr/bin/test {
	  include <abstractions/$1>
	}
	PROFILE
}

# compiles: to a policy, without the kernel.
compiles() {
	apparmor_parser --base "$base" --skip-kernel-load --skip-cache \
		--ofile policy profile 2>said || fail "AppArmor says: $(cat said)"
	[ -s policy ] || fail "there is no policy"
}

# rule TEXT: the profile has it, with all that it includes.
rule() {
	apparmor_parser --base "$base" --preprocess profile 2>/dev/null | grep -qF -e "$1"
}

profile base
compiles
! rule hakmem.conf || fail "the base has it already"
cp "$abs_top_srcdir/tools/apparmor/hakmem" "$base/abstractions"
cp "$abs_top_srcdir/tools/apparmor/base.d/hakmem" "$base/abstractions/base.d"
for include in base hakmem; do
	profile $include
	compiles
	for text in '/hakmem.conf r,' '/programs.conf r,' '/ld.so.preload r,' \
		'/libhakmem.so.0* mr,'; do
		rule "$text" || fail "a profile with $include does not have $text"
	done
done
