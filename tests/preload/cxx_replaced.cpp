// SPDX-License-Identifier: MIT
//
// cxx_replaced.sh: a program that replaces operator new and delete alone. The
// standard's other forms must come to these two, or a block that one side made
// would be freed by the other.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <vector>

static const std::size_t mark = 0x6d61726b;
static const std::size_t room = 32;
static int made, freed;

void *operator new(std::size_t size)
{
	char *whole = size < SIZE_MAX / 2 ? (char *)std::malloc(size + room) : nullptr;

	if (!whole)
		throw std::bad_alloc();
	made++;
	*(std::size_t *)whole = mark;
	return whole + room;
}

void operator delete(void *block) noexcept
{
	char *whole = (char *)block - room;

	if (!block)
		return;
	if (*(std::size_t *)whole != mark) {
		std::puts("operator delete: a block of another operator new");
		std::abort();
	}
	freed++;
	std::free(whole);
}

/* Called by name, so that the compiler leaves out no pair. */
static void every_form()
{
	::operator delete(::operator new(8), std::size_t(8));
	::operator delete(::operator new(8, std::nothrow), std::nothrow);
	::operator delete[](::operator new[](8));
	::operator delete[](::operator new[](8), std::size_t(8));
	::operator delete[](::operator new[](8, std::nothrow), std::nothrow);
}

/* The library of the runtime mixes the forms too. */
static void sort()
{
	std::vector<int> numbers(1000);

	for (std::size_t i = 0; i < numbers.size(); i++)
		numbers[i] = -int(i);
	std::stable_sort(numbers.begin(), numbers.end());
}

int main()
{
	volatile std::size_t too_much = SIZE_MAX;

	every_form();
	sort();
	if (::operator new(too_much, std::nothrow) ||
	    ::operator new[](too_much, std::nothrow))
		std::puts("a nothrow form made a block of SIZE_MAX bytes");
	std::printf("%s\n", made >= 7 && made == freed ? "balanced" : "lost");
}
