/* SPDX-License-Identifier: MIT */
/*
 * cxx.sh: every form of new and delete, the new_handler, bad_alloc, and the
 * library's header in C++.  Prints what it saw.
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "hakmem.h"

struct small {
	int value = 7;
	~small() { deaths++; }
	static int deaths;
};
int small::deaths;

struct alignas(256) wide {
	char bytes[300];
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	std::fprintf(stderr, "cxx: failed: %s\n", what);
	std::exit(1);
}

static bool is_aligned(const void *block, std::size_t alignment)
{
	return reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}

/* Too much for any machine, in a way that no compiler can see through. */
static std::size_t too_much()
{
	static volatile std::size_t half = SIZE_MAX / 2;

	return half - 4096;
}

static void every_form()
{
	const std::align_val_t page = std::align_val_t(4096);
	void *block = operator new(100);

	operator delete(block);
	operator delete(operator new(100), std::size_t(100));
	operator delete(operator new(100, std::nothrow), std::nothrow);
	operator delete[](operator new[](100));
	operator delete[](operator new[](100), std::size_t(100));
	operator delete[](operator new[](100, std::nothrow), std::nothrow);
	block = operator new(100, page);
	must(is_aligned(block, 4096), "aligned new");
	operator delete(block, page);
	block = operator new[](100, page);
	must(is_aligned(block, 4096), "aligned new[]");
	operator delete[](block, page);
	operator delete(operator new(100, page), std::size_t(100), page);
	operator delete[](operator new[](100, page), std::size_t(100), page);
	operator delete(operator new(100, page, std::nothrow), page, std::nothrow);
	operator delete[](operator new[](100, page, std::nothrow), page,
			  std::nothrow);
	std::puts("every form");
}

static void objects()
{
	delete new small;
	delete[] new small[10];
	must(small::deaths == 11, "destructors");
	std::unique_ptr<wide> one(new wide);
	std::unique_ptr<wide[]> many(new wide[5]);
	must(is_aligned(one.get(), 256) && is_aligned(many.get(), 256),
	     "over-aligned objects");
	void *a = operator new(0), *b = operator new(0);
	must(a && b && a != b, "new of nothing");
	operator delete(a);
	operator delete(b);
	operator delete(nullptr);
	operator delete[](nullptr, std::size_t(8));
	std::puts("objects");
}

template <typename F> static bool throws_bad_alloc(F allocate)
{
	try {
		allocate();
	} catch (const std::bad_alloc &) {
		return true;
	}
	return false;
}

static void out_of_memory()
{
	const std::align_val_t page = std::align_val_t(4096);

	must(throws_bad_alloc([] { return operator new(too_much()); }), "new");
	must(throws_bad_alloc([] { return operator new[](too_much()); }), "new[]");
	must(throws_bad_alloc([&] { return operator new(too_much(), page); }),
	     "aligned new");
	must(!operator new(too_much(), std::nothrow), "nothrow new");
	must(!operator new[](too_much(), std::nothrow), "nothrow new[]");
	must(!operator new(too_much(), page, std::nothrow), "nothrow aligned new");
	std::puts("bad_alloc");
}

static int handler_calls;

static void give_up_at_three()
{
	if (++handler_calls == 3)
		std::set_new_handler(nullptr);
}

static void throw_own()
{
	throw std::bad_alloc();
}

static void new_handlers()
{
	std::set_new_handler(give_up_at_three);
	must(throws_bad_alloc([] { return operator new(too_much()); }),
	     "new with a handler");
	must(handler_calls == 3, "three calls of the handler");
	handler_calls = 0;
	std::set_new_handler(give_up_at_three);
	must(!operator new(too_much(), std::nothrow), "nothrow new with a handler");
	must(handler_calls == 3, "three calls of the handler of nothrow new");
	std::set_new_handler(throw_own);
	must(throws_bad_alloc([] { return operator new(too_much()); }),
	     "a handler that throws");
	must(!operator new(too_much(), std::nothrow),
	     "nothrow new with a handler that throws");
	std::set_new_handler(nullptr);
	std::puts("new_handler");
}

static void containers()
{
	std::vector<std::thread> threads;
	std::vector<std::string> texts(8);

	for (auto &text : texts)
		threads.emplace_back([&text] {
			std::vector<std::string> parts;

			for (int i = 0; i < 20000; i++)
				parts.push_back(std::string(i % 100, 'a'));
			for (const auto &part : parts)
				text += part;
		});
	for (auto &thread : threads)
		thread.join();
	for (const auto &text : texts)
		must(text.size() == 990000, "a text of a thread");
	std::puts("containers");
}

int main()
{
	static_assert(HAKMEM_VERSION >= 100, "the header in C++");

	every_form();
	objects();
	out_of_memory();
	new_handlers();
	containers();
	return 0;
}
