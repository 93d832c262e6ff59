// SPDX-License-Identifier: GPL-2.0
/*
 * irtext - compare functions of two versions of a unit
 *
 * Problem: a back end imports functions from the bitcode of other units.  It has to run again if
 * one of these functions changed, but not if another function of that unit did.  In bitcode all
 * functions share tables of types, attributes and metadata, and refer to them by number.  One more
 * entry in a table changes the bits of functions that are otherwise the same.
 *
 * Mechanism: llvm-dis writes each outermost thing (function, variable, type ...) as text that
 * begins a line with its name, and says which GUID it has in an index.  This code reads the texts
 * of a function before and after a change side by side.  Where both refer to something, the two
 * things become partners.  (If one of them already has another partner, the texts differ.)
 * Functions, variables and types must have the same name.  Attributes and metadata may have
 * different numbers.  Then the texts of the partners are compared.  Of a called function only the
 * declaration is compared: an importer takes no more.  (If it does take the body, its index says
 * so.)  Equal things keep their partners for the next functions, so nothing is compared twice.
 *
 * The language: https://llvm.org/docs/LangRef.html
 *
 * Limits: text that is not understood counts as part of everything in the unit.  If something
 * necessary is missing, the text of the whole unit counts as not understood.
 */

#define _GNU_SOURCE
#include <ctype.h>
#include <string.h>

#include "irtext.h"
#include "util.h"

enum verdict {
	UNKNOWN,
	SAME,
	DIFFERENT,
};

struct entity {
	const char	*name;		/* @function %type #attributes !metadata */
	size_t		name_len;
	const char	*text;
	size_t		len;
	size_t		declaration;	/* length of what others see: functions: the head */
	uint64_t	guid;
	bool		has_guid;
	enum verdict	verdict;	/* on the whole text, compared with the partner */
	struct entity	*partner;	/* in the other version */
};

struct ir {
	char		*text;
	struct entity	*entities;	/* in the order of the text */
	size_t		nr;
	struct entity	**by_name;
	struct entity	**queue;	/* partners whose texts are to be read */
	size_t		queued;
	char		*common;	/* text that counts as part of everything */
	size_t		common_size;
	enum verdict	common_verdict;
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

/* Return: the place behind the string that begins at @p. */
static const char *skip_string(const char *p)
{
	const char *end = strchr(p + 1, '"');

	return end ? end + 1 : p + strlen(p);
}

/* Return: the place behind the name at @p, which begins with one of @%#! */
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
	/* elsewhere in the text, a name with unusual characters is in quotes */
	key = xasprintf("@\"%.*s\"", (int)(name_end - name), name);
	e = find(ir, key, strlen(key));
	if (!e) {
		memmove(key + 1, key + 2, name_end - name);
		e = find(ir, key, name_end - name + 1);
	}
	free(key);
	if (e) {
		e->guid = strtoull(number + strlen(guid), NULL, 10);
		e->has_guid = true;
	}
}

struct token {
	const char	*text;
	size_t		len;		/* 0 at the end */
	struct entity	*entity;	/* what it refers to, or NULL */
};

/* Take a token from *@p, and move *@p behind it.  The token ends at @end at the latest. */
static struct token next_token(struct ir *ir, const char **p, const char *end)
{
	static const char srcloc[] = "!srcloc !";
	struct token t = { 0 };

	/* skip comments, and !srcloc: places in the source, for messages about assembly */
	for (;;) {
		if (*p < end && **p == ';') {
			*p = strchrnul(*p, '\n');
		} else if (*p < end && !strncmp(*p, srcloc, strlen(srcloc))) {
			*p = skip_name(*p + strlen(srcloc) - 1);
		} else {
			break;
		}
	}
	if (*p >= end)
		return t;
	t.text = *p;
	if (**p == '"') {
		*p = skip_string(*p);
	} else if (strchr("@%#!", **p)) {
		*p = skip_name(*p);
		t.entity = find(ir, t.text, *p - t.text);
	} else {
		*p += strcspn(*p, "\";!@%#");
		if (*p > end)
			*p = end;
	}
	t.len = *p - t.text;
	return t;
}

/* Attributes and unnamed metadata: the same thing may have another number in the other version. */
static bool numbered(const struct token *t)
{
	return (*t->text == '#' || *t->text == '!') && isdigit((unsigned char)t->text[1]);
}

/* Return: false if one of them already has another partner. */
static bool make_partners(struct ir *old, struct entity *a, struct ir *new, struct entity *b)
{
	if (a->partner || b->partner)
		return a->partner == b;
	a->partner = b;
	b->partner = a;
	old->queue[old->queued++] = a;
	new->queue[new->queued++] = b;
	return true;
}

static bool same_text(struct ir *old, const char *p, const char *p_end, struct ir *new,
		      const char *q, const char *q_end)
{
	struct token t, u;

	do {
		t = next_token(old, &p, p_end);
		u = next_token(new, &q, q_end);
		if (!t.entity != !u.entity)
			return false;
		if (!(t.entity && numbered(&t) && numbered(&u) && *t.text == *u.text) &&
		    (t.len != u.len || (t.len && memcmp(t.text, u.text, t.len))))
			return false;
		if (t.entity && !make_partners(old, t.entity, new, u.entity))
			return false;
	} while (t.len);
	return true;
}

/* Compare two texts, and the declarations of all that they refer to. */
static bool same_closure(struct ir *old, const char *p, const char *p_end, struct ir *new,
			 const char *q, const char *q_end)
{
	bool same;
	size_t i;

	old->queued = new->queued = 0;
	same = same_text(old, p, p_end, new, q, q_end);
	for (i = 0; same && i < old->queued; i++) {
		struct entity *a = old->queue[i], *b = new->queue[i];

		same = same_text(old, a->text, a->text + a->declaration, new, b->text,
				 b->text + b->declaration);
	}
	/* some of these may be equal, but it is not known which */
	for (i = 0; !same && i < old->queued; i++)
		old->queue[i]->partner = new->queue[i]->partner = NULL;
	return same;
}

static bool equal(struct ir *old, struct entity *a, struct ir *new, struct entity *b);

/* Whoever imports an alias also imports the aliasee: compare that as well. */
static bool same_aliasee(struct ir *old, struct entity *a, struct ir *new)
{
	const char *p = a->text;
	struct token t;

	do {
		t = next_token(old, &p, a->text + a->len);
		if (t.entity && *t.text == '@' && t.entity != a &&
		    !equal(old, t.entity, new, t.entity->partner))
			return false;
	} while (t.len);
	return true;
}

static bool is_alias(const struct entity *e)
{
	const char *p = e->name + e->name_len;

	/* look in front of strings only */
	return *e->text == '@' && memmem(p, strcspn(p, "\"\n"), " alias ", strlen(" alias "));
}

static bool equal(struct ir *old, struct entity *a, struct ir *new, struct entity *b)
{
	if (a->verdict == UNKNOWN) {
		a->verdict = DIFFERENT;
		if (same_closure(old, a->text, a->text + a->len, new, b->text, b->text + b->len) &&
		    (!is_alias(a) || same_aliasee(old, a, new)))
			a->verdict = SAME;
	}
	return a->verdict == SAME;
}

static bool named_metadata(const struct entity *e)
{
	return *e->name == '!' && !isdigit((unsigned char)e->name[1]);
}

/*
 * Split a text into its entities.  Text outside of them goes to ir->common.  Return: false if this
 * is not what llvm-dis writes.
 */
static bool parse(struct ir *ir)
{
	/*
	 * Skip !llvm.dbg.cu: the list of all compile units must not become part of every
	 * comparison.
	 */
	static const char debug_units[] = "!llvm.dbg.cu =";
	const char *p, *end, *next, *head;
	struct entity *e;
	size_t i;
	FILE *f = open_memstream(&ir->common, &ir->common_size);

	if (!f)
		die(EXIT_INTERNAL, "out of memory");
	for (p = ir->text; *p; p = next) {
		end = strchrnul(p, '\n');
		next = *end ? end + 1 : end;
		if (strchr("@%!", *p)) {
			e = add(ir, p, p, end);
			if (named_metadata(e) && strncmp(p, debug_units, strlen(debug_units)))
				fwrite(p, 1, next - p, f);
		} else if (!strncmp(p, "attributes #", strlen("attributes #"))) {
			add(ir, strchr(p, '#'), p, end);
		} else if (!strncmp(p, "declare ", strlen("declare ")) ||
			   !strncmp(p, "define ", strlen("define "))) {
			bool whole = p[2] == 'f';

			head = strchr(p, '@');
			if (whole)
				next = strstr(end, "\n}\n");
			if (!head || head > end || !next) {
				fclose(f);
				return false;
			}
			if (whole)
				next += strlen("\n}\n");
			e = add(ir, head, p, whole ? next : end);
			e->declaration = end - p;
		} else if (!strchr("^;\n", *p)) {
			/* module asm, target, comdats (named metadata: see above) */
			fwrite(p, 1, next - p, f);
		}
	}
	ir->by_name = calloc(ir->nr + 1, sizeof(*ir->by_name));
	ir->queue = calloc(ir->nr + 1, sizeof(*ir->queue));
	if (fclose(f) || !ir->by_name || !ir->queue)
		die(EXIT_INTERNAL, "out of memory");
	for (i = 0; i < ir->nr; i++)
		ir->by_name[i] = &ir->entities[i];
	qsort(ir->by_name, ir->nr, sizeof(*ir->by_name), compare_names);

	/* the summary comes last */
	for (p = strstr(ir->text, "\n^"); p; p = strstr(end, "\n^")) {
		end = strchrnul(p + 1, '\n');
		note_guid(ir, p + 1, end);
	}
	return true;
}

struct ir *ir__read(const char *dis, const char *path, char **why)
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
	free(command);
	if (status || !parse(ir)) {
		*why = xasprintf(status ? "%s failed" : "what %s writes is not understood", dis);
		ir__free(ir);
		return NULL;
	}
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

/* Is there an entity for each of @guids?  If not, we do not understand how the text gives GUIDs. */
static bool has_all(const struct ir *ir, const uint64_t *guids, size_t nr)
{
	size_t i, found = 0;

	for (i = 0; i < ir->nr; i++)
		found += ir->entities[i].has_guid &&
			 bsearch(&ir->entities[i].guid, guids, nr, sizeof(*guids), compare_guids);
	return found == nr;
}

/* Return: @e or the next entity behind it whose GUID is in @guids; NULL if there is none. */
static struct entity *next_of(struct ir *ir, struct entity *e, const uint64_t *guids, size_t nr)
{
	for (; e < ir->entities + ir->nr; e++) {
		if (e->has_guid && bsearch(&e->guid, guids, nr, sizeof(*guids), compare_guids))
			return e;
	}
	return NULL;
}

enum answer ir__changed(struct ir *old, struct ir *new, uint64_t *guids, size_t nr)
{
	struct entity *a = old->entities, *b = new->entities;

	qsort(guids, nr, sizeof(*guids), compare_guids);
	if (!has_all(old, guids, nr) || !has_all(new, guids, nr))
		return DONT_KNOW;
	if (old->common_verdict == UNKNOWN)
		old->common_verdict =
			same_closure(old, old->common, old->common + old->common_size,
				     new, new->common, new->common + new->common_size) ?
			SAME : DIFFERENT;
	if (old->common_verdict == DIFFERENT)
		return YES;
	for (;; a++, b++) {
		a = next_of(old, a, guids, nr);
		b = next_of(new, b, guids, nr);
		if (!a || !b)
			return NO;
		if (a->guid != b->guid || !equal(old, a, new, b))
			return YES;
	}
}
