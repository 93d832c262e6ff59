// SPDX-License-Identifier: GPL-2.0
/* See map.h. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "map.h"

/* --- texts and functions --------------------------------------------------------------------- */

static uint32_t hash_bytes(const char *s)
{
	uint32_t hash = 2166136261u;	/* FNV-1a */

	for (; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 16777619u;
	return hash;
}

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c)
{
	uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15ULL;

	h ^= (uint64_t)c * 0xc2b2ae3d27d4eb4fULL;

	return h >> 32 ^ h >> 13;
}

static uint32_t text_hash(const struct map *map, uint32_t i)
{
	return map->texts[i].hash;
}

static uint32_t function_hash(const struct map *map, uint32_t i)
{
	const struct function *f = &map->functions[i];

	return mix(f->name, f->file, f->line);
}

/* Make room for entry @nr.  The table is kept at most half full. */
static void make_room(const struct map *map, struct table *t, uint32_t nr,
		      uint32_t (*hash)(const struct map *map, uint32_t i))
{
	uint32_t i, slot;

	if (nr < t->nr_slots / 2)
		return;
	free(t->slots);
	t->nr_slots = t->nr_slots ? 2 * t->nr_slots : 1024;
	t->slots = xcalloc(t->nr_slots, sizeof(*t->slots));
	memset(t->slots, 0xff, t->nr_slots * sizeof(*t->slots));
	for (i = 0; i < nr; i++) {
		for (slot = hash(map, i); t->slots[slot & (t->nr_slots - 1)] != NONE; slot++)
			;
		t->slots[slot & (t->nr_slots - 1)] = i;
	}
}

static uint32_t *text_slot(const struct map *map, const char *s, uint32_t hash)
{
	const struct table *t = &map->text_table;
	uint32_t *slot, at = hash;

	for (;; at++) {
		slot = &t->slots[at & (t->nr_slots - 1)];
		if (*slot == NONE)
			return slot;
		if (map->texts[*slot].hash == hash && !strcmp(map->texts[*slot].s, s))
			return slot;
	}
}

uint32_t map__find_text(const struct map *map, const char *s)
{
	return map->nr_texts ? *text_slot(map, s, hash_bytes(s)) : NONE;
}

uint32_t map__text(struct map *map, const char *s)
{
	uint32_t hash = hash_bytes(s), *slot;

	make_room(map, &map->text_table, map->nr_texts, text_hash);
	slot = text_slot(map, s, hash);
	if (*slot == NONE) {
		GROW(map->texts, map->nr_texts, map->room_texts);
		map->texts[map->nr_texts] = (struct text){ .s = xstrdup(s), .hash = hash };
		*slot = map->nr_texts++;
	}
	return *slot;
}

uint32_t map__function(struct map *map, uint32_t name, uint32_t file, uint32_t line)
{
	struct table *t = &map->function_table;
	uint32_t at = mix(name, file, line), *slot;

	make_room(map, t, map->nr_functions, function_hash);
	for (;; at++) {
		const struct function *f;

		slot = &t->slots[at & (t->nr_slots - 1)];
		if (*slot == NONE)
			break;
		f = &map->functions[*slot];
		if (f->name == name && f->file == file && f->line == line)
			return *slot;
	}
	GROW(map->functions, map->nr_functions, map->room_functions);
	map->functions[map->nr_functions] = (struct function){
		.name = name, .file = file, .line = line,
	};
	return *slot = map->nr_functions++;
}

uint32_t object__add_range(struct object *o, uint64_t from, uint64_t to)
{
	GROW(o->ranges, o->nr_ranges, o->room_ranges);
	o->ranges[o->nr_ranges] = (struct range){ from, to };
	return o->nr_ranges++;
}

void object__add_row(struct object *o, uint64_t addr, uint32_t file, uint32_t line)
{
	GROW(o->rows, o->nr_rows, o->room_rows);
	o->rows[o->nr_rows++] = (struct row){ addr, file, line };
}

/* --- paths ----------------------------------------------------------------------------------- */

/*
 * Find the root of the sources.  Each vmlinux has the unit init/main.c, which is in the root.  For
 * modules alone, it is the deepest directory that contains all units.
 */
static void find_root(struct map *map)
{
	static const char main_file[] = "/init/main.c";
	size_t n, tail = sizeof(main_file) - 1, common = 0;
	const char *first = NULL;
	uint32_t i;

	for (i = 0; i < map->nr_texts; i++) {
		const char *s = map->texts[i].s;

		if (!map->texts[i].unit)
			continue;
		/* paths are relative, and there is no root */
		if (!strcmp(s, main_file + 1)) {
			common = 0;
			break;
		}
		if (*s != '/')
			continue;
		n = strlen(s);
		if (n > tail && !strcmp(s + n - tail, main_file)) {
			map->root = xasprintf("%.*s/", (int)(n - tail), s);
			return;
		}
		if (!first) {
			first = s;
			common = n;
		}
		while (common && (strncmp(first, s, common) || first[common - 1] != '/'))
			common--;
	}
	map->root = xasprintf("%.*s", (int)common, first ? first : "");
}

const char *map__path(const struct map *map, uint32_t text)
{
	const char *s = map__string(map, text);
	size_t n = strlen(map->root);

	return strncmp(s, map->root, n) ? s : s + n;
}

const char *map__build_path(const struct map *map, uint32_t text)
{
	const char *s = map__path(map, text);
	size_t n = map->build ? strlen(map->build) : 0;

	return n && !strncmp(s, map->build, n) ? s + n : s;
}

bool path__ends_in(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return m <= n && !strcmp(path + n - m, end) && (m == n || path[n - m - 1] == '/');
}

bool map__keeps_rows(struct map *map, uint32_t text)
{
	struct text *t = &map->texts[text];
	size_t i;

	for (i = 0; !t->rows_known && i < map->paths.nr; i++)
		t->rows |= path__ends_in(t->s, map->paths.v[i]);
	t->rows_known = true;
	return t->rows;
}

/* --- objects --------------------------------------------------------------------------------- */

/* The name of a module is the name of its file, with '_' in place of '-'. */
static char *object_name(const char *path, bool module)
{
	const char *base = strrchr(path, '/');
	char *name, *p;

	if (!module)
		return xstrdup("vmlinux");
	name = xstrdup(base ? base + 1 : path);
	p = strstr(name, ".ko");
	if (p)
		*p = '\0';
	for (p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}

static void add_file(struct map *map, const char *path)
{
	char error[256];
	struct elf_file *f = elf__open(path, error, sizeof(error));
	struct object *o;
	unsigned int i;

	if (!f)
		die(EXIT_INTERNAL, "%s: %s", path, error);
	GROW(map->objects, map->nr_objects, map->room_objects);
	o = &map->objects[map->nr_objects++];
	*o = (struct object){
		.path = xstrdup(path), .name = object_name(path, f->module), .module = f->module,
	};
	for (i = 1; i < f->nr_sections; i++) {
		const struct elf_section *s = &f->sections[i];

		if (!(s->flags & SHF_EXECINSTR) || !s->size)
			continue;
		o->has_code |= !!s->data;
		GROW(o->sections, o->nr_sections, o->room_sections);
		o->sections[o->nr_sections++] = (struct section){
			map__text(map, s->name), s->addr, s->size,
		};
	}
	if (!object__read_dwarf(map, o, f))
		die(EXIT_USAGE, "%s: there is no debug information; build with CONFIG_DEBUG_INFO=y",
		    path);
	object__read_symbols(map, o, f);
	elf__close(f);
}

void map__add(struct map *map, const char *path)
{
	struct strings modules = { 0 };
	struct stat st;
	size_t i, n = strlen(path);
	char *file;

	if (stat(path, &st))
		die(EXIT_USAGE, "%s: %s", path, strerror(errno));
	if (!map->path)
		map->path = path;
	if (!S_ISDIR(st.st_mode)) {
		add_file(map, path);
		return;
	}
	/* remove slashes at the end, as nftw() does */
	while (n > 1 && path[n - 1] == '/')
		n--;
	file = xasprintf("%.*s/vmlinux", (int)n, path);
	if (access(file, R_OK))
		die(EXIT_USAGE, "%s: %s; expected a build tree, vmlinux or a module", file,
		    strerror(errno));
	add_file(map, file);
	free(file);
	file = xasprintf("%.*s", (int)n, path);
	strings__add_modules(&modules, file);
	for (i = 0; i < modules.nr; i++) {
		char *module = xasprintf("%s/%s", file, modules.v[i]);

		add_file(map, module);
		free(module);
	}
	free(file);
	strings__free(&modules);
}

bool map__is_across(const struct map *map, const struct object *o, const struct inlined *in)
{
	uint32_t file = map->functions[in->function].file;

	return file != NONE && map->texts[file].unit && file != o->bodies[in->body].home;
}

void map__finish(struct map *map)
{
	uint32_t i, j;

	find_root(map);
	for (i = 0; i < map->nr_objects; i++) {
		struct object *o = &map->objects[i];

		/* only now are all units known */
		for (j = 0; j < o->nr_bodies; j++) {
			struct body *b = &o->bodies[j];
			struct function *f = &map->functions[b->function];

			f->nr_bodies++;
			if (f->file != NONE && map->texts[f->file].unit)
				b->home = f->file;
		}
		for (j = 0; j < o->nr_inlined; j++) {
			struct function *f = &map->functions[o->inlined[j].function];

			f->nr_inlined++;
			f->nr_across += map__is_across(map, o, &o->inlined[j]);
		}
	}
}

void map__free(struct map *map)
{
	uint32_t i;

	for (i = 0; i < map->nr_objects; i++) {
		struct object *o = &map->objects[i];

		free(o->name);
		free(o->path);
		free(o->bodies);
		free(o->inlined);
		free(o->ranges);
		free(o->symbols);
		free(o->sections);
		free(o->rows);
	}
	for (i = 0; i < map->nr_texts; i++)
		free(map->texts[i].s);
	free(map->objects);
	free(map->functions);
	free(map->texts);
	free(map->function_table.slots);
	free(map->text_table.slots);
	free(map->root);
	free(map->build);
	strings__free(&map->paths);
	memset(map, 0, sizeof(*map));
}
