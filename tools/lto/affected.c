// SPDX-License-Identifier: GPL-2.0
/*
 * Which code has to be patched with some functions, so that none of their old code can run?
 *
 * These are the bodies of the functions, their clones, and each body that has inlined one of the
 * functions, at any depth.  (A function that has inlined such a body also has these copies, so it
 * is among them.)
 *
 * A unit has to be replaced if one of these bodies is in it.
 *
 * Limits: the same as in inlines.c.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "ltomap.h"

struct affected {
	bool		itself;
	uint32_t	copies;
};

static bool is_cold(const struct map *map, const struct object *o, uint32_t body)
{
	return strstr(body__name(map, o, &o->bodies[body]), ".cold");
}

/*
 * Returns the body through which @body is entered.  Only its function jumps to a cold piece: once
 * the function is patched, the old piece no longer runs.
 */
static uint32_t entered(const struct map *map, const struct object *o, uint32_t body)
{
	uint32_t function = o->bodies[body].function, i, found = NONE;

	if (!is_cold(map, o, body))
		return body;
	for (i = 0; i < o->nr_bodies; i++) {
		if (o->bodies[i].function != function || is_cold(map, o, i))
			continue;
		if (found != NONE)
			return body;
		found = i;
	}
	return found == NONE ? body : found;
}

/* Returns why a body cannot be patched, or NULL.  *@harmless: its old code cannot run any more */
static const char *obstacle(const struct map *map, const struct object *o, const struct body *b,
			    bool *harmless)
{
	const struct symbol *s = b->symbol == NONE ? NULL : &o->symbols[b->symbol];

	*harmless = !s && body__is_replaced(map, o, b);
	if (!s)
		return *harmless ? "it is weak, and another is used" : "it has no symbol";
	if (s->init) {
		*harmless = !o->module;
		return o->module ? "it is __init, and runs before it can be patched"
				 : "it is __init, and has run";
	}
	if (!o->has_code)
		return "the file has debug information alone, and no table of traced functions";
	if (!o->has_tracer)
		return "no function calls the tracer (CONFIG_FUNCTION_TRACER)";
	if (!s->traced)
		return "it does not call the tracer (notrace)";
	return NULL;
}

/* Returns 1 if the body cannot be patched, and its old code can run; else 0. */
static uint32_t report_body(const struct map *map, const struct object *o, uint32_t body,
			    const struct affected *a, const char *prefix, bool json)
{
	const struct body *b = &o->bodies[body];
	char *where = map__where(map, b->function);
	bool harmless;
	const char *why_not = obstacle(map, o, b, &harmless);
	uint32_t pos = b->symbol == NONE ? 0 : o->symbols[b->symbol].sympos;

	if (json) {
		json__open(NULL, '{');
		json__string("object", o->name);
		json__string("symbol", body__name(map, o, b));
		json__number("sympos", pos);
		json__string("function", map__name(map, b->function));
		json__string("where", where);
		json__bool("itself", a->itself);
		json__number("copies", a->copies);
		json__string("obstacle", why_not);
		json__bool("harmless", harmless);
		json__close('}');
	} else {
		printf("%s%s\t%s\t%u\t%s\t", prefix, o->name, body__name(map, o, b), pos, where);
		if (a->itself)
			printf("itself");
		if (a->copies)
			printf("%s%u inlined cop%s", a->itself ? ", " : "", a->copies,
			       a->copies == 1 ? "y" : "ies");
		if (why_not)
			printf("; cannot be patched: %s", why_not);
		putchar('\n');
	}
	free(where);
	return why_not && !harmless;
}

/* Returns how each body of an object is affected, to be freed. */
static struct affected *find_affected(const struct map *map, const struct object *o,
				      const struct functions *l)
{
	struct affected *a = xcalloc(o->nr_bodies, sizeof(*a));
	bool *wanted = xcalloc(map->nr_functions, sizeof(*wanted));
	uint32_t i;

	for (i = 0; i < l->nr; i++)
		wanted[l->v[i]] = true;
	for (i = 0; i < o->nr_bodies; i++)
		if (wanted[o->bodies[i].function])
			a[entered(map, o, i)].itself = true;
	for (i = 0; i < o->nr_inlined; i++)
		if (wanted[o->inlined[i].function])
			a[entered(map, o, o->inlined[i].body)].copies++;
	free(wanted);
	return a;
}

uint32_t report_affected(const struct map *map, const struct functions *l, const char *prefix,
			 bool json)
{
	uint32_t i, j, unpatchable = 0;

	if (json)
		json__open(prefix, '[');
	for (i = 0; i < map->nr_objects; i++) {
		const struct object *o = &map->objects[i];
		struct affected *a = find_affected(map, o, l);

		for (j = 0; j < o->nr_bodies; j++)
			if (a[j].itself || a[j].copies)
				unpatchable += report_body(map, o, j, &a[j], prefix ? prefix : "",
							   json);
		free(a);
	}
	if (json)
		json__close(']');
	return unpatchable;
}

/* --- units ----------------------------------------------------------------------------------- */

/* Returns the main file of the unit with a body: texts[], or NONE. */
static uint32_t unit_of(const struct map *map, const struct body *b)
{
	const char *dot = strrchr(map__string(map, b->unit), '.');

	/* gcc names the units that it makes at link time <artificial> */
	return dot && (!strcmp(dot, ".c") || !strcmp(dot, ".S")) ? b->unit : b->home;
}

static void report_unit(const struct map *map, const struct object *o, uint32_t unit,
			const char *prefix, bool json)
{
	const char *path = map__build_path(map, unit), *dot = strrchr(path, '.');
	char *file = xasprintf("%.*s.o", (int)(dot ? dot - path : (long)strlen(path)), path);

	if (json) {
		json__open(NULL, '{');
		json__string("object", o->name);
		json__string("file", file);
		json__close('}');
	} else {
		printf("%s%s\t%s\n", prefix, o->name, file);
	}
	free(file);
}

void report_units(const struct map *map, const struct functions *l, const char *prefix, bool json)
{
	uint32_t i, j;

	if (json)
		json__open(prefix, '[');
	for (i = 0; i < map->nr_objects; i++) {
		const struct object *o = &map->objects[i];
		struct affected *a = find_affected(map, o, l);
		bool *is_said = xcalloc(map->nr_texts, sizeof(*is_said));

		for (j = 0; j < o->nr_bodies; j++) {
			uint32_t unit = unit_of(map, &o->bodies[j]);

			if ((!a[j].itself && !a[j].copies) || unit == NONE || is_said[unit])
				continue;
			is_said[unit] = true;
			report_unit(map, o, unit, prefix, json);
		}
		free(is_said);
		free(a);
	}
	if (json)
		json__close(']');
}
