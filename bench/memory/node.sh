# SPDX-License-Identifier: MIT
# An http server that compresses what it sends, up to 60 KB; ten clients ask for
# $BENCH_SECONDS, without the allocator.
needs='node python3' who=node

prepare() {
	cat >server.js <<'END'
const http = require('http'), zlib = require('zlib'), fs = require('fs');
const words = 'the quick brown fox jumps over the lazy dog and runs away'.split(' ');
function body(n) {
  const parts = [];
  for (let i = 0, size = 0; size < n; i++) {
    const word = words[(i * 7 + n) % words.length] + i % 1000;
    parts.push(word);
    size += word.length + 1;
  }
  return Buffer.from(parts.join(' '));
}
const server = http.createServer((request, response) => {
  if (request.url === '/end')
    return response.end(() => process.exit(0));
  const n = 1000 + Number(request.url.slice(1)) * 7919 % 59000;
  zlib.gzip(body(n), (error, packed) => {
    response.setHeader('Content-Encoding', 'gzip');
    response.end(packed);
  });
});
server.listen(process.argv[2]);
END
	cat >load.py <<'END'
import http.client, os, socket, sys, threading, time
class Local(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        while True:
            try:
                return self.sock.connect(sys.argv[1])
            except OSError:
                time.sleep(0.05)
end = time.monotonic() + float(os.environ.get('BENCH_SECONDS', '20'))
def client(i):
    connection = Local('localhost')
    n = i
    while time.monotonic() < end:
        connection.request('GET', '/%d' % n)
        connection.getresponse().read()
        n += 10
threads = [threading.Thread(target=client, args=(i,)) for i in range(10)]
for thread in threads: thread.start()
for thread in threads: thread.join()
time.sleep(1)
last = Local('localhost')
last.request('GET', '/end')
last.getresponse()
END
	run='folder=$(mktemp -d ./node.XXXXXX)
(env -u LD_PRELOAD -u LD_DEBUG -u LD_DEBUG_OUTPUT python3 load.py "$folder/socket"; rm -rf "$folder") &
exec node server.js "$folder/socket"'
}
