#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-heap: top, tree and diff write what is in small profiles, as text and as JSON.
. "$abs_top_srcdir/tests/tools/hakmem_heap.common.sh"

server 4 | profile now.gz
server 1 | profile before
now=$work/now.gz
before=$work/before

# ---- functions ----
shows top "$now" <<'TEXT'
inuse_space: 4.50 MiB in 2 stacks
      flat                cum          function
  4.50 MiB   99.9%   4.50 MiB   99.9%  make_entry [server]
  2.93 KiB    0.1%   2.93 KiB    0.1%  read_file [server]
       0 B    0.0%   4.50 MiB  100.0%  main [server]
       0 B    0.0%   4.50 MiB   99.9%  serve [server]
TEXT
# A function that calls itself counts once; one that holds none of the kind is left out.
shows top --value alloc_objects --cum -n 3 "$now" <<'TEXT'
alloc_objects: 12.5 k in 3 stacks
      flat                cum          function
         0    0.0%     12.5 k  100.0%  main [server]
         0    0.0%     12.5 k   99.9%  serve [server]
    12.4 k   98.8%     12.4 k   98.8%  read_file [server]
1 more (-n 0 shows all)
TEXT
# Names of C++, places, and inlined functions, which stand above those that have them.
shows top --lines "$now" <<'TEXT'
inuse_space: 4.50 MiB in 3 stacks
      flat                cum          function
  4.00 MiB   88.8%   4.00 MiB   88.8%  make_entry table.c:30 [server]
   512 KiB   11.1%    512 KiB   11.1%  Table::grow() table.cpp:50 [server]
  2.93 KiB    0.1%   2.93 KiB    0.1%  read_file file.c:40 [server]
       0 B    0.0%   4.50 MiB  100.0%  main main.c:10 [server]
       0 B    0.0%   4.50 MiB   99.9%  serve serve.c:20 [server]
       0 B    0.0%    512 KiB   11.1%  make_entry table.c:31 [server]
TEXT
shows top --json -n 1 "$before" <<'TEXT'
{
  "value": "inuse_space",
  "unit": "bytes",
  "total": 1575864,
  "functions": [
    {
      "function": "make_entry",
      "module": "server",
      "flat": 1572864,
      "cum": 1572864
    }
  ]
}
TEXT

# ---- trees ----
shows tree "$now" <<'TEXT'
inuse_space: 4.50 MiB in 2 stacks
     total               self  function, and below it what it calls
  4.50 MiB  100.0%             main
  4.50 MiB   99.9%             |- serve
  4.50 MiB   99.9%   4.50 MiB  |  make_entry
  2.93 KiB    0.1%             `- (1 smaller)
TEXT
shows tree --callers --min 0 --value alloc_objects "$now" <<'TEXT'
alloc_objects: 12.5 k in 3 stacks
     total          function, and below it who calls it
    12.4 k   98.8%  |- read_file
    12.3 k   98.7%  |  |- serve
    12.3 k   98.7%  |  |  serve
    12.3 k   98.7%  |  |  main
         7    0.1%  |  `- main
       150    1.2%  `- make_entry
       150    1.2%     serve
       150    1.2%     main
TEXT
if [ "$(LC_ALL=C.UTF-8 locale charmap 2>/dev/null)" = UTF-8 ]; then
	LC_ALL=C.UTF-8 shows tree --lines --min 0.05 "$now" <<'TEXT'
inuse_space: 4.50 MiB in 3 stacks
     total               self  function, and below it what it calls
  4.50 MiB  100.0%             main main.c:10
  4.50 MiB   99.9%             ├─ serve serve.c:20
  4.00 MiB   88.8%   4.00 MiB  │  ├─ make_entry table.c:30
   512 KiB   11.1%             │  └─ make_entry table.c:31
   512 KiB   11.1%    512 KiB  │     Table::grow() table.cpp:50
  2.93 KiB    0.1%   2.93 KiB  └─ read_file file.c:40
TEXT
fi
shows tree --json --min 5 "$before" <<'TEXT'
{
  "value": "inuse_space",
  "unit": "bytes",
  "total": 1575864,
  "below": [
    {
      "function": "main",
      "module": "server",
      "total": 1575864,
      "self": 0,
      "below": [
        {
          "function": "serve",
          "module": "server",
          "total": 1572864,
          "self": 0,
          "below": [
            {
              "function": "make_entry",
              "module": "server",
              "total": 1572864,
              "self": 1572864,
              "below": []
            }
          ]
        }
      ]
    }
  ]
}
TEXT

# ---- growth ----
shows diff "$before" "$now" <<'TEXT'
inuse_space: 1.50 MiB before, 4.50 MiB after, +3.00 MiB

    growth     before      after  function
 +3.00 MiB   1.50 MiB   4.50 MiB  make_entry [server]

    growth     before      after  stack
 +3.00 MiB   1.50 MiB   4.50 MiB  make_entry
                                    from serve
                                    from main
TEXT
# The same program at other addresses, and what has shrunk comes last.
server 4 | sed 's/400\(.00\)/5555\1/; s/ 400000/ 555500/; s/3000$/9000/' | profile moved
shows diff --lines "$work/moved" "$before" <<'TEXT'
inuse_space: 4.51 MiB before, 1.50 MiB after, -3.01 MiB

    growth     before      after  function
 -5.86 KiB   8.79 KiB   2.93 KiB  read_file file.c:40 [server]
 -3.00 MiB   4.00 MiB   1.00 MiB  make_entry table.c:30 [server]

    growth     before      after  stack
 -5.86 KiB   8.79 KiB   2.93 KiB  read_file file.c:40
                                    from main main.c:10
 -3.00 MiB   4.00 MiB   1.00 MiB  make_entry table.c:30
                                    from serve serve.c:20
                                    from main main.c:10
TEXT
shows diff "$now" "$now" <<'TEXT'
inuse_space: 4.50 MiB before, 4.50 MiB after, no growth
TEXT
shows diff --json -n 1 --value inuse_objects "$before" "$now" <<'TEXT'
{
  "value": "inuse_objects",
  "unit": "count",
  "before": 18,
  "after": 48,
  "functions": [
    {
      "growth": 30,
      "before": 15,
      "after": 45,
      "function": "make_entry",
      "module": "server"
    }
  ],
  "stacks": [
    {
      "growth": 30,
      "before": 15,
      "after": 45,
      "stack": [
        {
          "function": "make_entry",
          "module": "server"
        },
        {
          "function": "serve",
          "module": "server"
        },
        {
          "function": "main",
          "module": "server"
        }
      ]
    }
  ]
}
TEXT

# ---- units: three digits, and no rounding to a fourth ----
printf '%s\n' 'kind inuse_space bytes' 'kind inuse_objects count' 'function 1 f -' \
	'function 2 g -' 'function 3 h -' 'location 1 0 0' 'line 1 1 0' 'location 2 0 0' \
	'line 2 2 0' 'location 3 0 0' 'line 3 3 0' 'sample 1 1023,999' \
	'sample 2 1048064,999499' 'sample 3 1125899906842624,10000000000' | profile units
shows top "$work/units" <<'TEXT'
inuse_space: 1.00 PiB in 3 stacks
      flat                cum          function
  1.00 PiB  100.0%   1.00 PiB  100.0%  h
  1.00 MiB    0.0%   1.00 MiB    0.0%  g
  1.00 KiB    0.0%   1.00 KiB    0.0%  f
TEXT
shows top --value inuse_objects "$work/units" <<'TEXT'
inuse_objects: 10.0 G in 3 stacks
      flat                cum          function
    10.0 G  100.0%     10.0 G  100.0%  h
     999 k    0.0%      999 k    0.0%  g
       999    0.0%        999    0.0%  f
TEXT

# ---- into a file ----
"$heap" top "$now" -o written >said 2>&1 && [ ! -s said ] || fail "-o says: $(cat said)"
"$heap" top "$now" | cmp - written || fail "-o writes something else"

# ---- help ----
"$heap" -h >short && "$heap" --help | cmp - short || fail "-h is not --help"
[ "$("$heap" -V)" = "$("$heap" --version)" ] || fail "-V is not --version"
"$heap" -V | grep -qx 'hakmem-heap [0-9.]*' || fail "-V prints $("$heap" -V)"
