/* SPDX-License-Identifier: MIT */
/* demangle: names of C++ functions as the program's source has them. */
#ifndef HAKMEM_HEAP_DEMANGLE_H
#define HAKMEM_HEAP_DEMANGLE_H

/* A copy of what the symbol is called in C++, or of the symbol; to be freed. */
char *demangle(const char *symbol);

#endif /* HAKMEM_HEAP_DEMANGLE_H */
