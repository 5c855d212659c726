#!/bin/sh
# SPDX-License-Identifier: MIT
# A process from which something is taken away: system calls, mappings, files,
# /proc, memory that can be unlocked, memory at all.  It works or gets NULL with
# ENOMEM; it neither ends nor spins.
. "$abs_top_srcdir/tests/common.sh"

compile hostile

# verdict PATTERN WHAT: what said() ran says that, and nothing else.
verdict() {
	grep -qxE "$1" it/out && [ ! -s it/err ] && [ "$(cat it/status)" = 0 ] ||
		fail "$2: status $(cat it/status): $(cat it/out it/err)"
}

# expect PATTERN COMMAND...
expect() {
	pattern=$1
	shift
	said it "$@"
	verdict "$pattern" "$*"
}

# without ARGUMENT...: nothing is refused to the program.
without() {
	expect ok preloaded "$work/hostile" "$@"
}

# short ARGUMENT...: something is.
short() {
	expect 'ok, and some refusals' preloaded "$work/hostile" "$@"
}

can() {
	"$work/hostile" "$@" >can 2>&1 && return
	echo "not tried: $*: $(cat can)"
	return 1
}

rare='membarrier prctl mremap getrandom sysinfo rare-advice'
EPERM=1 EINVAL=22 ENOSYS=38

without nothing
if can filter kill sysinfo; then
	# shellcheck disable=SC2086 # several names
	for error in $EPERM $EINVAL $ENOSYS; do
		without filter $error $rare rseq open openat sched_yield
		without filter $error $rare madvise
		expect ok "$work/hostile" before $error $rare rseq -- \
			env LD_PRELOAD="$hak_library" "$work/hostile" nothing
	done
	for hardened in 0 1; do
		expect ok "$work/hostile" before kill rare-advice membarrier prctl \
			sysinfo sched_yield open -- env LD_PRELOAD="$hak_library" \
			HAKMEM_HARDENED=$hardened "$work/hostile" nothing
	done
	without filter kill membarrier prctl getrandom sysinfo rare-advice rseq \
		open openat sched_yield
	without strict
	short filter 12 mmap mremap mprotect
	for size in 24 5000 30000 300000 3000000; do
		short full $size
	done
fi

without files
if can maps 1000; then
	without maps 1000
	without maps 250
	short maps 0
fi
! can lock || without lock

# gone FOLDER COMMAND...: another file system is where /FOLDER was.
gone() {
	unshare --mount --map-root-user sh -c \
		'mount -t tmpfs none "/$0" && exec "$@"' "$@"
}

for folder in proc sys; do
	if gone $folder true 2>/dev/null; then
		expect ok gone $folder env LD_PRELOAD="$hak_library" \
			"$work/hostile" nothing
	fi
done

# 64 MiB for a program that uses 8 at once, and 500 MB in all: what is freed has
# to go back, or the kernel ends it.
in_cgroup() {
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$@"
}

# Under the names of both versions of groups.
limit_group() {
	if [ -e "$1/memory.max" ]; then
		echo 64M >"$1/memory.max"
	else
		[ -e "$1/memory.limit_in_bytes" ] &&
			echo 64M >"$1/memory.limit_in_bytes"
	fi
}

# shellcheck disable=SC2086 # groups are several
groups=$(sed -n 's/^cgroup2\? \([^ ]*\) .*\(cgroup2\|memory\).*/\1/p' /proc/mounts)
for parent in $groups; do
	group=$parent/hakmem-test-$$
	mkdir "$group" 2>/dev/null || continue
	limited=no
	if limit_group "$group" 2>/dev/null; then
		limited=yes
		said it in_cgroup "$group" env LD_PRELOAD="$hak_library" \
			"$work/hostile" churn 500000000
	fi
	rmdir "$group"
	[ $limited = no ] || verdict ok "64 MiB for a program that uses 8"
done
