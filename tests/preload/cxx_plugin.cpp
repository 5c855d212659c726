// SPDX-License-Identifier: MIT
//
// cxx_plugin.sh: a C++ plugin of a C program runs out of memory in each way.
#include <cstdint>
#include <cstdio>
#include <new>

static volatile std::size_t too_much = SIZE_MAX / 4;
static int handled;

struct refusal : std::bad_alloc {};

static void refuse()
{
	handled++;
	throw refusal();
}

static void give_up()
{
	if (++handled == 3)
		std::set_new_handler(nullptr);
}

/* What operator new throws. */
static const char *thrown()
{
	try {
		::operator delete(::operator new(too_much));
	} catch (refusal &) {
		return "refusal";
	} catch (std::bad_alloc &) {
		return "bad_alloc";
	}
	return "nothing";
}

/* What the nothrow form makes of it. */
static const char *returned()
{
	return ::operator new[](too_much, std::nothrow) ? "a block" : "null";
}

static void report(const char *name, void (*first)(), void (*second)())
{
	handled = 0;
	std::set_new_handler(first);
	std::printf("%s: %s", name, thrown());
	std::set_new_handler(second);
	std::printf(" %s, %d calls\n", returned(), handled);
}

extern "C" void plugin_run()
{
	report("no handler", nullptr, nullptr);
	report("a handler that gives up", give_up, nullptr);
	report("a handler that throws", refuse, refuse);
}
