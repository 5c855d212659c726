/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "hakmem-run-program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* As many interpreters of interpreters as the kernel follows. */
#define SCRIPT_DEPTH 5

void complain(const char *format, ...)
{
	va_list arguments;

	fputs("hakmem-run: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

/* ---- where it is ---- */

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* The first `name` in $PATH that can be executed, in `path`. */
static bool search_path(char *path, const char *name)
{
	const char *folder = getenv("PATH");

	if (!folder)
		folder = "/bin:/usr/bin";
	for (;; folder++) {
		size_t length = strcspn(folder, ":");

		if (snprintf(path, PATH_MAX, "%.*s/%s", length ? (int)length : 1,
			     length ? folder : ".", name) < PATH_MAX &&
		    is_program(path))
			return true;
		folder += length;
		if (*folder == '\0')
			return false;
	}
}

static int find_file(char *path, const char *name)
{
	if (strlen(name) >= PATH_MAX) {
		complain("the name of the program is longer than %d bytes", PATH_MAX - 1);
		return EXIT_NOT_FOUND;
	}
	if (!strchr(name, '/')) {
		if (search_path(path, name))
			return 0;
		complain("%s: not found in the folders of $PATH", name);
		return EXIT_NOT_FOUND;
	}
	strcpy(path, name);
	if (access(path, F_OK) != 0) {
		complain("%s: %s", path, strerror(errno));
		return EXIT_NOT_FOUND;
	}
	if (is_program(path))
		return 0;
	complain("%s cannot be executed: it is no file, or it lacks the permission", path);
	return EXIT_CANNOT_RUN;
}

/* The first bytes of a file, NUL-terminated; their number, or -1. */
static ssize_t read_start(const char *path, char *start, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : pread(fd, start, size - 1, 0);

	if (got >= 0)
		start[got] = '\0';
	else
		complain("%s cannot be read: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return got;
}

/* The word after "#!", or "" when there is none. */
static void interpreter(char *word, const char *start)
{
	size_t length;

	start += 2 + strspn(start + 2, " \t");
	length = strcspn(start, " \t\n");
	memcpy(word, start, length);
	word[length] = '\0';
}

/* A text without #! is the shell's, as for execvp(3). */
static int follow_scripts(char *path)
{
	char start[256];

	for (int depth = 0; depth < SCRIPT_DEPTH; depth++) {
		if (read_start(path, start, sizeof(start)) < 0)
			return EXIT_CANNOT_RUN;
		if (memcmp(start, ELFMAG, SELFMAG) == 0)
			return 0;
		strcpy(path, "/bin/sh");
		if (strncmp(start, "#!", 2) == 0)
			interpreter(path, start);
		if (!is_program(path)) {
			complain("the interpreter %s cannot be executed", path);
			return EXIT_CANNOT_RUN;
		}
	}
	complain("%s: too many scripts that are each other's interpreter", path);
	return EXIT_CANNOT_RUN;
}

int program_find(struct program *program, const char *name)
{
	int status = find_file(program->path, name);

	if (status != 0)
		return status;
	strcpy(program->binary, program->path);
	return follow_scripts(program->binary);
}

/* ---- what it is ---- */

static bool read_at(int fd, void *data, size_t size, off_t offset)
{
	return pread(fd, data, size, offset) == (ssize_t)size;
}

static bool read_segment(int fd, const ElfW(Ehdr) *header, unsigned i, ElfW(Phdr) *segment)
{
	return read_at(fd, segment, sizeof(*segment),
		       (off_t)(header->e_phoff + i * sizeof(*segment)));
}

/* The loader that the program asks for; "" when it asks for none. */
static bool read_loader(int fd, const ElfW(Ehdr) *header, char *loader)
{
	ElfW(Phdr) segment;

	loader[0] = '\0';
	for (unsigned i = 0; i < header->e_phnum; i++) {
		if (!read_segment(fd, header, i, &segment))
			return false;
		if (segment.p_type != PT_INTERP)
			continue;
		if (segment.p_filesz == 0 || segment.p_filesz > PATH_MAX ||
		    !read_at(fd, loader, segment.p_filesz, (off_t)segment.p_offset))
			return false;
		loader[segment.p_filesz - 1] = '\0';
	}
	return true;
}

/* The header of this very program says what machine we are for. */
static bool same_machine(const ElfW(Ehdr) *header)
{
	static ElfW(Ehdr) own;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool known = fd >= 0 && read_at(fd, &own, sizeof(own), 0);

	if (fd >= 0)
		close(fd);
	return !known || (header->e_ident[EI_CLASS] == own.e_ident[EI_CLASS] &&
			  header->e_machine == own.e_machine &&
			  header->e_phentsize == sizeof(ElfW(Phdr)));
}

/* glibc's loaders are ld-linux*.so.N and, on some machines, ld64.so.N. */
static bool is_glibc_loader(const char *loader)
{
	const char *base = strrchr(loader, '/');

	base = base ? base + 1 : loader;
	return strncmp(base, "ld-linux", 8) == 0 || strncmp(base, "ld64.", 5) == 0;
}

/* Where in the file the bytes of an address are; 0: not in it. */
static off_t file_offset(int fd, const ElfW(Ehdr) *header, ElfW(Addr) address)
{
	ElfW(Phdr) segment;

	for (unsigned i = 0; i < header->e_phnum; i++)
		if (read_segment(fd, header, i, &segment) && segment.p_type == PT_LOAD &&
		    address - segment.p_vaddr < segment.p_filesz)
			return (off_t)(segment.p_offset + (address - segment.p_vaddr));
	return 0;
}

/* Where the table of names is that the loader reads, and its size; 0: there is none. */
static off_t find_names(int fd, const ElfW(Ehdr) *header, size_t *size)
{
	ElfW(Addr) address = 0;
	ElfW(Phdr) segment;
	ElfW(Dyn) entry;

	*size = 0;
	for (unsigned i = 0; i < header->e_phnum; i++) {
		if (!read_segment(fd, header, i, &segment) || segment.p_type != PT_DYNAMIC)
			continue;
		for (off_t at = (off_t)segment.p_offset;
		     read_at(fd, &entry, sizeof(entry), at) && entry.d_tag != DT_NULL;
		     at += (off_t)sizeof(entry)) {
			if (entry.d_tag == DT_STRTAB)
				address = entry.d_un.d_ptr;
			else if (entry.d_tag == DT_STRSZ)
				*size = entry.d_un.d_val;
		}
	}
	return file_offset(fd, header, address);
}

/*
 * The sanitizer that the program is built with, or NULL.  Its runtime is a library or is
 * linked into the program; the table of names has both kinds.
 */
static const char *find_sanitizer(int fd, const ElfW(Ehdr) *header)
{
	static const struct {
		const char *name, *library, *symbol;
	} known[] = {
		{"AddressSanitizer", "libasan.so", "__asan_init"},
		{"HWAddressSanitizer", "libhwasan.so", "__hwasan_init"},
		{"LeakSanitizer", "liblsan.so", "__lsan_init"},
		{"MemorySanitizer", "libmsan.so", "__msan_init"},
		{"ThreadSanitizer", "libtsan.so", "__tsan_init"},
	};
	const char *found = NULL;
	size_t size;
	off_t start = find_names(fd, header, &size);
	char *names = malloc(size);

	if (names && read_at(fd, names, size, start))
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && !found; i++)
			if (memmem(names, size, known[i].library, strlen(known[i].library)) ||
			    memmem(names, size, known[i].symbol, strlen(known[i].symbol) + 1))
				found = known[i].name;
	free(names);
	return found;
}

static bool binary_can_preload(const char *path, int fd)
{
	const char *sanitizer;
	ElfW(Ehdr) header;
	char loader[PATH_MAX];

	if (!read_at(fd, &header, sizeof(header), 0) || !same_machine(&header)) {
		complain("%s is for another kind of machine than this hakmem", path);
		return false;
	}
	if (!read_loader(fd, &header, loader)) {
		complain("%s is damaged: its program headers cannot be read", path);
		return false;
	}
	if (loader[0] == '\0') {
		complain("%s is linked statically: its malloc cannot be replaced", path);
		return false;
	}
	if (!is_glibc_loader(loader)) {
		complain("%s is for another libc, whose loader is %s", path, loader);
		return false;
	}
	sanitizer = find_sanitizer(fd, &header);
	if (sanitizer)
		complain("%s is built with %s, which has a malloc of its own: run it without this library",
			 path, sanitizer);
	return !sanitizer;
}

bool program_gains_rights(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	if (((st.st_mode & S_ISUID) && st.st_uid != geteuid()) ||
	    ((st.st_mode & S_ISGID) && st.st_gid != getegid()))
		return true;
	return geteuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0;
}

bool program_can_preload(const struct program *program)
{
	int fd;
	bool can;

	if (program_gains_rights(program->binary)) {
		complain("%s is set-user-ID, set-group-ID or has capabilities: the loader preloads nothing into it; as root, name the library in /etc/ld.so.preload",
			 program->binary);
		return false;
	}
	fd = open(program->binary, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		complain("%s cannot be read: %s", program->binary, strerror(errno));
		return false;
	}
	can = binary_can_preload(program->binary, fd);
	close(fd);
	return can;
}

/* ---- what the loader says ---- */

/* The loader with all that it would bind, its report in a pipe; NULL: failed. */
static FILE *ask_loader(const struct program *program, const char *library, pid_t *pid)
{
	static char trace[] = "LD_TRACE_LOADED_OBJECTS=1", warn[] = "LD_WARN=yes",
		    now[] = "LD_BIND_NOW=yes", debug[] = "LD_DEBUG=bindings";
	char preload[PATH_MAX + 16];
	char *const argv[] = {(char *)program->binary, NULL};
	char *const environment[] = {preload, trace, warn, now, debug, NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], failed;

	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", library);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	posix_spawn_file_actions_init(&actions);
	/* First: with closed standard files, the pipe may be 0 and 1. */
	posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	failed = posix_spawn(pid, argv[0], &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (failed == 0)
		return fdopen(ends[0], "r");
	close(ends[0]);
	return NULL;
}

/* Whose reference to malloc the loader binds, and to whose malloc. */
struct binding {
	char from[PATH_MAX], to[PATH_MAX];
};

/* Copies what stands between `before` and " [" in `line`; the rest, or NULL. */
static const char *read_file_name(const char *line, const char *before, char *name)
{
	const char *start = strstr(line, before), *end;

	if (!start)
		return NULL;
	start += strlen(before);
	end = strstr(start, " [");
	if (!end || end - start >= PATH_MAX)
		return NULL;
	memcpy(name, start, (size_t)(end - start));
	name[end - start] = '\0';
	return end;
}

/* Is this line of the report about malloc? */
static bool read_binding(const char *line, struct binding *b)
{
	if (!strstr(line, "normal symbol `malloc'"))
		return false;
	line = read_file_name(line, "binding file ", b->from);
	return line && read_file_name(line, "] to ", b->to);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * 1 when every reference to malloc is bound to `library` (as far as its base name
 * tells), -1 when one is bound to another file, which `owner` names, 0 when
 * there is none.  The loader's own error goes to stderr.
 *
 * A program that is not position-independent may give its PLT entry as the
 * address of malloc, although it has no malloc of its own.  Libraries that take
 * the address are then bound to the program.  Such a program's own reference is
 * bound to another file; that of a program with its own malloc never is.
 */
static int judge(FILE *report, const char *program, const char *library, char *owner)
{
	char *line = NULL;
	size_t size = 0;
	int verdict = 0;
	bool program_is_owner = false, program_refers = false;
	struct binding b;

	while (getline(&line, &size, report) > 0) {
		if (strncmp(line, "ERROR: ld.so", 12) == 0)
			fputs(line, stderr);
		if (!read_binding(line, &b))
			continue;
		if (strcmp(b.to, program) == 0) {
			program_is_owner = true;
			continue;
		}
		program_refers |= strcmp(b.from, program) == 0;
		if (verdict >= 0) {
			verdict = strcmp(base_name(b.to), base_name(library)) == 0 ? 1 : -1;
			strcpy(owner, b.to);
		}
	}
	free(line);
	if (!program_is_owner || program_refers)
		return verdict;
	strcpy(owner, program);
	return -1;
}

bool program_takes(const struct program *program, const char *library)
{
	char owner[PATH_MAX] = "";
	int verdict = 0, status;
	pid_t pid;
	FILE *report = ask_loader(program, library, &pid);

	if (report) {
		verdict = judge(report, program->binary, library, owner);
		fclose(report);
		waitpid(pid, &status, 0);
	}
	if (verdict == 0)
		complain("the loader does not say whose malloc %s would use", program->binary);
	else if (verdict < 0)
		complain("%s would not use the malloc of %s, but that of %s",
			 program->binary, library, owner);
	return verdict > 0;
}
