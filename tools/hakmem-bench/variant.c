/* SPDX-License-Identifier: MIT */
#include "variant.h"

#include "bench/common.h"
#include "memory.h"
#include "setting.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OWN_SONAME "libhakmem.so.0"

/* Names that people use, and the sonames of the libraries that replace malloc. */
static const struct known {
	const char *name, *soname;
} known[] = {
	{"system", ""},
	{"hakmem", OWN_SONAME},
	{"jemalloc", "libjemalloc.so.2"},
	{"mimalloc", "libmimalloc.so.2"},
	{"tcmalloc", "libtcmalloc_minimal.so.4"},
	{"tbbmalloc", "libtbbmalloc_proxy.so.2"},
};

#define KNOWN (sizeof known / sizeof known[0])

static struct variant *append(struct variants *v)
{
	v->list = realloc(v->list, (v->count + 1) * sizeof *v->list);
	if (!v->list)
		fail("out of memory");
	return &v->list[v->count++];
}

/* The loader takes LD_PRELOAD apart at blanks and colons, without escapes. */
static char *library_path(const char *path)
{
	char *whole = realpath(path, NULL);

	if (!whole)
		fail("cannot use the library %s: %s", path, strerror(errno));
	if (strpbrk(whole, " :"))
		fail("cannot preload %s: the loader accepts no blank or colon in a path",
		     whole);
	if (access(whole, R_OK) != 0)
		fail("cannot read the library %s: %s", whole, strerror(errno));
	return whole;
}

static void add_path(struct variants *v, const char *item)
{
	const char *equals = strchr(item, '=');
	const char *path = equals ? equals + 1 : item;
	const char *slash = strrchr(path, '/');
	char *whole = library_path(path);
	struct variant *added = append(v);

	*added = (struct variant){.preload = whole};
	added->label = equals ? strndup(item, (size_t)(equals - item)) :
				copy_text(slash ? slash + 1 : path);
}

/* The libhakmem that this program was built with or installed with, or NULL. */
static char *own_library(void)
{
	char program[PATH_MAX + 1] = "", *slash, *built, *whole;

	if (readlink("/proc/self/exe", program, PATH_MAX) > 0 &&
	    (slash = strrchr(program, '/')))
		*slash = '\0';
	built = print_text("%s/../../.libs/" OWN_SONAME, program);
	whole = realpath(built, NULL);
	free(built);
	return whole ? whole : realpath(LIBDIR "/" OWN_SONAME, NULL);
}

static void add_known(struct variants *v, const struct known *k)
{
	char *own = strcmp(k->soname, OWN_SONAME) == 0 ? own_library() : NULL;

	*append(v) = (struct variant){.label = copy_text(k->name),
				      .preload = own ? own : copy_text(k->soname)};
}

void variants_add(struct variants *v, const char *item)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (strcmp(known[i].name, item) == 0) {
			add_known(v, &known[i]);
			return;
		}
	if (!strchr(item, '/'))
		refuse("there is no allocator named \"%s\"; give system, hakmem, "
		       "jemalloc, mimalloc, tcmalloc, tbbmalloc, or a path with a /",
		       item);
	add_path(v, item);
}

void variants_add_list(struct variants *v, const char *items)
{
	char *copy = copy_text(items), *rest = copy, *item;

	while ((item = strsep(&rest, ",")))
		variants_add(v, item);
	free(copy);
}

void variants_add_known(struct variants *v)
{
	for (size_t i = 0; i < KNOWN; i++)
		add_known(v, &known[i]);
}

static void add_word(struct variant *v, const char *word, size_t position)
{
	if (strchr(word, '=')) {
		setting_check(word);
		v->assignments[position] = copy_text(word);
	} else if (strchr(word, '/')) {
		v->preload = library_path(word);
	} else {
		refuse("\"%s\" is neither NAME=VALUE nor the path of a library with a /",
		       word);
	}
}

void variants_add_words(struct variants *v, const struct variant *base,
			const char *words)
{
	char *copy = copy_text(words), *rest = copy, *word;
	struct variant *added = append(v);
	size_t count = 0;

	*added = (struct variant){
		.label = *words ? copy_text(words) : copy_text("(unchanged)"),
		.preload = base->preload ? copy_text(base->preload) : NULL,
		.assignments = get_memory(strlen(words) + 1, sizeof(char *))};
	while ((word = strsep(&rest, " ")))
		if (*word != '\0')
			add_word(added, word, count++);
	free(copy);
}

void variants_free(struct variants *v)
{
	for (size_t i = 0; i < v->count; i++) {
		for (char **a = v->list[i].assignments; a && *a; a++)
			free(*a);
		free(v->list[i].assignments);
		free(v->list[i].preload);
		free(v->list[i].label);
	}
	free(v->list);
}

void variant_enter(const struct variant *v)
{
	if (v->preload && *v->preload == '\0')
		unsetenv("LD_PRELOAD");
	else if (v->preload)
		setenv("LD_PRELOAD", v->preload, 1);
	for (char **a = v->assignments; a && *a; a++)
		putenv(*a);
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool same_file(const char *a, const char *b)
{
	char whole[PATH_MAX];

	return realpath(b, whole) && strcmp(a, whole) == 0;
}

bool variant_owns(const struct variant *v, const char *owner)
{
	if (!v->preload)
		return true;
	if (*v->preload == '\0')
		return strncmp(file_name(owner), "libc.", 5) == 0 ||
		       strncmp(file_name(owner), "libc-", 5) == 0;
	if (strchr(v->preload, '/'))
		return same_file(v->preload, owner);
	return strcmp(file_name(owner), v->preload) == 0;
}

json_t *variant_json(const struct variant *v)
{
	json_t *list = json_array();

	for (char **a = v->assignments; a && *a; a++)
		json_array_append_new(list, json_string(*a));
	return json_pack("{s:s, s:s?, s:o}", "label", v->label, "preload",
			 v->preload, "environment", list);
}
