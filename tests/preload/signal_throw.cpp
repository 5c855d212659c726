/* SPDX-License-Identifier: MIT */
/* C++ exceptions thrown from signal handlers pass through the library's frame. */
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

static int *volatile nowhere;

struct fault {
	std::string text;
};

static void on_fault(int)
{
	sigset_t fault_alone;

	/* An exception does not restore the mask. */
	sigemptyset(&fault_alone);
	sigaddset(&fault_alone, SIGSEGV);
	sigprocmask(SIG_UNBLOCK, &fault_alone, nullptr);
	throw fault{std::string(100, 'x')};
}

int main()
{
	int caught = 0;

	std::signal(SIGSEGV, on_fault);
	for (int i = 0; i < 100; i++) {
		try {
			std::string before(200, 'a');

			*nowhere = 1;
		} catch (const fault &f) {
			caught += f.text.size() == 100;
			free(malloc(static_cast<size_t>(i) * 100));
		}
	}
	std::printf("%d caught\n", caught);
	return caught == 100 ? 0 : 1;
}
