#!/bin/sh
# SPDX-License-Identifier: MIT
# redis: a server on a socket of its own, benchmarked, filled, saved by a forked
# child, and asked for a digest of all that it holds.
. "$abs_top_srcdir/tests/common.sh"

need redis-server redis-cli redis-benchmark

server=
cleanup() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	rm -rf "$work"
}
trap cleanup EXIT

cli() {
	redis-cli -s "$work/socket" "$@"
}

# start COMMAND...: the server, run by this command or by env, until it answers.
start() {
	rm -f "$work/socket" "$work/dump.rdb"
	"$@" redis-server --port 0 --unixsocket "$work/socket" --save '' \
		--dir "$work" --io-threads 2 >"$work/log" 2>&1 &
	server=$!
	tries=0
	until [ "$(cli ping 2>/dev/null)" = PONG ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || fail "redis does not start: $(cat "$work/log")"
		sleep 0.1
	done
}

stop() {
	cli shutdown nosave >/dev/null 2>&1 || :
	wait "$server" || fail "redis ends with status $?: $(tail -n 20 "$work/log")"
	server=
}

fill='
for i = 1, 20000 do
	local key = "k" .. i
	redis.call("SET", key, string.rep(key, i % 40))
	redis.call("HSET", "hash" .. i % 50, key, i)
	redis.call("RPUSH", "list" .. i % 20, string.rep("x", i % 300))
	redis.call("ZADD", "set" .. i % 10, i * 7919 % 1000, key)
	if i % 3 == 0 then redis.call("DEL", "k" .. i - 2) end
	if i % 5 == 0 then redis.call("APPEND", key, string.rep("y", i)) end
end'
digest='
local sum = ""
for i = 1, 20000 do
	sum = redis.sha1hex(sum .. (redis.call("GET", "k" .. i) or ""))
end
for i = 0, 49 do
	local all = redis.call("HGETALL", "hash" .. i)
	table.sort(all)
	sum = redis.sha1hex(sum .. table.concat(all))
end
for i = 0, 19 do
	sum = redis.sha1hex(sum .. table.concat(redis.call("LRANGE", "list" .. i, 0, -1)))
end
for i = 0, 9 do
	sum = redis.sha1hex(sum .. table.concat(redis.call("ZRANGE", "set" .. i, 0, -1)))
end
return sum'

await_save() {
	cli bgsave >/dev/null
	until cli info persistence | grep -q 'rdb_bgsave_in_progress:0'; do
		sleep 0.1
	done
	cli info persistence | grep -q 'rdb_last_bgsave_status:ok' ||
		fail "the forked child of redis does not save"
	[ -s "$work/dump.rdb" ] || fail "the forked child of redis saved nothing"
}

exercise() {
	redis-benchmark -s "$work/socket" -q -n 2000 -c 20 -P 4 -d 200 -r 1000 \
		-t set,get,lpush,lpop,hset,spop,zadd,lrange_100 >"$work/bench" 2>&1 ||
		fail "redis-benchmark fails: $(cat "$work/bench")"
	cli flushall >/dev/null
	cli eval "$fill" 0 >/dev/null
	await_save
	cli eval "$digest" 0
}

start env
wanted=$(exercise)
stop
rm -f "$work"/trace.*
start env LD_DEBUG=bindings LD_DEBUG_OUTPUT="$work/trace" \
	LD_PRELOAD="$hak_library"
got=$(exercise)
stop
bound 'redis-[a-z-]*' malloc
[ "${#wanted}" -eq 40 ] || fail "there is no digest but: $wanted"
[ "$got" = "$wanted" ] || fail "redis holds $got with the library, not $wanted"
