#!/bin/sh
# SPDX-License-Identifier: MIT
# g++ on templates within templates; the object code is the same to the byte.
. "$abs_top_srcdir/tests/common.sh"

need g++
cat >"$work/templates.cc" <<'PROGRAM'
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

template <int N> struct chain {
	std::map<std::string, std::array<int, N + 1>> table;
	chain<N - 1> rest;
	int sum() const
	{
		int total = rest.sum();
		for (const auto &entry : table)
			total += entry.second[N];
		return total;
	}
};
template <> struct chain<0> {
	int sum() const { return 0; }
};

template <typename... T> auto sort_all(std::tuple<std::vector<T>...> &all)
{
	return std::apply([](auto &...v) {
		(std::sort(v.begin(), v.end()), ...);
		return (v.size() + ... + 0);
	}, all);
}

int run(std::unordered_map<std::string, std::function<int(int)>> &functions)
{
	chain<60> c;
	std::tuple<std::vector<int>, std::vector<double>, std::vector<std::string>>
		all{{3, 1, 2}, {2.5, 1.5}, {"b", "a"}};
	auto shared = std::make_shared<chain<12>>();
	functions["sum"] = [shared](int x) { return shared->sum() + x; };
	return c.sum() + static_cast<int>(sort_all(all)) + functions["sum"](1);
}
PROGRAM
same cc1plus g++ -std=c++17 -O1 -c "$work/templates.cc" -o templates.o
cmp without/templates.o with/templates.o ||
	fail "g++ makes other object code with the library"
