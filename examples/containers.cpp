// SPDX-License-Identifier: MIT
// C++: containers, new and delete use the library as they are; no line has to change.
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include <hakmem.h>

int main()
{
	std::map<std::string, std::vector<int>> lists;
	for (int i = 0; i < 10000; i++)
		lists["list " + std::to_string(i % 100)].push_back(i);

	int *number = new int(7);
	std::printf("the library %s this block\n", hak_owns(number) ? "owns" : "does not own");
	delete number;
	return lists.size() == 100 ? 0 : 1;
}
