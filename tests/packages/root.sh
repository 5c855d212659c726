# SPDX-License-Identifier: MIT
# Shared by the tests that need a system to try things on: one in the folder
# $root, made of a few programs of this one.

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

# loader_lib LOADER: what it puts for $LIB.
loader_lib() {
	"$1" --list-diagnostics 2>/dev/null |
		sed -n 's/^dl_dst_lib="\(.*\)"/\1/p'
}

# install_32: a program of 32 bits, $program32, which is the libc of those
# programs, and what their loader puts for $LIB in $lib32; both are empty where
# this system has none, or does not run it.
install_32() {
	program32=
	lib32=$(loader_lib /lib/ld-linux.so.2)
	[ -n "$lib32" ] || return 0
	program32=/$lib32/libc.so.6
	copy /lib/ld-linux.so.2 "$program32"
}

# make_root: with what hakmem-preload and the scripts of packages call.  $lib is
# what the loader puts for $LIB.
make_root() {
	mkdir -p "$root/dev" "$root/etc" "$root/run" "$root/tmp" \
		"$root/usr/sbin" "$root/var"
	# Only root outside of namespaces could make the device.
	: >"$root/dev/null"
	# /bin may be a link to /usr/bin, and scripts ask for /bin/sh.
	ln -s usr/bin "$root/bin"
	install_program awk cat chmod cksum cmp cp diff env expr find flock grep \
		id mktemp mount mv rm sed seq sh sha256sum sort sync tail timeout \
		tr true uniq unshare wc
	copy /usr/sbin/chroot
	lib=$(loader_lib "$(ldd /bin/sh | grep -o '/[^ ]*/ld-[^ ]*')")
	[ -n "$lib" ] || skip "the loader does not say what \$LIB is"
	mkdir -p "$root/usr/$lib"
}
