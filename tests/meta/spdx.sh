#!/bin/sh
# SPDX-License-Identifier: MIT
# Every file says in its first three lines under which license it stands; the
# text of the license itself needs no tag, and in debian/changelog dpkg takes none.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

offences=$(written_files | grep -vxE './(LICENSE|debian/changelog)' | while read -r file; do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT' ||
		echo "$file has no SPDX-License-Identifier: MIT"
done)
verdict "every file carries its license tag" "$offences"
