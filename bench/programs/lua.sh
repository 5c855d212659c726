# SPDX-License-Identifier: MIT
# Tables, strings and closures.
needs=lua5.4 who=lua5.4

prepare() {
	{
		echo "local trees, steps = $((25 / part)), $((900000 / part))"
		cat <<'END'
local function tree(depth)
	if depth == 0 then return {} end
	return {tree(depth - 1), tree(depth - 1)}
end
local function count(t)
	return t[1] and 1 + count(t[1]) + count(t[2]) or 1
end
local nodes = 0
for i = 1, trees do nodes = nodes + count(tree(15)) end
local words = {}
for i = 1, steps do
	local w = "word" .. i % 30011
	words[w] = (words[w] or "") .. (i % 10)
end
local length = 0
for _, w in pairs(words) do length = length + #w end
print(nodes, length)
END
	} >job.lua
	run='exec lua5.4 job.lua'
}
