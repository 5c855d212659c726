# SPDX-License-Identifier: MIT

# --- Running programs in the root ----------------------------------------

# Before each program: nothing of the caller's environment goes in.
clean="env -i PATH=$PATH LC_ALL=C HOME=/"

# as_it_is COMMAND...
as_it_is() {
	# shellcheck disable=SC2086
	set -- $clean "$@"
	[ -z "$root" ] || set -- chroot "$root" "$@"
	timeout -k 5 120 "$@" 9>&-
}

# as_if CONTENTS COMMAND...: the file has these contents for the command alone,
# in a mount namespace; setuid programs do not look at LD_PRELOAD.
as_if() {
	in_place=$1
	shift
	# shellcheck disable=SC2016,SC2086
	timeout -k 5 120 unshare --mount \
		sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh \
		"$in_place" "$file" chroot "$root/" $clean "$@" 9>&-
}

# Where there is no mount namespace to have, as in many containers and in a
# chroot, the variable must do; setuid programs meet the library in the second
# trial alone.
without_library() {
	if [ "$private" = yes ]; then
		as_if "$work/off" "$@"
	else
		as_it_is env LD_PRELOAD= "$@"
	fi
}

with_library() {
	if [ "$private" = yes ]; then
		as_if "$work/on" "$@"
	else
		as_it_is env LD_PRELOAD="$entry" "$@"
	fi
}

# malloc_of HOW: the file from which a new program takes its malloc, as the
# loader says.
malloc_of() {
	"$1" env LD_BIND_NOW=1 LD_DEBUG=bindings sort --version 2>&1 >/dev/null |
		sed -n "s|.*binding file [^ ]*sort \[0\] to \([^ ]*\) .* symbol .malloc'.*|\1|p" |
		tail -n 1
}

# lacking_machines [ENTRY]: with the file as it is, or with the entry beside it,
# programs of another machine may have no library to load, an empty one neither.
# Their loaders are asked, each with its libc for a program; one before glibc
# 2.33 does not say what it puts for $LIB, and must find that in its cache.
lacking_machines() {
	# shellcheck disable=SC2016
	as_it_is sh -c 'for loader in /lib/ld-linux*.so.? /libx32/ld-linux*.so.?; do
		lib=$("$loader" --list-diagnostics |
			sed -n "s/^dl_dst_lib=\"\(.*\)\"/\1/p")
		LD_PRELOAD=$1 "$loader" --list "${lib:+/$lib/}libc.so.6" 2>&1 |
			grep -q "libhakmem.* cannot be preloaded" &&
			echo "$loader"
	done' sh "${1-}" 2>/dev/null | while read -r loader; do
		echo "programs of $loader have no library to load for $entry; each says so on stderr at its start, and runs on the malloc of libc"
	done
}

# warn: each line of the input.
warn() {
	while read -r sentence; do
		say "warning: $sentence" >&2
	done
}

# --- The trial -----------------------------------------------------------

# for_each_program FUNCTION ARGUMENT: calls FUNCTION ARGUMENT NAME COMMAND.  The
# table is no program's output, so that it is there when no program starts.
for_each_program() {
	while IFS='|' read -r name command; do
		"$1" "$2" "$name" "$command" || return
	done <<-'TABLE'
	a program|true
	a shell|sh -c 'for i in 1 2 3; do echo $i; done' | wc -l
	processes|for i in 1 2 3 4 5 6 7 8; do sh -c 'expr $0 + 1' $i; done | sort | cat
	threads|seq 300000 -1 1 | sort -n --parallel=4 | cksum
	a setuid program|test -u "$(command -v su)" && setpriv --reuid=65534 --regid=65534 --clear-groups su --version
	a login|su -s /bin/sh -c 'id -u' nobody
	a package manager|if command -v dpkg; then dpkg --version; else rpm --version; fi
	python3|python3 -c 'import json, threading; t = threading.Thread(target=print, args=(len(json.dumps(list(range(99999)))),)); t.start(); t.join()'
	perl|perl -e 'my %h; $h{$_ x 3} = $_ for 1 .. 50000; print scalar(keys %h), "\n"'
	TABLE
}

# observe HOW COMMAND: its status and all that it says, each line once: where
# other entries are broken, each process of each way to run one complains.
observe() {
	{
		status=0
		"$1" sh -c "$2" </dev/null 2>&1 || status=$?
		echo "status $status"
	} | sort -u
}

# Without the library, once; the file bears the program's name.
remember() {
	observe "$1" "$3" >"$work/$2"
}

works_without() {
	grep -qx "status 0" "$work/$1"
}

# try HOW NAME COMMAND: must say what it says without the library.
try() {
	if ! works_without "$2"; then
		say "not tried: $2 (does not work here without libhakmem either)"
		return
	fi
	observe "$1" "$3" >"$work/now"
	if ! cmp -s "$work/$2" "$work/now"; then
		say "failed: $2; without libhakmem (<) and with it (>):" >&2
		diff "$work/$2" "$work/now" >&2 || :
		return 1
	fi
	say "works: $2"
}

# what_loader_says HOW: why it does not load the library, once.
what_loader_says() {
	"$1" true 2>&1 >/dev/null | sed -n '/ld\.so/s/^/the loader: /p' | sort -u |
		while read -r sentence; do
			say "$sentence"
		done
}

# try_all HOW: the proof comes first that it is our malloc that is tried.
try_all() {
	owner=$(malloc_of "$1")
	case $owner in
	*/libhakmem.so.*) ;;
	*)
		say "programs would take their malloc from ${owner:-libc}, not from $entry; is libhakmem installed, and nothing before it in $file?" >&2
		what_loader_says "$1" >&2
		return 1
		;;
	esac
	for_each_program try "$1"
}

# A mount namespace may be forbidden, or mounts in it.
may_mount() {
	[ -w "$root/etc" ] &&
		unshare --mount mount --bind "$work" "$work" 2>/dev/null
}

# What both trials need.  $work is not to be read by others, but the two files
# in it are, through the mounts.
prepare_trial() {
	work=$(mktemp -d)
	private=no
	# An empty file serves to mount on.
	if may_mount; then
		private=yes
		create_file
	fi
	{ contents >"$work/before" && with_entry >"$work/on" &&
		without_entry >"$work/off"; } 2>/dev/null ||
		fail "the files of the trial cannot be written in $work; is its disk full?"
	for_each_program remember without_library
	works_without "a program" ||
		fail "no program runs in ${root:-/}: $(cat "$work/a program")"
}
