// SPDX-License-Identifier: MIT
// A library in C++ for leaks.c.  An array whose elements have a destructor begins with
// their number, so the program has a pointer into the block only.
struct element {
	long value = 7;
	~element() { value = 0; }
};

static element *volatile kept;
static element *volatile dropped;

extern "C" void keep_new()
{
	kept = new element[1000];
}

extern "C" void lose_new()
{
	for (int i = 0; i < 100; i++)
		dropped = new element[5];
	dropped = nullptr;
}
