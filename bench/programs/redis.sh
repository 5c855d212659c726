# SPDX-License-Identifier: MIT
# A server under load.  Only the server's time counts, and only it is preloaded:
# nobody waits for the client, which is no descendant of ours once the server has
# gone.  Where the server is linked with another malloc, preloading libc itself, behind
# what is preloaded already, gives it that of libc.
needs='redis-server redis-benchmark redis-cli' who=redis-server

prepare() {
	sed "s/REQUESTS/$((120000 / part))/" >load <<'END'
socket=$1/socket
cli() { redis-cli -s "$socket" "$@"; }
until cli ping >/dev/null 2>&1; do sleep 0.05; done
redis-benchmark -s "$socket" -q -r 100000 -n REQUESTS -P 32 -d 200 \
	-t set,get,lpush,lpop,sadd,hset,zadd,incr >/dev/null 2>&1
cli exists nothing
cli shutdown nosave
END
	cat >start <<'END'
folder=$(mktemp -d ./redis.XXXXXX)
(env -u LD_PRELOAD -u LD_DEBUG -u LD_DEBUG_OUTPUT sh ./load "$folder"; rm -rf "$folder") &
export LD_PRELOAD="${LD_PRELOAD:+$LD_PRELOAD:}libc.so.6"
exec redis-server --port 0 --unixsocket "$folder/socket" --save '' \
	--appendonly no --logfile /dev/null
END
	run='. ./start'
}
