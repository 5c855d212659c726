/* SPDX-License-Identifier: MIT */
#include "hakmem-stat-screen.h"

#include <limits.h>
#include <ncurses.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static SCREEN *terminal;
/* How many lines below the heading are scrolled away. */
static int scrolled;

static bool has(const char *capability)
{
	const char *text = tigetstr(capability);

	return text && text != (const char *)-1;
}

bool screen_open(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return false;
	if (!has("cup") || !has("clear")) {
		screen_close();
		return false;
	}
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	curs_set(0);
	return true;
}

void screen_close(void)
{
	endwin();
	delscreen(terminal);
	terminal = NULL;
}

/* ---- drawing ---- */

static int lines_in(const char *text)
{
	int count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

/* What the last line leaves, after the heading. */
static int room(int heads)
{
	return LINES - 1 > heads ? LINES - 1 - heads : 0;
}

static void draw_lines(const char *text, int heads)
{
	for (int line = 0; *text != '\0'; line++) {
		int length = (int)strcspn(text, "\n");
		int y = line < heads ? line : line - scrolled;

		if (y >= (line < heads ? 0 : heads) && y < LINES - 1)
			mvaddnstr(y, 0, text, length < COLS ? length : COLS);
		text += length + (text[length] == '\n');
	}
}

static void draw_help(int heads, int count, const char *help)
{
	char text[240];
	int last = scrolled + room(heads);

	snprintf(text, sizeof(text), "lines %d-%d of %d  %s", scrolled + 1,
		 last < count ? last : count, count, help);
	attron(A_REVERSE);
	mvaddnstr(LINES - 1, 0, text, COLS);
	attroff(A_REVERSE);
}

static void draw(const char *text, int heads, const char *help)
{
	int count = lines_in(text) - heads;
	int most = count > room(heads) ? count - room(heads) : 0;

	if (scrolled > most)
		scrolled = most;
	if (scrolled < 0)
		scrolled = 0;
	erase();
	draw_lines(text, heads);
	draw_help(heads, count, help);
	refresh();
}

/* ---- keys ---- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/*
 * The next key, or 0 at that time or after a signal.  poll() ends early when the window's
 * size changes, which is a key.
 */
static int wait_key(double until)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	int key, ready = 0;

	while ((key = getch()) == ERR) {
		double left = until - now();

		if (left <= 0 || ready < 0)
			return 0;
		ready = poll(&in, 1, (int)(left * 1000) + 1);
		if (ready > 0 && (in.revents & (POLLHUP | POLLERR | POLLNVAL)))
			return 'q'; /* the terminal is gone */
	}
	return key;
}

/* Is it a key that scrolls? */
static bool scrolls(int key, int heads)
{
	switch (key) {
	case KEY_UP: scrolled--; break;
	case KEY_DOWN: scrolled++; break;
	case KEY_PPAGE: scrolled -= room(heads); break;
	case KEY_NPAGE: scrolled += room(heads); break;
	case KEY_HOME: scrolled = 0; break;
	case KEY_END: scrolled = INT_MAX; break;
	case KEY_RESIZE: break;
	default: return false;
	}
	return true;
}

int screen_show(const char *text, int heads, const char *help, double seconds)
{
	double until = now() + seconds;
	int key;

	do {
		draw(text, heads, help);
		key = wait_key(until);
	} while (scrolls(key, heads));
	return key;
}
