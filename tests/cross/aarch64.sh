#!/bin/sh
# SPDX-License-Identifier: MIT
# libhakmem for aarch64: built by the cross compiler, and its tests under
# qemu-user, with pages of 4, 16 and 64 KiB and with addresses of 39 bits.
#
#   tests/cross/aarch64.sh [FOLDER]
#
# FOLDER keeps the build.  The last line counts; 77 is "not on this machine".
# Needs gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user.  The library
# Check for aarch64 is taken from $HAK_CHECK_ROOT, the root of an unpacked
# package, or downloaded by apt-get into FOLDER; nothing is installed.

set -eu
LC_ALL=C
export LC_ALL
unset LD_PRELOAD
host=aarch64-linux-gnu
source=$(cd "$(dirname "$0")/../.." && pwd)
passed=0
failed=0
skipped=0

for program in $host-gcc qemu-aarch64; do
	command -v $program >/dev/null || {
		echo "$program is not installed"
		exit 77
	}
done
if [ $# -gt 0 ]; then
	mkdir -p "$1"
	folder=$(cd "$1" && pwd)
else
	folder=$(mktemp -d)
	trap 'rm -rf "$folder"' EXIT
fi
cd "$folder"

# --- Check for aarch64 ---------------------------------------------------

# A package manager that looks into this folder alone.
download_check() {
	mkdir -p apt/lists/partial apt/cache/archives/partial
	: >apt/status
	cat >apt/conf <<-CONF
	APT::Architecture "arm64";
	APT::Architectures { "arm64"; };
	Dir::State::lists "$folder/apt/lists";
	Dir::State::status "$folder/apt/status";
	Dir::Cache "$folder/apt/cache";
	CONF
	(
		cd apt
		APT_CONFIG=$folder/apt/conf
		export APT_CONFIG
		apt-get update && apt-get download check libsubunit0 libsubunit-dev
		for package in ./*.deb; do
			dpkg -x "$package" "$folder/check"
		done
	) >apt.log 2>&1
}

check=${HAK_CHECK_ROOT:-$folder/check}
[ -d "$check" ] || download_check || rm -rf "$check"
if [ -d "$check" ]; then
	CHECK_CFLAGS=-I$check/usr/include
	CHECK_LIBS="-L$check/usr/lib/$host -l:libcheck_pic.a -lsubunit -lm -lrt"
	export CHECK_CFLAGS CHECK_LIBS
else
	echo "there is no Check for $host; unit tests are left out"
fi

# --- Build ---------------------------------------------------------------

mkdir -p build
cd build
[ -e Makefile ] || "$source/configure" -q --host=$host --enable-werror \
	--enable-tools=no CXX= >configure.log 2>&1 || {
	tail -n 5 configure.log >&2
	exit 1
}
make -s -j"$(getconf _NPROCESSORS_ONLN)" check TESTS= >make.log 2>&1 || {
	tail -n 20 make.log >&2
	exit 1
}
library=$PWD/.libs/libhakmem.so.0

# --- Run -----------------------------------------------------------------

# under OPTIONS COMMAND...: in the emulator; OPTIONS are several words.
under() {
	options=$1
	shift
	# shellcheck disable=SC2086 # see above
	timeout 600 qemu-aarch64 -L /usr/$host \
		-E LD_LIBRARY_PATH="$check/usr/lib/$host" -E HAK_TEST_EMULATOR=1 \
		$options "$@"
}

# counted WHAT PASSED FAILED
counted() {
	passed=$((passed + $2))
	failed=$((failed + $3))
	echo "$1: $2 passed, $3 failed"
}

left_out() {
	skipped=$((skipped + 1))
	echo "$1: left out: $2"
}

# unit OPTIONS NAME: what Check counts, and one failure if it counts nothing.
unit() {
	name="$2 $1"
	under "$1" "tests/unit/$2" >unit.log 2>&1 || :
	# shellcheck disable=SC2046 # two numbers
	counted "$name" $(awk '
		/^[0-9]+%: Checks: / {
			gsub(/,/, "")
			bad = $5 + $7
			good = $3 - bad
		}
		END { print good + 0, good + bad ? bad : 1 }' unit.log)
	! grep ':[FE]:' unit.log || :
}

# The library is not to be told from the emulator in these.
emulator() {
	case $1 in
	check_base) echo "the emulator adds a line when a program aborts" ;;
	check_fork) echo "the emulator cannot fork beside threads" ;;
	check_limit) echo "the emulator gives no advice on huge pages" ;;
	check_purge) echo "the emulator's own memory is resident too" ;;
	check_options) echo "the emulator cannot run itself" ;;
	*) return 1 ;;
	esac
}

units() {
	for program in tests/unit/check_*.o; do
		name=$(basename "$program" .o)
		if why=$(emulator "$name"); then
			left_out "$name" "$why"
		elif [ "$name" != check_os ]; then
			unit '' "$name"
		fi
	done
	for page in 4096 16384 65536; do
		unit "-E HAK_TEST_PAGE=$page" check_os
	done
	for machine in '-p 16384' '-p 65536' '-R 0x8000000000'; do
		for name in check_arena check_p0 check_superslab check_threads; do
			unit "$machine" $name
		done
	done
	# With -R the emulator takes away what stands behind a mapping that
	# shrinks: target_mremap() of 7.2 reserves from the old end on.
	for machine in '-p 16384' '-p 65536'; do
		unit "$machine" check_api
		unit "$machine" check_property
	done
}

# preload MACHINE NAME ARGUMENT...: a program of tests/preload, which ends well,
# with the library, which says so.
preload() {
	machine=$1
	name=$2
	shift 2
	$host-gcc -O1 -fno-builtin -pthread -o "$name" \
		"$source/tests/preload/$name.c"
	if under "$machine -E LD_PRELOAD=$library -E HAKMEM_VERBOSE=1" \
		"./$name" "$@" >preload.log 2>&1 &&
		grep -q '^[^ ]*: hakmem: version' preload.log; then
		counted "preload $name $* $machine" 1 0
	else
		counted "preload $name $* $machine" 0 1
		cat preload.log
	fi
}

[ ! -d "$check" ] || units
for machine in '-p 4096' '-p 16384' '-p 65536' '-R 0x8000000000'; do
	preload "$machine" early
	# With -R, qemu-user 7.2 closes what lies behind a mapping that mremap shortens.
	case $machine in
	-R*) ;;
	*) preload "$machine" hostile nothing ;;
	esac
	preload "$machine" threads shallow
done
echo "aarch64: $passed passed, $failed failed, $skipped left out"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
