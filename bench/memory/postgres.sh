# SPDX-License-Identifier: MIT
# PostgreSQL, all its processes, with 8 clients of pgbench for $BENCH_SECONDS, which
# are without the allocator.  The server takes no user that may do everything.
for folder in /usr/lib/postgresql/*/bin; do
	[ ! -x "$folder/postgres" ] || PATH=$folder:$PATH
done
needs='postgres initdb pgbench setpriv' who=postgres

prepare() {
	chmod 755 .
	as=
	[ "$(id -u)" != 0 ] || as='setpriv --reuid=nobody --regid=nogroup --clear-groups'
	mkdir data socket && chmod 700 data && { [ -z "$as" ] || chown nobody:nogroup data socket; } &&
		$as initdb -D data -U bench -A trust --no-sync >/dev/null &&
		cat >serve <<END
exec $as postgres -D data -k "\$PWD/socket" -c listen_addresses= -c fsync=off
END
	cat >load <<'END'
export PGHOST="$PWD/socket" PGUSER=bench PGDATABASE=postgres
until pg_isready -q; do sleep 0.1; done
[ -e filled ] || pgbench -q -i -s 2 >/dev/null 2>&1 && : >filled
pgbench -n -c 8 -j 2 -T "${BENCH_SECONDS:-20}" >/dev/null 2>&1
kill -INT "$1"
END
	run='(env -u LD_PRELOAD -u LD_DEBUG -u LD_DEBUG_OUTPUT sh ./load $$) &
. ./serve 2>/dev/null'
}
