/* SPDX-License-Identifier: MIT */
/*
 * flame: the tree as a picture.  Each function is a box on top of the one that called it,
 * as wide as what it holds.
 */
#include "flame.h"

#include "heap.h"
#include "text.h"

#include <string.h>

/* Pixels. */
#define WIDTH 1200
#define MARGIN 10
#define HEAD 52
#define ROW 18
/* No font for programs is wider at the size that is used here. */
#define LETTER 7.25
#define PADDING 4

#define SHARE 0.0001
/* Fewer letters say nothing. */
#define LETTERS_LEAST 3

struct picture {
	FILE *out;
	const struct arguments *a;
	const struct heap *h;
	const struct tree *t;
	double share;
	size_t rows;
};

/* ---- text ---- */

static void write_escaped(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		switch (text[i]) {
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '&': fputs("&amp;", out); break;
		case '"': fputs("&quot;", out); break;
		default: fputc(text[i], out);
		}
}

static void write_all(FILE *out, const char *text)
{
	write_escaped(out, text, strlen(text));
}

/* As much of it as fits; nothing if that is too little. */
static void write_fitting(FILE *out, const char *text, double width)
{
	double fits = (width - 2 * PADDING) / LETTER;
	size_t letters = fits > 0 ? (size_t)fits : 0;
	bool is_cut = text_length(text) > letters;

	if (is_cut && letters < LETTERS_LEAST)
		return;
	write_escaped(out, text, text_prefix(text, is_cut ? letters - 2 : letters));
	if (is_cut)
		fputs("..", out);
}

/* ---- colours ---- */

/* Its hue is that of the module, its strength that of the function. */
static void write_own_colour(const struct picture *p, const struct name *n)
{
	uint32_t hue = text_hash(n->module) % 360;

	fprintf(p->out, "hsl(%u,%u%%,%u%%)", hue, 55 + n->hash % 31, 70 + n->hash / 31 % 13);
}

/* Grey where nothing has changed, full red where all is new, full blue where most is gone. */
static void write_growth_colour(const struct picture *p, const struct node *n)
{
	uint64_t before = n->total[BEFORE], now = n->total[NOW];
	uint64_t most = before > now ? before : now;
	uint64_t change = before > now ? before - now : now - before;
	unsigned pale = 225 - (unsigned)(most ? 130 * (double)change / (double)most : 0);

	if (now >= before)
		fprintf(p->out, "rgb(%u,%u,%u)", change ? 245 : pale, pale, pale);
	else
		fprintf(p->out, "rgb(%u,%u,245)", pale, pale + (225 - pale) / 3);
}

/* ---- boxes ---- */

static void write_title(const struct picture *p, const struct node *n, const struct name *name)
{
	char number[NUMBER_SIZE], share[NUMBER_SIZE], growth[NUMBER_SIZE];
	const char *text = text_share(share, n->total[NOW], p->t->node[0].total[NOW]);

	fputs("<title>", p->out);
	write_all(p->out, name->label);
	fprintf(p->out, "\n%s, %s", text_number(number, n->total[NOW], p->h->unit),
		text + strspn(text, " "));
	if (p->a->base && n->total[NOW] != n->total[BEFORE])
		fprintf(p->out, ", %s",
			text_growth(growth, n->total[BEFORE], n->total[NOW], p->h->unit));
	if (*name->module != '\0') {
		fputs("\nin ", p->out);
		write_all(p->out, name->module);
	}
	fputs("</title>", p->out);
}

static void write_box(const struct picture *p, const struct node *n, double x, double width)
{
	const struct name all = {.label = (char[]){"all"}, .module = (char[]){""}};
	const struct name *name = n->depth == 0 ? &all : &p->h->stacks.names.name[n->name];
	double y = HEAD + (double)(p->rows - 1 - n->depth) * ROW;

	fprintf(p->out, "<g class=\"f\" data-x=\"%.5f\" data-w=\"%.5f\">", x, width);
	write_title(p, n, name);
	fprintf(p->out, "<rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\" fill=\"",
		MARGIN + x, y, width > 2 ? width - 0.5 : width, ROW - 1);
	if (p->a->base)
		write_growth_colour(p, n);
	else if (n->depth == 0)
		fputs("#dddddd", p->out);
	else
		write_own_colour(p, name);
	fprintf(p->out, "\"/><text x=\"%.2f\" y=\"%.0f\">", MARGIN + x + PADDING, y + 13);
	write_fitting(p->out, name->label, width);
	fputs("</text></g>\n", p->out);
}

static double width_of(const struct picture *p, const struct node *n)
{
	return (WIDTH - 2.0 * MARGIN) * (double)n->total[NOW] /
	       (double)p->t->node[0].total[NOW];
}

static bool is_shown(const struct picture *p, const struct node *n)
{
	return (double)n->total[NOW] >= p->share * (double)p->t->node[0].total[NOW] &&
	       n->total[NOW] > 0;
}

static void write_boxes(const struct picture *p, size_t parent, double x)
{
	for (size_t i = p->t->node[parent].child; i != 0; i = p->t->node[i].next) {
		const struct node *n = &p->t->node[i];

		if (is_shown(p, n)) {
			write_box(p, n, x, width_of(p, n));
			write_boxes(p, i, x);
		}
		x += width_of(p, n);
	}
}

/* ---- the picture ---- */

static size_t count_rows(const struct picture *p)
{
	size_t deepest = 0;

	/* What is not shown has nothing above it that is. */
	for (size_t i = 0; i < p->t->count; i++)
		if (is_shown(p, &p->t->node[i]) && p->t->node[i].depth > deepest)
			deepest = p->t->node[i].depth;
	return deepest + 1;
}

static void write_head(const struct picture *p)
{
	const uint64_t *total = p->h->stacks.total;
	char number[NUMBER_SIZE], growth[NUMBER_SIZE];

	fprintf(p->out, "<text class=\"t\" x=\"%d\" y=\"22\">%s: %s</text>\n", MARGIN, p->a->kind,
		text_number(number, total[NOW], p->h->unit));
	fprintf(p->out, "<text class=\"s\" x=\"%d\" y=\"41\">", MARGIN);
	write_all(p->out, heap_file_name(p->a->file));
	if (p->a->base) {
		fputs(" since ", p->out);
		write_all(p->out, heap_file_name(p->a->base));
		fprintf(p->out, ": %s; red has grown, blue has shrunk",
			total[NOW] == total[BEFORE] ?
				"no growth" :
				text_growth(growth, total[BEFORE], total[NOW], p->h->unit));
	} else if (p->a->callers) {
		fputs(": allocating functions below, their callers above", p->out);
	}
	fputs("</text>\n", p->out);
}

static void write_picture(const struct picture *p)
{
	size_t height = HEAD + p->rows * ROW + MARGIN;

	fprintf(p->out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\" "
		"viewBox=\"0 0 %d %zu\">\n"
		"<style>text{font:12px \"DejaVu Sans Mono\",Menlo,Consolas,monospace;"
		"pointer-events:none}.t{font:bold 16px sans-serif}.s{font:12px sans-serif}"
		".f{cursor:pointer}.f:hover rect{stroke:#000}.a{opacity:.5}</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		WIDTH, height, WIDTH, height);
	write_head(p);
	write_box(p, &p->t->node[0], 0, WIDTH - 2.0 * MARGIN);
	write_boxes(p, 0, 0);
	fprintf(p->out, "<script><![CDATA[\nvar margin = %d, all = %d, letter = %g, padding = %d;\n"
		"%s]]></script>\n</svg>\n", MARGIN, WIDTH - 2 * MARGIN, LETTER, PADDING,
		flame_script);
}

void command_flame(const struct arguments *a, const struct heap *h, FILE *out)
{
	struct tree t = tree_build(&h->stacks);
	struct picture p = {.out = out, .a = a, .h = h, .t = &t,
			    .share = a->share < 0 ? SHARE : a->share};

	p.rows = count_rows(&p);
	write_picture(&p);
	tree_free(&t);
}
