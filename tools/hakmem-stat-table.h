/* SPDX-License-Identifier: MIT */
/* hakmem-stat: processes in a table, one line each. */
#ifndef HAKMEM_STAT_TABLE_H
#define HAKMEM_STAT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "hakmem-stat-process.h"

struct table {
	struct process *process;
	size_t count, room;
	unsigned unread[PROCESS_OUTCOMES]; /* how many processes, by why not */
};

/* One row of the table of columns, for headings, sorting, and keys of the screen. */
struct column {
	const char *word; /* of --sort; NULL ends the list */
	char key;	  /* on the screen; a letter of the word */
	const char *heading;
	int width;
	bool ascending;				    /* smallest first */
	uint64_t (*value)(const struct process *p); /* NULL: the name */
};

extern const struct column columns[];

/* The column of this word, or of this key, or NULL. */
const struct column *column_of_word(const char *word);
const struct column *column_of_key(int key);

/* Reads one process; it is in the table only if the outcome is PROCESS_READ. */
enum outcome table_read_one(struct table *t, pid_t pid);

/* Reads all processes that use the library; false, with errno: /proc is not there. */
bool table_read_all(struct table *t);

/* By one column, and by id where that does not tell. */
void table_sort(struct table *t, const struct column *by);

void table_heading(FILE *out);
void table_row(FILE *out, const struct process *p);

/* A row for all of them together: "12 processes". */
struct process table_sum(const struct table *t);

/* The name without what could harm a terminal. */
void print_name(FILE *out, const struct process *p, int width);

#endif /* HAKMEM_STAT_TABLE_H */
