// SPDX-License-Identifier: MIT
//
// cxx_own_malloc.sh: a program with its own malloc, which leaves the operators of C++ to
// whoever has them.  They take its memory, so that its free() knows every block.
// NO_ALIGNED: it has no aligned_alloc.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

/* Each block has its size before it; nothing comes back. */
alignas(4096) static unsigned char memory[8 << 20];
static std::size_t used, live;

static bool is_mine(const void *block)
{
	return reinterpret_cast<std::uintptr_t>(block) -
		       reinterpret_cast<std::uintptr_t>(memory) < sizeof(memory);
}

static void *carve(std::size_t alignment, std::size_t size)
{
	std::size_t start = (used + 16 + alignment - 1) / alignment * alignment;

	if (size > sizeof(memory) || start + size > sizeof(memory))
		return nullptr;
	std::memcpy(memory + start - 16, &size, sizeof(size));
	used = start + size;
	live++;
	return memory + start;
}

extern "C" void *malloc(std::size_t size) noexcept
{
	return size ? carve(16, size) : nullptr;
}

extern "C" void free(void *block) noexcept
{
	if (block && !is_mine(block))
		std::abort();
	live -= block != nullptr;
}

extern "C" void *calloc(std::size_t count, std::size_t size) noexcept
{
	return count > sizeof(memory) ? nullptr : malloc(count * size);
}

extern "C" void *realloc(void *block, std::size_t size) noexcept
{
	std::size_t old = 0;
	void *fresh = malloc(size);

	if (!block || !fresh)
		return fresh;
	std::memcpy(&old, static_cast<unsigned char *>(block) - 16, sizeof(old));
	std::memcpy(fresh, block, old < size ? old : size);
	free(block);
	return fresh;
}

#ifndef NO_ALIGNED
extern "C" void *aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
	return size % alignment ? nullptr : carve(alignment, size);
}
#endif

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	std::fprintf(stderr, "cxx_own_malloc: failed: %s\n", what);
	std::exit(1);
}

static void mixed()
{
	void *block = operator new(40);

	must(is_mine(block), "new");
	std::free(block);
	operator delete(std::malloc(40));
	operator delete[](strdup("from libc"));
	std::free(operator new(40, std::nothrow));
	std::free(operator new[](40));
	block = operator new(0);
	must(block && is_mine(block), "new of 0 bytes");
	operator delete(block, std::size_t(0));
}

static void aligned()
{
	const std::align_val_t line = std::align_val_t(64);
	void *block = operator new(100, line);

	must(block && reinterpret_cast<std::uintptr_t>(block) % 64 == 0, "aligned new");
#ifdef NO_ALIGNED
	operator delete(block, line);
#else
	must(is_mine(block), "aligned new is the program's");
	std::free(block);
#endif
	operator delete(operator new(100, line, std::nothrow), line);
}

static volatile std::size_t too_much = SIZE_MAX / 2;

static bool throws(bool is_aligned)
{
	try {
		operator delete(is_aligned ? operator new(too_much, std::align_val_t(64)) :
					     operator new(too_much));
	} catch (const std::bad_alloc &) {
		return true;
	}
	return false;
}

int main()
{
	std::size_t before = live;

	mixed();
	aligned();
	must(live == before, "every block came back");
	must(throws(false), "new of too much");
	must(throws(true), "aligned new of too much");
	must(!operator new(too_much, std::nothrow), "nothrow new of too much");
	std::puts("sound");
}
