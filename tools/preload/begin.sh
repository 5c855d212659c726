#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-preload: switches libhakmem on or off for every program of a system,
# by one entry in the loader's file /etc/ld.so.preload.  See hakmem-preload(8).
#
# A wrong entry can keep every program from starting, mv and rm included.  So
# the file is replaced at one stroke, and only after programs ran on the library
# where no other process sees it; then they run on the file itself, and what
# undoes it if they fail begins with the shell alone.

set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
# What is called here must work whatever stands in hakmem.conf.
HAKMEM_CONF=
export PATH LC_ALL HAKMEM_CONF
unset LD_PRELOAD
umask 022

# In the folders of distributions the loader puts its own folder for $LIB, so the
# entry is right on systems with programs for several machines.
# shellcheck disable=SC2016
entry='@hak_preload_entry@'

usage() {
	cat <<-'USAGE'
	usage: hakmem-preload [--root DIR] [--wait SECONDS] test | enable | disable
	       hakmem-preload [--root DIR] [--json] status
	  status          say whether new programs take their malloc from libhakmem
	  test            run programs on libhakmem; change nothing
	  enable          test, switch it on, test again; off again if anything fails
	  disable         switch it off
	  --root DIR      for the system in DIR, not for this one
	  --wait SECONDS  how long to wait for another hakmem-preload (60)
	  --json          status as one line of JSON
	  -h, --help      print this
	  -V, --version   print the version
	The exit status is 0 when it is done (status: enabled), 1 when it failed
	(status: not working), 2 after wrong usage, 3 for a status that is not enabled.
	USAGE
}

say() {
	printf 'hakmem-preload: %s\n' "$*"
}

fail() {
	say "$*" >&2
	exit 1
}

# misused SENTENCE
misused() {
	say "$*" >&2
	usage >&2
	exit 2
}
