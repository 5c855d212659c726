#!/bin/sh
# SPDX-License-Identifier: MIT
# How the loader sees the library: its name, what it needs, how it is hardened
# and what it takes of static TLS, which is scarce when it is dlopened.
. "${abs_top_srcdir:?}/tests/meta/common.sh"
need_library

dynamic=$(readelf -dW "$hak_library")
segments=$(readelf -lW "$hak_library")
offences=

# expect TEXT PATTERN WHY
expect() {
	printf '%s\n' "$1" | grep -qE "$2" ||
		offences="$offences$3
"
}

expect "$dynamic" '\(SONAME\).*\[libhakmem\.so\.0\]' \
	"the soname is not libhakmem.so.0"
expect "$dynamic" '\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW' \
	"symbols are bound late: -z now is missing"
expect "$dynamic" '\(FLAGS_1\).*NODELETE' \
	"dlclose would unload it under running threads: -z nodelete is missing"
expect "$dynamic" '\(FLAGS_1\).*INITFIRST' \
	"others register their fork handlers before it: -z initfirst is missing"
expect "$dynamic" '\(FLAGS\).*STATIC_TLS' \
	"its TLS is not initial-exec: STATIC_TLS is missing"
expect "$segments" 'GNU_RELRO' \
	"its tables stay writable: -z relro is missing"
expect "$segments" 'GNU_STACK .* RW ' "its stack is executable"

needed=$(printf '%s\n' "$dynamic" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p')
[ "$needed" = libc.so.6 ] ||
	offences="${offences}it needs more than libc.so.6: $needed
"

# The pointer to the heap; beside it, what a signal handler must know of the
# thread that it interrupted.  Debug builds keep the ranks of the locks held.
tls=$(printf '%s\n' "$segments" | awk '$1 == "TLS" { print $6 }')
[ "$hak_debug" = yes ] || [ $((tls)) -le 48 ] ||
	offences="${offences}it has ${tls:-no} bytes of TLS, more than 48
"

verdict "libc alone, hardened, little TLS" "$offences"
