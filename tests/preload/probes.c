/* SPDX-License-Identifier: MIT */
/*
 * A tracer of probes by ptrace, for machines without eBPF:
 *
 *   probes FILE PROGRAM ARGUMENT...
 *
 * FILE, the library or a static program, has the notes of the probes.  PROGRAM stops
 * itself by SIGSTOP at marks.  At mark 1 the tracer raises all semaphores and puts a
 * breakpoint at each probe; at mark 2 it lowers the semaphores, and the breakpoints stay.
 * stdout: "mark N" and "PROVIDER:NAME ARGUMENT..." for each hit, the last argument of
 * bad_free as text.  Ends as PROGRAM does.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROBES_MAX 64

struct probe {
	const char *provider, *name, *arguments;
	uint64_t at, semaphore; /* in the file; semaphore 0: none */
};

static struct probe probes[PROBES_MAX];
static unsigned probe_count;
static uint64_t load_bias; /* address in the process - address in the file */
static const char *traced_file;

static _Noreturn void fail(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	exit(99);
}

/* ---- the notes ---- */

static const char *file;
static size_t file_size;

static void map_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		fail("%s cannot be read", path);
	file_size = (size_t)st.st_size;
	file = mmap(NULL, file_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file == MAP_FAILED || memcmp(file, ELFMAG, SELFMAG) != 0)
		fail("%s is no ELF file", path);
}

static const Elf64_Shdr *section(const char *name)
{
	const Elf64_Ehdr *e = (const void *)file;
	const Elf64_Shdr *s = (const void *)(file + e->e_shoff);
	const char *names = file + s[e->e_shstrndx].sh_offset;

	for (unsigned i = 0; i < e->e_shnum; i++)
		if (strcmp(names + s[i].sh_name, name) == 0)
			return &s[i];
	fail("%s has no section %s", traced_file, name);
}

/* location, base, semaphore; then three strings.  A file that was prelinked has moved. */
static void read_note(const char *desc, uint64_t base)
{
	struct probe *p = &probes[probe_count++];
	uint64_t word[3];

	if (probe_count > PROBES_MAX)
		fail("there are too many probes");
	memcpy(word, desc, sizeof(word));
	p->at = word[0] + base - word[1];
	p->semaphore = word[2] ? word[2] + base - word[1] : 0;
	p->provider = desc + sizeof(word);
	p->name = p->provider + strlen(p->provider) + 1;
	p->arguments = p->name + strlen(p->name) + 1;
}

static void read_notes(void)
{
	const Elf64_Shdr *notes = section(".note.stapsdt");
	uint64_t base = section(".stapsdt.base")->sh_addr;
	const char *at = file + notes->sh_offset, *end = at + notes->sh_size;

	while (at < end) {
		const Elf64_Nhdr *n = (const void *)at;
		const char *desc = at + sizeof(*n) + ((n->n_namesz + 3u) & ~3u);

		read_note(desc, base);
		at = desc + ((n->n_descsz + 3u) & ~3u);
	}
}

/* ---- the process ---- */

static uint64_t peek(pid_t pid, uint64_t address)
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, address, 0);
	if (errno != 0)
		fail("there is nothing at %#lx", (unsigned long)address);
	return (uint64_t)word;
}

static void poke(pid_t pid, uint64_t address, uint64_t mask, uint64_t value)
{
	uint64_t word = (peek(pid, address) & ~mask) | value;

	if (ptrace(PTRACE_POKEDATA, pid, address, word) != 0)
		fail("%#lx cannot be written", (unsigned long)address);
}

/* The first mapping of the file is that of its first bytes, for which addresses begin at 0. */
static void find_bias(pid_t pid)
{
	const Elf64_Ehdr *e = (const void *)file;
	char path[64], line[4096];
	FILE *maps;

	if (e->e_type == ET_EXEC)
		return;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "r");
	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, traced_file)) {
			load_bias = strtoull(line, NULL, 16);
			fclose(maps);
			return;
		}
	fail("%s is not in the process", traced_file);
}

static void set_semaphores(pid_t pid, uint64_t value)
{
	for (unsigned i = 0; i < probe_count; i++)
		if (probes[i].semaphore)
			poke(pid, load_bias + probes[i].semaphore, 0xFFFF, value);
}

#define NOP 0x90
#define BREAK 0xCC

static void attach(pid_t pid)
{
	find_bias(pid);
	for (unsigned i = 0; i < probe_count; i++) {
		uint64_t at = load_bias + probes[i].at;

		if ((peek(pid, at) & 0xFF) != NOP)
			fail("%s is no nop", probes[i].name);
		poke(pid, at, 0xFF, BREAK);
	}
	set_semaphores(pid, 1);
}

/* ---- a hit ---- */

static uint64_t reg(const struct user_regs_struct *r, const char *name, size_t length)
{
	const struct {
		const char *name;
		uint64_t value;
	} all[] = {
		{"rax", r->rax}, {"rbx", r->rbx}, {"rcx", r->rcx}, {"rdx", r->rdx},
		{"rsi", r->rsi}, {"rdi", r->rdi}, {"rbp", r->rbp}, {"rsp", r->rsp},
		{"r8", r->r8},	 {"r9", r->r9},	  {"r10", r->r10}, {"r11", r->r11},
		{"r12", r->r12}, {"r13", r->r13}, {"r14", r->r14}, {"r15", r->r15},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strlen(all[i].name) == length && strncmp(all[i].name, name, length) == 0)
			return all[i].value;
	fail("%.*s is no register of 64 bits", (int)length, name);
}

/* 8@%rax, 8@$5 and 8@-16(%rbp) */
static uint64_t argument(pid_t pid, const struct user_regs_struct *r, const char *text)
{
	char *rest;
	int64_t number;

	if (strncmp(text, "8@", 2) != 0)
		fail("%s has not 8 bytes", text);
	text += 2;
	if (*text == '%')
		return reg(r, text + 1, strcspn(text + 1, " "));
	if (*text == '$')
		return strtoull(text + 1, NULL, 0);
	number = strtoll(text, &rest, 0);
	if (strncmp(rest, "(%", 2) != 0)
		fail("%s is not understood", text);
	return peek(pid, (uint64_t)number + reg(r, rest + 2, strcspn(rest + 2, ")")));
}

static void print_text(pid_t pid, uint64_t address)
{
	for (;; address++) {
		int c = (int)(peek(pid, address) & 0xFF);

		if (c == 0)
			return;
		putchar(c);
	}
}

static void print_hit(pid_t pid, const struct probe *p, const struct user_regs_struct *r)
{
	const char *text = p->arguments;

	printf("%s:%s", p->provider, p->name);
	for (unsigned i = 0; *text; i++) {
		uint64_t value = argument(pid, r, text);

		text += strcspn(text, " ");
		text += *text == ' ';
		putchar(' ');
		if (strcmp(p->name, "bad_free") == 0 && !*text)
			print_text(pid, value);
		else
			printf("%lu", (unsigned long)value);
	}
	putchar('\n');
}

/* The nop behind the breakpoint was all that stood there: the thread goes on after it. */
static int is_hit(pid_t pid)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, pid, 0, &r) != 0)
		fail("a thread has no registers");
	for (unsigned i = 0; i < probe_count; i++)
		if (r.rip == load_bias + probes[i].at + 1) {
			print_hit(pid, &probes[i], &r);
			return 1;
		}
	return 0;
}

/* ---- stops ---- */

static void mark(pid_t pid)
{
	static unsigned marks;

	printf("mark %u\n", ++marks);
	if (marks == 1)
		attach(pid);
	else if (marks == 2)
		set_semaphores(pid, 0);
}

/* A new thread stops once, too, and may do so before its parent says that it is there. */
static int signal_to_pass(pid_t first, pid_t pid, int status)
{
	int sig = WSTOPSIG(status);

	if (status >> 16 != 0)
		return 0;
	if (sig == SIGSTOP) {
		if (pid == first)
			mark(pid);
		return 0;
	}
	return sig == SIGTRAP && is_hit(pid) ? 0 : sig;
}

static int follow(pid_t first)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status))
			ptrace(PTRACE_CONT, pid, 0, signal_to_pass(first, pid, status));
		else if (pid == first)
			return WIFEXITED(status) ? WEXITSTATUS(status) :
						   128 + WTERMSIG(status);
	}
	fail("the program is lost");
}

static void start(char **argv)
{
	const char *preload = getenv("TO_PRELOAD");

	if (preload)
		setenv("LD_PRELOAD", preload, 1);
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	execv(argv[0], argv);
	_exit(98);
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 3)
		fail("usage: probes FILE PROGRAM ARGUMENT...");
	setvbuf(stdout, NULL, _IOLBF, 0); /* PROGRAM writes there, too */
	traced_file = argv[1];
	map_file(traced_file);
	read_notes();
	pid = fork();
	if (pid == 0)
		start(argv + 2);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		fail("%s does not start", argv[2]);
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
	ptrace(PTRACE_CONT, pid, 0, 0);
	return follow(pid);
}
