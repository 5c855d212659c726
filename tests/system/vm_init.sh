#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# /init of the machine that vm.sh boots: runs the cases named on the kernel's command line,
# prints PASS or FAIL for each, and switches the machine off.
# The shell and its tools are one static program; what a case is about is not.
PATH=/busybox:/usr/bin
export PATH
/bin/busybox mkdir -p /busybox /proc /sys /dev /tmp
/bin/busybox --install -s /busybox
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup /sys/fs/cgroup
echo '+memory' >/sys/fs/cgroup/cgroup.subtree_control
exec >/dev/console 2>&1
vm=/usr/bin/vm
thp=/sys/kernel/mm/transparent_hugepage

# verdict STATUS CASE FIGURE
verdict() {
	if [ "$1" = 0 ]; then
		echo "PASS $2: $3"
	else
		echo "FAIL $2: $3"
	fi
}

# at_most NUMBER LIMIT
at_most() {
	awk -v number="$1" -v limit="$2" 'BEGIN { exit !(number + 0 <= limit) }'
}

# after WORD TEXT: the number that stands behind the word.
after() {
	echo "$2" | sed -n "s/.*$1 \([0-9.]*\).*/\1/p"
}

# in_group NAME SETTING=VALUE... -- COMMAND...: in a new cgroup with these limits.
in_group() {
	group=/sys/fs/cgroup/$1
	mkdir -p "$group"
	shift
	while [ "$1" != -- ]; do
		echo "${1#*=}" >"$group/${1%%=*}"
		shift
	done
	shift
	# shellcheck disable=SC2016 # for the shell in the group
	sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" "$@"
}

# wait_for COMMAND...: until it succeeds, for a minute at most.
wait_for() {
	tries=0
	until "$@" || [ $tries = 600 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}

# busy_with NAME SETTING=VALUE... -- COMMAND...: starts a program that holds free memory
# and works, in a group with these limits.
busy_with() {
	rm -f /tmp/stop /tmp/ready
	HAKMEM_PURGE_FLOOR=1048576 in_group "$@" >/tmp/figure &
	job=$!
	wait_for test -e /tmp/ready
	busy=$(cat /tmp/ready)
}

# is_lean: it holds at most 10 MB by now.
is_lean() {
	at_most "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$busy/status")" 10000
}

# stayed LEAST MOST: ends that program; so many MB of its memory stayed.
stayed() {
	touch /tmp/stop
	wait "$job"
	figure=$(cat /tmp/figure)
	at_most "$1" "$(after to "$figure")" && at_most "$(after to "$figure")" "$2"
}

# thinned NAME SETTING VALUE: 208 MB of small blocks, of which few survive.  Two MB of
# pages have one each; the process itself takes another two.
thinned() {
	echo "$2" >$thp/enabled
	figure=$(HAKMEM_THP=$3 $vm thin)
	status=$?
	echo madvise >$thp/enabled
	at_most "$(after trimmed "$figure")" 14 && at_most "$(after idle "$figure")" 14 &&
		at_most "$(after again "$figure")" 5.5 || status=1
	verdict $status "$1" "$figure"
}

# sleepers NAME SETTING: 30 processes that hardly allocate: KB of PSS, and the largest.
sleepers() {
	echo "$2" >$thp/enabled
	pids=
	for i in $(seq 30); do
		sleep.real 1000 &
		pids="$pids $!"
	done
	sleep 5
	figure=$(for pid in $pids; do
		cat "/proc/$pid/smaps_rollup"
	done | awk '/^Pss:/ { n++; sum += $2; if ($2 > most) most = $2 }
			END { printf "%d processes mean %.0f most %d", n, sum / n, most }')
	# shellcheck disable=SC2086 # numbers
	kill $pids
	echo madvise >$thp/enabled
	[ "${figure%% *}" = 30 ] && at_most "$(after most "$figure")" 240
	verdict $? "$1" "$figure"
}

case_thp() {
	sleepers sleep-always always
	sleepers sleep-madvise madvise
	for setting in khugepaged/scan_sleep_millisecs:0 khugepaged/alloc_sleep_millisecs:0 \
		khugepaged/pages_to_scan:1000000; do
		echo "${setting#*:}" >"$thp/${setting%:*}"
	done
	thinned thp-always always auto
	thinned thp-madvise madvise always
	thinned thp-never never auto
	echo 10000 >$thp/khugepaged/scan_sleep_millisecs
}

# Programs of the system, with the library that the preload file names.
case_programs() {
	figure=$(dash.real -c 'ls.real /usr/bin | sort.real | tail.real -n 1
		cat.real /proc/self/maps | grep.real -c libhakmem' 2>&1 | tr '\n' ' ')
	case $figure in
	'vm '[1-9]*) status=0 ;;
	*) status=1 ;;
	esac
	verdict $status programs "dash, ls, sort, tail, cat and grep say '$figure'"
}

# A program gives memory back because another one asks it to.
case_purge() {
	busy_with free -- $vm busy 60
	figure=$(hakmem-stat --purge --timeout 60 "$busy" 2>&1)
	status=$?
	verdict $status purge "$figure"
	stayed 0 10 || verdict 1 purge "$figure MB"
}

# 12 MiB live and bursts of 8 in 32 MiB; and one that takes all gets NULL.
case_cgroup() {
	for limit in 0 cgroup; do
		figure=$(HAKMEM_LIMIT_MB=$limit in_group bursts memory.max=32M -- $vm bursts 12 8)
		verdict $? "cgroup-bursts-$limit" "$figure MB resident at the end"
	done
	figure=$(HAKMEM_LIMIT_MB=cgroup in_group all memory.max=32M -- $vm all 1000)
	verdict $? cgroup-all "NULL after $figure MB"
	mkdir -p /sys/fs/cgroup/outer
	echo '+memory' >/sys/fs/cgroup/outer/cgroup.subtree_control
	echo 64M >/sys/fs/cgroup/outer/memory.max
	figure=$(HAKMEM_LIMIT_MB=cgroup in_group outer/inner memory.max=max -- $vm limit)
	[ "$figure" = 57 ]
	verdict $? cgroup-ancestor "the limit is $figure MiB"
}

# no_pressure: not even of what ran before.
no_pressure() {
	grep -q '^some avg10=0' /proc/pressure/memory
}

# The period outlives the case: a machine that stands still for a second is not idle.
case_psi() {
	export HAKMEM_BG_PURGE=600
	wait_for no_pressure
	busy_with free -- $vm busy 60
	sleep 12
	stayed 50 100
	verdict $? psi-none "$figure MB without pressure ($(head -n 1 /proc/pressure/memory))"
	busy_with high -- $vm busy 60
	echo 65M >/sys/fs/cgroup/high/memory.high
	wait_for is_lean
	stayed 0 10
	verdict $? psi-high "$figure MB near memory.high"
	busy_with free -- $vm busy 60
	in_group pressed memory.high=20M -- $vm all 60 >/dev/null &
	wait_for is_lean
	stayed 0 10
	verdict $? psi "$figure MB under pressure ($(head -n 1 /proc/pressure/memory))"
	kill $!
	unset HAKMEM_BG_PURGE
}

case_overcommit() {
	echo 40 >/proc/sys/vm/overcommit_ratio
	echo 2 >/proc/sys/vm/overcommit_memory
	figure=$($vm all 4000)
	verdict $? overcommit-2 "NULL after $figure MB"
	case_programs
	echo 0 >/proc/sys/vm/overcommit_memory
}

case_maps() {
	usual=$(cat /proc/sys/vm/max_map_count)
	for count in 250 1000; do
		echo $count >/proc/sys/vm/max_map_count
		figure=$($vm maps)
		verdict $? max_map_count-$count "$figure"
	done
	case_programs
	echo "$usual" >/proc/sys/vm/max_map_count
}

# Confined by the usual base of profiles, a program has the library and its settings; by
# one that denies them, not the settings.
case_apparmor() {
	[ -x /usr/bin/apparmor_parser ] || {
		echo "SKIP apparmor: the machine outside has no AppArmor"
		return
	}
	mount -t securityfs securityfs /sys/kernel/security
	for name in allowed denied; do
		cp $vm /usr/bin/$name
	done
	cat >/tmp/profile <<-'PROFILE'
		include <tunables/global>
		profile allowed /usr/bin/allowed {
		  include <abstractions/base>
		}
		profile denied /usr/bin/denied {
		  include <abstractions/base>
		  deny /etc/hakmem.conf r,
		}
	PROFILE
	echo HAKMEM_LIMIT_MB=77 >/etc/hakmem.conf
	apparmor_parser --base /etc/apparmor.d --skip-cache --add /tmp/profile
	figure="$(/usr/bin/allowed limit) $(/usr/bin/denied limit)"
	rm /etc/hakmem.conf
	[ "$figure" = "77 0" ] && ! dmesg | grep 'apparmor="DENIED".*profile="allowed"'
	verdict $? apparmor "limits from the settings, allowed and denied: $figure"
}

case_5level() {
	grep -qw la57 /proc/cpuinfo || {
		verdict 1 5level "this processor has no 5-level page tables"
		return
	}
	figure=$($vm high)
	verdict $? 5level "the program's own memory at $figure is not taken for ours"
}

# The system lives while a program takes all memory: it is killed, or gets NULL.
case_oom() {
	sleep.real 1000 &
	figure=$($vm all 100000 2>&1)
	status=$?
	[ $status = 137 ] && figure="killed" || figure="status $status after $figure MB"
	{ [ $status = 137 ] || [ $status = 0 ]; } && kill $!
	verdict $? oom "$figure; the rest lives"
}

case_swap() {
	if ! insmod /modules/zsmalloc.ko || ! insmod /modules/zram.ko ||
		! echo 400M >/sys/block/zram0/disksize || ! mkswap /dev/zram0 >/dev/null ||
		! swapon /dev/zram0; then
		verdict 1 swap "there is no swap to be had"
		return
	fi
	figure=$(in_group swap memory.max=100M -- $vm swap 200)
	status=$?
	[ $status = 0 ] && at_most "$(after "then" "$figure")" 10 || status=1
	verdict $status swap "$figure"
	swapoff /dev/zram0
}

for case in $(sed -n 's/.*hak_cases=\([^ ]*\).*/\1/p' /proc/cmdline | tr , ' '); do
	"case_$case"
done
echo "the cases have ended"
poweroff -f
