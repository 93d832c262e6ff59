// SPDX-License-Identifier: GPL-2.0
/* Where the copies of a function are, and which copies are in a function. */

#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "ltomap.h"

static const char *const kinds[] = {
	[SYMBOL_ENTRY]	 = "out of line",
	[SYMBOL_RENAMED] = "renamed",
	[SYMBOL_CLONE]	 = "clone",
	[SYMBOL_PART]	 = "part",
	[SYMBOL_ALIAS]	 = "alias",
};

static void json_function(const struct map *map, uint32_t function)
{
	const struct function *f = &map->functions[function];

	json__string("function", map__string(map, f->name));
	json__string("file", f->file == NONE ? NULL : map__path(map, f->file));
	json__number("line", f->line);
}

/* "A-B, C-D" */
static void print_ranges(const struct map *map, const struct object *o, const struct inlined *in)
{
	uint32_t i;

	for (i = 0; i < in->nr_ranges; i++) {
		char *from = object__address(map, o, o->ranges[in->first_range + i].from);
		char *to = object__address(map, o, o->ranges[in->first_range + i].to);

		printf("%s%s-%s", i ? ", " : "", from, to);
		free(from);
		free(to);
	}
	if (!in->nr_ranges)
		printf("no code left");
}

static void json_ranges(const struct map *map, const struct object *o, const struct inlined *in)
{
	uint32_t i;

	json__open("ranges", '[');
	for (i = 0; i < in->nr_ranges; i++) {
		char *from = object__address(map, o, o->ranges[in->first_range + i].from);
		char *to = object__address(map, o, o->ranges[in->first_range + i].to);

		json__open(NULL, '[');
		json__string(NULL, from);
		json__string(NULL, to);
		json__close(']');
		free(from);
		free(to);
	}
	json__close(']');
}

/* Returns the function that calls a copy: another inlined function, or the function of the body. */
static uint32_t caller(const struct object *o, const struct inlined *in)
{
	return in->parent == NONE ? o->bodies[in->body].function : o->inlined[in->parent].function;
}

static void print_symbol(const struct map *map, const struct object *o, const struct symbol *s)
{
	char *addr = object__address(map, o, s->addr);

	printf("  %s: %s in %s, %s, %llu bytes", kinds[s->kind], map__string(map, s->name), o->name,
	       addr, (unsigned long long)s->size);
	if (s->sympos)
		printf(", number %u of this name", s->sympos);
	putchar('\n');
	free(addr);
}

static void json_symbol(const struct map *map, const struct object *o, const struct symbol *s)
{
	char *addr = object__address(map, o, s->addr);

	json__open(NULL, '{');
	json__string("object", o->name);
	json__string("symbol", map__string(map, s->name));
	json__string("kind", kinds[s->kind]);
	json__string("address", addr);
	json__number("size", s->size);
	json__number("sympos", s->sympos);
	json__bool("traced", s->traced);
	json__bool("init", s->init);
	json__close('}');
	free(addr);
}

/* Report the symbols of a function, and its bodies that have no symbol. */
static void report_symbols(const struct map *map, uint32_t function, bool json)
{
	uint32_t i, j;

	for (i = 0; i < map->nr_objects; i++) {
		const struct object *o = &map->objects[i];

		for (j = 0; j < o->nr_symbols; j++) {
			if (o->bodies[o->symbols[j].body].function != function)
				continue;
			if (json)
				json_symbol(map, o, &o->symbols[j]);
			else
				print_symbol(map, o, &o->symbols[j]);
		}
		for (j = 0; j < o->nr_bodies && !json; j++) {
			const struct body *b = &o->bodies[j];
			char *addr;

			if (b->function != function || b->symbol != NONE)
				continue;
			addr = object__address(map, o, o->ranges[b->first_range].from);
			printf("  %s: in %s, %s, without a symbol\n",
			       body__is_replaced(map, o, b) ? "weak, and replaced" : "out of line",
			       o->name, addr);
			free(addr);
		}
	}
}

static void print_place(const struct map *map, const struct object *o, const struct inlined *in)
{
	const struct body *b = &o->bodies[in->body];

	printf("    %s in %s%s: ", body__name(map, o, b), o->name,
	       map__is_across(map, o, in) ? ", another file" : "");
	print_ranges(map, o, in);
	putchar('\n');
	for (; in; in = in->parent == NONE ? NULL : &o->inlined[in->parent])
		printf("      called by %s at %s:%u\n", map__name(map, caller(o, in)),
		       in->file == NONE ? "?" : map__path(map, in->file), in->line);
}

static void json_place(const struct map *map, const struct object *o, const struct inlined *in)
{
	const struct body *b = &o->bodies[in->body];

	json__open(NULL, '{');
	json__string("object", o->name);
	json__string("in", body__name(map, o, b));
	json__bool("across", map__is_across(map, o, in));
	json_ranges(map, o, in);
	json__open("calls", '[');
	for (; in; in = in->parent == NONE ? NULL : &o->inlined[in->parent]) {
		json__open(NULL, '{');
		json__string("caller", map__name(map, caller(o, in)));
		json__string("file", in->file == NONE ? NULL : map__path(map, in->file));
		json__number("line", in->line);
		json__close('}');
	}
	json__close(']');
	json__close('}');
}

static void report_places(const struct map *map, uint32_t function, bool json)
{
	uint32_t i, j;

	for (i = 0; i < map->nr_objects; i++) {
		const struct object *o = &map->objects[i];

		for (j = 0; j < o->nr_inlined; j++) {
			if (o->inlined[j].function != function)
				continue;
			if (json)
				json_place(map, o, &o->inlined[j]);
			else
				print_place(map, o, &o->inlined[j]);
		}
	}
}

static void print_places(const struct map *map, uint32_t function)
{
	const struct function *f = &map->functions[function];
	char *where = map__where(map, function);

	printf("%s (%s)\n", map__string(map, f->name), where);
	report_symbols(map, function, false);
	if (f->nr_inlined) {
		printf("  inlined at %u place%s", f->nr_inlined, plural(f->nr_inlined));
		if (f->nr_across)
			printf(", %u in other files", f->nr_across);
		printf("%s:\n", f->nr_bodies ? "" : ", and nowhere out of line");
		report_places(map, function, false);
	} else if (!f->nr_bodies) {
		printf("  dropped: %s\n",
		       f->discarded ? "the linker has discarded it" : "nothing calls it");
	}
	free(where);
}

static void json_places(const struct map *map, uint32_t function)
{
	const struct function *f = &map->functions[function];

	json__open(NULL, '{');
	json_function(map, function);
	json__bool("dropped", !f->nr_bodies && !f->nr_inlined);
	json__open("symbols", '[');
	report_symbols(map, function, true);
	json__close(']');
	json__open("inlined", '[');
	report_places(map, function, true);
	json__close(']');
	json__close('}');
}

void report_functions(const struct map *map, const struct functions *l, bool json)
{
	uint32_t i;

	if (json)
		json__open(NULL, '[');
	for (i = 0; i < l->nr; i++) {
		if (json)
			json_places(map, l->v[i]);
		else
			print_places(map, l->v[i]);
	}
	if (json)
		json__close(']');
}

/* --- --into ---------------------------------------------------------------------------------- */

static void print_copy(const struct map *map, const struct object *o, const struct inlined *in)
{
	const struct inlined *up = in;
	char *where = map__where(map, in->function);
	int depth = 2;

	for (; up->parent != NONE; up = &o->inlined[up->parent])
		depth++;
	printf("%*s%s (%s) called at %s:%u: ", 2 * depth, "", map__name(map, in->function), where,
	       in->file == NONE ? "?" : map__path(map, in->file), in->line);
	print_ranges(map, o, in);
	putchar('\n');
	free(where);
}

static void json_copy(const struct map *map, const struct object *o, const struct inlined *in)
{
	const struct inlined *up = in;
	uint32_t depth = 1;

	for (; up->parent != NONE; up = &o->inlined[up->parent])
		depth++;
	json__open(NULL, '{');
	json_function(map, in->function);
	json__number("depth", depth);
	json__bool("across", map__is_across(map, o, in));
	json__open("call", '{');
	json__string("file", in->file == NONE ? NULL : map__path(map, in->file));
	json__number("line", in->line);
	json__close('}');
	json_ranges(map, o, in);
	json__close('}');
}

static void into_body(const struct map *map, const struct object *o, uint32_t body, bool json)
{
	uint32_t i, nr = 0;

	for (i = 0; i < o->nr_inlined; i++)
		nr += o->inlined[i].body == body;
	if (json) {
		json__open(NULL, '{');
		json__string("object", o->name);
		json__string("symbol", body__name(map, o, &o->bodies[body]));
		json__open("inlined", '[');
	} else {
		printf("  %s in %s has %u inlined cop%s%s\n", body__name(map, o, &o->bodies[body]),
		       o->name, nr, nr == 1 ? "y" : "ies", nr ? ":" : "");
	}
	for (i = 0; i < o->nr_inlined; i++) {
		if (o->inlined[i].body != body)
			continue;
		if (json)
			json_copy(map, o, &o->inlined[i]);
		else
			print_copy(map, o, &o->inlined[i]);
	}
	if (json) {
		json__close(']');
		json__close('}');
	}
}

void report_into(const struct map *map, const struct functions *l, bool json)
{
	uint32_t i, j, k;

	if (json)
		json__open(NULL, '[');
	for (i = 0; i < l->nr; i++) {
		const struct function *f = &map->functions[l->v[i]];
		char *where = map__where(map, l->v[i]);

		if (json) {
			json__open(NULL, '{');
			json_function(map, l->v[i]);
			json__open("bodies", '[');
		} else {
			printf("%s (%s)%s\n", map__string(map, f->name), where,
			       f->nr_bodies ? "" : " is nowhere out of line");
		}
		for (j = 0; j < map->nr_objects; j++)
			for (k = 0; k < map->objects[j].nr_bodies; k++)
				if (map->objects[j].bodies[k].function == l->v[i])
					into_body(map, &map->objects[j], k, json);
		if (json) {
			json__close(']');
			json__close('}');
		}
		free(where);
	}
	if (json)
		json__close(']');
}
