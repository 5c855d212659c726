// SPDX-License-Identifier: MIT
// A library in C++ for leaks.c.  An array whose elements have a destructor begins with
// their number, so the program has a pointer into the block only.
struct element {
	long value = 7;
	~element() { value = 0; }
};

static element *volatile kept;
static thread_local element *volatile kept_by_thread;
static element *volatile dropped;

extern "C" void keep_new()
{
	kept = new element[1000];
	kept_by_thread = new element[3];
}

// A name that no compiler changes.
extern "C" void lose_some()
{
	for (int i = 0; i < 100; i++)
		dropped = new element[5];
	dropped = nullptr;
}

extern "C" void lose_new()
{
	lose_some();
}

extern "C" void lose_closed()
{
	lose_some();
}
