/* SPDX-License-Identifier: MIT */
/*
 * For hakmem_stat_screen.sh: runs a command on a terminal of that size and plays the
 * person before it.
 *
 *   terminal ROWS COLUMNS ACTION... -- COMMAND...
 *
 * Actions, one after the other:
 *   see TEXT           wait until the text is on the screen
 *   type KEYS          press these keys
 *   size ROWS COLUMNS  change the size of the window
 *   run COMMAND        run another command
 *   print              print the screen
 * The terminal knows the entry that the test makes with tic, and no more.  A cursor
 * outside of the window is a failure, and so is a screen that scrolls.  Ends with the
 * status of the command.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 300
#define PATIENCE 60 /* seconds */

static char screen[MOST][MOST + 1];
static int row, column;
static int rows, columns; /* what may be written to */
static int window_rows, window_columns;
static int master;

static void print_screen(FILE *out)
{
	for (int r = 0; r < rows; r++)
		fprintf(out, "%s\n", screen[r]);
}

__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *what, ...)
{
	va_list list;

	va_start(list, what);
	vfprintf(stderr, what, list);
	va_end(list);
	fputs("; the screen:\n", stderr);
	print_screen(stderr);
	exit(99);
}

/* ---- the terminal ---- */

/* Only an empty screen has the new size for sure. */
static void clear(void)
{
	rows = window_rows;
	columns = window_columns;
	for (int r = 0; r < MOST; r++) {
		memset(screen[r], r < rows ? ' ' : '\0', MOST);
		screen[r][columns] = '\0';
	}
}

static void set_window(int new_rows, int new_columns)
{
	struct winsize size = {.ws_row = (unsigned short)new_rows,
			       .ws_col = (unsigned short)new_columns};

	if (new_rows < 1 || new_rows > MOST || new_columns < 1 || new_columns >= MOST)
		fail("no window has %d rows and %d columns", new_rows, new_columns);
	window_rows = new_rows;
	window_columns = new_columns;
	rows = new_rows > rows ? new_rows : rows;
	columns = new_columns > columns ? new_columns : columns;
	ioctl(master, TIOCSWINSZ, &size);
}

static void move_to(const char *numbers)
{
	if (sscanf(numbers, "%d;%d", &row, &column) != 2)
		row = column = 1;
	row--;
	column--;
	if (row < 0 || row >= rows || column < 0 || column >= columns)
		fail("the cursor goes to row %d, column %d", row + 1, column + 1);
}

static void obey(const char *sequence, char last)
{
	if (last == 'H')
		move_to(sequence);
	else if (last == 'J')
		clear();
	else
		fail("the terminal knows no ESC [ %s %c", sequence, last);
}

static void write_letter(char c)
{
	if (c == '\r') {
		column = 0;
	} else if (c == '\n') {
		if (++row >= rows)
			fail("the screen scrolls");
	} else {
		screen[row][column] = c;
		column += column + 1 < columns;
	}
}

/* One byte of output.  The cursor stays in the last column, as the entry says. */
static void take(char c)
{
	static char sequence[32];
	static size_t length; /* 0: plain text */

	if (length == 0 && c != '\033') {
		write_letter(c);
		return;
	}
	if (length >= 2 && c >= '@') {
		obey(sequence + 2, c);
		memset(sequence, 0, sizeof(sequence));
		length = 0;
		return;
	}
	if (length == sizeof(sequence) - 1)
		fail("an escape sequence does not end");
	sequence[length++] = c;
}

/* Takes what comes within a tenth of a second; false: the command has ended. */
static int listen_once(void)
{
	struct pollfd p = {.fd = master, .events = POLLIN};
	char bytes[4096];
	ssize_t got;

	if (poll(&p, 1, 100) <= 0)
		return 1;
	got = read(master, bytes, sizeof(bytes));
	for (ssize_t i = 0; i < got; i++)
		take(bytes[i]);
	return got > 0;
}

/* ---- the person ---- */

static int sees(const char *text)
{
	for (int r = 0; r < rows; r++)
		if (strstr(screen[r], text))
			return 1;
	return 0;
}

static void see(const char *text)
{
	time_t end = time(NULL) + PATIENCE;

	while (!sees(text)) {
		if (!listen_once())
			fail("the command has ended without \"%s\"", text);
		if (time(NULL) > end)
			fail("there is no \"%s\"", text);
	}
}

/* One action; the next one. */
static char **act(char **action)
{
	if (strcmp(action[0], "see") == 0) {
		see(action[1]);
	} else if (strcmp(action[0], "type") == 0) {
		if (write(master, action[1], strlen(action[1])) < 0)
			fail("the terminal takes no keys");
	} else if (strcmp(action[0], "run") == 0) {
		if (system(action[1]) != 0)
			fail("%s fails", action[1]);
	} else if (strcmp(action[0], "size") == 0) {
		set_window(atoi(action[1]), atoi(action[2]));
		return action + 3;
	} else if (strcmp(action[0], "print") == 0) {
		print_screen(stdout);
		return action + 1;
	} else {
		fail("there is no action %s", action[0]);
	}
	return action + 2;
}

int main(int argc, char **argv)
{
	char **command = argv + 3;
	int status;
	pid_t pid;

	while (command < argv + argc && strcmp(*command, "--") != 0)
		command++;
	if (command + 1 >= argv + argc)
		return 98;
	window_rows = atoi(argv[1]);
	window_columns = atoi(argv[2]);
	clear();
	pid = forkpty(&master, NULL, NULL,
		      &(struct winsize){.ws_row = (unsigned short)window_rows,
					.ws_col = (unsigned short)window_columns});
	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		execvp(command[1], command + 1);
		_exit(97);
	}
	for (char **action = argv + 3; action < command;)
		action = act(action);
	while (listen_once())
		;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
