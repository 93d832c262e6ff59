// SPDX-License-Identifier: GPL-2.0
/*
 * irtext - compare functions of two versions of a unit
 *
 * Problem: a back end takes the bodies of functions from other units' bitcode.  It has to run again if
 * one of them has changed, but not if another function of that unit has.  In bitcode all functions share
 * tables of types, attributes and metadata, by the numbers of which they refer to them: one more entry
 * changes the bits of functions that are what they were.
 *
 * Mechanism: llvm-dis writes a text in which each thing at the outermost level begins a line with its name,
 * and says which GUID in an index it has.  A function is written out with all that it refers to, in the
 * order in which it is first met, and with the place in that order instead of the number of metadata and
 * attributes.  Two functions are the same if this is the same text.  Of functions that are called only the
 * declaration counts, which is all that an importer takes; if it takes more, its index says so.
 *
 * The language: https://llvm.org/docs/LangRef.html
 *
 * Limits: what is not understood counts as part of everything in the unit.
 */

#define _GNU_SOURCE
#include <ctype.h>
#include <string.h>

#include "irtext.h"
#include "util.h"

struct entity {
	const char	*name;		/* with its first character: @function %type #attributes !metadata */
	size_t		name_len;
	const char	*text;
	size_t		len;
	size_t		declaration;	/* the part of the text that is for others: all, but of a function its head */
	uint64_t	guid;
	bool		has_guid;
	enum { UNKNOWN, SAME, DIFFERENT } verdict;
	size_t		round, place;	/* where it was met when write_out() last ran */
};

struct ir {
	char		*text;
	struct entity	*entities;	/* as in the text */
	size_t		nr;
	struct entity	**by_name;
	struct entity	**queue;
	size_t		round;
	char		*common;	/* what is part of everything */
	size_t		common_size;
};

static int compare_names(const void *a, const void *b)
{
	const struct entity *x = *(struct entity *const *)a, *y = *(struct entity *const *)b;
	int ret = memcmp(x->name, y->name, x->name_len < y->name_len ? x->name_len : y->name_len);

	return ret ? ret : (x->name_len > y->name_len) - (x->name_len < y->name_len);
}

static struct entity *find(const struct ir *ir, const char *name, size_t len)
{
	struct entity key = { .name = name, .name_len = len }, *k = &key, **found;

	found = bsearch(&k, ir->by_name, ir->nr, sizeof(*ir->by_name), compare_names);
	return found ? *found : NULL;
}

/* behind the string that begins at @p */
static const char *skip_string(const char *p)
{
	const char *end = strchr(p + 1, '"');

	return end ? end + 1 : p + strlen(p);
}

/* behind the name whose first character, one of @%#!, is at @p */
static const char *skip_name(const char *p)
{
	if (p[1] == '"' && *p != '!')
		return skip_string(p + 1);
	for (p++; isalnum((unsigned char)*p) || (*p && strchr("-$._", *p)); p++)
		;
	return p;
}

static struct entity *add(struct ir *ir, const char *name, const char *text, const char *end)
{
	struct entity *e;

	ir->entities = array_grow(ir->entities, ir->nr, sizeof(*ir->entities));
	e = &ir->entities[ir->nr++];
	memset(e, 0, sizeof(*e));
	e->name = name;
	e->name_len = skip_name(name) - name;
	e->text = text;
	e->len = e->declaration = end - text;
	return e;
}

/* ^1 = gv: (name: "foo", ...) ; guid = 123 */
static void note_guid(struct ir *ir, const char *line, const char *end)
{
	static const char begin[] = " = gv: (name: \"", guid[] = " ; guid = ";
	const char *name = strstr(line, begin), *name_end, *number;
	struct entity *e;
	char *key;

	if (!name || name > end)
		return;
	name += strlen(begin);
	name_end = strchr(name, '"');
	number = memmem(name, end - name, guid, strlen(guid));
	if (!name_end || !number)
		return;
	key = xasprintf("@%.*s", (int)(name_end - name), name);
	e = find(ir, key, strlen(key));
	free(key);
	if (e) {
		e->guid = strtoull(number + strlen(guid), NULL, 10);
		e->has_guid = true;
	}
}

/* From @p to @end of a text to @f; what it refers to is met. */
static void write_part(struct ir *ir, const char *p, const char *end, size_t *met, FILE *f)
{
	static const char srcloc[] = "!srcloc !";
	const char *from;
	struct entity *e;

	while (p < end) {
		from = p;
		switch (*p) {
		case '"':
			p = skip_string(p);
			break;
		case ';':
			p = strchr(p, '\n');
			if (!p)
				p = end;
			continue;
		case '!':
			if (!strncmp(p, srcloc, strlen(srcloc))) {
				p = skip_name(p + strlen(srcloc) - 1);
				continue;
			}
			/* fall through */
		case '@':
		case '%':
		case '#':
			p = skip_name(p);
			e = find(ir, from, p - from);
			if (!e)
				break;
			if (e->round != ir->round) {
				e->round = ir->round;
				e->place = *met;
				ir->queue[(*met)++] = e;
			}
			if (*from == '#' || *from == '!') {
				fprintf(f, "%c%zu", *from, e->place);
				continue;
			}
			break;
		default:
			p++;
			p += strcspn(p, "\";!@%#");
			if (p > end)
				p = end;
		}
		fwrite(from, 1, p - from, f);
	}
	fputc('\n', f);
}

/* @e and what it refers to.  Return: a text of *@size bytes, to be freed */
static char *write_out(struct ir *ir, struct entity *e, size_t *size)
{
	/* who takes an alias gets what it is an alias of */
	bool alias = memmem(e->text, e->declaration, " alias ", strlen(" alias "));
	size_t met = 0, whole = 1, i;
	char *text;
	FILE *f = open_memstream(&text, size);

	if (!f)
		die(EXIT_INTERNAL, "out of memory");
	e->round = ++ir->round;
	e->place = met;
	ir->queue[met++] = e;
	for (i = 0; i < met; i++) {
		struct entity *q = ir->queue[i];

		write_part(ir, q->text, q->text + (i < whole ? q->len : q->declaration), &met, f);
		if (!i && alias)
			whole = met;
	}
	if (fclose(f))
		die(EXIT_INTERNAL, "out of memory");
	return text;
}

static bool equal(struct ir *old, struct entity *a, struct ir *new, struct entity *b)
{
	size_t a_size, b_size;
	char *x, *y;

	if (a->verdict == UNKNOWN) {
		x = write_out(old, a, &a_size);
		y = write_out(new, b, &b_size);
		a->verdict = a_size == b_size && !memcmp(x, y, a_size) ? SAME : DIFFERENT;
		free(x);
		free(y);
	}
	return a->verdict == SAME;
}

static bool named_metadata(const struct entity *e)
{
	return *e->name == '!' && !isdigit((unsigned char)e->name[1]);
}

/* the things of a text, and what is in none of them */
static void parse(struct ir *ir)
{
	/* whose functions are of the unit refers to the unit; all of them are no part of each */
	static const char debug_units[] = "!llvm.dbg.cu =";
	const char *p, *end, *next, *head;
	struct entity *e;
	size_t i, met = 0;
	FILE *f;

	for (p = ir->text; *p; p = next) {
		end = strchrnul(p, '\n');
		next = *end ? end + 1 : end;
		if (strchr("@%!", *p)) {
			if (strncmp(p, debug_units, strlen(debug_units)))
				add(ir, p, p, end);
		} else if (!strncmp(p, "attributes #", strlen("attributes #"))) {
			head = strchr(p, '#');
			add(ir, head, p, end);
		} else if (!strncmp(p, "declare ", strlen("declare ")) || !strncmp(p, "define ", strlen("define "))) {
			head = strchr(p, '@');
			if (!head || head > end)
				die(EXIT_INTERNAL, "a function without a name");
			if (p[2] == 'f') {
				next = strstr(end, "\n}\n");
				if (!next)
					die(EXIT_INTERNAL, "a function without an end");
				next += strlen("\n}\n");
			}
			e = add(ir, head, p, p[2] == 'f' ? next : end);
			e->declaration = end - p;
		}
	}
	ir->by_name = calloc(ir->nr + 1, sizeof(*ir->by_name));
	ir->queue = calloc(ir->nr + 1, sizeof(*ir->queue));
	f = open_memstream(&ir->common, &ir->common_size);
	if (!ir->by_name || !ir->queue || !f)
		die(EXIT_INTERNAL, "out of memory");
	for (i = 0; i < ir->nr; i++)
		ir->by_name[i] = &ir->entities[i];
	qsort(ir->by_name, ir->nr, sizeof(*ir->by_name), compare_names);

	/* the rest: what LLVM says of GUIDs, comments; module asm, target, comdats, metadata with a name */
	ir->round++;
	for (e = ir->entities, p = ir->text; *p; p = next) {
		end = strchrnul(p, '\n');
		next = *end ? end + 1 : end;
		if (e < ir->entities + ir->nr && p == e->text) {
			if (named_metadata(e))
				write_part(ir, p, end, &met, f);
			next = e->text + e->len;
			next += *next == '\n';
			e++;
		} else if (*p == '^') {
			note_guid(ir, p, end);
		} else if (*p != ';' && *p != '\n' && strncmp(p, debug_units, strlen(debug_units))) {
			write_part(ir, p, end, &met, f);
		}
	}
	for (i = 0; i < met; i++)
		write_part(ir, ir->queue[i]->text, ir->queue[i]->text + ir->queue[i]->declaration, &met, f);
	if (fclose(f))
		die(EXIT_INTERNAL, "out of memory");
}

struct ir *ir__read(const char *dis, const char *path)
{
	struct ir *ir = calloc(1, sizeof(*ir));
	char *command = xasprintf("%s -o - \"$LTO_UNIT\"", dis), buf[65536];
	FILE *from, *to;
	size_t n, size;
	int status;

	if (!ir)
		die(EXIT_INTERNAL, "out of memory");
	setenv("LTO_UNIT", path, 1);
	from = popen(command, "r");
	to = open_memstream(&ir->text, &size);
	if (!from || !to)
		die(EXIT_INTERNAL, "%s: out of memory or processes", command);
	while ((n = fread(buf, 1, sizeof(buf), from)) > 0)
		fwrite(buf, 1, n, to);
	status = pclose(from);
	if (fclose(to))
		die(EXIT_INTERNAL, "out of memory");
	if (status) {
		fprintf(stderr, "%s: warning: %s failed: what takes something from %s is compiled again\n", tool_name, dis, path);
		ir__free(ir);
		ir = NULL;
	} else {
		parse(ir);
	}
	free(command);
	return ir;
}

void ir__free(struct ir *ir)
{
	if (!ir)
		return;
	free(ir->text);
	free(ir->entities);
	free(ir->by_name);
	free(ir->queue);
	free(ir->common);
	free(ir);
}

static int compare_guids(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* the next from @e on that is one of @guids */
static struct entity *next_of(struct ir *ir, struct entity *e, const uint64_t *guids, size_t nr)
{
	for (; e < ir->entities + ir->nr; e++) {
		if (e->has_guid && bsearch(&e->guid, guids, nr, sizeof(*guids), compare_guids))
			return e;
	}
	return NULL;
}

bool ir__same(struct ir *old, struct ir *new, const uint64_t *guids, size_t nr)
{
	struct entity *a = old->entities, *b = new->entities;
	size_t found = 0;

	if (old->common_size != new->common_size || memcmp(old->common, new->common, old->common_size))
		return false;
	for (;; a++, b++, found++) {
		a = next_of(old, a, guids, nr);
		b = next_of(new, b, guids, nr);
		if (!a || !b)
			break;
		if (a->guid != b->guid || !equal(old, a, new, b))
			return false;
	}
	return !a && !b && found == nr;
}
