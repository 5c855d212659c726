/* SPDX-License-Identifier: MIT */
/*
 * interpose: every operator new and delete of C++, without C++: C functions
 * under the names of the Itanium ABI.
 *
 * The standard says which default form calls which: new[] calls new, a sized
 * delete the unsized one, and so on.  Every form is weak and those calls go
 * through the public name, so a program that replaces one form gets its own
 * from the others too.
 *
 * Out of memory: the new_handler is called until there is memory or no handler;
 * then std::bad_alloc is thrown.  Both belong to the C++ runtime, which is
 * looked for only then: a C program has none, a plugin may have brought one.
 * Exceptions pass through the frames of this file, which hold nothing.
 *
 * A nothrow form must catch what a handler or a replaced new throws, which C
 * cannot.  When its easy way fails it hands over to the runtime's own nothrow
 * form, which calls the public throwing form inside a try block.
 *
 * A static program can link only one definition of a nothrow form.  So the static
 * library (no PIC) has none, and the linker takes the runtime's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

#include "api/fast_path.h"
#include "base/attributes.h"
#include "base/bits.h"
#include "base/die.h"
#include "interpose/cxx_memory.h"

/* Pieces of mangled names; size_t is unsigned long. */
#define SIZE "m"
#define ALIGN "St11align_val_t"
#define NOTHROW "RKSt9nothrow_t"

/* Weak: another definition may win, and no compiler may assume otherwise. */
#define REPLACEABLE extern HAK_EXPORT __attribute__((weak))

/* A symbol of the C++ runtime; NULL in a program without one. */
#define IF_LINKED(name) __asm__(name) __attribute__((weak))

/* An argument that only chooses the form. */
#define IGNORED __attribute__((unused))

typedef void (*new_handler)(void);
typedef void *new_form(size_t size);
typedef void *new_aligned_form(size_t size, size_t alignment);

/* ---- the C++ runtime, if there is one --------------------------------- */

extern new_handler linked_get_new_handler(void) IF_LINKED("_ZSt15get_new_handlerv");
extern void linked_throw_bad_alloc(void) IF_LINKED("_ZSt17__throw_bad_allocv");

#ifdef PIC

/* `name` in the object `file` if that is loaded, wherever from, or NULL. */
static void *symbol_of_loaded(const char *file, const char *name)
{
	void *object = dlopen(file, RTLD_LAZY | RTLD_NOLOAD);
	void *symbol = object ? dlsym(object, name) : NULL;

	if (object)
		dlclose(object);
	return symbol;
}

/* A symbol of the runtime, also of one that only a plugin can see. */
static void *runtime_symbol(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	if (!symbol)
		symbol = symbol_of_loaded("libstdc++.so.6", name);
	if (!symbol)
		symbol = symbol_of_loaded("libc++.so.1", name);
	return symbol;
}

/* A shared runtime always has the function that throws. */
static void throw_by_parts(void)
{
}

#else

/* The static library is linked together with the runtime: nothing is looked up. */
static void *runtime_symbol(const char *name)
{
	(void)name;
	return NULL;
}

extern void *linked_allocate_exception(size_t size) IF_LINKED("__cxa_allocate_exception");
extern void linked_throw(void *exception, const void *type, void (*destroy)(void *))
	IF_LINKED("__cxa_throw");
extern const void *const linked_type[] IF_LINKED("_ZTISt9bad_alloc");
extern const void *const linked_vtable[] IF_LINKED("_ZTVSt9bad_alloc");
extern const void *const linked_base[] IF_LINKED("_ZTISt9exception");
extern const void *const linked_class_with_base[]
	IF_LINKED("_ZTVN10__cxxabiv120__si_class_type_infoE");

static void destroy_nothing(IGNORED void *exception)
{
}

static const char *what(IGNORED const void *exception)
{
	return "std::bad_alloc";
}

/*
 * Class std::bad_alloc in the layout of the Itanium ABI.  An object of a class
 * points to the third word of the vtable.
 */
static const struct {
	const void *vtable;
	const char *name;
	const void *base;
} own_type = {linked_class_with_base + 2, "St9bad_alloc", linked_base};

static const struct {
	size_t offset;
	const void *type;
	void (*destroy)(void *exception);
	void (*destroy_and_free)(void *exception);
	const char *(*what)(const void *exception);
} own_vtable = {0, &own_type, destroy_nothing, destroy_nothing, what};

/*
 * A weak reference links nothing.  So a static program has the runtime's function
 * only if it uses a container, a string or a stream, and the class only if it names
 * std::bad_alloc.  But any program with code that an exception could pass has
 * __cxa_throw: the runtime's __gxx_personality_v0 needs it.  The rest is made here.
 */
static void throw_by_parts(void)
{
	const void **exception;

	if (!linked_throw)
		return;
	exception = linked_allocate_exception(sizeof(*exception));
	if (linked_type) {
		*exception = linked_vtable + 2;
		linked_throw(exception, linked_type, NULL);
	}
	*exception = &own_vtable.destroy;
	linked_throw(exception, &own_type, NULL);
}

#endif

static HAK_NORETURN void throw_bad_alloc(void)
{
	void (*throw)(void) = linked_throw_bad_alloc;

	if (!throw)
		throw = (void (*)(void))runtime_symbol("_ZSt17__throw_bad_allocv");
	if (throw)
		throw();
	throw_by_parts();
	die("operator new: out of memory, and no C++ runtime is loaded that "
	    "could throw std::bad_alloc");
}

static new_handler current_new_handler(void)
{
	new_handler (*get)(void) = linked_get_new_handler;

	if (!get)
		get = (new_handler(*)(void))runtime_symbol("_ZSt15get_new_handlerv");
	return get ? get() : NULL;
}

/* ---- new that throws -------------------------------------------------- */

static void call_new_handler(void)
{
	new_handler handler = current_new_handler();

	if (!handler)
		throw_bad_alloc();
	handler();
}

/* When the FastCache has no block, or is not to be asked. */
static HAK_NOINLINE void *new_slow(size_t size)
{
	void *block;

	while (!(block = cxx_take(size)))
		call_new_handler();
	return block;
}

/* No handler can mend a bad alignment: it is not asked. */
static HAK_COLD void *new_aligned_slow(size_t size, size_t alignment)
{
	void *block;

	if (!is_power_of_two(alignment))
		throw_bad_alloc();
	do {
		call_new_handler();
		block = cxx_take_aligned(size, alignment);
	} while (!block);
	return block;
}

static void *own_new(size_t size)
{
	void *block = unlikely(cxx_malloc_is_foreign) ? NULL : fast_pop(size);

	if (unlikely(!block))
		return new_slow(size);
	HAK_RESULT(block);
	return block;
}

static void *own_new_aligned(size_t size, size_t alignment)
{
	void *block = cxx_take_aligned(size, alignment);

	return likely(block) ? block : new_aligned_slow(size, alignment);
}

REPLACEABLE new_form cxx_new
	__asm__("_Znw" SIZE) __attribute__((alias("own_new")));
REPLACEABLE new_aligned_form cxx_new_aligned
	__asm__("_Znw" SIZE ALIGN) __attribute__((alias("own_new_aligned")));

/* Names that no other definition can replace: see compiler_new.c. */
extern HAK_HIDDEN new_form interpose_new __attribute__((alias("own_new")));
extern HAK_HIDDEN new_aligned_form interpose_new_aligned
	__attribute__((alias("own_new_aligned")));

static void *own_new_array(size_t size)
{
	return cxx_new(size);
}

static void *own_new_array_aligned(size_t size, size_t alignment)
{
	return cxx_new_aligned(size, alignment);
}

REPLACEABLE new_form cxx_new_array
	__asm__("_Zna" SIZE) __attribute__((alias("own_new_array")));
REPLACEABLE new_aligned_form cxx_new_array_aligned
	__asm__("_Zna" SIZE ALIGN)
	__attribute__((alias("own_new_array_aligned")));

/* ---- new that returns NULL -------------------------------------------- */

#ifdef PIC

/* Are the throwing forms that a nothrow form stands for ours? */
#define NEW_IS_OWN likely(cxx_new == own_new)
#define NEW_ARRAY_IS_OWN (likely(cxx_new_array == own_new_array) && NEW_IS_OWN)
#define NEW_ALIGNED_IS_OWN likely(cxx_new_aligned == own_new_aligned)
#define NEW_ARRAY_ALIGNED_IS_OWN \
	(likely(cxx_new_array_aligned == own_new_array_aligned) && NEW_ALIGNED_IS_OWN)

/*
 * NEW_NOTHROW(mangled name, C name, parameters, arguments, is the throwing form ours?,
 * our memory, call of the throwing form).
 * The runtime's form is looked up, which a program that has the runtime linked into
 * itself does not show: no handler runs then.  For a throwing form of its own the same
 * program has to answer.
 */
#define NEW_NOTHROW(mangled, name, parameters, arguments, is_own, take, throwing) \
	REPLACEABLE void *name parameters __asm__(mangled);                       \
	static HAK_COLD void *name##_slow parameters                              \
	{                                                                         \
		__typeof__(&name) form = (__typeof__(&name))runtime_symbol(mangled); \
										  \
		if (form)                                                         \
			return form arguments;                                    \
		return is_own ? NULL : throwing;                                  \
	}                                                                         \
	void *name parameters                                                     \
	{                                                                         \
		void *block = is_own ? take : NULL;                               \
										  \
		return likely(block) ? block : name##_slow arguments;             \
	}

#define PLAIN (size_t size, const void *tag)
#define ALIGNED (size_t size, size_t alignment, const void *tag)

NEW_NOTHROW("_Znw" SIZE NOTHROW, cxx_new_nothrow, PLAIN, (size, tag), NEW_IS_OWN,
	    cxx_take(size), cxx_new(size))
NEW_NOTHROW("_Zna" SIZE NOTHROW, cxx_new_array_nothrow, PLAIN, (size, tag),
	    NEW_ARRAY_IS_OWN, cxx_take(size), cxx_new_array(size))
NEW_NOTHROW("_Znw" SIZE ALIGN NOTHROW, cxx_new_aligned_nothrow, ALIGNED,
	    (size, alignment, tag), NEW_ALIGNED_IS_OWN,
	    cxx_take_aligned(size, alignment), cxx_new_aligned(size, alignment))
NEW_NOTHROW("_Zna" SIZE ALIGN NOTHROW, cxx_new_array_aligned_nothrow, ALIGNED,
	    (size, alignment, tag), NEW_ARRAY_ALIGNED_IS_OWN,
	    cxx_take_aligned(size, alignment), cxx_new_array_aligned(size, alignment))

#endif /* PIC */

/* ---- delete ----------------------------------------------------------- */

/* Of the forms with a size: what hardened mode looks at. */
#define ANY_SIZE ((void)0)
#define OF_SIZE fast_check_size(block, 1, size)
#define OF_SIZE_ALIGNED fast_check_size(block, alignment, size)

/* For fast_try_free(): 0 unless each form that others call is known to be our own. */
HAK_NEAR static size_t own_granules;

/* DELETE(mangled name, C name, parameters, check, call of the next form) */
#define DELETE(mangled, name, parameters, check, next)                  \
	static void own_##name parameters                               \
	{                                                               \
		if (likely(fast_try_free(block, own_granules)))         \
			return;                                         \
		check;                                                  \
		if (own_granules != 0)                                  \
			route_free(block);                              \
		else                                                    \
			next;                                           \
	}                                                               \
	REPLACEABLE __typeof__(own_##name) name __asm__(mangled)        \
		__attribute__((alias("own_" #name)));

DELETE("_ZdlPv", cxx_delete, (void *block), ANY_SIZE,
       cxx_give(block, cxx_malloc_is_foreign))
DELETE("_ZdaPv", cxx_delete_array, (void *block), ANY_SIZE, cxx_delete(block))
DELETE("_ZdlPv" SIZE, cxx_delete_sized, (void *block, size_t size), OF_SIZE,
       cxx_delete(block))
DELETE("_ZdaPv" SIZE, cxx_delete_array_sized, (void *block, size_t size), OF_SIZE,
       cxx_delete_array(block))
DELETE("_ZdlPv" NOTHROW, cxx_delete_nothrow, (void *block, IGNORED const void *tag),
       ANY_SIZE, cxx_delete(block))
DELETE("_ZdaPv" NOTHROW, cxx_delete_array_nothrow,
       (void *block, IGNORED const void *tag), ANY_SIZE, cxx_delete_array(block))
DELETE("_ZdlPv" ALIGN, cxx_delete_aligned, (void *block, IGNORED size_t alignment),
       ANY_SIZE, cxx_give(block, cxx_aligned_alloc_is_foreign))
DELETE("_ZdaPv" ALIGN, cxx_delete_array_aligned, (void *block, size_t alignment),
       ANY_SIZE, cxx_delete_aligned(block, alignment))
DELETE("_ZdlPv" SIZE ALIGN, cxx_delete_sized_aligned,
       (void *block, size_t size, size_t alignment), OF_SIZE_ALIGNED,
       cxx_delete_aligned(block, alignment))
DELETE("_ZdaPv" SIZE ALIGN, cxx_delete_array_sized_aligned,
       (void *block, size_t size, size_t alignment), OF_SIZE_ALIGNED,
       cxx_delete_array_aligned(block, alignment))
DELETE("_ZdlPv" ALIGN NOTHROW, cxx_delete_aligned_nothrow,
       (void *block, size_t alignment, IGNORED const void *tag), ANY_SIZE,
       cxx_delete_aligned(block, alignment))
DELETE("_ZdaPv" ALIGN NOTHROW, cxx_delete_array_aligned_nothrow,
       (void *block, size_t alignment, IGNORED const void *tag), ANY_SIZE,
       cxx_delete_array_aligned(block, alignment))

/* After look_at_public_names(). */
__attribute__((constructor(102))) static void look_at_delete(void)
{
	if (!cxx_malloc_is_foreign && !cxx_aligned_alloc_is_foreign &&
	    cxx_delete == own_cxx_delete && cxx_delete_array == own_cxx_delete_array &&
	    cxx_delete_aligned == own_cxx_delete_aligned &&
	    cxx_delete_array_aligned == own_cxx_delete_array_aligned)
		own_granules = WINDOW_GRANULES;
}
