# SPDX-License-Identifier: MIT

# --- What is so ----------------------------------------------------------

# disabler: the line of the settings that takes the library from programs by whom
# none is meant, "FILE, line N".  The library itself says where each setting is from.
disabler() {
	for program in sort true; do
		as_it_is env HAKMEM_VERBOSE=2 $program 2>&1 >/dev/null </dev/null |
			sed -n 's/^[^:]*: hakmem: \(.*\): HAKMEM_DISABLE=1$/\1/p'
	done | uniq -d
}

# find_state: $state is a word, $sentence says it; $owner is the file from which
# programs take their malloc.
find_state() {
	owner=
	if ! is_enabled; then
		state=off
		sentence="not enabled: no entry of $file is libhakmem"
		return
	fi
	state=broken
	reason=$(as_it_is true 2>&1) || {
		sentence="named in $file, but not tried: no program runs in ${root:-/}: $(echo "$reason" | tail -n 1)"
		return
	}
	owner=$(malloc_of as_it_is)
	case $owner in
	*/libhakmem.so.*) ;;
	*)
		sentence="named in $file, but not working: new programs take malloc from ${owner:-libc}"
		return
		;;
	esac
	line=$(disabler)
	if [ -n "$line" ]; then
		state=disabled
		sentence="enabled in $file, but $line, disables all programs: they run on the malloc of libc"
	else
		state=on
		sentence="enabled in $file: new programs take malloc from $owner"
	fi
}

# other_entries: of the preload file, each on a line.
other_entries() {
	without_entry | sed 's/#.*//' | tr -s ':\t ' '\n' | sed '/^$/d'
}

# blind_profiles: AppArmor's, of programs that may not read the settings.  A profile
# may include what permits that itself or, where the file of packages is there, by
# the base of all profiles.
blind_profiles() {
	profiles=$root/etc/apparmor.d
	wanted='abstractions/hakmem'
	[ ! -e "$profiles/abstractions/base.d/hakmem" ] ||
		wanted='abstractions/(hakmem|base)>'
	[ -n "$root" ] || [ -d /sys/kernel/security/apparmor ] || return 0
	find "$profiles" -maxdepth 1 -type f ! -name '*.dpkg-*' 2>/dev/null | sort |
		while read -r profile; do
			[ -e "$profiles/disable/${profile##*/}" ] ||
				awk -v wanted="$wanted" '
				/^[^#]*\{[ \t]*$/ && depth++ == 0 {
					name = $1 == "profile" ? $2 : $1
					permitted = 0
				}
				/^[ \t]*#?include / && $0 ~ wanted { permitted = 1 }
				/^[ \t]*\}/ && --depth == 0 && !permitted { print name }' "$profile"
		done
}

# installed NAME...: one of these is a program of the system.
installed() {
	for name; do
		for folder in /usr/bin /usr/sbin /bin /sbin /usr/local/bin; do
			[ ! -x "$root$folder/$name" ] || return 0
		done
	done
	return 1
}

# list_notes: what an administrator should know.
list_notes() {
	others=$(other_entries | tr '\n' ' ')
	[ -z "$others" ] || echo "$file has other entries: ${others% }"
	[ "$state" = on ] || return 0
	! installed flatpak ||
		echo "Flatpak is installed: its programs do not see $file and keep their malloc"
	! installed snap ||
		echo "snap is installed: its programs do not see $file and keep their malloc"
	echo "security scanners may report $file, because some malware uses it too"
}

list_warnings() {
	[ "$state" = on ] || return 0
	lacking_machines
	blind=$(blind_profiles | tr '\n' ' ')
	[ -z "$blind" ] ||
		echo "these AppArmor profiles do not include <abstractions/hakmem>; their programs may pass over the settings in hakmem.conf: ${blind% }"
}

# --- How it is told ------------------------------------------------------

# strings: the lines of the input, as a list of JSON.
strings() {
	tr '\001-\011\013-\037' '[?*]' | sed 's/[\\"]/\\&/g; s/.*/"&"/' |
		awk '{ list = list (NR > 1 ? ", " : "") $0 } END { printf "[%s]", list }'
}

# string TEXT: as JSON.
string() {
	printf '%s\n' "$1" | strings | sed 's/^\[//; s/\]$//'
}

print_json() {
	printf '{"state": "%s", "file": %s, "malloc": %s, "message": %s, ' "$state" \
		"$(string "$file")" "$(string "$owner")" "$(string "$sentence")"
	printf '"others": %s, "notes": %s, "warnings": %s}\n' \
		"$(other_entries | strings)" "$(list_notes | strings)" \
		"$(list_warnings | strings)"
}

print_text() {
	case $state in
	on | off) say "$sentence" ;;
	*) say "$sentence" >&2 ;;
	esac
	[ "$state" != broken ] || what_loader_says as_it_is >&2
	list_notes | while read -r note; do
		say "note: $note"
	done
	list_warnings | warn
}

do_status() {
	find_state
	if [ -n "$json" ]; then
		print_json
	else
		print_text
	fi
	case $state in
	on) ;;
	off) exit 3 ;;
	*) exit 1 ;;
	esac
}
