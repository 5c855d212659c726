#!/bin/sh
# SPDX-License-Identifier: MIT
# lua: tables, strings and coroutines; its one allocation function is realloc.
. "$abs_top_srcdir/tests/common.sh"

for lua in lua5.4 lua5.3 lua; do
	command -v "$lua" >/dev/null && break
done
need "$lua"
cat >"$work/program.lua" <<'PROGRAM'
local t, keys = {}, {}
for i = 1, 100000 do
	local key = "k" .. (i * 31 % 7919)
	t[key] = (t[key] or "") .. (i % 10)
end
for k in pairs(t) do keys[#keys + 1] = k end
table.sort(keys)
local sum = 0
for _, k in ipairs(keys) do sum = (sum * 31 + #t[k] + #k) % 1000003 end
print(#keys, keys[1], keys[#keys], sum)
local parts = {}
for i = 1, 20000 do parts[i] = string.rep(string.char(i % 256), i % 97) end
local text = table.concat(parts)
print(#text, select(2, text:gsub("%a+", "")))
local co = coroutine.wrap(function()
	for i = 1, 5000 do coroutine.yield({i, tostring(i)}) end
end)
local total = 0
for i = 1, 5000 do total = total + #co()[2] end
print(total)
PROGRAM
same "${lua}[.0-9]*" "$lua" "$work/program.lua"
