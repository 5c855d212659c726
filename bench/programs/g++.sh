# SPDX-License-Identifier: MIT
# A C++ compiler on templates.
needs=g++ who=cc1plus

prepare() {
	sed "s/PART/$((60 / part))/" >job.cc <<'END'
#include <algorithm>
#include <functional>
#include <map>
#include <regex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>
template <int N> struct Node {
	std::map<int, std::tuple<Node<N - 1>, std::string>> children;
	std::variant<int, double, std::vector<Node<N - 1>>> value;
	size_t depth() const { return 1 + Node<N - 1>().depth(); }
};
template <> struct Node<0> { size_t depth() const { return 0; } };
template <int... I> size_t all(std::integer_sequence<int, I...>)
{
	return (Node<I % 14>().depth() + ...);
}
int main()
{
	std::regex word("([a-z]+)_([0-9]+)");
	std::unordered_map<std::string, std::function<int(int)>> calls;
	calls["x"] = [](int i) { return i + 1; };
	return (int)all(std::make_integer_sequence<int, PART>()) +
	       std::regex_match("ab_12", word) + calls["x"](1);
}
END
	run='exec g++ -std=c++17 -O0 -S -o - job.cc'
}
