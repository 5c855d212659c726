/* SPDX-License-Identifier: MIT */
/*
 * Describes for make_profile one sample at a stack of its own functions, whose
 * addresses are where the loader put them.
 */
#include <cstdio>
#include <cstring>
#include <execinfo.h>

struct area {
	unsigned long start, end, offset;
	char file[4096];
};

/* The part of this program that holds the address. */
static bool find_area(unsigned long address, struct area *a)
{
	FILE *maps = std::fopen("/proc/self/maps", "r");
	bool found = false;
	char line[8192];

	while (!found && std::fgets(line, sizeof(line), maps))
		found = std::sscanf(line, "%lx-%lx %*s %lx %*s %*s %4095s", &a->start, &a->end,
				    &a->offset, a->file) == 4 &&
			address >= a->start && address < a->end;
	std::fclose(maps);
	return found;
}

/* The frames from its caller to main: those of this program's code. */
__attribute__((noinline)) static void describe()
{
	void *frame[64];
	int count = backtrace(frame, 64);
	struct area own, other;
	int last = 1;

	find_area((unsigned long)frame[1] - 1, &own);
	std::printf("mapping 7 %lx %lx %s BUILD-ID\n", own.start, own.offset, own.file);
	for (int i = 1; i < count; i++) {
		unsigned long address = (unsigned long)frame[i] - 1;

		if (!find_area(address, &other) || other.start != own.start)
			break;
		std::printf("location %d 7 %lx\n", i, address);
		last = i;
	}
	/* The last is the code that called main, or main. */
	std::printf("sample 1");
	for (int i = 2; i <= last; i++)
		std::printf(",%d", i);
	std::printf(" 4096\n");
}

namespace shop
{
struct Basket {
	__attribute__((noinline)) int add(int count, const char *name);
};

/* Has no frame of its own. */
__attribute__((always_inline)) static inline void fill()
{
	describe(); /* line of fill */
}

int Basket::add(int count, const char *name)
{
	fill(); /* line of add */
	return count + (int)std::strlen(name);
}

template <typename T> __attribute__((noinline)) int visit(T *basket)
{
	return basket->add(1, "tea") + 1;
}
} // namespace shop

extern "C" __attribute__((noinline)) int serve_all(shop::Basket *basket)
{
	return shop::visit(basket) + 1;
}

int main()
{
	shop::Basket basket;

	return serve_all(&basket) == 6 ? 0 : 1;
}
