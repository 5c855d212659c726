# SPDX-License-Identifier: MIT

# --- The preload file ----------------------------------------------------

contents() {
	[ ! -e "$file" ] || cat "$file"
}

# The loader takes blanks and colons between entries, and comments from a # to
# the end of the line.
is_enabled() {
	contents | sed 's/#.*//' | tr -s ':\t ' '\n' |
		grep -Eq '(^|/)libhakmem\.so(\.[0-9]+)*$'
}

# The end of a DOS line belongs to the name for the loader, which finds no such
# library, and complains at each start of a program.
is_named() {
	contents | sed 's/#.*//' | tr -s '\r:\t ' '\n' |
		grep -Eq '(^|/)libhakmem\.so(\.[0-9]+)*$'
}

# without_entry [blanks]: the contents without our entry.  A line that held nothing
# else goes with it, all others stay.  With `blanks` there are blanks in its place,
# and every other byte stays where it is.  The last line may have no end yet; awk
# gives it one.
without_entry() {
	contents | awk -v blanks="${1-}" '
		{
			names = $0
			sub(/#.*/, "", names)
			comment = substr($0, length(names) + 1)
			ours = 0
			kept = ""
			while (match(names, /[^ \t:]+/)) {
				name = substr(names, RSTART, RLENGTH)
				if (name ~ /(^|\/)libhakmem\.so(\.[0-9]+)*\r?$/)
					ours += gsub(/./, " ", name)
				kept = kept substr(names, 1, RSTART - 1) name
				names = substr(names, RSTART + RLENGTH)
			}
			kept = kept names
			if (ours && blanks == "") {
				gsub(/[ \t:]+/, " ", kept)
				gsub(/^ | $/, "", kept)
				if (kept != "" && comment != "")
					kept = kept " "
			}
			if (!ours || blanks != "" || kept comment != "")
				print kept comment
		}'
}

# Ours comes last, and takes the place of one that the loader does not find.
with_entry() {
	if is_enabled; then
		contents
	else
		without_entry && printf '%s\n' "$entry"
	fi
}

# write_new COMMAND...: what the command prints becomes a file beside the preload
# file, with its owner, mode, label and all other attributes.
write_new() {
	new=$(mktemp "$file.hakmem-XXXXXX") &&
		cp --attributes-only --preserve=all "$file" "$new" &&
		"$@" >"$new" &&
		sync "$new"
}

# At one stroke.
put_new() {
	mv -fT "$new" "$file" && new=
}

# A write into the blocks that the file has needs no space.  The shell writes up to
# 4 KiB at once: killed at any time, it leaves no part of the entry.
blank_out() {
	blank=$(without_entry blanks)
	printf '%s' "$blank" 1<>"$file" && sync "$file"
	! is_named
}

# A file that is not there yet gets its label by the policy of the system.
create_file() {
	[ ! -e "$file" ] || return 0
	drop_empty=yes
	true >"$file" || fail "$file cannot be made"
	as_it_is restorecon /etc/ld.so.preload 2>/dev/null || :
}

# A link would be replaced by a file, and could lead out of the root.  Where it
# does not lead to our entry, there is nothing to disable.
check_file() {
	[ -d "$root/etc" ] ||
		fail "there is no folder $root/etc; give the root of a system"
	[ -z "$root" ] || [ ! -L "$root/etc" ] ||
		fail "$root/etc is a symbolic link and may lead out of $root; put the folder in its place"
	if [ -L "$file" ] || { [ -e "$file" ] && [ ! -f "$file" ]; }; then
		[ "$job $root" = "disable " ] && ! is_named ||
			fail "$file is not a regular file; put one in its place, or remove it"
	elif [ -e "$file" ] && ! tr -d '\0' <"$file" | cmp -s - "$file"; then
		fail "$file is no text; put one in its place, or remove it"
	fi
}

check_writable() {
	[ -w "$root/etc" ] ||
		fail "you may not write in $root/etc; run this as root, on a file system that is not read-only"
}

# One process at a time changes the file.  The next takes away what one that was
# killed left beside it.  The lock is where root alone can hold it; its holder's
# process id is in it.
wait_for_others() {
	[ -w "$root/etc" ] && [ -w /run ] || return 0
	# Without space for the lock it is better to go on than not to disable.
	(umask 077 && : >>$lock) || return 0
	exec 9>>$lock
	flock -n 9 || {
		say "another hakmem-preload (process $(cat $lock)) is at work; waiting for it for up to $patience seconds" >&2
		flock -w "$patience" 9 ||
			fail "the other hakmem-preload is still at work; nothing was done. End it, or edit $file by hand"
	}
	echo $$ 2>/dev/null >$lock || :
	rm -f "$file".hakmem-??????
}
