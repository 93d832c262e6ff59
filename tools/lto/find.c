// SPDX-License-Identifier: GPL-2.0
/* Find the functions that a user names; names of things for reports. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ltomap.h"

void functions__add(struct functions *l, uint32_t function)
{
	uint32_t i;

	for (i = 0; i < l->nr; i++)
		if (l->v[i] == function)
			return;
	GROW(l->v, l->nr, l->room);
	l->v[l->nr++] = function;
}

/* @file: NULL for any file, "" for functions without debug information */
static bool is_in_file(const struct map *map, const struct function *f, const char *file)
{
	if (f->part || !file)
		return !f->part;
	return f->file == NONE ? !*file : *file && path__ends_in(map__string(map, f->file), file);
}

static void find_by_name(struct functions *l, const struct map *map, const char *name,
			 const char *file)
{
	uint32_t text = map__find_text(map, name), i, j;

	if (text == NONE)
		return;
	for (i = 0; i < map->nr_functions; i++)
		if (map->functions[i].name == text && is_in_file(map, &map->functions[i], file))
			functions__add(l, i);
	if (l->nr)
		return;
	/* try the names of symbols: clones, aliases */
	for (i = 0; i < map->nr_objects; i++) {
		const struct object *o = &map->objects[i];

		for (j = 0; j < o->nr_symbols; j++) {
			uint32_t function = o->bodies[o->symbols[j].body].function;

			if (o->symbols[j].name == text &&
			    is_in_file(map, &map->functions[function], file))
				functions__add(l, function);
		}
	}
}

/* In each matching file, add the last function that begins at the line or before it. */
static void find_by_line(struct functions *l, const struct map *map, const char *file,
			 uint32_t line)
{
	uint32_t *best = xcalloc(map->nr_texts, sizeof(*best)), i;
	const struct function *f;

	for (i = 0; i < map->nr_functions; i++) {
		f = &map->functions[i];
		if (f->file != NONE && f->line <= line && f->line > best[f->file] &&
		    is_in_file(map, f, file))
			best[f->file] = f->line;
	}
	for (i = 0; i < map->nr_functions; i++) {
		f = &map->functions[i];
		if (f->file != NONE && !f->part && best[f->file] && f->line == best[f->file])
			functions__add(l, i);
	}
	free(best);
}

static void say_none(const struct map *map, const char *what)
{
	uint32_t text = map__find_text(map, what);

	fprintf(stderr, "ltomap: error: ");
	if (text != NONE && map->texts[text].declared)
		fprintf(stderr,
			"%s is declared and has no code here: dropped, as nothing calls it, or "
			"defined elsewhere\n",
			what);
	else
		fprintf(stderr,
			"no such function: %s; if the sources have it, nothing calls it, and "
			"the compiler has dropped it\n",
			what);
}

bool functions__find(struct functions *l, const struct map *map, const char *what)
{
	const char *colon = strrchr(what, ':');
	const char *name = colon ? colon + 1 : what;
	char *file = colon ? xasprintf("%.*s", (int)(colon - what), what) : NULL;
	struct functions found = { 0 };
	uint32_t i;

	if (file && *name && name[strspn(name, "0123456789")] == '\0')
		find_by_line(&found, map, file, strtoul(name, NULL, 10));
	else
		find_by_name(&found, map, name, file);
	for (i = 0; i < found.nr; i++)
		functions__add(l, found.v[i]);
	if (!found.nr)
		say_none(map, what);
	free(file);
	free(found.v);
	return found.nr;
}

bool functions__find_one(struct functions *l, const struct map *map, const char *what)
{
	struct functions found = { 0 }, live = { 0 };
	uint32_t i;

	if (!functions__find(&found, map, what))
		return false;
	for (i = 0; i < found.nr; i++)
		if (map->functions[found.v[i]].nr_bodies + map->functions[found.v[i]].nr_inlined)
			functions__add(&live, found.v[i]);
	if (live.nr > 1) {
		fprintf(stderr, "ltomap: error: %u functions are meant by %s; name one of these:\n",
			live.nr, what);
		for (i = 0; i < live.nr; i++) {
			const struct function *f = &map->functions[live.v[i]];

			if (f->file == NONE)
				fprintf(stderr, "\t:%s\n", map__string(map, f->name));
			else
				fprintf(stderr, "\t%s:%u\n", map__path(map, f->file), f->line);
		}
		exit(EXIT_USAGE);
	}
	functions__add(l, live.nr ? live.v[0] : found.v[0]);
	free(found.v);
	free(live.v);
	return true;
}

char *map__where(const struct map *map, uint32_t function)
{
	const struct function *f = &map->functions[function];

	if (f->file == NONE)
		return xstrdup("no debug information");
	return xasprintf("%s:%u", map__path(map, f->file), f->line);
}

char *object__address(const struct map *map, const struct object *o, uint64_t addr)
{
	uint32_t i;

	for (i = 0; o->module && i < o->nr_sections; i++) {
		const struct section *s = &o->sections[i];

		if (addr >= s->addr && addr - s->addr <= s->size)
			return xasprintf("%s+0x%llx", map__string(map, s->name),
					 (unsigned long long)(addr - s->addr));
	}
	return xasprintf("0x%llx", (unsigned long long)addr);
}

const char *body__name(const struct map *map, const struct object *o, const struct body *b)
{
	if (b->symbol == NONE)
		return map__name(map, b->function);
	return map__string(map, o->symbols[b->symbol].name);
}

bool body__is_replaced(const struct map *map, const struct object *o, const struct body *b)
{
	uint32_t i;

	for (i = 0; b->symbol == NONE && i < o->nr_symbols; i++)
		if (o->symbols[i].name == map->functions[b->function].name)
			return true;
	return false;
}
