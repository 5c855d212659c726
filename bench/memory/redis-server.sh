# SPDX-License-Identifier: MIT
# A store whose strings become longer: 60,000 keys, set and deleted at random in
# eight phases, of about 100 bytes in the first, up to 12,000 in the last.  Where the
# server is linked with another malloc, preloading libc itself gives it that of libc.
needs='redis-server python3' who=redis-server

prepare() {
	cat >load.py <<'END'
import random, socket, sys, time
random.seed(1)
store = socket.socket(socket.AF_UNIX)
while True:
    try:
        store.connect(sys.argv[1])
        break
    except OSError:
        time.sleep(0.05)
answers = store.makefile('rb')
def send(*words):
    return b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(w), w) for w in words)
def ask(commands):
    store.sendall(b''.join(commands))
    for _ in commands:
        answers.readline()
text = b'x' * 12000
def phase(most, operations):
    for _ in range(operations // 50):
        commands = []
        for _ in range(50):
            key = b'key:%d' % random.randrange(60000)
            if random.randrange(100) < 80:
                commands.append(send(b'DEL', key))
            else:
                commands.append(send(b'SET', key, text[:random.randint(most * 55 // 100, most)]))
        ask(commands)
for p in range(8):
    phase(int(12000 * 0.55 ** (7 - p)), 60000)
time.sleep(2.5)
for i in range(0, 60000, 3):
    ask([send(b'EXISTS', b'key:%d' % i)])
time.sleep(1)
ask([send(b'SHUTDOWN', b'NOSAVE')])
END
	run='folder=$(mktemp -d ./redis.XXXXXX)
(env -u LD_PRELOAD -u LD_DEBUG -u LD_DEBUG_OUTPUT python3 load.py "$folder/socket"; rm -rf "$folder") &
export LD_PRELOAD="${LD_PRELOAD:-libc.so.6}"
exec redis-server --port 0 --unixsocket "$folder/socket" --save "" --appendonly no --logfile /dev/null'
}
