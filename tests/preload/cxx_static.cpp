/* SPDX-License-Identifier: MIT */
/*
 * cxx_static.sh: new without memory in a program that uses no part of the runtime
 * but exceptions.  CAUGHT is what it catches: a class, or nothing for `...`.
 */
#include <cstdio>
#include <exception>
#include <new>

extern "C" int hak_owns(const void *block);

static volatile std::size_t too_much = static_cast<std::size_t>(-1) / 4;
static void *volatile block;

static int caught()
{
	try {
		block = operator new(too_much);
#ifdef CAUGHT
	} catch (const CAUGHT &e) {
		std::printf("caught %s\n", e.what());
#else
	} catch (...) {
		std::printf("caught\n");
#endif
		return 0;
	}
	return 1;
}

int main()
{
	block = operator new(100);
	if (!hak_owns(block))
		return 2;
	operator delete(block);
	return caught() || caught();
}
