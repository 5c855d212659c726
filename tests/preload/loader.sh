#!/bin/sh
# SPDX-License-Identifier: MIT
# The loader in its odd moods: no static TLS left for a library opened late, an
# auditor that looks on, programs without a loader, and php, which opens its
# extensions with RTLD_DEEPBIND.
. "$abs_top_srcdir/tests/common.sh"

# object NAME BYTES: a library with so much TLS of the static kind.
object() {
	printf '__thread char own[%d] __attribute__((tls_model("initial-exec")));
		char *get(void) { return own; }\n' "$2" >object.c
	${CC:-cc} -shared -fPIC -o "$1" object.c
}

# Large ones first, and small ones for what is left.
compile loader -ldl
objects=
for size in 256 64; do
	object model.so $size
	for i in $(seq 40); do
		cp model.so "$work/tls-$size-$i.so"
		objects="$objects $work/tls-$size-$i.so"
	done
done
# A debug build counts its locks in TLS and needs more than is left then.
if [ "$hak_debug" != yes ]; then
	# shellcheck disable=SC2086 # several names
	said tls "$work/loader" "$hak_library" $objects
	[ "$(cat tls/out)" = ok ] || fail "without static TLS: $(cat tls/err)"
fi

# The auditor has a namespace, and a libc, of its own.
cat >audit.c <<'AUDIT'
#define _GNU_SOURCE
#include <link.h>
#include <stdlib.h>
#include <string.h>
unsigned la_version(unsigned version)
{
	free(strdup("a block of the auditor"));
	return version;
}
unsigned la_objopen(struct link_map *map, Lmid_t space, uintptr_t *cookie)
{
	(void)map;
	(void)space;
	(void)cookie;
	free(calloc(3, 1000));
	return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}
AUDIT
${CC:-cc} -shared -fPIC -o audit.so audit.c
compile early
said without "$work/early"
said with preloaded LD_AUDIT="$work/audit.so" HAKMEM_VERBOSE=1 "$work/early"
diff without/out with/out || fail "early differs under LD_AUDIT"
grep -q "$ours version" with/err || fail "LD_AUDIT hides the library"

# A static program takes no notice.
echo 'int main(void) { return 0; }' >static.c
if ${CC:-cc} -static -o static static.c 2>/dev/null; then
	said plain preloaded HAKMEM_VERBOSE=1 "$work/static"
	[ "$(cat plain/status)" = 0 ] && [ ! -s plain/err ] ||
		fail "a static program: $(cat plain/status plain/err)"
fi

if command -v php >/dev/null; then
	same php php -r 'echo count(get_loaded_extensions()) > 5, "\n";
		echo md5(serialize(range(1, 200000))), "\n";
		echo strlen(json_encode(array_fill(0, 5000, "text"))), "\n";'
fi
