#!/bin/sh
# SPDX-License-Identifier: MIT
# SEE ALSO leads to pages of the same package, or of one that it suggests.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# suggested_KIND PACKAGE: what the package suggests, recommends or needs, a word a line.
suggested_deb() {
	awk -v wanted="$1" '
		/^[A-Z][A-Za-z-]*:/ { field = $1 }
		/^Package:/ { package = $2 }
		package == wanted && field ~ /^(Suggests|Recommends|Depends):$/' debian/control |
		tr -s ' ,()' '\n'
}
suggested_rpm() {
	awk -v wanted="$1" '
		NR == 1 { package = "hakmem" }
		/^%package/ { package = "hakmem-" $2 }
		/^%(description|prep)/ { package = "" }
		package == wanted && /^(Suggests|Recommends|Requires):/ { print $2 }' \
		rpm/hakmem.spec | sed 's/^%{name}.*/hakmem/'
}

# with_section_KIND SECTION: the package with our pages of this section.
with_section_deb() {
	file=$(grep -l "share/man/man\(\[[0-9]*\)*$1" debian/*.install)
	file=${file##*/}
	echo "${file%.install}"
}
with_section_rpm() {
	awk -v section="$1" '
		/^%files/ { package = "hakmem" (NF > 1 ? "-" $2 : "") }
		/_mandir}\/man/ && $0 ~ "man(\\[[0-9]*)*" section { print package }' rpm/hakmem.spec
}

# references PAGE: "name section" of each page that SEE ALSO names.
references() {
	sed -n '/^\.SH SEE ALSO\|^\.SH "SEE ALSO"/,$s/^\.BR \([^ ]*\) (\([1-8]\)).*/\1 \2/p' "$1" |
		sed 's/\\%//; s/\\-/-/g'
}

# lives NAME SECTION KIND: the package with that page.
lives() {
	case $1/$2/$3 in
	*hak* | HAKMEM_*) "with_section_$3" "$2" ;;
	gnuplot/*/deb) echo gnuplot-nox ;;
	gnuplot/* | strace/*) echo "$1" ;;
	*/[23]/deb) echo manpages-dev ;;
	*/deb) echo manpages ;;
	*/rpm) echo man-pages ;;
	esac
}

# check KIND PAGE: prints what SEE ALSO of the page may not name.
check() {
	own=$(lives hak "${2##*.}" "$1")
	"suggested_$1" "$own" >"$work/suggested"
	references "$2" | while read -r name section; do
		there=$(lives "$name" "$section" "$1")
		[ "$there" = "$own" ] || grep -qx "$there" "$work/suggested" ||
			echo "$2: $name($section) is in $there, which $own does not suggest"
	done
}

# exists NAME SECTION: a page of ours, or the name of a function on such a page.
exists() {
	grep -qx "$1.$2" "$work/ours"
}

pages=$(find man tools "$abs_top_builddir/man" -name '*.[1-8]' | sort -u)
for page in $pages; do
	echo "${page##*/}"
	sed -n '/^\.SH NAME/{n;s/ \\-.*//;s/,//gp;}' "$page" | tr ' ' '\n' |
		sed "s/\$/.${page##*.}/"
done >"$work/ours"

offences=$(for page in $pages; do
	found=$(references "$page")
	[ -n "$found" ] || echo "$page names no other page"
	sed '1,/^\.SH SEE ALSO\|^\.SH "SEE ALSO"/d' "$page" |
		grep -v '^\.\(ad l\|nh\)$' | grep -v '^\.BR [^ ]* ([1-8]),*$' |
		sed "s|^|$page: no reference: |"
	printf '%s\n' "$found" | while read -r name section; do
		case $name in
		*hak* | HAKMEM_*) exists "$name" "$section" ||
			echo "$page: there is no page $name($section)" ;;
		esac
	done
	check rpm "$page"
	[ ! -e debian/control ] || check deb "$page"
done)
verdict "SEE ALSO leads to pages that are there" "$offences"
