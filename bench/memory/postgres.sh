# SPDX-License-Identifier: MIT
# PostgreSQL, all its processes, with 8 clients of pgbench for $BENCH_SECONDS, which
# are without the allocator.  The server does not run as root, and the loader, when
# it is asked for its bindings, must not either, or the server could not add to them.
for folder in /usr/lib/postgresql/*/bin; do
	[ ! -x "$folder/postgres" ] || PATH=$folder:$PATH
done
needs='postgres initdb pgbench setpriv' who=postgres

prepare() {
	user=
	mkdir data socket && chmod 700 data
	if [ "$(id -u)" = 0 ]; then
		user='setpriv --reuid=nobody --regid=nogroup --clear-groups'
		chown nobody:nogroup data socket
	fi
	$user initdb -D data -U bench -A trust --no-sync >/dev/null &&
		cat >serve <<END
debug=\${LD_DEBUG+LD_DEBUG=\$LD_DEBUG LD_DEBUG_OUTPUT=\$LD_DEBUG_OUTPUT}
unset LD_DEBUG LD_DEBUG_OUTPUT
$user env \$debug postgres -D data -k "\$PWD/socket" -c listen_addresses= -c fsync=off 2>log
END
	cat >load <<'END'
unset LD_PRELOAD
export PGHOST="$PWD/socket" PGUSER=bench PGDATABASE=postgres
until pg_isready -q; do sleep 0.1; done
[ -e filled ] || pgbench -q -i -s 2 >/dev/null 2>&1 && : >filled
pgbench -n -c 8 -j 2 -T "${BENCH_SECONDS:-20}" >/dev/null 2>&1
kill -INT "$(head -n 1 data/postmaster.pid)"
END
	run='sh ./load &
. ./serve'
}
