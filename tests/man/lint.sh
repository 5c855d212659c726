#!/bin/sh
# SPDX-License-Identifier: MIT
# Every page is free of what man and mandoc warn about.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

have() {
	command -v "$1" >/dev/null
}
have man || have mandoc || skip "neither man nor mandoc is installed"

# man-db alone knows --warnings, and groff makes its text.
checks_of() {
	if have mandoc; then
		mandoc -T lint -W warning "$1" || :
	fi
	if have groff && man --version 2>/dev/null | grep -q '^man '; then
		man --warnings -E UTF-8 -l -Tutf8 "$1" 2>&1 >/dev/null || :
	fi
}

pages=$(find man "$abs_top_builddir/man" -name '*.[1-8]' | sort -u)
[ -n "$pages" ] || verdict "there are pages" "none in $abs_top_builddir/man"
offences=$(for page in $pages; do
	checks_of "$page" | sed "s|^|$page: |"
done)
verdict "man and mandoc accept every page" "$offences"
