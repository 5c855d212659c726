/* SPDX-License-Identifier: MIT */
/* replay FILE...: what libFuzzer would do with these inputs, without it. */
#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX ((size_t)1 << 20)

int main(int argc, char **argv)
{
	/* What is said about bad input is not of interest. */
	int quiet = open("/dev/null", O_WRONLY);

	must(argc > 1 && quiet >= 0);
	dup2(quiet, STDERR_FILENO);
	for (int i = 1; i < argc; i++) {
		uint8_t *data = malloc(INPUT_MAX);
		int fd = open(argv[i], O_RDONLY);
		ssize_t size = read(fd, data, INPUT_MAX);

		must(size >= 0);
		LLVMFuzzerTestOneInput(data, (size_t)size);
		free(data);
		close(fd);
	}
	printf("%d inputs\n", argc - 1);
	return 0;
}
