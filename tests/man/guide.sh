#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples of hakmem-guide(7) that need no root run, each where its programs are
# installed; its files are what systemd and Kubernetes read.  tests/system/guide.sh runs
# all of them in a Debian system.
. "$abs_top_srcdir/tests/common.sh"

tools=$abs_top_builddir/tools
[ -x "$tools/hakmem-stat" ] || skip "hakmem-stat is not built"
mkdir examples bin
awk -v folder=examples -f "$abs_top_srcdir/tests/man/guide.awk" \
	"$abs_top_srcdir/man/hakmem-guide.7.in" || fail "the page has an untested example"

# The tools of this build under the names of the page.
printf '#!/bin/sh\nexec "%s" -l "%s" "$@"\n' "$tools/hakmem-run" "$hak_library" >bin/hakmem-run
chmod +x bin/hakmem-run
ln -s "$tools/hakmem-stat" bin
[ ! -x "$tools/hakmem-bench/hakmem-bench" ] || ln -s "$tools/hakmem-bench/hakmem-bench" bin
PATH=$work/bin:$PATH

# lacking FILE: a program at the start of a command that is not installed.
lacking() {
	for program in hakmem-bench node java ruby python3; do
		! grep -q "\(^\|-- \|^ *\)$program " "$1" || command -v "$program" >/dev/null ||
			echo "$program"
	done
}

ran=0
for example in examples/*.shell; do
	[ -z "$(lacking "$example")" ] || {
		echo "left out: $example, for $(lacking "$example")"
		continue
	}
	status=0
	env LD_LIBRARY_PATH="${hak_library%/*}" timeout 120 sh -eu "$example" >out 2>&1 ||
		status=$?
	[ $status -eq 0 ] || fail "$(cat "$example")
ends with $status: $(cat out)"
	# The library's statistics, or its name; of a preloaded one the loader may complain.
	! grep 'ld\.so: ' out || fail "$(cat "$example"): see above"
	grep -q hakmem out || grep -q LD_PRELOAD= "$example" || fail "$(cat "$example")
shows nothing of the library: $(cat out)"
	ran=$((ran + 1))
done
[ "$ran" -ge 3 ] || fail "only $ran examples were run"

# file SUFFIX: the example that is this file.
file() {
	number=$(sed -n "s|^\([0-9]*\) .*$1\$|\1|p" examples/paths)
	[ -n "$number" ] || fail "the page has no file $1"
	echo "examples/$number.file"
}

# The drop-in: systemd takes it, and would complain of a word that it does not know.
if command -v systemd-analyze >/dev/null; then
	mkdir -p units/redis-server.service.d
	printf '[Service]\nExecStart=/bin/true\n' >units/redis-server.service
	cp "$(file redis-server.service.d/hakmem.conf)" units/redis-server.service.d/hakmem.conf
	verified() {
		SYSTEMD_UNIT_PATH=$work/units: systemd-analyze verify --man=no \
			redis-server.service 2>&1 | grep "$work/units" || :
	}
	said=$(verified)
	[ -z "$said" ] || fail "systemd says of the drop-in: $said"
	echo 'Environs=x' >>units/redis-server.service.d/hakmem.conf
	[ -n "$(verified)" ] || echo "left out: systemd-analyze does not read drop-ins here"
fi
if python3 -c 'import yaml' 2>/dev/null; then
	python3 - "$(file pod.yaml)" <<'PROGRAM' || fail "the pod is not as Kubernetes wants it"
import sys, yaml
pod = yaml.safe_load(open(sys.argv[1]))
container = pod["spec"]["containers"][0]
limit = int(container["resources"]["limits"]["memory"].removesuffix("Mi"))
env = {e["name"]: e["value"] for e in container["env"]}
assert all(type(v) is str for v in env.values())
assert int(env["HAKMEM_LIMIT_MB"]) < limit
PROGRAM
fi
[ "$(grep -c . "$(file Dockerfile)")" = 4 ] || fail "the Dockerfile has not four lines"
