// SPDX-License-Identifier: GPL-2.0
/*
 * Symbols of functions: to which body each belongs, its position among symbols of the same name,
 * and whether the function can be traced.
 *
 * A symbol belongs to the body that has its address.  Assembly has no debug information: if no body
 * has the address of a symbol, the symbol becomes a function without a file.
 *
 * kernel/livepatch/core.c finds a symbol by its name and its position among all symbols of that
 * name.  In vmlinux, they have the order of kallsyms, which is sorted by address.  In a module,
 * they have the order of the module's symbol table.  CONFIG_LIVEPATCH needs KALLSYMS_ALL, so
 * variables count as well.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

/*
 * The call of the tracer is the first instruction of a function, or is behind a landing pad.  On
 * arm64 it may be two no-ops before the function (DYNAMIC_FTRACE_WITH_CALL_OPS).  No other function
 * can have its call there.
 */
#define CALL_BEHIND	16
#define CALL_BEFORE	8

static const struct suffix {
	const char		*s;
	enum symbol_kind	kind;
} suffixes[] = {
	{ ".cold",	SYMBOL_PART },
	{ ".part",	SYMBOL_PART },
	{ ".extracted",	SYMBOL_PART },
	{ ".constprop",	SYMBOL_CLONE },
	{ ".isra",	SYMBOL_CLONE },
	{ ".llvm",	SYMBOL_RENAMED },
	{ ".lto_priv",	SYMBOL_RENAMED },
};

char *symbol__stem(const char *name, enum symbol_kind *kind)
{
	char *stem = xstrdup(name), *dot;
	size_t i;

	*kind = SYMBOL_ENTRY;
	while ((dot = strrchr(stem, '.')) && dot != stem) {
		enum symbol_kind found = SYMBOL_ENTRY;

		if (dot[1] && dot[1 + strspn(dot + 1, "0123456789")] == '\0')
			found = SYMBOL_RENAMED;
		for (i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
			if (!strcmp(dot, suffixes[i].s))
				found = suffixes[i].kind;
		if (found == SYMBOL_ENTRY)
			break;
		*dot = '\0';
		/* (a part of a clone counts as a part) */
		if (*kind != SYMBOL_PART && (found != SYMBOL_RENAMED || *kind == SYMBOL_ENTRY))
			*kind = found;
	}
	return stem;
}

/* --- positions ------------------------------------------------------------------------------- */

static bool is_before(const struct elf_file *f, const struct elf_symbol *a,
		      const struct elf_symbol *b)
{
	if (!f->module && a->addr != b->addr)
		return a->addr < b->addr;
	return a->number < b->number;
}

static uint32_t sympos(const struct elf_file *f, const struct elf_symbol *s)
{
	const struct elf_symbol *const *all;
	uint32_t defined = 0, before = 0;
	unsigned int i, n;

	all = elf__symbols_named(f, s->name, &n);
	for (i = 0; all && i < n; i++) {
		if (all[i]->shndx == SHN_UNDEF)
			continue;
		defined++;
		before += is_before(f, all[i], s);
	}
	return defined > 1 ? before + 1 : 0;
}

/* --- the function tracer --------------------------------------------------------------------- */

/*
 * Read the sorted addresses of the calls of the tracer.  Returns false if there is no table of
 * them.
 */
static bool read_calls(const struct elf_file *f, struct addresses *calls)
{
	static const char * const names[] = { "__mcount_loc", "__patchable_function_entries" };
	uint64_t from = 0, to = 0;
	bool some = false;
	unsigned int i, j;

	if (!f->module && elf__range(f, "__start_mcount_loc", "__stop_mcount_loc", &from, &to)) {
		const unsigned char *p = elf__at(f, from, to - from);

		some = true;
		for (; p && from + 8 <= to; from += 8, p += 8)
			addresses__add(calls, elf__u64(p));
	}
	/* a module may have several tables, if the link did not merge them */
	for (i = 1; f->module && i < f->nr_sections; i++) {
		const struct elf_section *s = &f->sections[i];

		for (j = 0; j < sizeof(names) / sizeof(*names); j++) {
			uint64_t at;

			if (strcmp(s->name, names[j]))
				continue;
			some = true;
			for (at = 0; s->data && at + 8 <= s->size; at += 8)
				addresses__add(calls, elf__u64(s->data + at));
		}
	}
	addresses__sort(calls);
	return some;
}

static bool is_traced(const struct elf_file *f, const struct addresses *calls,
		      const struct elf_symbol *s)
{
	uint64_t end = s->addr + (s->size < CALL_BEHIND ? s->size : CALL_BEHIND), at;

	if (f->machine == EM_AARCH64 && addresses__has(calls, s->addr - CALL_BEFORE))
		return true;
	for (at = s->addr; at < end; at++)
		if (addresses__has(calls, at))
			return true;
	return false;
}

/* --- bodies ---------------------------------------------------------------------------------- */

struct place {
	uint64_t	from, to;
	uint32_t	body;
};

static int by_from(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;

	return a->from < b->from ? -1 : a->from > b->from;
}

/* Returns the body that has @addr, or NONE. */
static uint32_t body_at(const struct place *places, size_t nr, uint64_t addr)
{
	size_t lo = 0, hi = nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (places[mid].from <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr < places[lo - 1].to ? places[lo - 1].body : NONE;
}

/*
 * A body may have several symbols at its entry.  Its own is the one with the name of the function
 * (2), else one with that name and a suffix (1), else the first (0).
 */
static int likeness(const struct map *map, const struct body *b, const char *name)
{
	const char *function = map__name(map, b->function);
	enum symbol_kind kind;
	char *stem;
	int like;

	if (!strcmp(name, function))
		return 2;
	stem = symbol__stem(name, &kind);
	like = !strcmp(stem, function);
	free(stem);
	return like;
}

static void set_kinds(struct map *map, struct object *o)
{
	enum symbol_kind kind;
	uint32_t i;

	for (i = 0; i < o->nr_symbols; i++) {
		struct symbol *s = &o->symbols[i];
		struct body *b = &o->bodies[s->body];
		int like = likeness(map, b, map__string(map, s->name));

		/* (the first range has the entry) */
		if (b->nr_ranges && s->addr != o->ranges[b->first_range].from)
			continue;
		if (b->symbol == NONE ||
		    like > likeness(map, b, map__string(map, o->symbols[b->symbol].name)))
			b->symbol = i;
	}
	for (i = 0; i < o->nr_symbols; i++) {
		struct symbol *s = &o->symbols[i];
		struct body *b = &o->bodies[s->body];

		free(symbol__stem(map__string(map, s->name), &kind));
		if (b->symbol == i)
			s->kind = kind;
		else if (b->symbol != NONE && o->symbols[b->symbol].addr == s->addr)
			s->kind = SYMBOL_ALIAS;
		else
			s->kind = SYMBOL_PART;
	}
}

/* The function of an object with a certain name, indexed by texts[] */
struct named {
	uint32_t	function;	/* NONE: there is none */
	bool		several;
};

static void name_function(const struct map *map, struct named *by_name, uint32_t function)
{
	struct named *n = &by_name[map->functions[function].name];

	n->several |= n->function != NONE && n->function != function;
	n->function = function;
}

/*
 * Find the functions of pieces.  A piece may have no debug information, or clang made it a function
 * with a name of its own: foo.cold.1 belongs to the function foo, if this object has only one foo.
 */
static void attach_parts(struct map *map, struct object *o)
{
	struct named *by_name = xcalloc(map->nr_texts, sizeof(*by_name));
	uint32_t i, name;

	for (i = 0; i < map->nr_texts; i++)
		by_name[i].function = NONE;
	for (i = 0; i < o->nr_bodies; i++)
		name_function(map, by_name, o->bodies[i].function);
	for (i = 0; i < o->nr_inlined; i++)
		name_function(map, by_name, o->inlined[i].function);
	for (i = 0; i < o->nr_bodies; i++) {
		struct body *b = &o->bodies[i];
		enum symbol_kind kind;
		char *stem = symbol__stem(map__name(map, b->function), &kind);

		name = kind == SYMBOL_ENTRY ? NONE : map__find_text(map, stem);
		if (name != NONE && by_name[name].function != NONE && !by_name[name].several) {
			map->functions[b->function].part = true;
			b->function = by_name[name].function;
		}
		free(stem);
	}
	free(by_name);
}

void object__read_symbols(struct map *map, struct object *o, const struct elf_file *f)
{
	struct addresses calls = { 0 };
	struct place *places;
	size_t nr_places = 0;
	uint32_t i, j;

	o->has_tracer = read_calls(f, &calls);
	places = xcalloc(o->nr_ranges, sizeof(*places));
	for (i = 0; i < o->nr_bodies; i++)
		for (j = 0; j < o->bodies[i].nr_ranges; j++) {
			const struct range *range = &o->ranges[o->bodies[i].first_range + j];

			places[nr_places++] = (struct place){ range->from, range->to, i };
		}
	qsort(places, nr_places, sizeof(*places), by_from);

	for (i = 0; i < f->nr_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];
		uint32_t name, body;

		if (s->type != STT_FUNC || s->shndx == SHN_UNDEF || s->shndx >= f->nr_sections)
			continue;
		name = map__text(map, s->name);
		body = body_at(places, nr_places, s->addr);
		if (body == NONE) {
			char *plain = xstrdup(s->name);
			uint32_t function;

			elf__plain_name(s->name, plain, strlen(plain) + 1);
			function = map__function(map, map__text(map, plain), NONE, 0);
			free(plain);
			GROW(o->bodies, o->nr_bodies, o->room_bodies);
			body = o->nr_bodies++;
			o->bodies[body] = (struct body){
				.function = function, .home = NONE, .unit = NONE, .symbol = NONE,
			};
		}
		GROW(o->symbols, o->nr_symbols, o->room_symbols);
		o->symbols[o->nr_symbols++] = (struct symbol){
			.name = name, .body = body, .addr = s->addr, .size = s->size,
			.sympos = sympos(f, s), .traced = is_traced(f, &calls, s),
			.init = !strncmp(f->sections[s->shndx].name, ".init.text", 10),
		};
	}
	attach_parts(map, o);
	set_kinds(map, o);
	free(places);
	addresses__free(&calls);
}
