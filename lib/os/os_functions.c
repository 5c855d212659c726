/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/os_functions.h"

#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/atomics.h"
#include "base/die.h"

#ifndef PR_SET_VMA /* the headers of kernels before 5.17 */
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

static int call_set_name(void *address, size_t size, const char *name)
{
	return (int)syscall(SYS_prctl, PR_SET_VMA, PR_SET_VMA_ANON_NAME, address, size, name);
}

#ifdef __SANITIZE_THREAD__ /* the sanitizer has to see each mapping */

struct os_functions os_functions = {mmap,     munmap,  mremap,
				    mprotect, madvise, call_set_name};

#else

/* FUNCTION(result, name, parameters, arguments) */
#define FUNCTION(result, name, parameters, ...)              \
	static result call_##name parameters                 \
	{                                                    \
		return (result)syscall(SYS_##name, __VA_ARGS__); \
	}

FUNCTION(void *, mmap, (void *place, size_t size, int protection, int flags, int fd,
			off_t offset), place, size, protection, flags, fd, offset)
FUNCTION(int, munmap, (void *address, size_t size), address, size)
FUNCTION(void *, mremap, (void *address, size_t old_size, size_t new_size, int flags, ...),
	 address, old_size, new_size, flags, NULL)
FUNCTION(int, mprotect, (void *address, size_t size, int protection), address, size,
	 protection)
FUNCTION(int, madvise, (void *address, size_t size, int advice), address, size, advice)

HAK_NEAR struct os_functions os_functions = {call_mmap, call_munmap, call_mremap,
					     call_mprotect, call_madvise, call_set_name};

#endif

extern const char *gnu_get_libc_version(void);

/* The tables of a loaded file in which names are looked up. */
struct names {
	const char *base; /* of the addresses of symbols */
	const char *text;
	const ElfW(Sym) *symbol;
	const uint32_t *hash; /* DT_GNU_HASH */
};

/* In the loader, which is always there: weak, so that the library needs libc alone. */
#pragma weak _r_debug

/*
 * libc is the loaded file that has this function, and no other library interposes it.
 * It is the file that begins most shortly before it: whether it does is looked at in
 * os_functions_find().  dladdr() finds it too, but goes through all names of libc, for a
 * quarter of the instructions that /bin/true takes.
 */
static const struct link_map *find_libc(void)
{
	const struct link_map *map = &_r_debug ? _r_debug.r_map : NULL, *nearest = NULL;

	for (; map; map = map->l_next)
		if (map->l_addr <= (uintptr_t)gnu_get_libc_version &&
		    (!nearest || map->l_addr > nearest->l_addr))
			nearest = map;
	return nearest;
}

/* On some machines the loader has not added the base address to these entries. */
static const void *table_at(const struct link_map *map, ElfW(Addr) address)
{
	return (const void *)(address < map->l_addr ? address + map->l_addr : address);
}

static bool read_tables(const struct link_map *map, struct names *names)
{
	*names = (struct names){.base = (const char *)map->l_addr};
	for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_STRTAB)
			names->text = table_at(map, d->d_un.d_ptr);
		else if (d->d_tag == DT_SYMTAB)
			names->symbol = table_at(map, d->d_un.d_ptr);
		else if (d->d_tag == DT_GNU_HASH)
			names->hash = table_at(map, d->d_un.d_ptr);
	}
	return names->text && names->symbol && names->hash;
}

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 5381;

	for (; *name != '\0'; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

/*
 * The table begins with four words: the number of buckets, the index of the first symbol,
 * the number of words of the filter, and a shift.  Filter, buckets and chains follow.
 */
static void *look_up(const struct names *names, const char *name)
{
	uint32_t buckets = names->hash[0], first = names->hash[1];
	const uint32_t *bucket = names->hash + 4 +
				 names->hash[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
	const uint32_t *chain = bucket + buckets;
	uint32_t hash = hash_of(name), i = bucket[hash % buckets];

	if (i < first)
		return NULL;
	do {
		const ElfW(Sym) *symbol = &names->symbol[i];

		if ((chain[i - first] | 1) == (hash | 1) && symbol->st_shndx != SHN_UNDEF &&
		    strcmp(names->text + symbol->st_name, name) == 0)
			return (void *)(names->base + symbol->st_value);
	} while ((chain[i++ - first] & 1) == 0);
	return NULL;
}

#define FIND(names, name)                                                      \
	do {                                                                   \
		void *found = look_up(names, #name);                           \
		if (found)                                                     \
			store_relaxed(&os_functions.name,                      \
				      (__typeof__(os_functions.name))found);   \
	} while (0)

/*
 * dlsym() cannot do this: it would find the function of a library that stands before
 * libc.  To search in libc alone it needs a handle from dlopen(), which allocates.
 */
void os_functions_find(void)
{
	const struct link_map *libc = find_libc();
	struct names names;

	if (!libc || !read_tables(libc, &names) ||
	    look_up(&names, "gnu_get_libc_version") != (void *)gnu_get_libc_version)
		return;
	FIND(&names, mmap);
	FIND(&names, munmap);
	FIND(&names, mremap);
	FIND(&names, mprotect);
	FIND(&names, madvise);
	die_libc_message = look_up(&names, "__abort_msg"); /* no public name leads there */
}
