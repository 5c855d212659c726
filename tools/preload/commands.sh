# SPDX-License-Identifier: MIT

# --- Commands ------------------------------------------------------------

do_test() {
	prepare_trial
	try_all with_library || fail "the trial failed"
	say "all that was tried works with libhakmem"
	lacking_machines "$entry" | warn
}

do_enable() {
	check_writable
	if is_enabled; then
		do_status
		return
	fi
	prepare_trial
	try_all with_library || fail "the trial failed; $file stays as it was"
	create_file
	cmp -s "$work/before" "$file" ||
		fail "$file has changed meanwhile and stays as it is; run this again"
	write_new cat "$work/on" ||
		fail "a new file beside $file cannot be written; $file stays as it was"
	prepare_undo
	# While the new file has its own name, the old one is in its place.
	put_new || {
		[ ! -e "$new" ] || undo=
		fail "$file cannot be replaced"
	}
	say "tried again, on $file itself"
	try_all as_it_is || fail "the second trial failed"
	undo=
	say "enabled in $file for programs that start from now on"
	lacking_machines | warn
}

remove_entry() {
	if [ "$(without_entry && echo .)" = . ]; then
		rm -f "$file"
	else
		write_new without_entry 2>/dev/null && put_new
	fi
}

# Nothing here needs space on any disk.
do_disable() {
	if ! is_named; then
		say "not enabled in $file"
		return
	fi
	check_writable
	if ! remove_entry; then
		blank_out || fail "$file cannot be changed; take $entry out of it"
		say "$file could not be replaced by a new one; blanks stand for the entry"
	fi
	say "disabled in $file for programs that start from now on"
}

# --- The end -------------------------------------------------------------

# The new contents end with our entry; with blanks in its place they have the
# same length, and the meaning of the old ones.
prepare_undo() {
	# The sentinel keeps ends of lines, which $() drops.
	text=$(cat "$work/on" && echo .)
	undo=${text%"$entry"?.}$(printf '%s' "$entry" | tr -c '\n' ' ')
}

# By the shell alone, since it may be that no program starts, and in one write
# that leaves no moment without the other entries.  Then the very same file.
roll_back() {
	printf '%s\n' "$undo" 1<>"$file"
	write_new cat "$work/before" 2>/dev/null && put_new
	if cmp -s "$work/before" "$file"; then
		say "$file is again as it was" >&2
	elif printf '%s\n' "$undo" | cmp -s - "$file"; then
		say "it is off again, but $file cannot be replaced; blanks stand for $entry" >&2
	else
		say "$file could not be changed back; take $entry out of it" >&2
	fi
}

drop_new() {
	[ -z "$new" ] || rm -f "$new"
	new=
}

# Whatever fails on the way, the next step is taken.
clean_up() {
	set +e
	trap '' HUP INT PIPE TERM
	drop_new
	[ -z "$undo" ] || roll_back
	drop_new
	[ -z "$drop_empty" ] || [ -s "$file" ] || rm -f "$file"
	[ -z "$work" ] || rm -rf "$work"
}

undo=
drop_empty=
new=
work=
trap clean_up EXIT
trap 'exit 1' HUP INT PIPE TERM

# --- Arguments -----------------------------------------------------------

root=
job=
json=
patience=60
lock=/run/hakmem-preload.lock
while [ $# -gt 0 ]; do
	case $1 in
	--root)
		[ $# -gt 1 ] || misused "--root needs a folder"
		[ -d "$2" ] || misused "--root $2: there is no such folder"
		root=$(cd "$2" && pwd -P)
		root=${root%/}
		shift
		;;
	--wait)
		case ${2-} in
		"" | *[!0-9]*) misused "--wait needs a number of seconds" ;;
		esac
		patience=$2
		shift
		;;
	--json) json=yes ;;
	-h | --help)
		usage
		exit 0
		;;
	-V | --version)
		echo "hakmem-preload @PACKAGE_VERSION@"
		exit 0
		;;
	status | test | enable | disable)
		[ -z "$job" ] || misused "give one of $job and $1, not both"
		job=$1
		;;
	*) misused "unknown argument: $1" ;;
	esac
	shift
done
[ -n "$job" ] || misused "give one of status, test, enable and disable"
[ -z "$json" ] || [ "$job" = status ] || misused "--json is for status alone"
file=$root/etc/ld.so.preload
check_file
[ "$job" = status ] || wait_for_others
"do_$job"
